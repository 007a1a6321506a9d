# Tiers listed under hours are approved in business hours only.
package argotui.gate

hours := data.argotui_config.hours[input.gate.labels["argotui.io/tier"]]

deny contains {"code": "hours", "msg": sprintf("outside business hours (%v to %v, %s)", [hours.from, hours.to, hours.timezone])} if {
	not within_hours
	hours
}

within_hours if {
	time.weekday([input.now_ns, hours.timezone]) in hours.days
	hour := time.clock([input.now_ns, hours.timezone])[0]
	hour >= hours.from
	hour < hours.to
}
