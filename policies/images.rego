# Every container image comes from a listed registry or repository; an empty list allows all.
package argotui.gate

deny contains {"code": "images", "msg": sprintf("image %s is not on the list", [image])} if {
	count(data.argotui_config.images) > 0
	some image in input.workflow.images
	not listed(image)
}

listed(image) if {
	some prefix in data.argotui_config.images
	startswith(image, prefix)
}
