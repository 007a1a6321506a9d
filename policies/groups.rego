# A template labelled argotui.io/tier is approved by members of that tier's groups only.
package argotui.gate

tier := input.gate.labels["argotui.io/tier"]

deny contains {"code": "groups", "msg": sprintf("tier %s is for members of %v", [tier, allowed])} if {
	allowed := data.argotui_config.groups[tier]
	count({group | some group in input.actor.groups; group in allowed}) == 0
}

deny contains {"code": "groups.unknown", "msg": sprintf("tier %s has no groups", [tier])} if {
	not data.argotui_config.groups[tier]
}
