"""What is behind a gate is told from the nodes that the controller links to it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from argotui.model.argo import Workflow
from argotui.model.gates.effect import (
    Effect,
    Started,
    effect_behind,
    effect_since,
)
from argotui.operations.gates.review import workflow_of

DECIDED = datetime(2026, 1, 5, 12, 0, 0, tzinfo=UTC)


def node(
    name: str, *children: str, kind: str = "Pod", phase: str = "Running", after: int = 0
) -> dict[str, Any]:
    return {
        "id": name,
        "name": name,
        "displayName": name,
        "type": kind,
        "phase": phase,
        "children": list(children),
        "startedAt": (DECIDED + timedelta(seconds=after)).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def made(*nodes: dict[str, Any], phase: str = "Running") -> Workflow:
    gone = phase in ("Succeeded", "Failed")
    return workflow_of(
        {
            "metadata": {
                "name": "w",
                "namespace": "argo",
                "uid": "u",
                "labels": {"workflows.argoproj.io/completed": str(gone).lower()},
            },
            "spec": {},
            "status": {"phase": phase, "nodes": {each["id"]: each for each in nodes}},
        }
    )


def gate(*children: str) -> dict[str, Any]:
    return node("gate", *children, kind="Suspend", phase="Succeeded", after=-60)


def skipped(name: str, *children: str, phase: str = "Omitted") -> dict[str, Any]:
    return node(name, *children, kind="Skipped", phase=phase)


@pytest.mark.parametrize(
    ("workflow", "expected", "effect", "words"),
    [
        (made(gate()), (), Effect(Started.YET), "nothing yet"),
        (
            made(gate(), phase="Failed"),
            ("deploy",),
            Effect(Started.NOTHING, phase="Failed", complete=True),
            "nothing ran, the workflow ended Failed",
        ),
        (
            made(gate("deploy"), node("deploy", "check"), node("check")),
            ("deploy",),
            Effect(Started.STARTED, ("deploy",), complete=True),
            "started deploy",
        ),
        (
            made(gate("deploy"), node("deploy", phase="Pending")),
            ("deploy", "notify"),
            Effect(Started.STARTED, ("deploy",)),
            "started deploy",
        ),
        (
            made(
                gate("[1]"),
                node("[1]", "deploy", kind="StepGroup"),
                skipped("deploy", "[2]", phase="Skipped"),
                node("[2]", "discard", kind="StepGroup"),
                node("discard"),
            ),
            ("deploy",),
            Effect(Started.STARTED, ("discard",), ("deploy",), complete=True),
            "started discard; skipped deploy",
        ),
        (
            made(gate("deploy", "notify"), skipped("deploy"), skipped("notify")),
            ("deploy", "notify"),
            Effect(Started.SKIPPED, (), ("deploy", "notify")),
            "skipped deploy, notify; nothing ran so far",
        ),
        (
            made(gate("deploy"), skipped("deploy"), phase="Failed"),
            ("deploy",),
            Effect(Started.SKIPPED, (), ("deploy",), "Failed", complete=True),
            "skipped deploy; nothing ran, the workflow ended Failed",
        ),
        (
            made(gate(*"abcde"), *(node(name, after=i) for i, name in enumerate("edcba"))),
            (),
            Effect(Started.STARTED, tuple("edcba"), complete=True),
            "started e, d, c and 2 more",
        ),
        (
            made(gate("scan(0:x)", "scan(1:y)"), node("scan(0:x)"), node("scan(1:y)")),
            ("scan",),
            Effect(Started.STARTED, ("scan",), complete=True),
            "started scan",
        ),
        (made(gate("gate", "lost")), (), Effect(Started.YET), "nothing yet"),
        (made(), (), Effect(Started.YET), "nothing yet"),
    ],
)
def test_what_started_and_what_was_skipped_behind_a_gate(
    workflow: Workflow, expected: tuple[str, ...], effect: Effect, words: str
) -> None:
    found = effect_behind(workflow, "gate", expected)
    assert found == effect
    assert found.words == words


def test_a_resumed_workflow_has_behind_it_what_started_afterwards() -> None:
    before = node("early", after=-60)
    assert effect_since(made(before), DECIDED) == Effect(Started.YET)
    root = node("w", kind="DAG")
    workflow = made(before, root, node("late", after=9), node("next", after=2), skipped("off"))
    found = effect_since(workflow, DECIDED + timedelta(microseconds=400))
    assert found == Effect(Started.STARTED, ("next", "late"), ("off",), complete=True)
    assert effect_since(made(before, phase="Failed"), DECIDED).ran is Started.NOTHING


def test_nothing_yet_says_for_how_long_it_was_watched() -> None:
    assert Effect(Started.YET, watched=60).words == "nothing yet after 60s"
