from __future__ import annotations

from typing import Any

import msgspec
import pytest

from argotui.model.argo import Workflow
from argotui.model.gates.expiry import (
    Expiry,
    ExpiryOutcome,
    describe,
    expiry_of,
    first_expiry,
)
from argotui.model.workflows.summary import summarise
from tests.unit.model.fixtures import START, at

SUPPLIED = {"name": "approve", "valueFrom": {"supplied": {}}}


def gate(**changes: Any) -> dict[str, Any]:
    return {
        "id": "wf-1",
        "name": "wf.gate",
        "displayName": "gate",
        "type": "Suspend",
        "phase": "Running",
        "templateName": "ask",
        "templateScope": "local/wf",
        "startedAt": "2026-01-05T12:00:00Z",
        **changes,
    }


def make(
    duration: object = "30m",
    nodes: list[dict[str, Any]] | None = None,
    spec: dict[str, Any] | None = None,
    status: dict[str, Any] | None = None,
) -> Workflow:
    suspend = {} if duration is None else {"duration": duration}
    template = {"name": "ask", "suspend": suspend}
    return msgspec.convert(
        {
            "metadata": {"name": "wf", "namespace": "argo"},
            "spec": {"templates": [template], **(spec or {})},
            "status": {
                "phase": "Running",
                "startedAt": "2026-01-05T11:59:00.9Z",
                "nodes": {each["id"]: each for each in nodes or [gate()]},
                **(status or {}),
            },
        },
        Workflow,
    )


def expiry(wf: Workflow) -> Expiry:
    return expiry_of(wf, wf.nodes["wf-1"])


@pytest.mark.parametrize(
    ("seconds", "says"),
    [(10, "1h59m left → APPROVES"), (3600, "1h left → APPROVES"), (3700, "58m left → APPROVES")],
)
def test_the_time_that_is_left_is_right_to_the_minute(seconds: int, says: str) -> None:
    assert describe(expiry(make("2h")), at(seconds)) == says


@pytest.mark.parametrize("duration", ["30m", "1800", 1800, "0.5h"])
def test_a_bare_duration_approves(duration: object) -> None:
    assert expiry(make(duration)) == Expiry(ExpiryOutcome.APPROVES, at(1800))


def test_without_a_duration_it_waits_for_ever() -> None:
    assert expiry(make(None)) == Expiry(ExpiryOutcome.NEVER)
    assert describe(expiry(make(None)), START) == "never expires"


def test_a_default_is_taken_and_named() -> None:
    output = {"name": "approve", "valueFrom": {"supplied": {}, "default": "NO"}}
    found = expiry(make(nodes=[gate(outputs={"parameters": [output]})]))
    assert found == Expiry(ExpiryOutcome.DEFAULTS, at(1800), (("approve", "NO"),))
    assert describe(found, at(240)) == "26m left → takes defaults approve=NO"


def test_an_output_without_default_ends_in_an_error() -> None:
    found = expiry(make(nodes=[gate(outputs={"parameters": [SUPPLIED]})]))
    assert (found.outcome, found.missing) == (ExpiryOutcome.ERRORS, "approve")
    assert "approve has no default" in describe(found, START)


def test_outputs_that_are_set_already_do_not_count() -> None:
    output = {"name": "approve", "value": "YES"}
    assert (
        expiry(make(nodes=[gate(outputs={"parameters": [output]})])).outcome
        is ExpiryOutcome.APPROVES
    )


def test_the_deadline_of_the_workflow_fails_it_if_that_is_earlier() -> None:
    spec = {"activeDeadlineSeconds": 600}
    assert expiry(make(spec=spec)) == Expiry(ExpiryOutcome.FAILS, at(540))
    assert expiry(make(None, spec=spec)) == Expiry(ExpiryOutcome.FAILS, at(540))
    assert expiry(make("5m", spec=spec)) == Expiry(ExpiryOutcome.APPROVES, at(300))
    stored = {"storedWorkflowTemplateSpec": {"activeDeadlineSeconds": 120}}
    assert expiry(make("5m", spec=spec, status=stored)) == Expiry(ExpiryOutcome.FAILS, at(60))


