# The decision document that argotui asks for: data.argotui.gate.decision.
#
# A rule file adds to `deny` (a reason against, with a code that the settings give a level) or to
# `warn`. Nothing is allowed unless every rule could be evaluated and none denied.
package argotui.gate

default decision := {"v": 1, "allow": false, "deny": [{"msg": "the policy came to no decision", "code": "policy.undefined"}], "warn": []}

decision := object.union(base, confidence) if {
	input.v == 1
	is_string(input.request.digest)
}

base := {
	"v": 1,
	"allow": count(deny) == 0,
	"deny": [reason | some reason in deny],
	"warn": [reason | some reason in warn],
	"policy": sprintf("gates@%s", [data.argotui_config.revision]),
}

# Said with the verdict, so that a person sees how near it was.
default confidence := {}

confidence := {
	"confidence": input.confidence,
	"threshold": data.argotui_config.confidence.threshold,
} if valid_confidence
