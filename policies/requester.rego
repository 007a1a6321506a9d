# Whoever asked for a workflow does not approve it.
package argotui.gate

deny contains {"code": "requester", "msg": sprintf("%s asked for it and may not approve it", [input.actor.user])} if {
	input.requester != null
	identity(input.requester) == identity(input.actor.user)
}

# Two spellings of one identity may differ in case and surrounding space: in doubt it is the same.
identity(name) := lower(trim_space(name))

warn contains {"code": "requester.unknown", "msg": "who asked is not recorded"} if input.requester == null
