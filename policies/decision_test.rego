# Every case of cases.json, on the policies as they stand: `opa test policies`.
package argotui.gate_test

import data.argotui.gate

answer(c) := found if {
	asked := object.union(data.argotui_case_base, c.change)
	config := object.union(data.argotui_case_config, object.get(c, "config", {}))
	found := gate.decision with input as asked with data.argotui_config as config
}

codes(c) := sort([reason.code | some reason in answer(c).deny])

test_cases if {
	every c in data.argotui_cases {
		answer(c).allow == c.allow
		codes(c) == c.codes
	}
}

test_there_are_cases if count(data.argotui_cases) > 20
