"""Gates in workflows made by hand: what waits, which template is behind it, what is filled in."""

from __future__ import annotations

from typing import Any

import pytest

from argotui.model.argo import Metadata, Parameter, text_of
from argotui.model.gates.gate import (
    GateKind,
    Supplied,
    gate_of_node,
    open_gates,
    requester_of,
    supplied_outputs,
    template_of_node,
)
from tests.unit.model.gate_documents import GATE, Document, as_workflow, gate_document


def described(text: str) -> Document:
    return {
        "name": "gate",
        "suspend": {},
        "metadata": {"annotations": {"argotui.io/description": text}},
    }


@pytest.mark.parametrize(
    ("node", "found"),
    [
        ({"templateName": "gate", "templateScope": "local/wf"}, "local"),
        ({"templateName": "", "templateRef": {"name": "base", "template": "gate"}}, "namespaced"),
        (
            {"templateRef": {"name": "base", "template": "gate", "clusterScope": True}},
            "cluster",
        ),
        ({"templateName": "gate", "templateScope": "namespaced/base"}, "namespaced"),
        ({"templateName": "gate", "templateScope": "cluster/base"}, "cluster"),
        ({"templateRef": {"name": "gone", "template": "gate"}}, "local"),
        ({"templateName": "nosuch", "templateScope": "local/wf"}, ""),
        ({"templateName": ""}, ""),
    ],
)
def test_the_template_is_found_in_its_three_places(node: dict[str, Any], found: str) -> None:
    document = gate_document()
    document["spec"]["templates"] = [described("local")]
    document["status"]["storedTemplates"] = {
        "namespaced/base/gate": described("namespaced"),
        "cluster/base/gate": described("cluster"),
    }
    document["status"]["nodes"][GATE].update(node)
    workflow = as_workflow(document)
    assert gate_of_node(workflow, workflow.nodes[GATE]).description == found
    assert bool(template_of_node(workflow, workflow.nodes[GATE])) is bool(found)


def test_a_stored_workflow_template_comes_before_the_spec() -> None:
    document = gate_document()
    document["spec"] = {"workflowTemplateRef": {"name": "release"}}
    document["status"]["storedWorkflowTemplateSpec"] = {"templates": [described("stored")]}
    workflow = as_workflow(document)
    gate = next(open_gates(workflow))
    assert (gate.description, gate.workflow_template) == ("stored", "release")


def test_values_that_yaml_made_numbers_or_booleans_are_what_argo_writes() -> None:
    document = gate_document()
    node = document["status"]["nodes"][GATE]
    node["inputs"] = {
        "parameters": [
            {"name": "go", "default": False, "enum": [True, False], "description": "go?"},
            {"name": "count", "enum": [1, 2.5, "three"]},
        ]
    }
    node["outputs"] = {
        "parameters": [
            {"name": "go", "valueFrom": {"supplied": {}}},
            {"name": "count", "valueFrom": {"supplied": {}, "default": 2.5}},
            {"name": "free", "valueFrom": {"supplied": {}}, "enum": ["a"], "description": "own"},
            {"name": "set", "value": 1},
            {"name": "read", "valueFrom": {"path": "/x"}},
        ]
    }
    workflow = as_workflow(document)
    assert supplied_outputs(workflow.nodes[GATE]) == (
        Supplied("go", "false", ("true", "false"), "go?"),
        Supplied("count", "2.5", ("1", "2.5", "three")),
        Supplied("free", None, ("a",), "own"),
    )
    assert [one.required for one in supplied_outputs(workflow.nodes[GATE])] == [False, False, True]


def test_open_gates_come_oldest_first_and_the_suspension_last() -> None:
    document = gate_document()
    nodes = document["status"]["nodes"]
    nodes["wf-3"] = {**nodes[GATE], "id": "wf-3", "startedAt": "2026-01-05T11:00:00Z"}
    nodes["wf-4"] = {**nodes[GATE], "id": "wf-4", "phase": "Succeeded"}
    nodes["wf-5"] = {**nodes[GATE], "id": "wf-5", "startedAt": None}
    document["spec"]["suspend"] = True
    found = list(open_gates(as_workflow(document)))
    assert [gate.node_id for gate in found] == ["wf-3", GATE, "wf-5", ""]
    assert [str(gate) for gate in found][-2:] == ["argo/wf/gate", "argo/wf"]
    assert found[-1].kind is GateKind.WORKFLOW


def test_a_workflow_that_ended_waits_for_nobody() -> None:
    document = gate_document()
    document["spec"]["suspend"] = True
    document["status"]["phase"] = "Failed"
    assert list(open_gates(as_workflow(document))) == []


@pytest.mark.parametrize(
    ("annotations", "labels", "requester"),
    [
        ({"argotui.io/creator": "ada@example.com"}, {"creator": "eve"}, "ada@example.com"),
        ({}, {"creator-email": "ada.at.example.com", "creator": "x"}, "ada@example.com"),
        ({}, {"creator-preferred-username": "ada", "creator": "x"}, "ada"),
        ({}, {"creator": "system-serviceaccount-argo-bot"}, "system-serviceaccount-argo-bot"),
        ({"argotui.io/creator": " "}, {"creator": "eve"}, "eve"),
        ({"argotui.io/creator": " ada@example.com\n"}, {}, "ada@example.com"),
        ({}, {}, ""),
    ],
)
def test_who_asked_is_told_by_the_best_of_four_places(
    annotations: dict[str, str], labels: dict[str, str], requester: str
) -> None:
    full = {f"workflows.argoproj.io/{name}": value for name, value in labels.items()}
    assert requester_of(Metadata(labels=full, annotations=annotations)) == requester


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.00002, "0.00002"),
        (1e3, "1000"),
        (1.0, "1"),
        (-0.5, "-0.5"),
        (1e21, "1000000000000000000000"),
        (12345678901234567890, "12345678901234567000"),
        (7, "7"),
        (True, "true"),
        ("2e-05", "2e-05"),
        (None, None),
    ],
    ids=str,
)
def test_a_number_is_a_text_as_argo_makes_it_one(value: float | str | None, text: str) -> None:
    assert text_of(value) == text
    assert Parameter(name="a", value=value).text == text
