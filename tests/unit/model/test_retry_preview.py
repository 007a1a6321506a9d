from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from argotui.model.workflow.rerun_options import RetryOptions
from argotui.model.workflow.retry import plan_retry
from argotui.model.workflow.retry_preview import NOTHING, differences, plan_notes, plan_words
from tests.support import EPOCH

LATER = EPOCH + timedelta(hours=1)


def node(name: str, kind: str = "Pod", phase: str = "Succeeded", *children: str) -> dict[str, Any]:
    return {
        "id": name,
        "name": name,
        "displayName": name.rpartition(".")[2],
        "type": kind,
        "phase": phase,
        "boundaryID": "" if name == "wf" else "wf",
        "children": list(children),
        "startedAt": "2026-01-05T12:00:00Z",
    }


def document(*nodes: dict[str, Any], phase: str = "Failed") -> dict[str, Any]:
    return {
        "metadata": {"name": "wf", "namespace": "argo"},
        "spec": {"arguments": {"parameters": [{"name": "size", "value": "1"}]}},
        "status": {"phase": phase, "nodes": {one["id"]: one for one in nodes}},
    }


FAILED = document(
    node("wf", "DAG", "Failed", "wf.a", "wf.gate"),
    node("wf.a", "Pod", "Succeeded", "wf.b"),
    node("wf.b", "Pod", "Failed"),
    node("wf.gate", "Suspend", "Failed"),
    node("wf.onExit"),
)


def notes(workflow: dict[str, Any], options: RetryOptions) -> list[str]:
    return plan_notes(workflow, options, plan_retry(workflow, options, LATER))


def test_the_counts_are_said() -> None:
    plan = plan_retry(FAILED, RetryOptions(), LATER)
    assert plan_words(plan) == "2 nodes run again, 1 goes on, 2 stay, 2 pods deleted"


def test_what_stays_failed_and_what_is_lost_is_said() -> None:
    assert notes(FAILED, RetryOptions()) == [
        "The exit handler runs again at the end.",
        "1 failed gate stays failed unless chosen: gate.",
    ]
    chosen = RetryOptions("displayName=a", True, {"size": "2", "speed": "3"})
    assert notes(FAILED, chosen) == [
        "The workflow has no parameter speed; it is added.",
        "The exit handler runs again at the end.",
        "1 node that succeeded runs again, and its results are lost: a.",
        "1 failed gate stays failed unless chosen: gate.",
    ]


def test_a_failure_that_a_later_node_overcame_is_said_to_stay() -> None:
    overcome = document(
        node("wf", "DAG", "Failed", "wf.a"),
        node("wf.a", "Pod", "Failed", "wf.b"),
        node("wf.b"),
    )
    assert notes(overcome, RetryOptions()) == [
        NOTHING,
        "1 failed node stays failed, because a later node succeeded: a.",
    ]


def test_a_workflow_that_never_started_starts_from_the_beginning() -> None:
    plan = plan_retry(document(phase="Error"), RetryOptions(), LATER)
    assert (plan.reset, plan.deleted, plan.kept, plan.pods) == ([], [], [], [])
    assert "phase" not in plan.document["status"]
    assert notes(document(phase="Error"), RetryOptions()) == [
        "It never started a node: it starts from the beginning."
    ]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (RetryOptions("displayName=x", True), "The node selector finds no node."),
        (RetryOptions("displayName=a"), "The node selector has no effect without"),
        (RetryOptions("display=a", True), "No node has a field display; there are displayName,"),
    ],
)
def test_a_selector_that_does_nothing_is_said(options: RetryOptions, said: str) -> None:
    assert any(note.startswith(said) for note in notes(FAILED, options))


def test_text_from_the_cluster_is_cleaned() -> None:
    hostile = document(
        node("wf", "DAG", "Failed", "wf.\x1b[31ma"), node("wf.\x1b[31ma", "Suspend", "Failed")
    )
    assert notes(hostile, RetryOptions())[-1].endswith("unless chosen: a.")


def test_what_came_of_it_is_compared_with_the_plan() -> None:
    plan = plan_retry(FAILED, RetryOptions(), LATER)
    assert differences(plan, plan.document) == []

    def after(**changes: dict[str, Any] | None) -> dict[str, Any]:
        nodes = {**plan.document["status"]["nodes"], **changes}
        left = {key: one for key, one in nodes.items() if one is not None}
        return {**plan.document, "status": {**plan.document["status"], "nodes": left}}

    again = {**node("wf.b", "Pod", "Failed"), "startedAt": "2026-01-05T13:00:09Z"}
    assert differences(plan, after(**{"wf.b": again})) == []
    assert differences(plan, after(**{"wf.a": None})) == [
        "1 node that should have stayed is gone: a"
    ]
    changed = node("wf.a", "Pod", "Failed")
    assert differences(plan, after(**{"wf.a": changed, "wf.b": node("wf.b", "Pod", "Failed")})) == [
        "1 node that should have stayed is not as before: a",
        "1 node that should run again is as before: b",
    ]
