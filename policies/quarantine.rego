# A workflow labelled argotui.io/quarantine=true is approved by nobody.
package argotui.gate

deny contains {"code": "quarantine", "msg": "the workflow is in quarantine"} if {
	input.workflow.labels["argotui.io/quarantine"] == "true"
}
