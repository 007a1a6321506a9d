from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from argotui.model.argo import (
    Metadata,
    NodeFlag,
    NodeSynchronization,
    Outputs,
    Workflow,
)
from argotui.model.workflow.cause import (
    Cause,
    Causes,
    first_cause,
    held_up_by,
    is_blocked,
    is_stuck,
    stuck_nodes,
    where_to_look,
    why_no_nodes,
)
from argotui.model.workflow.pod_name import node_id
from tests.unit.model.fixtures import NAME, START, at, node, workflow


def failed(*nodes: Any, message: str = "", phase: str = "Failed") -> Workflow:
    return workflow(nodes, phase=phase, message=message)


def steps(message: str = "", children: tuple[str, ...] = ("wf[0]",)) -> Any:
    return node("wf", "Steps", "Failed", message=message, children=children)


def test_a_failure_that_was_passed_on_is_followed_back_to_the_node_that_failed() -> None:
    told = f"child '{node_id(NAME, 'wf[0].fit')}' failed"
    group = node(
        "wf[0]", "StepGroup", "Failed", boundary="wf", children=["wf[0].fit"], message=told
    )
    fit = node("wf[0].fit", phase="Failed", boundary="wf", message="OOMKilled (exit code 137)")
    found = first_cause(failed(steps(told), group, fit, message=told))

    assert found == Cause(fit.id, "fit", "OOMKilled (exit code 137)")
    assert str(found) == "fit: OOMKilled (exit code 137)"


def test_a_dag_says_nothing_and_its_first_failure_is_told() -> None:
    early = node("wf.b", phase="Failed", boundary="wf", end=10, message="Error (exit code 1)")
    late = node("wf.a", phase="Failed", boundary="wf", end=20, message="pod deleted")
    root = node("wf", "DAG", "Failed", children=["wf.a", "wf.b"])

    assert first_cause(failed(root, late, early)) == Cause(early.id, "b", "Error (exit code 1)")


def test_a_node_that_was_allowed_to_fail_is_no_cause() -> None:
    allowed = node(
        "wf.try", phase="Failed", boundary="wf", end=5, message="exit", children=["wf.go"]
    )
    went_on = node("wf.go", boundary="wf", end=7)
    real = node(
        "wf.fit", phase="Failed", boundary="wf", end=9, message="boom", children=["wf.left"]
    )
    left = node("wf.left", phase="Omitted", boundary="wf")
    root = node("wf", "DAG", "Failed", children=["wf.try"])

    assert str(first_cause(failed(root, allowed, went_on, real, left))) == "fit: boom"


def test_a_retry_tells_how_often_it_was_tried_and_leads_to_the_last_attempt() -> None:
    tries = [
        node(f"wf.upload({n})", phase="Failed", boundary="wf", end=n, message=f"exit code {n}")
        for n in range(3)
    ]
    retry = node(
        "wf.upload",
        "Retry",
        "Failed",
        boundary="wf",
        message="No more retries left",
        children=[each.name for each in tries],
    )
    root = node("wf", "DAG", "Failed", children=["wf.upload"])

    found = first_cause(failed(root, retry, *tries))
    assert found == Cause(tries[2].id, "upload", "3 attempts, the last: exit code 2")


def test_a_nested_failure_is_found_however_deep() -> None:
    leaf = node("wf.a.b.c", phase="Error", boundary="wf.a.b", message="secret not found")
    inner = node("wf.a.b", "Steps", "Error", boundary="wf.a")
    outer = node("wf.a", "DAG", "Error", boundary="wf")
    root = node("wf", "DAG", "Error")

    assert str(first_cause(failed(root, outer, inner, leaf, phase="Error"))) == (
        "c: secret not found"
    )
    assert Causes(failed(root, outer, inner, leaf)).of(outer.id) == Cause(
        leaf.id, "c", "secret not found"
    )


def test_what_the_workflow_says_itself_stays_beside_the_node_to_look_at() -> None:
    pod = node("wf.a", phase="Failed", boundary="wf", message="pod deleted")
    root = node("wf", "DAG", "Failed", children=["wf.a"])
    stopped = failed(root, pod, message="Stopped with strategy 'Terminate'")

    assert first_cause(stopped) == Cause(pod.id, "", "Stopped with strategy 'Terminate'")
    invalid = failed(message="invalid spec: templates.main is not defined")
    assert first_cause(invalid) == Cause("", "", "invalid spec: templates.main is not defined")


def test_a_workflow_of_one_pod_needs_no_name_before_its_message() -> None:
    pod = node("wf", phase="Failed", message="Error (exit code 2)")
    assert str(first_cause(failed(pod, message="Error (exit code 2)"))) == "Error (exit code 2)"


def test_without_a_message_the_exit_code_is_told_else_the_phase() -> None:
    root = node("wf", "DAG", "Failed")
    silent = node("wf.a", phase="Failed", boundary="wf")
    coded = node("wf.a", phase="Failed", boundary="wf", outputs=Outputs(exit_code="3"))

    assert str(first_cause(failed(root, silent))) == "a: failed"
    assert str(first_cause(failed(root, coded))) == "a: exit code 3"


def test_an_exit_handler_is_the_cause_only_where_nothing_else_failed() -> None:
    ok = node("wf", "DAG", "Succeeded")
    bad = node("wf", "DAG", "Failed")
    pod = node("wf.a", phase="Failed", boundary="wf", message="boom", end=9)
    handler = node("wf.onExit", phase="Failed", message="no mail", end=1)

    assert str(first_cause(failed(ok, handler))) == "onExit: no mail"
    assert str(first_cause(failed(bad, pod, handler))) == "a: boom"


