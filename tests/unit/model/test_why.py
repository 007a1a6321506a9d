"""What the row of a list says of a workflow that waits or failed."""

from __future__ import annotations

from typing import Any

import pytest

from argotui.backend.kube.decode import decode_workflow
from argotui.model.argo import (
    Key,
    Metadata,
    MutexHolding,
    MutexStatus,
    Node,
    NodeSynchronization,
    SemaphoreHolding,
    SemaphoreStatus,
    Synchronization,
    Workflow,
    WorkflowSpec,
    WorkflowStatus,
)
from argotui.model.gates.decision import Choice, Decision, message_of
from argotui.model.gates.request import Request
from argotui.model.phases import (
    DENIED,
    NEW,
    STUCK,
    look_of_root,
    look_of_workflow,
)
from argotui.model.workflow.facts import node_facts
from argotui.model.workflows.row_texts import message_parts, message_text, phase_words
from argotui.model.workflows.summary import (
    Depth,
    Summary,
    as_of,
    summarise,
)
from argotui.model.workflows.why import UNTAKEN_SECONDS, is_stuck_now, why_of
from tests.unit.model.fixtures import START, at, node, workflow

ROOT = node("wf", "DAG", "Running")
LOCK = "Waiting for argo/Mutex/deploy lock. Lock status: 0/1"


def pending(name: str, message: str = "", **more: Any) -> Node:
    return node(f"wf.{name}", phase="Pending", boundary="wf", message=message, **more)


def failed(*nodes: Node, message: str = "", **status: Any) -> Workflow:
    root = node("wf", "DAG", "Failed")
    return workflow([root, *nodes], phase="Failed", message=message, **status)


def word(of: Workflow, seconds: float = 600) -> str:
    return look_of_workflow(as_of(summarise(of), at(seconds))).word


def told(of: Workflow, seconds: float = 600) -> str:
    now = at(seconds)
    return message_text(as_of(summarise(of), now), now)


@pytest.mark.parametrize(
    "message",
    [
        'ImagePullBackOff: Back-off pulling image "registry.example/app:2"',
        "Unschedulable: 0/3 nodes are available: 3 Insufficient nvidia.com/gpu.",
        'Unschedulable: persistentvolumeclaim "scratch" not found',
        'CreateContainerConfigError: secret "db" not found',
        'pods "x" is forbidden: exceeded quota: compute, requested: cpu=4, used: cpu=8',
    ],
)
def test_a_workflow_of_which_nothing_can_begin_is_stuck_and_says_why(message: str) -> None:
    stuck = workflow([ROOT, pending("scan", message)])
    assert word(stuck, 0) == "stuck"
    assert told(stuck, 0) == f"scan: {message}"


def test_while_other_nodes_run_it_runs_and_says_what_waits() -> None:
    runs = node("wf.b", phase="Running", boundary="wf")
    half = workflow([ROOT, runs, pending("scan", "ImagePullBackOff: x")])
    assert word(half) == "running"
    assert told(half) == "scan: ImagePullBackOff: x"


def test_a_daemon_alone_is_no_progress() -> None:
    daemon = node("wf.db", phase="Running", boundary="wf", daemoned=True)
    assert word(workflow([ROOT, daemon, pending("scan", "ImagePullBackOff: x")])) == "stuck"


def test_of_several_the_first_is_told_and_all_are_counted() -> None:
    first = pending("b", "Unschedulable: x", start=3)
    stuck = workflow([ROOT, pending("a", "ImagePullBackOff: y", start=9), first])
    assert told(stuck) == "b: Unschedulable: x (+1 more)"
    why = why_of(stuck)
    assert why is not None
    assert why.others == ("ImagePullBackOff: y",)


@pytest.mark.parametrize("message", ["", "ContainerCreating", "PodInitializing"])
def test_a_start_that_takes_long_is_stuck_after_a_minute(message: str) -> None:
    slow = workflow([ROOT, pending("scan", message, start=100)])
    assert word(slow, 159) == "running"
    assert told(slow, 159) == ""
    assert word(slow, 160) == "stuck"
    assert told(slow, 160).startswith("scan: its pod does not start")
    assert message in told(slow, 160)


def new(**more: Any) -> Workflow:
    return Workflow(
        metadata=Metadata(name="wf", namespace="argo", creation_timestamp=START), **more
    )


def test_a_workflow_that_nobody_takes_says_so_after_a_minute() -> None:
    assert word(new(), UNTAKEN_SECONDS - 1) == NEW.word
    assert told(new(), UNTAKEN_SECONDS - 1) == ""
    assert word(new(), UNTAKEN_SECONDS) == STUCK.word
    assert told(new(), UNTAKEN_SECONDS).startswith("no controller has taken it")


