# A workflow parameter with a limit is a number within it.
package argotui.gate

deny contains {"code": "parameters", "msg": sprintf("%s is %s, the limit is %v", [name, value, limit.max])} if {
	some name, limit in data.argotui_config.parameters
	value := input.workflow.parameters[name]
	numeric(value)
	to_number(value) > limit.max
}

deny contains {"code": "parameters", "msg": sprintf("%s is %s, the least is %v", [name, value, limit.min])} if {
	some name, limit in data.argotui_config.parameters
	value := input.workflow.parameters[name]
	numeric(value)
	to_number(value) < limit.min
}

deny contains {"code": "parameters.invalid", "msg": sprintf("%s is %s, which is no number", [name, value])} if {
	some name, _ in data.argotui_config.parameters
	value := input.workflow.parameters[name]
	not numeric(value)
}

# OPA orders any text above every number: what is compared has to be one.
numeric(value) if regex.match(`^-?[0-9]+(\.[0-9]+)?$`, value)
