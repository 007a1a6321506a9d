"""Reading logs over HTTP from the embedded cluster: cuts, starts, ends, deletions, many pods."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from argotui.backend.kube.cluster import KubeCluster
from argotui.demo.api.kinds import PODS
from argotui.demo.api.log_store import StoredLog
from argotui.demo.cluster import EmbeddedCluster
from argotui.errors import InvalidError
from argotui.model.argo import (
    Artifact,
    Key,
    Metadata,
    Node,
    Outputs,
    Workflow,
    WorkflowStatus,
)
from argotui.operations.logs.container_log import QUIET, LogOptions, LogState
from argotui.operations.logs.targets import LogTarget
from argotui.operations.logs.workflow_log import WorkflowLog
from tests.support import EPOCH, ManualClock, until
from tests.unit.logs.log_pods import embedded, lines, ns, pod_document, write

KEY = Key("argo", "wf")
FOLLOW = LogOptions(follow=True)


__all__ = ["embedded"]  # a fixture


class PodLogs:
    """An embedded API with one workflow's pods, and a reading of their logs."""

    def __init__(self, api: EmbeddedCluster, cluster: KubeCluster, clock: ManualClock) -> None:
        self.api, self.cluster, self.clock = api, cluster, clock
        self.lines: list[tuple[int, str]] = []
        self.task: asyncio.Future[None] | None = None

    def pod(self, node: str, **states: str) -> StoredLog:
        """Make a pod; return the log of its main container, which has begun unless it waits."""
        entry = self.api.objects.create(PODS, pod_document(node, **states))
        for name, state in (states or {"main": "running"}).items():
            if state != "waiting":
                self.api.logs.start(entry.uid, name)
        log = self.api.logs.get(entry.uid, "main")
        return log if log is not None else StoredLog()

    def change(self, node: str, **states: str) -> None:
        entry = self.api.objects.need(PODS, "argo", f"pod-{node}")
        document = entry.decode()
        document["status"] = pod_document(node, **states)["status"]
        self.api.objects.update(PODS, document)

    def read(
        self,
        ask: LogOptions = FOLLOW,
        workflow: Workflow | None = None,
        node: str = "",
        container: str = "main",
    ) -> WorkflowLog:
        target = LogTarget(KEY, node_id=node, container=container)
        self.reading = WorkflowLog(
            self.cluster, target, ask, self.clock, random.Random(1), workflow
        )
        self.task = asyncio.ensure_future(self._take(self.reading))
        return self.reading

    async def _take(self, reading: WorkflowLog) -> None:
        async for batch in reading.batches():
            self.lines += [
                (source, text.decode())
                for source, text in zip(batch.sources, batch.texts, strict=True)
            ]

    @property
    def texts(self) -> list[str]:
        return [text for _, text in self.lines]

    async def passing(self, condition: Any, step: float = 0.5) -> None:
        """Let time pass until the condition holds."""
        try:
            await until(condition, meanwhile=partial(self.clock.advance, step))
        except AssertionError:
            raise AssertionError(f"in vain; lines so far: {self.texts}") from None

    async def ended(self) -> None:
        assert self.task is not None
        await self.passing(self.task.done)
        await self.task


@pytest.fixture
async def logs(
    embedded: EmbeddedCluster, cluster: KubeCluster, clock: ManualClock
) -> AsyncIterator[PodLogs]:
    made = PodLogs(embedded, cluster, clock)
    yield made
    if made.task is not None:
        made.task.cancel()
        await asyncio.gather(made.task, return_exceptions=True)


def node(name: str, kind: str = "Pod", phase: str = "Running", **fields: Any) -> Node:
    fields.setdefault("started_at", EPOCH)
    fields.setdefault("display_name", name)
    return Node(id=name, name=f"wf.{name}", type=kind, phase=phase, **fields)


def workflow(*nodes: Node, phase: str = "Running") -> Workflow:
    return Workflow(
        Metadata(name="wf", namespace="argo"),
        status=WorkflowStatus(phase=phase, nodes={one.id: one for one in nodes}),
    )


async def test_a_log_is_read_once_and_ends(logs: PodLogs) -> None:
    log = logs.pod("a", main="terminated")
    write(log, 0, 500)
    log.close()
    reading = logs.read(LogOptions())
    await logs.ended()
    assert logs.texts == lines(0, 500)
    assert [source.pod for source in reading.sources] == ["pod-a"]


