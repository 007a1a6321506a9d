# A gate with a confidence below the threshold, or with one that is no number from 0 to 1, is not
# approved without a person who takes it on.
package argotui.gate

deny contains {"code": "confidence", "msg": sprintf("confidence %v is below %v", [input.confidence, threshold])} if {
	is_number(input.confidence)
	threshold := data.argotui_config.confidence.threshold
	input.confidence < threshold
}

deny contains {"code": "confidence.invalid", "msg": "confidence is not a number from 0 to 1"} if {
	"confidence" in object.keys(input.gate.inputs)
	not valid_confidence
}

valid_confidence if {
	is_number(input.confidence)
	input.confidence >= 0
	input.confidence <= 1
}
