"""Retries and resubmissions against Argo's own answers (see argo_rerun/README.md)."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from argotui.model.workflow.rerun_options import ResubmitOptions, RetryOptions
from argotui.model.workflow.resubmit import resubmitted
from argotui.model.workflow.retry import RetryPlan, plan_retry
from argotui.model.workflow.run_again import CREATORS, CannotRunAgain
from tests.unit.model.argo_rerun.questions import (
    HERE,
    UPSTREAM,
    nodes_in,
    summary_of,
    workflow_of,
)

NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
RANDOM = json.loads((HERE / "random.json").read_text("utf-8"))
CASES = UPSTREAM["cases"]


def titles() -> list[str]:
    return [
        f"{number:02d}-{one['test'].removeprefix('Test')}" for number, one in enumerate(CASES, 1)
    ]


def parameters_of(case: dict[str, Any]) -> dict[str, str]:
    return dict(one.split("=", 1) for one in case.get("parameters", []))


def retry(case: dict[str, Any], workflow: dict[str, Any] | None = None) -> RetryPlan:
    options = RetryOptions(
        case.get("nodeFieldSelector", ""), case.get("restartSuccessful", False), parameters_of(case)
    )
    return plan_retry(workflow or workflow_of(case), options, NOW)


def resubmit(case: dict[str, Any], name: str) -> dict[str, Any]:
    options = ResubmitOptions(case.get("memoized", False), parameters_of(case))
    return resubmitted(workflow_of(case), options, NOW, name[-5:])


def without_times(value: Any) -> Any:
    """Return a document without times and without what Go leaves out because it is empty."""
    if isinstance(value, dict):
        parts = {
            key: without_times(part)
            for key, part in value.items()
            if key not in ("startedAt", "finishedAt", "creationTimestamp")
        }
        return {
            key: part
            for key, part in parts.items()
            if key == "supplied" or part not in (None, "", [], {})
        }
    return [without_times(part) for part in value] if isinstance(value, list) else value


def expected_document(case: dict[str, Any]) -> dict[str, Any]:
    before = workflow_of(case)
    after: dict[str, Any] = json.loads(json.dumps(case["after"]))
    if after["spec"] == "same":
        after["spec"] = before["spec"]
    for key, node in nodes_in(after).items():
        if node == "same":
            after["status"]["nodes"][key] = nodes_in(before)[key]
    # Who creates a workflow is for the backend to say.
    labels = after["metadata"].get("labels", {})
    after["metadata"]["labels"] = {k: v for k, v in labels.items() if k not in CREATORS}
    return after


@pytest.mark.parametrize("case", CASES, ids=titles())
def test_each_call_in_upstreams_tests_gives_the_same_document(case: dict[str, Any]) -> None:
    if "error" in case:
        with pytest.raises(CannotRunAgain):
            retry(case)
        return
    if case["verb"] == "retry":
        plan = retry(case)
        document = plan.document
        # Argo also deletes pods by the names of nodes that have none.
        assert set(plan.pods) <= set(case["pods"])
    else:
        document = resubmit(case, case["after"]["metadata"].get("name", ""))
    assert without_times(document) == without_times(expected_document(case))


@pytest.mark.parametrize("number", range(len(RANDOM)))
def test_random_questions_get_argos_answers(number: int) -> None:
    question, expected = RANDOM[number]["question"], RANDOM[number]["answer"]
    if "error" in expected:
        with pytest.raises(CannotRunAgain):
            resubmit(question, "") if question["verb"] == "resubmit" else retry(question)
        return
    if question["verb"] == "resubmit":
        document, pods = resubmit(question, expected["name"]), expected["pods"]
    else:
        plan = retry(question)
        assert set(plan.pods) <= set(expected["pods"])
        document, pods = plan.document, expected["pods"]
    assert summary_of(document, pods) == expected


def test_the_pods_to_delete_are_those_of_deleted_pod_nodes() -> None:
    for case in CASES:
        if case["verb"] != "retry" or "error" in case:
            continue
        plan = retry(case)
        pods = [node for node in plan.deleted if node.type == "Pod"]
        assert len(plan.pods) == len({node.name for node in pods})


def test_a_plan_names_every_node_once_and_leaves_what_it_was_given_alone() -> None:
    for case in CASES:
        if case["verb"] != "retry" or "error" in case:
            continue
        before = workflow_of(case)
        plan = retry(case, before)
        named = [node.id for node in (*plan.reset, *plan.deleted, *plan.kept)]
        assert sorted(named) == sorted(nodes_in(before))
        assert before == workflow_of(case)
        after = nodes_in(plan.document)
        assert set(after) == {node.id for node in (*plan.reset, *plan.kept)}
        assert all(after[node.id]["startedAt"] == "2026-01-05T12:00:00Z" for node in plan.reset)