async def test_tail_and_since_are_asked_of_the_server(logs: PodLogs) -> None:
    log = logs.pod("a", main="terminated")
    write(log, 0, 500, every=0.1)
    log.close()
    logs.read(LogOptions(tail=3))
    await logs.ended()
    assert logs.texts == lines(497, 500)
    logs.lines.clear()
    logs.read(LogOptions(since=EPOCH + timedelta(seconds=49)))
    await logs.ended()
    assert logs.texts == lines(490, 500)


@pytest.mark.parametrize("seed", range(6))
async def test_cuts_lose_and_double_nothing(logs: PodLogs, seed: int) -> None:
    rng = random.Random(seed)
    log = logs.pod("a")
    reading = logs.read(workflow=workflow(node("a")))
    written = 0
    for _ in range(12):
        count = rng.randint(1, 200)
        write(
            log,
            written,
            written + count,
            every=rng.choice([0.0001, 0.01]) if written == 0 else 0.01,
        )
        written += count
        match rng.randint(0, 3):
            case 0:
                logs.api.faults.cut_line(match="/log")
            case 1:
                logs.api.faults.drop(match="/log")
                reading.reconnect()
            case 2:
                logs.api.faults.answer(503, times=2, match="/log")
                reading.reconnect()
        await logs.passing(lambda so_far=written: len(logs.lines) >= so_far - 1)
    logs.api.faults.clear()
    log.close()
    logs.change("a", main="terminated", wait="terminated")
    reading.tell(workflow(node("a", phase="Succeeded"), phase="Succeeded"))
    await logs.ended()
    assert logs.texts == lines(0, written)


async def test_a_stream_that_ends_early_is_opened_again(logs: PodLogs) -> None:
    log = logs.pod("a")
    write(log, 0, 10)
    reading = logs.read(workflow=workflow(node("a")))
    await until(lambda: len(logs.lines) == 10)
    entry = logs.api.objects.need(PODS, "argo", "pod-a")
    log.close()
    again = logs.api.logs.start(entry.uid, "main")
    again.lines += log.lines
    write(again, 10, 20)
    await logs.passing(lambda: len(logs.lines) == 20)
    assert logs.texts == lines(0, 20)
    assert reading.logs[0].state is LogState.FOLLOWING


async def test_how_a_step_failed_is_said_behind_its_last_line(logs: PodLogs) -> None:
    log = logs.pod("fit", main="terminated", wait="terminated")
    write(log, 0, 3)
    log.close()
    failed = node("fit", phase="Failed", message="main: OOMKilled (exit code 137)")
    reading = logs.read(
        LogOptions(follow=True, ends=True), workflow(failed, phase="Failed"), container="all"
    )
    await logs.ended()
    main = next(log.source for log in reading.logs if log.source.container == "main")
    assert [text for source, text in logs.lines if source in (main.index, ~main.index)] == [
        *lines(0, 3),
        "ended: OOMKilled (exit code 137)",
    ]
    assert sum("ended" in text for text in logs.texts) == 1


async def test_a_container_that_waits_is_read_when_it_starts(logs: PodLogs) -> None:
    logs.pod("a", main="waiting", wait="waiting")
    reading = logs.read(workflow=workflow(node("a", phase="Pending")))
    await until(lambda: reading.logs and reading.logs[0].state is LogState.WAITING)
    assert logs.lines == []
    entry = logs.api.objects.need(PODS, "argo", "pod-a")
    logs.change("a", main="running", wait="running")
    write(logs.api.logs.start(entry.uid, "main"), 0, 3)
    reading.tell(workflow(node("a")))
    await until(lambda: logs.texts == lines(0, 3))


async def test_a_container_that_has_not_started_says_so_when_read_once(logs: PodLogs) -> None:
    logs.pod("a", main="waiting", wait="waiting")
    logs.read(LogOptions())
    await logs.ended()
    assert logs.lines == [(~0, "main has not started: ContainerCreating")]