def test_one_that_is_suspended_before_it_begins_waits() -> None:
    held = new(spec=WorkflowSpec(suspend=True))
    assert word(held, 600) == "suspended"
    assert told(held, 600) == "suspended as a whole"


def locked(holder: str) -> Workflow:
    lock = NodeSynchronization("argo/Mutex/deploy")
    return workflow(
        [ROOT, pending("deploy", f"{LOCK} ", synchronization_status=lock)],
        synchronization=Synchronization(
            mutex=MutexStatus(waiting=[MutexHolding("argo/Mutex/deploy", holder)])
        ),
    )


@pytest.mark.parametrize(
    ("holder", "named"),
    [
        ("argo/other-x7", "other-x7"),
        ("data/other-x7", "data/other-x7"),
        ("argo/other-x7/other-x7-12", "other-x7"),
        (f"argo/wf/{pending('first').id}", "first of this workflow"),
    ],
)
def test_a_lock_says_what_is_waited_for_and_who_has_it(holder: str, named: str) -> None:
    stuck = locked(holder)
    nodes = {**stuck.nodes, pending("first").id: node("wf.first", boundary="wf")}
    stuck = workflow(nodes.values(), synchronization=stuck.status.synchronization)
    assert word(stuck) == "stuck"
    assert told(stuck) == f"deploy: {LOCK}; held by {named}"


def test_a_lock_that_a_whole_workflow_waits_for_is_told_too() -> None:
    text = "Waiting for argo/ConfigMap/limits/etl lock. Lock status: 0/2"
    waiting = SemaphoreHolding("argo/ConfigMap/limits/etl", ["argo/a", "argo/b"])
    whole = workflow(
        [],
        phase="Pending",
        message=text,
        synchronization=Synchronization(semaphore=SemaphoreStatus(waiting=[waiting])),
    )
    assert word(whole) == "stuck"
    assert told(whole) == f"{text}; held by a, b"


def test_a_queue_of_the_controller_is_pending() -> None:
    text = "Workflow processing has been postponed because too many workflows are running"
    queued = workflow([], phase="Pending", message=text)
    assert word(queued) == "pending"
    assert told(queued) == text


def test_a_pause_before_another_attempt_is_told() -> None:
    retry = node("wf.up", "Retry", "Running", boundary="wf", message="Backoff for 2 minutes")
    tried = node("wf.up(0)", phase="Failed", boundary="wf", message="Error (exit code 1)")
    paused = workflow([ROOT, retry, tried])
    assert word(paused) == "running"
    assert told(paused) == "up: Backoff for 2 minutes"


def test_who_waits_for_a_person_waits_and_says_what_else_is_stuck() -> None:
    gate = node("wf.ok", "Suspend", "Running", boundary="wf")
    both = workflow([ROOT, gate, pending("scan", "ImagePullBackOff: x")])
    assert word(both) == "waiting"
    assert told(both).startswith("gate ok, ")
    assert told(both).endswith(": scan: ImagePullBackOff: x")


def test_who_is_told_to_stop_says_so() -> None:
    told_to = workflow([ROOT, node("wf.a", phase="Running")], WorkflowSpec(shutdown="Stop"))
    assert told(told_to) == "told to stop"


# What failed.


def test_the_first_cause_stands_in_the_row_and_never_that_a_child_failed() -> None:
    pod = node("wf.fit", phase="Failed", boundary="wf", message="main: OOMKilled (exit code 137)")
    assert told(failed(pod)) == "fit: OOMKilled (exit code 137)"
    shallow = Summary(Key("argo", "wf"), Depth.TABLE, phase="Failed", message="child 'wf-1' failed")
    assert message_text(shallow, START) == "…"


def test_what_was_tried_several_times_says_how_often() -> None:
    tries = [
        node(f"wf.up({n})", phase="Failed", boundary="wf", end=n, message="Error (exit code 3)")
        for n in range(3)
    ]
    names = [each.name for each in tries]
    retry = node("wf.up", "Retry", "Failed", boundary="wf", children=names)
    assert told(failed(retry, *tries)) == "up: 3 attempts, exit code 3"


def test_where_the_node_says_nothing_the_workflow_does() -> None:
    assert told(failed(node("wf.a", phase="Failed", boundary="wf"), message="it failed")) == (
        "it failed"
    )


def test_a_deadline_of_the_whole_workflow_is_named() -> None:
    pod = node("wf.a", phase="Failed", boundary="wf", message="pod deleted")
    late = workflow(
        [node("wf", "DAG", "Failed"), pod],
        WorkflowSpec(active_deadline_seconds=25),
        phase="Failed",
        finished_at=at(26),
    )
    assert told(late) == "its deadline of 25s has passed; a: pod deleted"


