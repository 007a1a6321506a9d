# Whoever asked for a workflow does not approve it.
package argotui.gate

deny contains {"code": "requester", "msg": sprintf("%s asked for it and may not approve it", [input.actor.user])} if {
	input.requester != null
	input.requester == input.actor.user
}

warn contains {"code": "requester.unknown", "msg": "who asked is not recorded"} if input.requester == null