async def test_a_pod_without_a_node_is_read_when_it_has_one(logs: PodLogs) -> None:
    logs.pod("a", main="waiting", wait="waiting")
    entry = logs.api.objects.need(PODS, "argo", "pod-a")
    document = entry.decode()
    del document["spec"]["nodeName"]
    del document["status"]["containerStatuses"]
    logs.api.objects.update(PODS, document)
    logs.read(LogOptions())
    await logs.ended()
    assert logs.lines == [(~0, "main has not started: no node has the pod yet")]
    logs.lines.clear()
    reading = logs.read(workflow=workflow(node("a", phase="Pending")))
    await until(lambda: reading.logs and reading.logs[0].state is LogState.WAITING)
    document["spec"]["nodeName"] = "node-1"
    document["status"] = pod_document("a")["status"]
    document["metadata"] = logs.api.objects.need(PODS, "argo", "pod-a").decode()["metadata"]
    logs.api.objects.update(PODS, document)
    write(logs.api.logs.start(entry.uid, "main"), 0, 3)
    reading.tell(workflow(node("a")))
    await until(lambda: logs.texts == lines(0, 3))


async def test_a_pod_that_failed_before_its_container_began_ends(logs: PodLogs) -> None:
    logs.pod("a", main="waiting", wait="terminated")
    logs.api.objects.update(
        PODS,
        {
            **logs.api.objects.need(PODS, "argo", "pod-a").decode(),
            "status": {"phase": "Failed", "message": "init: exit code 1"},
        },
    )
    reading = logs.read(workflow=workflow(node("a", phase="Failed"), phase="Failed"))
    await logs.ended()
    assert reading.logs[0].state is LogState.ENDED
    assert "never started (init: exit code 1)" in logs.texts[0]


async def test_many_logs_come_in_the_order_of_time(logs: PodLogs) -> None:
    first, second, third = (logs.pod(name, main="terminated") for name in "abc")
    rng = random.Random(3)
    for number in range(3000):
        log = rng.choice([first, second, third])
        log.append(ns(number * 0.001), b"line %d\n" % number)
    for log in (first, second, third):
        log.close()
    reading = logs.read(LogOptions(), workflow(*(node(name) for name in "abc")))
    await logs.ended()
    assert logs.texts == lines(0, 3000)
    assert [source.name for source in reading.sources] == ["a", "b", "c"]


async def test_a_new_pod_is_picked_up_while_following(logs: PodLogs) -> None:
    write(logs.pod("a"), 0, 2)
    reading = logs.read(workflow=workflow(node("a")))
    await logs.passing(lambda: len(logs.lines) == 2)
    log = logs.pod("b")
    write(log, 2, 4)
    reading.tell(workflow(node("a"), node("b")))
    await logs.passing(lambda: len(logs.lines) == 4)
    assert logs.lines[2:] == [(1, "line 2"), (1, "line 3")]
    log.append(ns(5), b"later\n")
    await logs.passing(lambda: logs.lines[-1] == (1, "later"))


async def test_a_deleted_pod_is_told_with_where_its_log_is(logs: PodLogs) -> None:
    kept = Outputs(artifacts=[Artifact(name="main-logs")])
    gone = [
        node("a", phase="Succeeded", finished_at=EPOCH, outputs=kept, template_name="t"),
        node("b", phase="Succeeded", finished_at=EPOCH),
        node("c", phase="Error", message="exceeded quota"),
    ]
    logs.read(LogOptions(), workflow(*gone, phase="Failed"))
    await logs.ended()
    assert sorted(logs.texts) == [
        "a: pod wf-t-"
        + str(_hash("wf.a"))
        + " is deleted; its log is archived as artifact main-logs",
        "b: pod wf-" + str(_hash("wf.b")) + " is deleted; no log is archived",
        "c: no pod ran (exceeded quota)",
    ]


def _hash(name: str) -> int:
    from argotui.model.workflow.pod_name import fnv1a_32

    return fnv1a_32(name.encode())


async def test_a_pod_deleted_while_it_is_read_is_told_in_its_place(logs: PodLogs) -> None:
    write(logs.pod("a"), 0, 2)
    reading = logs.read(workflow=workflow(node("a")))
    await until(lambda: len(logs.lines) == 2)
    entry = logs.api.objects.need(PODS, "argo", "pod-a")
    logs.api.objects.delete(PODS, "argo", "pod-a")
    logs.api.logs.forget(entry.uid)
    reading.tell(workflow(node("a", phase="Failed"), phase="Failed"))
    await logs.ended()
    assert logs.texts[:2] == lines(0, 2)
    assert logs.lines[2] == (~0, "pod pod-a is deleted, and its log is not archived")
    assert len(logs.lines) == 3