def test_an_exit_handler_has_no_deadline() -> None:
    handler = gate(id="wf-2", name="wf.onExit", displayName="wf.onExit", type="Steps")
    inside = gate(boundaryID="wf-2")
    wf = make(None, [handler, inside], spec={"activeDeadlineSeconds": 600})
    assert expiry(wf) == Expiry(ExpiryOutcome.NEVER)


def test_templates_are_found_where_the_controller_stores_them() -> None:
    ref = gate(templateName="", templateRef={"name": "gates", "template": "ask"})
    stored = {"namespaced/gates/ask": {"name": "ask", "suspend": {"duration": "1h"}}}
    assert expiry(make(nodes=[ref], status={"storedTemplates": stored})).at == at(3600)
    scoped = gate(templateScope="namespaced/gates")
    assert expiry(make(nodes=[scoped], status={"storedTemplates": stored})).at == at(3600)
    own = {"templates": [{"name": "ask", "suspend": {"duration": "2h"}}]}
    assert expiry(make(status={"storedWorkflowTemplateSpec": own})).at == at(7200)


def test_parameters_in_the_duration_are_looked_up() -> None:
    inputs = {"parameters": [{"name": "wait", "value": "10"}]}
    wf = make("{{inputs.parameters.wait}}", [gate(inputs=inputs)])
    assert expiry(wf) == Expiry(ExpiryOutcome.APPROVES, at(10))
    arguments = {"arguments": {"parameters": [{"name": "wait", "value": "20m"}]}}
    assert expiry(make("{{workflow.parameters.wait}}", spec=arguments)).at == at(1200)


@pytest.mark.parametrize("duration", ["{{=asInt(1)}}", "{{inputs.parameters.x}}", "soon", "1d"])
def test_what_cannot_be_known_is_said(duration: str) -> None:
    found = expiry(make(duration))
    assert found.outcome is ExpiryOutcome.UNKNOWN
    assert found.at is None
    assert describe(found, START).startswith("expiry unknown: ")
    limited = expiry(make(duration, spec={"activeDeadlineSeconds": 600}))
    assert describe(limited, START).endswith("at most 9m left")


def test_a_template_that_is_not_there_is_unknown() -> None:
    assert expiry(make(nodes=[gate(templateName="gone")])).outcome is ExpiryOutcome.UNKNOWN


def test_a_suspended_workflow_holds_the_end_back() -> None:
    found = expiry(make(spec={"suspend": True}))
    assert found.held
    assert describe(found, at(0)).endswith(" left → APPROVES, if resumed")
    assert describe(found, at(2000)) == "once resumed → APPROVES"


def test_when_the_time_is_over_it_says_so() -> None:
    assert describe(expiry(make()), at(1801)) == "over → APPROVES"


def test_a_duration_no_calendar_holds_never_ends() -> None:
    assert expiry(make("2562047h")).outcome is ExpiryOutcome.APPROVES
    assert expiry(make(9_000_000_000)).outcome is ExpiryOutcome.APPROVES
    assert expiry(make(None, spec={"activeDeadlineSeconds": 10**15})).outcome is ExpiryOutcome.NEVER


def test_a_node_that_is_no_open_gate_does_not_expire() -> None:
    assert expiry(make(nodes=[gate(phase="Succeeded")])) == Expiry(ExpiryOutcome.NEVER)


def test_the_row_of_the_list_tells_of_the_gate_that_ends_first() -> None:
    late = gate()
    early = gate(id="wf-2", displayName="early", startedAt="2026-01-05T11:50:00Z")
    wf = make(nodes=[late, early])
    first = first_expiry(wf)
    assert first is not None
    assert first[0].display_name == "early"
    row = summarise(wf)
    assert row.waits_for(START) == "2 gates, first early, 20m left → APPROVES"
    assert summarise(make()).waits_for(START) == "gate gate, 30m left → APPROVES"
    assert summarise(make(nodes=[gate(phase="Failed")])).waits_for(START) == ""
    assert (
        summarise(make(None, spec={"suspend": True}, nodes=[gate(phase="Failed")])).waits_for(START)
        == "suspended as a whole"
    )
