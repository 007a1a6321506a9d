"""What a gate's description stands for, and what it must not be able to pretend."""

from __future__ import annotations

from typing import Any

import pytest

from argotui.model.gates.gate import gate_of_node
from argotui.model.redact import MASK
from argotui.model.workflow.references import noted, resolve
from tests.unit.model.gate_documents import GATE, OTHER, Document, as_workflow, gate_document


def document_with(asks: str = "") -> Document:
    document = gate_document()
    document["metadata"]["labels"] |= {"team": "web", "a.b/c": "x"}
    document["metadata"]["creationTimestamp"] = "2026-01-05T11:00:00Z"
    document["spec"] |= {"priority": 3, "serviceAccountName": "runner"}
    document["spec"]["arguments"]["parameters"] += [
        {"name": "count", "value": 2.0e-05},
        {"name": "api_token", "value": "tok-12345"},
        {
            "name": "trick",
            "value": "{{workflow.parameters.api_token}} {{inputs.parameters.summary}}",
        },
        {"name": "lines", "value": "one\n\x1b[31mtwo\u202e"},
        {"name": "from", "valueFrom": {"configMapKeyRef": {"name": "x", "key": "y"}}},
    ]
    document["spec"]["templates"][0]["metadata"] = {"annotations": {"description": asks}}
    document["status"] |= {"outputs": {"parameters": [{"name": "total", "value": "7"}]}}
    document["status"]["storedWorkflowTemplateSpec"] = {
        "arguments": {
            "parameters": [{"name": "release", "value": "0"}, {"name": "stored", "value": "s"}]
        },
        "templates": document["spec"]["templates"],
    }
    document["status"]["nodes"][OTHER] |= {
        "outputs": {"result": "42", "parameters": [{"name": "url", "value": "u://x"}]},
    }
    for index in (0, 1):
        document["status"]["nodes"][f"again-{index}"] = {"id": f"again-{index}", "displayName": "a"}
    return document


@pytest.mark.parametrize(
    ("reference", "value"),
    [
        ("workflow.name", "wf"),
        ("workflow.namespace", "argo"),
        ("workflow.uid", "u-1"),
        ("workflow.mainEntrypoint", "main"),
        ("workflow.serviceAccountName", "runner"),
        ("workflow.priority", "3"),
        ("workflow.creationTimestamp.RFC3339", "2026-01-05T11:00:00Z"),
        ("workflow.creationTimestamp.s", "1767610800"),
        ("workflow.parameters.release", "1 < 2"),
        (" workflow.parameters.release ", "1 < 2"),
        ("workflow.parameters.stored", "s"),
        ("workflow.parameters.count", "0.00002"),
        ("workflow.parameters.api_token", MASK),
        ("workflow.parameters.lines", "one two\ufffd"),
        ("workflow.labels.team", "web"),
        ("workflow.labels.a.b/c", "x"),
        ("workflow.annotations.other", "x"),
        ("workflow.outputs.parameters.total", "7"),
        ("inputs.parameters.summary", "three prices"),
        ("node.name", "wf.gate"),
        ("steps.pod.outputs.result", "42"),
        ("tasks.pod.outputs.parameters.url", "u://x"),
        ("tasks.pod.status", "Running"),
        ("tasks.pod.id", OTHER),
        ("tasks.a.status", None),
        ("tasks.nosuch.outputs.result", None),
        ("workflow.parameters.nosuch", None),
        ("workflow.parameters.from", None),
        ("workflow.duration", None),
        ("inputs.parameters.note", None),
        ("item", None),
        ("=workflow.name", None),
        ("", None),
    ],
)
def test_a_reference_stands_for_what_the_workflow_holds(reference: str, value: str | None) -> None:
    workflow = as_workflow(document_with())
    found = resolve(f"a {{{{{reference}}}}} b", workflow, workflow.nodes[GATE])
    if value is None:
        assert found == (f"a {{{{{reference}}}}} b", (), (reference.strip(),))
    else:
        assert found == (f"a {value} b", ((reference.strip(), value),), ())


def gate_that_asks(asks: str) -> Any:
    workflow = as_workflow(document_with(asks))
    return gate_of_node(workflow, workflow.nodes[GATE])


def test_a_question_is_asked_with_its_values_and_says_which_they_are() -> None:
    gate = gate_that_asks("Ship {{workflow.parameters.release}} for {{item}}, {{=1+1}} times?")
    assert gate.description == "Ship 1 < 2 for {{item}}, {{=1+1}} times?"
    assert gate.put_in == (("workflow.parameters.release", "1 < 2"),)
    assert gate.unresolved == ("item", "=1+1")


def test_a_value_that_holds_a_reference_is_not_resolved_again() -> None:
    gate = gate_that_asks("Go {{workflow.parameters.trick}}?")
    trick = "{{workflow.parameters.api_token}} {{inputs.parameters.summary}}"
    assert gate.description == f"Go {trick}?"
    assert gate.put_in == (("workflow.parameters.trick", trick),)
    assert gate.unresolved == ()


def test_a_broken_reference_stays_as_it_is() -> None:
    for asks in ("{{", "}} {{", "{{workflow.name", "{workflow.name}"):
        assert gate_that_asks(asks).description == asks
    assert noted("{{x}}") == "{{x}}  (not resolved)"
    assert noted("{x}") == "{x}"