async def test_forbidden_is_told_once_for_each_pod(logs: PodLogs) -> None:
    logs.pod("a", main="running", wait="running")
    logs.api.faults.answer(403, times=99, match="/log")
    reading = logs.read(LogOptions(), container="all")
    await logs.ended()
    assert logs.texts == ["not allowed to read the log of pod-a"]
    assert {log.state for log in reading.logs} == {LogState.FORBIDDEN}


async def test_a_half_open_stream_is_given_up_when_the_node_has_ended(logs: PodLogs) -> None:
    log = logs.pod("a")
    write(log, 0, 2)
    reading = logs.read(workflow=workflow(node("a")))
    await until(lambda: len(logs.lines) == 2)
    logs.api.faults.silent = True
    write(log, 2, 5)
    logs.change("a", main="terminated", wait="terminated")
    reading.tell(workflow(node("a", phase="Succeeded"), phase="Succeeded"))
    await logs.ended()
    assert logs.texts == lines(0, 5)


async def test_a_stream_that_fell_silent_is_opened_again_while_the_node_runs(logs: PodLogs) -> None:
    log = logs.pod("a")
    write(log, 0, 2)
    logs.read(workflow=workflow(node("a")))
    await until(lambda: len(logs.lines) == 2)
    logs.api.faults.silent = True
    write(log, 2, 5)
    await logs.passing(lambda: logs.texts == lines(0, 5))


async def test_a_log_that_has_nothing_to_say_is_asked_and_left_alone(logs: PodLogs) -> None:
    log = logs.pod("a")
    write(log, 0, 2)
    reading = logs.read(workflow=workflow(node("a")))
    await until(lambda: len(logs.lines) == 2)
    await logs.passing(lambda: reading.logs[0].state is LogState.FOLLOWING)
    asked = logs.api.server.requests

    def questions() -> int:
        return sum("tailLines=1&" in request + "&" for request in asked)

    for number in range(1, 4):
        await logs.clock.advance(QUIET)
        await until(lambda: questions() == number, what="the question")  # noqa: B023
        await asyncio.sleep(0.02)
    assert sum("follow=true" in request for request in asked) == 1
    assert logs.texts == lines(0, 2)


async def test_the_run_before_is_read_with_previous(logs: PodLogs) -> None:
    log = logs.pod("a")
    write(log, 0, 3)
    entry = logs.api.objects.need(PODS, "argo", "pod-a")
    write(logs.api.logs.start(entry.uid, "main"), 7, 9)
    logs.read(LogOptions(previous=True, follow=True))
    await logs.ended()
    assert logs.texts == lines(0, 3)


async def test_that_there_was_no_run_before_is_said_in_plain_words(logs: PodLogs) -> None:
    write(logs.pod("a"), 0, 3)
    logs.read(LogOptions(previous=True))
    await logs.ended()
    assert logs.texts == ["main was not restarted: there is no run before this one"]


@pytest.mark.parametrize(
    ("container", "wanted"),
    [
        ("main", ["a"]),
        ("all", ["a:init", "a", "a:wait", "a:side"]),
        ("sidecars", ["a:side"]),
        ("wait", ["a:wait"]),
        ("init", ["a:init"]),
        ("side", ["a:side"]),
    ],
)
async def test_containers_are_chosen(logs: PodLogs, container: str, wanted: list[str]) -> None:
    logs.pod("a", main="terminated", wait="terminated", side="terminated")
    reading = logs.read(LogOptions(), workflow(node("a")), container=container)
    await logs.ended()
    assert [source.name for source in reading.sources] == wanted


@pytest.mark.parametrize("follow", [True, False])
async def test_a_container_that_no_pod_has_is_refused_and_the_others_named(
    logs: PodLogs, follow: bool
) -> None:
    logs.pod("a")
    logs.read(LogOptions(follow=follow), workflow(node("a")), container="mian")
    assert logs.task is not None
    with pytest.raises(InvalidError, match=r"has a container mian; did you mean main\?") as caught:
        await logs.task
    assert caught.value.detail == "There are: init, main, wait"


async def test_that_no_pod_has_a_sidecar_is_said(logs: PodLogs) -> None:
    logs.pod("a", main="terminated", wait="terminated")
    logs.read(LogOptions(), workflow(node("a")), container="sidecars")
    await logs.ended()
    assert logs.texts == ["No pod has a sidecar. There are: init, main, wait"]
