"""Reading the logs of several workflows as one, over HTTP from the embedded cluster."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest

from argotui.backend.freshness import Link
from argotui.backend.kube.cluster import KubeCluster
from argotui.backend.workflow_feed import WorkflowFeed
from argotui.demo.api.kinds import PODS, WORKFLOWS
from argotui.demo.api.log_store import StoredLog
from argotui.demo.cluster import EmbeddedCluster
from argotui.errors import ForbiddenError
from argotui.model.argo import Key
from argotui.operations.logs.container_log import LogOptions
from argotui.operations.logs.pool import NOTICES
from argotui.operations.logs.targets import LogTarget
from argotui.operations.logs.together import LogsTogether, names_of
from tests.support import ManualClock, until
from tests.unit.logs.log_pods import embedded, ns, pod_document, workflow_document

__all__ = ["embedded"]  # a fixture


class WorkflowLogs:
    """An embedded API with workflows, and a reading of the logs of several of them."""

    def __init__(self, api: EmbeddedCluster, cluster: KubeCluster, clock: ManualClock) -> None:
        self.api, self.cluster, self.clock = api, cluster, clock
        self.logs: dict[str, StoredLog] = {}
        self.texts: list[str] = []
        self.notices: list[str] = []
        self.tasks: list[asyncio.Future[None]] = []

    def workflow(self, name: str, *pods: str) -> None:
        """Make a workflow whose pods run."""
        self.api.objects.create(WORKFLOWS, workflow_document(name, *pods))
        for pod in pods:
            entry = self.api.objects.create(PODS, pod_document(pod, workflow=name))
            self.logs[pod] = self.api.logs.start(entry.uid, "main")

    def write(self, pod: str, *moments: float) -> None:
        for moment in moments:
            self.logs[pod].append(ns(moment), b"%s %g\n" % (pod.encode(), moment))

    def end(self, name: str, *pods: str) -> None:
        """Let a workflow and its pods succeed."""
        for pod in pods:
            self.logs[pod].close()
            entry = self.api.objects.need(PODS, "argo", f"pod-{pod}").decode()
            entry["status"] = pod_document(pod, main="terminated")["status"]
            self.api.objects.update(PODS, entry)
        document = workflow_document(name, *pods, phase="Succeeded")
        document["metadata"] = self.api.objects.need(WORKFLOWS, "argo", name).decode()["metadata"]
        self.api.objects.update(WORKFLOWS, document)

    def read(self, *names: str) -> LogsTogether:
        keys = [Key("argo", name) for name in names]
        targets = [LogTarget(key) for key in keys]
        rng = random.Random(1)
        ask = LogOptions(follow=True)
        self.reading = LogsTogether(self.cluster, targets, ask, self.clock, rng)
        for key in keys:
            feed = WorkflowFeed(self.cluster, key, self.clock, rng)
            feed.on_change = partial(self.reading.heed, feed)
            self.tasks.append(asyncio.ensure_future(feed.run()))
        self.taking = asyncio.ensure_future(self._take(self.reading))
        self.tasks.append(self.taking)
        return self.reading

    async def _take(self, reading: LogsTogether) -> None:
        async for batch in reading.batches():
            for source, raw in zip(batch.sources, batch.texts, strict=True):
                if ~source >= NOTICES:
                    self.notices.append(raw.decode())
                else:
                    name = reading.sources[source if source >= 0 else ~source].name
                    self.texts.append(f"[{name}] {raw.decode()}")

    async def passing(self, condition: Any) -> None:
        """Let time pass until the condition holds."""
        try:
            await until(condition, meanwhile=partial(self.clock.advance, 0.5))
        except AssertionError:
            raise AssertionError(f"in vain; so far: {self.texts} {self.notices}") from None


@pytest.fixture
async def logs(
    embedded: EmbeddedCluster, cluster: KubeCluster, clock: ManualClock
) -> AsyncIterator[WorkflowLogs]:
    made = WorkflowLogs(embedded, cluster, clock)
    yield made
    for task in made.tasks:
        task.cancel()
    await asyncio.gather(*made.tasks, return_exceptions=True)


async def test_the_past_and_what_follows_come_in_the_order_of_time(logs: WorkflowLogs) -> None:
    logs.workflow("one", "a", "b")
    logs.workflow("two", "c")
    logs.write("a", 1, 4)
    logs.write("b", 2, 6)
    logs.write("c", 3, 5)
    # The second is known late: its past is older than much of the first one's.
    logs.api.faults.delay(3, match="name%3Dtwo")
    reading = logs.read("one", "two")
    await logs.passing(lambda: len(logs.texts) == 6)
    assert logs.texts == [
        "[one/a] a 1",
        "[one/b] b 2",
        "[two/c] c 3",
        "[one/a] a 4",
        "[two/c] c 5",
        "[one/b] b 6",
    ]
    assert sorted(source.index for source in reading.sources) == [0, 1, 2]
    await logs.passing(lambda: reading.freshness.link is Link.LIVE)
    logs.write("c", 100)
    await logs.passing(lambda: logs.texts[-1] == "[two/c] c 100")
    logs.end("one", "a", "b")
    logs.write("c", 101)
    await logs.passing(lambda: logs.texts[-1] == "[two/c] c 101")
    assert (reading.freshness.link, logs.taking.done()) == (Link.LIVE, False)
    logs.end("two", "c")
    await logs.passing(logs.taking.done)
    await logs.taking
    assert (reading.freshness.link, len(logs.texts)) == (Link.CLOSED, 8)


async def test_one_that_is_not_there_is_said_and_ends_no_other(logs: WorkflowLogs) -> None:
    logs.workflow("one", "a")
    logs.workflow("two", "b")
    logs.write("a", 1)
    logs.read("one", "two", "nope")
    await logs.passing(lambda: len(logs.texts) == 1)
    assert logs.notices == ["nope: there is no such workflow"]
    logs.api.objects.delete(WORKFLOWS, "argo", "two")
    await logs.passing(lambda: len(logs.notices) == 2)
    assert logs.notices[1] == "two: the workflow is deleted"
    logs.write("a", 200)
    await logs.passing(lambda: len(logs.texts) == 2)
    assert not logs.taking.done()


async def test_one_that_may_not_be_read_is_said_and_ends_no_other(logs: WorkflowLogs) -> None:
    logs.workflow("one", "a")
    logs.workflow("two", "b")
    logs.write("a", 1)
    logs.api.faults.answer(403, times=1000, match="name%3Dtwo")
    reading = logs.read("one", "two")
    await logs.passing(lambda: len(logs.texts) == 1 and len(logs.notices) == 1)
    assert logs.notices[0].startswith("two: ")
    assert "forbidden" in logs.notices[0]
    assert reading.forbidden == 1
    logs.write("a", 200)
    await logs.passing(lambda: len(logs.texts) == 2)
    await logs.passing(lambda: reading.freshness.link is Link.LIVE)
    assert len(logs.notices) == 1


async def test_the_failure_of_the_only_one_is_raised(logs: WorkflowLogs) -> None:
    logs.workflow("one")
    logs.api.faults.answer(403, times=1000, match="/pods")
    rng, target = random.Random(1), LogTarget(Key("argo", "one"))
    reading = LogsTogether(logs.cluster, [target], LogOptions(), logs.clock, rng)
    gone = WorkflowFeed(logs.cluster, target.key, logs.clock, rng)
    gone.gone = True  # nothing is known of it, so that its pods have to be listed
    reading.heed(gone)
    with pytest.raises(ForbiddenError):
        async for _ in reading.batches():
            pass


async def test_the_worst_is_what_is_said_of_all(logs: WorkflowLogs) -> None:
    logs.workflow("one", "a")
    logs.workflow("two", "b")
    logs.write("a", 1)
    logs.write("b", 2)
    reading = logs.read("one", "two")
    await logs.passing(lambda: len(logs.texts) == 2 and reading.freshness.link is Link.LIVE)
    logs.api.faults.cut_line(match="pod-b/log")
    logs.api.faults.answer(503, times=3, match="pod-b/log")
    logs.write("b", 3)
    await logs.passing(lambda: reading.freshness.link is Link.STALE)
    await logs.passing(lambda: reading.freshness.link is Link.LIVE and len(logs.texts) == 3)


def test_workflows_of_one_name_are_told_apart() -> None:
    one, two, three = Key("a", "x"), Key("a", "y"), Key("b", "x")
    assert list(names_of([one, two]).values()) == ["x", "y"]
    assert list(names_of([one, three]).values()) == ["a/x", "b/x"]