def test_a_hook_that_failed_is_not_the_cause_of_its_node() -> None:
    root = node("wf", "DAG", "Failed")
    hook = node(
        "wf.a.hooks.tell",
        phase="Failed",
        boundary="wf",
        end=1,
        message="hook",
        node_flag=NodeFlag(hooked=True),
    )
    pod = node("wf.a", phase="Failed", boundary="wf", end=9, message="boom")
    assert str(first_cause(failed(root, hook, pod))) == "a: boom"


def test_messages_that_lead_in_a_circle_end() -> None:
    root = node("wf", "DAG", "Failed", message=f"child '{NAME}' failed")
    inner = node("wf.a", "Steps", "Failed", boundary="wf", message=f"child '{NAME}' failed")
    assert first_cause(failed(root, inner)) is not None


def test_what_did_not_fail_has_no_cause() -> None:
    assert first_cause(workflow([node("wf.a", phase="Failed")])) is None
    assert Causes(workflow([node("wf.a")])).of(node_id(NAME, "wf.a")) is None


@pytest.mark.parametrize(
    ("message", "seconds", "stuck"),
    [
        ("ImagePullBackOff: Back-off pulling image", 0, True),
        ("Unschedulable: 0/3 nodes are available", 0, True),
        ("ContainerCreating", 5, False),
        ("ContainerCreating", 90, True),
        ("PodInitializing", 5, False),
        ("", 5, False),
        ("", 90, True),
    ],
)
def test_a_pending_node_is_stuck_when_something_holds_it_up(
    message: str, seconds: int, stuck: bool
) -> None:
    pending = node("wf.a", phase="Pending", boundary="wf", message=message)
    assert is_stuck(pending, START + timedelta(seconds=seconds)) is stuck


def test_a_lock_and_a_backoff_are_stuck_and_what_runs_is_not() -> None:
    lock = node(
        "wf.a",
        phase="Pending",
        boundary="wf",
        synchronization_status=NodeSynchronization("argo/Mutex/one"),
    )
    pause = node("wf.b", "Retry", "Running", message="Backoff for 2 minutes 0 seconds")
    runs = node("wf.c", phase="Running", message="pulled")
    done = node("wf.d", phase="Failed", message="ImagePullBackOff")
    whole = workflow([lock, pause, runs, done])

    assert [each.name for each in stuck_nodes(whole, START)] == ["wf.a", "wf.b"]


def test_what_holds_a_workflow_up_is_its_first_stuck_node_or_its_own_words() -> None:
    root = node("wf", "DAG", "Running")
    second = node("wf.b", phase="Pending", boundary="wf", start=9, message="ImagePullBackOff: x")
    first = node("wf.a", phase="Pending", boundary="wf", start=3, message="Unschedulable: y")
    waits = workflow([], phase="Pending", message="Workflow processing has been postponed")

    assert held_up_by(workflow([root, second, first]), at(20)) == Cause(
        first.id, "a", "Unschedulable: y"
    )
    assert held_up_by(waits, at(20)) == Cause("", "", "Workflow processing has been postponed")
    assert held_up_by(workflow([root]), at(20)) is None


def test_the_place_to_look_at_is_the_failure_the_gate_or_what_is_stuck() -> None:
    root = node("wf", "DAG", "Running")
    gate = node("wf.ok", "Suspend", "Running", boundary="wf", start=50)
    stuck = node("wf.a", phase="Pending", boundary="wf", message="ImagePullBackOff: x")
    broken = node("wf.a", phase="Failed", boundary="wf", message="boom")

    assert where_to_look(workflow([root, stuck, gate]), at(60)) == gate.id
    assert where_to_look(workflow([root, stuck]), at(60)) == stuck.id
    assert where_to_look(workflow([root]), at(60)) == ""
    assert where_to_look(failed(node("wf", "DAG", "Failed"), broken), at(60)) == broken.id


def test_why_there_is_no_node_is_told() -> None:
    offloaded = msgspec.structs.replace(workflow([]), problem="The nodes are kept elsewhere")
    new = Workflow(metadata=Metadata(name="w", creation_timestamp=START))

    assert why_no_nodes(offloaded, at(0)) == "No node can be shown: The nodes are kept elsewhere"
    assert why_no_nodes(failed(message="invalid spec: x"), at(0)) == (
        "There is no node: invalid spec: x"
    )
    assert why_no_nodes(workflow([]), at(0)) == "There is no node yet."
    assert why_no_nodes(workflow([], phase="Succeeded"), at(0)) == "It ended without a node."
    assert why_no_nodes(new, at(5)) == "No controller has taken it yet."
    assert why_no_nodes(new, at(90)).startswith("No controller has taken it: does one run")


@pytest.mark.parametrize("message", ["", "ContainerCreating", "PodInitializing: 1/2"])
def test_a_pod_that_starts_is_not_blocked_and_stuck_only_in_time(message: str) -> None:
    starting = node("wf.a", phase="Pending", message=message)
    assert not is_blocked(starting)
    assert [is_stuck(starting, at(seconds)) for seconds in (5, 600)] == [False, True]


def test_what_is_blocked_is_stuck_at_once() -> None:
    blocked = node("wf.a", phase="Pending", message="ErrImagePull: no such image")
    assert is_blocked(blocked)
    assert is_stuck(blocked, at(0))