REQUEST = Request("c", Key("argo", "wf"), "1", "node", "", "0123456789abcdef" * 4)


def gate(message: str, phase: str = "Failed") -> Node:
    return node("wf.deploy", "Suspend", phase, boundary="wf", message=message)


@pytest.mark.parametrize(
    ("message", "says"),
    [
        (
            message_of(Decision("d1", REQUEST, Choice.DENY, "approver", reason="change freeze")),
            "deploy: denied by approver: change freeze",
        ),
        (
            message_of(Decision("d1", REQUEST, Choice.DENY, "system:serviceaccount:a:b")),
            "deploy: denied by system:serviceaccount:a:b",
        ),
        ("not today", "deploy: denied: not today"),
        ("", "deploy: denied"),
    ],
)
def test_a_workflow_that_ended_because_a_gate_was_denied_says_so(message: str, says: str) -> None:
    denied = failed(gate(message))
    assert phase_words(summarise(denied)) == ("⊘", "denied", "denied")
    assert told(denied) == says


@pytest.mark.parametrize(
    "closed",
    [
        gate("workflow shutdown with strategy: Stop"),
        gate("Stopped with strategy 'Terminate'"),
        gate("Step exceeded its deadline"),
        gate("raw output parameter 'x' has not been set", "Error"),
    ],
)
def test_a_gate_that_nobody_denied_failed(closed: Node) -> None:
    assert word(failed(closed)) == "failed"


def test_what_ended_well_after_a_denial_is_not_denied() -> None:
    closed = gate("approver: denied")
    done = workflow([node("wf", "DAG", "Succeeded"), closed], phase="Succeeded")
    assert look_of_workflow(summarise(done)) is not DENIED


def test_secrets_in_messages_are_covered() -> None:
    text = told(failed(node("wf.a", phase="Failed", boundary="wf", message="password=hunter2")))
    assert "hunter2" not in text


def test_the_words_of_a_kind_have_its_colour() -> None:
    now = at(600)
    for of, role in (
        (workflow([ROOT, pending("a", "ImagePullBackOff: x")]), "stuck"),
        (failed(gate("no")), "denied"),
        (failed(node("wf.a", phase="Failed", boundary="wf", message="boom")), "failed"),
    ):
        assert [part[1] for part in message_parts(summarise(of), now)] == [role]


def test_nothing_is_said_of_what_goes_on() -> None:
    assert why_of(workflow([ROOT, node("wf.a", phase="Running", boundary="wf")])) is None
    ended = Workflow(status=WorkflowStatus(phase="Succeeded"))
    assert why_of(ended) is None


def test_an_object_as_the_api_has_it_is_read() -> None:
    raw = (
        b'{"metadata":{"name":"w","namespace":"a"},"status":{"phase":"Running",'
        b'"synchronization":{"mutex":{"waiting":[{"mutex":"a/Mutex/m","holder":"a/h"}]}},'
        b'"nodes":{"w":{"id":"w","name":"w","displayName":"w","type":"Pod","phase":"Pending",'
        b'"synchronizationStatus":{"waiting":"a/Mutex/m"}}}}}'
    )
    assert told(decode_workflow(raw)) == "Waiting for a/Mutex/m lock; held by h"


LIKE_THE_LIST = {
    "lock": ([pending("a", LOCK)], False, True),
    "suspended": ([pending("a", LOCK)], True, False),
    "goes-on": ([pending("a", LOCK), node("wf.b", "Pod", "Running", boundary="wf")], False, False),
    "gate": ([pending("a", LOCK), node("wf.b", "Suspend", "Running", boundary="wf")], False, False),
    "silent": ([pending("a", start=0)], False, True),
}


@pytest.mark.parametrize("case", LIKE_THE_LIST)
def test_the_root_of_the_tree_is_stuck_where_the_row_of_the_list_is(case: str) -> None:
    nodes, suspend, stuck = LIKE_THE_LIST[case]
    of = workflow([ROOT, *nodes], spec=WorkflowSpec(suspend=suspend))
    now = at(600)
    assert (word(of) == STUCK.word) is stuck
    assert is_stuck_now(of, why_of(of), now) is stuck
    assert look_of_root(ROOT, stuck=stuck).word == ("stuck" if stuck else "running")
    phase = next(fact for fact in node_facts(of, ROOT, now) if fact.label == "phase")
    assert ("stuck" in phase.text) is stuck


def test_a_root_that_has_ended_is_what_it_ended_as() -> None:
    assert look_of_root(node("wf", "DAG", "Failed"), stuck=True).word == "failed"
