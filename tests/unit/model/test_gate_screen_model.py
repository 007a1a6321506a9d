"""Form, place and differences of a gate, as its screen uses them."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from argotui.model.argo import Workflow
from argotui.model.gates.difference import shown_differences
from argotui.model.gates.form import Form, prefilled
from argotui.model.gates.gate import Supplied
from argotui.model.gates.place import (
    Next,
    ancestors,
    next_steps,
    nodes_before,
)
from argotui.model.redact import MASK

YES_NO = ("YES", "NO")


@pytest.mark.parametrize(
    ("default", "enum", "begins"),
    [
        ("NO", YES_NO, None),
        ("no", (), None),
        ("false", ("true", "false"), None),
        ("YES", YES_NO, "YES"),
        ("eu", ("eu", "us"), "eu"),
        ("asia", ("eu", "us"), None),
        ("0", (), None),
        ("48000", (), "48000"),
        ("", (), ""),
        (None, YES_NO, None),
    ],
)
def test_what_says_no_is_never_sent_by_default(
    default: str | None, enum: tuple[str, ...], begins: str | None
) -> None:
    assert prefilled(Supplied("field", default, enum)) == begins


def test_choices_go_round_and_texts_are_written() -> None:
    form = Form([Supplied("approve", "NO", YES_NO), Supplied("amount", None)])
    assert form.go_to_problem() == "choose approve first: YES or NO"
    assert form.turn(-1)
    assert form.values == {"approve": "NO"}
    assert form.turn(1)
    assert form.values == {"approve": "YES"}
    assert not form.choose(2)
    assert form.go_to_problem() == "fill in amount first"
    assert form.current == 1
    assert not form.turn(1)
    form.write("7")
    assert form.go_to_problem() == ""
    assert form.values == {"approve": "YES", "amount": "7"}
    form.step(1)
    assert form.current == 0


def test_values_kept_from_before_are_still_choices() -> None:
    kept = {"approve": "LATER", "comment": "so be it", "gone": "x"}
    form = Form([Supplied("approve", "NO", YES_NO), Supplied("comment")], kept)
    assert form.values == {"comment": "so be it"}


def test_a_form_without_fields_asks_for_nothing() -> None:
    form = Form(())
    form.step(1)
    assert form.field is None
    assert form.go_to_problem() == ""
    assert not form.choose(0)


def node(node_id: str, **more: Any) -> dict[str, Any]:
    return {"id": node_id, "name": node_id, "displayName": node_id, "phase": "Succeeded", **more}


def document() -> dict[str, Any]:
    """Return steps within a DAG: build, then inside `check` lint and the gate; then ship."""
    pod, suspend = {"type": "Pod"}, {"type": "Suspend", "phase": "Running"}
    nodes = [
        node("wf", type="DAG", templateName="main", children=["build"]),
        node("build", **pod, boundaryID="wf", children=["check"]),
        node("check", type="Steps", templateName="check", boundaryID="wf", children=["[0]"]),
        node("[0]", type="StepGroup", boundaryID="check", children=["lint"]),
        node("lint", **pod, boundaryID="check", children=["[1]"]),
        node("[1]", type="StepGroup", boundaryID="check", children=["ask"]),
        node("ask", **suspend, boundaryID="check"),
    ]
    tasks = [
        {"name": "build"},
        {"name": "check", "depends": "build"},
        {"name": "ship", "depends": "check.Succeeded && build", "when": "{{x}} == YES"},
        {"name": "checker", "depends": "check-all"},
    ]
    return {
        "metadata": {"name": "wf", "namespace": "argo"},
        "spec": {
            "templates": [
                {"name": "main", "dag": {"tasks": tasks}},
                {"name": "check", "steps": [[{"name": "lint"}], [{"name": "ask"}]]},
            ]
        },
        "status": {"nodes": {each["id"]: each for each in nodes}},
    }


def test_the_place_of_a_gate() -> None:
    workflow = msgspec.convert(document(), Workflow)
    gate = workflow.nodes["ask"]
    assert [each.id for each in nodes_before(workflow, gate)] == ["lint", "build"]
    assert [each.id for each in ancestors(workflow, gate)] == ["wf", "check"]
    assert next_steps(workflow, document(), gate) == [Next("ship", "{{x}} == YES")]


def test_a_place_that_leads_in_circles_ends() -> None:
    broken = document()
    broken["status"]["nodes"]["wf"]["boundaryID"] = "check"
    broken["status"]["nodes"]["ask"]["children"] = ["build"]
    workflow = msgspec.convert(broken, Workflow)
    gate = workflow.nodes["ask"]
    assert len(ancestors(workflow, gate)) == 2
    assert {each.id for each in nodes_before(workflow, gate)} == {"lint", "build"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ([{"name": "api-token", "value": "one"}], [{"name": "api-token", "value": "two"}]),
        ([], [{"name": "api-token", "value": "two"}]),
        ([{"value": "one", "name": "token"}], []),
    ],
)
def test_a_changed_secret_is_covered(old: list[Any], new: list[Any]) -> None:
    def asked(parameters: list[Any]) -> dict[str, Any]:
        return {"spec": {"arguments": {"parameters": parameters}}}

    found = shown_differences(asked(old), asked(new), "ask")
    assert found
    text = " ".join(part for change in found for part in change)
    assert MASK in text
    assert "one" not in text
    assert "two" not in text


def test_a_change_is_one_line_without_controls() -> None:
    before = {"spec": {"entrypoint": "main"}}
    after = {"spec": {"entrypoint": "x\x1b]0;owned\x07\ny" + "z" * 999}}
    ((path, old, new),) = shown_differences(before, after, "ask")
    assert (path, old) == ("spec.entrypoint", "main")
    assert new.isprintable()
    assert len(new) <= 200
