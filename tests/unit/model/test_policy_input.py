"""What a policy is asked: typed, small, without secrets."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argotui.model.gates.gate import gate_of_node
from argotui.model.gates.permission import Person
from argotui.model.gates.policy_input import confidence_of, images_of, question
from argotui.model.gates.request import request_for
from argotui.model.redact import MASK
from tests.unit.model.fixtures import START
from tests.unit.model.gate_documents import GATE, Document, as_workflow, gate_document


def asked(document: Document, **more: object) -> Document:
    workflow = as_workflow(document)
    found = question(
        request_for("https://cluster", document, GATE),
        gate_of_node(workflow, workflow.nodes[GATE]),
        workflow,
        document,
        Person("bob", ("b", "a")),
        START,
        **more,  # type: ignore[arg-type]  # what a case needs
    )
    return json.loads(json.dumps(found))  # type: ignore[no-any-return]  # an object


def confidence(value: object) -> float | None:
    document = gate_document()
    node = document["status"]["nodes"][GATE]
    node["inputs"]["parameters"].append({"name": "confidence", "value": value})
    workflow = as_workflow(document)
    return confidence_of(gate_of_node(workflow, workflow.nodes[GATE]))


@pytest.mark.parametrize(
    ("value", "number"),
    [("0.95", 0.95), (0.95, 0.95), ("0", 0.0), ("1", 1.0), (1, 1.0), ("9e-1", 0.9), ("0.10", 0.1)],
)
def test_06_a_number_from_0_to_1_is_a_confidence(value: object, number: float) -> None:
    assert confidence(value) == number


@pytest.mark.parametrize(
    "value",
    [
        "NaN", "nan", "inf", "-inf", "Infinity", "1.01", "-0.1", 1.01, -1, True, False, None, "",
        " ", "high", "0.9 ", " 0.9", "0_1", "0x1", "1e999", "٠.٩", ".9", "0,9", '"0.9"', "[0.9]",
    ],
)  # fmt: skip
def test_06_anything_else_is_none(value: object) -> None:
    assert confidence(value) is None


@given(st.text())
def test_06_whatever_the_text_a_confidence_is_a_number_from_0_to_1(text: str) -> None:
    number = confidence(text)
    assert number is None or 0 <= number <= 1


def test_a_gate_without_a_confidence_has_none() -> None:
    assert asked(gate_document())["confidence"] is None


def test_the_question_is_this_and_no_more() -> None:
    document = gate_document()
    document["spec"]["templates"][0]["metadata"] = {"labels": {"tier": "x"}}
    found = asked(document, values={"approve": "YES"})
    assert found == {
        "v": 1,
        "now": "2026-01-05T12:00:00+00:00",
        "now_ns": 1767614400000000000,
        "choice": "approve",
        "request": {
            "digest": request_for("https://cluster", document, GATE).digest,
            "cluster": "https://cluster",
            "namespace": "argo",
            "workflow": "wf",
            "uid": "u-1",
            "node": GATE,
        },
        "gate": {
            "name": "gate",
            "kind": "node",
            "template": "gate",
            "labels": {"tier": "x"},
            "since": "2026-01-05T12:00:00+00:00",
            "inputs": {"summary": "three prices"},
            "supplied": ["note", "approve"],
            "values": {"approve": "YES"},
        },
        "confidence": None,
        "requester": "ada@example.com",
        "actor": {"user": "bob", "groups": ["a", "b"]},
        "workflow": {
            "template": "",
            "labels": {
                "workflows.argoproj.io/creator": "ada",
                "workflows.argoproj.io/phase": "Running",
            },
            "parameters": {"release": "1 < 2"},
            "images": [],
        },
    }


def test_secrets_are_covered_before_they_are_asked_about() -> None:
    document = gate_document()
    secret = {"name": "api_token", "value": "tok-123456"}
    document["spec"]["arguments"]["parameters"].append(secret)
    document["status"]["nodes"][GATE]["inputs"]["parameters"].append(secret)
    found = asked(document, values={"password": "hunter2"})
    assert "tok-123456" not in json.dumps(found)
    assert "hunter2" not in json.dumps(found)
    assert found["gate"]["inputs"]["api_token"] == MASK


def test_every_image_is_found_wherever_it_is_named() -> None:
    document = gate_document()
    document["spec"]["templates"] += [
        {"name": "a", "container": {"image": "one:1"}, "sidecars": [{"image": "two:2"}]},
        {"name": "b", "script": {"image": "one:1"}, "initContainers": [{"image": "three:3"}]},
    ]
    document["status"]["storedWorkflowTemplateSpec"] = {
        "templates": [{"containerSet": {"containers": [{"image": "four:4"}]}}]
    }
    document["status"]["storedTemplates"]["namespaced/base/x"] = {"container": {"image": "five:5"}}
    assert images_of(document) == ["five:5", "four:4", "one:1", "three:3", "two:2"]
