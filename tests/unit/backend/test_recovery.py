"""What the network and the server can do to a feed, over real HTTP, and that it gets over it.

The feed's clock is moved only while the feed waits on it, so waits take no time and are counted.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from argotui.backend.errors import BackendError, ThrottledError, UnauthorizedError
from argotui.backend.feed import Feed
from argotui.backend.freshness import Link
from argotui.backend.kube.cluster import KubeCluster, connect
from argotui.backend.kube.decode import decode_workflow
from argotui.backend.reflector import PROBE, SILENCE, SLOW
from argotui.backend.store import Store
from argotui.backend.workflow_feed import WorkflowFeed
from argotui.demo.cluster import EmbeddedCluster
from argotui.demo.kinds import WORKFLOWS
from argotui.model.summary import Summary, summarise
from argotui.model.workflow import COMPLETED, FULFILLED, PHASE, Key
from tests.fault_proxy import FaultProxy
from tests.support import ManualClock, until


class CountingStore(Store):
    """A store that notes which readings changed it."""

    def __init__(self) -> None:
        super().__init__()
        self.taken: list[tuple[Key, str, int]] = []

    def apply(self, reading: Summary) -> bool:
        changed = super().apply(reading)
        if changed:
            self.taken.append((reading.key, reading.resource_version, int(reading.depth)))
        return changed


class Rig:
    """A feed that reaches an embedded cluster through a proxy."""

    def __init__(self, embedded: EmbeddedCluster, proxy: FaultProxy, clock: ManualClock) -> None:
        self.embedded = embedded
        self.proxy = proxy
        self.clock = clock
        self.store = CountingStore()
        self.links: list[Link] = []
        self.errors: list[BackendError] = []
        self.feed: Feed
        self.cluster: KubeCluster
        self._tasks: list[asyncio.Task[None]] = []

    async def open(self, kubeconfig: Path, namespace: str | None = "argo") -> None:
        self.cluster = await connect(kubeconfig=str(kubeconfig), clock=self.clock)
        rng = random.Random(11)
        self.feed = Feed(self.cluster, self.store, namespace, self.clock, rng)
        self.feed.on_change = self._note

    def run(self, *feeds: Feed | WorkflowFeed) -> None:
        self._tasks += [asyncio.create_task(feed.run()) for feed in feeds or (self.feed,)]

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await self.cluster.close()

    def _note(self) -> None:
        freshness = self.feed.freshness
        if not self.links or self.links[-1] is not freshness.link:
            self.links.append(freshness.link)
        if freshness.error and freshness.error not in self.errors:
            self.errors.append(freshness.error)

    # The cluster's life.

    def add(self, name: str, phase: str = "Running", namespace: str = "argo") -> None:
        self.embedded.objects.create(WORKFLOWS, _document(name, namespace, phase, 0))

    def move(self, name: str, phase: str, namespace: str = "argo") -> None:
        step = self.embedded.objects.version
        self.embedded.objects.update(WORKFLOWS, _document(name, namespace, phase, step))

    def delete(self, name: str, namespace: str = "argo") -> None:
        self.embedded.objects.delete(WORKFLOWS, namespace, name)

    def truth(self) -> dict[Key, Summary]:
        """Return the rows of what the cluster holds, past every wire."""
        found = [decode_workflow(entry.raw) for entry in self.embedded.objects.items(WORKFLOWS)]
        return {item.key: summarise(item) for item in found}

    def rows(self) -> dict[Key, Summary]:
        return {row.key: row for row in self.store.summaries()}

    # Waiting.

    def retry_in(self) -> float | None:
        """Return for how long the feed waits before its next attempt; None if it does not."""
        streams = [s for scope in self.feed._scopes for s in (scope.active, scope.ended)]
        times = [at for s in streams if (at := s.freshness.retry_at) is not None]
        return min(times) - self.clock.monotonic() if times else None

    async def recovered(self, *, patience: float = 20.0) -> None:
        """Return when the feed is live and shows what the cluster holds, all rows looked at."""
        deadline = time.monotonic() + patience
        rounds = 0
        self.feed.want(self.truth())
        while not (self.feed.freshness.link is Link.LIVE and self.rows() == self.truth()):
            assert time.monotonic() < deadline, (self.feed.freshness, self.rows(), self.truth())
            wait = self.retry_in()
            rounds += 1
            if wait is not None:
                await self.clock.advance(max(wait, 0.01))
            elif rounds % 20 == 0:
                await self.clock.advance(0.5)
            await asyncio.sleep(0.005)

    async def failing(self) -> BackendError:
        """Return the error of a feed that waits to try again."""
        await until(lambda: self.feed.freshness.retry_at is not None, what="a failed attempt")
        error = self.feed.freshness.error
        assert error is not None
        return error

    async def pass_time(self, seconds: float, step: float) -> None:
        """Let time go by, with room for real connections in between."""
        end = self.clock.monotonic() + seconds
        while self.clock.monotonic() < end:
            await self.clock.advance(step)
            for _ in range(3):
                await asyncio.sleep(0.002)

    def asked(self, part: str) -> int:
        """Return how many requests the server has had whose target contains `part`."""
        return sum(part in request for request in self.embedded.server.requests)


def _document(name: str, namespace: str, phase: str, step: int) -> dict[str, Any]:
    ended = str(phase in FULFILLED).lower()
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "labels": {PHASE: phase, COMPLETED: ended},
        },
        "spec": {"entrypoint": "main"},
        "status": {"phase": phase, "message": f"step {step}", "progress": f"{step % 7}/7"},
    }


@pytest.fixture
async def rig(clock: ManualClock, tmp_path: Path) -> AsyncIterator[Rig]:
    embedded = EmbeddedCluster(clock, controller=False)
    await embedded.start()
    proxy = FaultProxy(int(embedded.url.rpartition(":")[2]))
    await proxy.start()
    rig = Rig(embedded, proxy, clock)
    await rig.open(_kubeconfig(rig, tmp_path))
    yield rig
    await rig.close()
    await proxy.stop()
    await embedded.stop()


def _kubeconfig(rig: Rig, folder: Path) -> Path:
    config = rig.embedded.kubeconfig()
    config["clusters"][0]["cluster"]["server"] = rig.proxy.url
    token = folder / "token"
    token.write_text(config["users"][0]["user"]["token"])
    config["users"][0]["user"] = {"tokenFile": str(token)}
    path = folder / "config"
    path.write_text(yaml.safe_dump(config))
    path.chmod(0o600)
    return path


async def start(rig: Rig) -> None:
    """Bring the feed up on six workflows, half of them completed."""
    for number in range(6):
        rig.add(f"w{number}", "Failed" if number % 2 else "Running")
    rig.run()
    await rig.recovered()
    assert rig.links[-1] is Link.LIVE


def live_on(rig: Rig) -> None:
    """Do one of everything that can happen to a workflow."""
    rig.move("w0", "Running")
    rig.move("w2", "Succeeded")
    rig.move("w1", "Running")
    rig.delete("w3")
    rig.delete("w4")
    rig.add("w4", "Error")
    rig.add("new")
    rig.add("brief")
    rig.delete("brief")


def check_once_each(rig: Rig) -> None:
    """Assert that no reading counted twice, and that a row never went back."""
    assert len(rig.store.taken) == len(set(rig.store.taken))
    last: dict[Key, int] = {}
    for key, version, _ in rig.store.taken:
        if version:
            assert int(version) >= last.get(key, 0)
            last[key] = int(version)


async def test_changes_come_through_a_slow_and_lumpy_line(rig: Rig) -> None:
    rig.proxy.drip = 61
    rig.proxy.latency = 0.0002
    await start(rig)
    live_on(rig)
    await rig.recovered()
    assert rig.store.taken
    check_once_each(rig)
    assert rig.links.count(Link.LIVE) == 1


async def cut(rig: Rig) -> None:
    rig.proxy.cut()


async def reset(rig: Rig) -> None:
    rig.proxy.reset()


async def cut_in_the_middle_of_a_line(rig: Rig) -> None:
    rig.proxy.cut_after(200)
    rig.move("w0", "Running")


async def cut_by_the_server_in_the_middle_of_a_line(rig: Rig) -> None:
    rig.embedded.faults.cut_line(match="watch=true")
    rig.move("w0", "Running")


async def restart(rig: Rig) -> None:
    await rig.embedded.server.restart()


async def restart_with_its_history_kept(rig: Rig) -> None:
    await rig.embedded.server.restart(forget_history=False)


@pytest.mark.parametrize(
    "fault",
    [
        cut,
        reset,
        cut_in_the_middle_of_a_line,
        cut_by_the_server_in_the_middle_of_a_line,
        restart,
        restart_with_its_history_kept,
    ],
)
async def test_a_broken_connection_loses_and_doubles_nothing(
    rig: Rig, fault: Callable[[Rig], Any]
) -> None:
    await start(rig)
    lists = rig.asked("limit=500")
    requests = len(rig.embedded.server.requests)
    await fault(rig)
    assert (await rig.failing()).title
    assert not rig.feed.freshness.trusted
    live_on(rig)
    await rig.recovered()
    check_once_each(rig)
    assert Link.STALE in rig.links
    assert len(rig.embedded.server.requests) - requests < 30
    if fault is not restart:
        assert rig.asked("limit=500") == lists


async def test_the_history_lost_between_two_watches_is_read_again(rig: Rig) -> None:
    await start(rig)
    rig.proxy.cut()
    await rig.failing()
    live_on(rig)
    rig.embedded.objects.forget(WORKFLOWS)
    lists = rig.asked("limit=500")
    await rig.recovered()
    assert rig.asked("limit=500") > lists
    check_once_each(rig)


async def test_rows_stay_while_the_server_is_away_and_it_is_not_hammered(rig: Rig) -> None:
    await start(rig)
    before = rig.rows()
    requests = len(rig.embedded.server.requests)
    rig.embedded.faults.answer(503, times=10**6)
    rig.proxy.cut()
    await rig.failing()
    await rig.pass_time(600, 2)
    assert rig.rows() == before
    assert rig.feed.freshness.link is Link.STALE
    assert 40 <= len(rig.embedded.server.requests) - requests <= 90
    rig.embedded.faults.clear()
    live_on(rig)
    await rig.recovered()
    check_once_each(rig)


async def test_a_closed_port_is_tried_again_until_it_opens(rig: Rig) -> None:
    await start(rig)
    await rig.proxy.refuse()
    rig.proxy.cut()
    await rig.failing()
    live_on(rig)
    await rig.pass_time(60, 1)
    assert rig.feed.freshness.attempt >= 3
    await rig.proxy.start()
    await rig.recovered()
    check_once_each(rig)


async def test_a_burst_of_server_errors_is_got_over(rig: Rig) -> None:
    await start(rig)
    rig.embedded.faults.answer(500, times=3)
    rig.embedded.faults.answer(503, times=3)
    rig.proxy.cut()
    live_on(rig)
    await rig.recovered()
    check_once_each(rig)
    assert rig.feed.freshness.error is None


async def test_a_server_that_asks_for_patience_gets_it(rig: Rig) -> None:
    await start(rig)
    rig.embedded.faults.answer(429, times=2, match="watch=true", retry_after=17)
    rig.proxy.cut()
    await rig.failing()
    cut_at = rig.clock.monotonic()
    while not isinstance(rig.feed.freshness.error, ThrottledError):
        wait = rig.retry_in()
        await rig.clock.advance(wait if wait else 0)
        await asyncio.sleep(0.005)
    refused_at = rig.clock.monotonic()
    assert refused_at - cut_at < 5
    retry_at = rig.feed.freshness.retry_at
    assert retry_at is not None
    assert retry_at - refused_at >= 15
    live_on(rig)
    await rig.recovered()
    assert rig.clock.monotonic() - refused_at >= 15


async def test_refused_credentials_are_tried_slowly_until_there_are_new_ones(
    rig: Rig, tmp_path: Path
) -> None:
    await start(rig)
    token = rig.embedded.directory.revoke("admin")
    rig.proxy.cut()
    await rig.failing()
    while not isinstance(rig.feed.freshness.error, UnauthorizedError):
        await rig.clock.advance(rig.retry_in() or 0)
        await asyncio.sleep(0.005)
    requests = len(rig.embedded.server.requests)
    live_on(rig)
    await rig.pass_time(300, 5)
    assert len(rig.embedded.server.requests) - requests <= 2 * 2 * (300 / SLOW + 1)
    assert not rig.feed.freshness.trusted
    (tmp_path / "token").write_text(token)
    await rig.recovered()
    check_once_each(rig)
    assert token not in "".join(map(str, rig.errors))


async def test_a_half_open_watch_is_found_out(rig: Rig) -> None:
    await start(rig)
    rig.proxy.freeze()
    live_on(rig)
    await rig.pass_time(SILENCE - 20, 5)
    assert rig.rows() != rig.truth()
    await rig.pass_time(25, 5)
    await rig.recovered()
    check_once_each(rig)


async def test_a_line_that_goes_dead_is_stale_within_the_silence_and_a_probe(rig: Rig) -> None:
    await start(rig)
    rig.proxy.black_hole()
    live_on(rig)
    await rig.pass_time(SILENCE + PROBE + 5, 5)
    error = rig.feed.freshness.error
    assert error is not None
    assert "silent" in error.title
    assert rig.feed.freshness.link is Link.STALE
    heard = rig.feed.freshness.heard
    assert heard is not None
    assert rig.clock.monotonic() - heard >= SILENCE
    rig.proxy.thaw()
    await rig.recovered()
    check_once_each(rig)


async def test_watches_that_end_in_time_are_opened_again_without_a_stale_moment(rig: Rig) -> None:
    await start(rig)
    for _ in range(16):
        await rig.pass_time(50, 10)
        rig.move("w0", "Running")
        await rig.recovered()
    assert rig.asked("watch=true") >= 4
    assert rig.links.count(Link.LIVE) == 1
    check_once_each(rig)


@pytest.mark.parametrize("seed", range(4))
async def test_any_mix_of_faults_ends_in_the_truth(rig: Rig, seed: int) -> None:
    await start(rig)
    rng = random.Random(seed)
    faults: list[Callable[[], Any]] = [
        rig.proxy.cut,
        rig.proxy.reset,
        lambda: rig.proxy.cut_after(rng.randrange(1, 3000)),
        lambda: rig.embedded.faults.cut_line(match="watch"),
        lambda: rig.embedded.faults.answer(rng.choice([401, 429, 500, 503]), times=2),
        lambda: rig.embedded.faults.drop(times=2),
        lambda: rig.embedded.objects.forget(WORKFLOWS),
    ]
    for turn in range(60):
        name = f"x{rng.randrange(8)}"
        there = Key("argo", name) in rig.truth()
        if there and rng.random() < 0.25:
            rig.delete(name)
        elif there:
            rig.move(name, rng.choice(["Running", "Running", "Succeeded", "Failed"]))
        else:
            rig.add(name)
        if turn % 3 == 0:
            rng.choice(faults)()
        await asyncio.sleep(0.002)
        if (wait := rig.retry_in()) is not None and rng.random() < 0.5:
            await rig.clock.advance(wait)
    rig.embedded.faults.clear()
    await rig.recovered()
    check_once_each(rig)


async def test_one_workflow_is_followed_through_faults_deletion_and_its_successor(
    rig: Rig,
) -> None:
    rig.add("one")
    feed = WorkflowFeed(rig.cluster, Key("argo", "one"), rig.clock, random.Random(3))
    rig.run(feed)
    await until(lambda: feed.workflow is not None and feed.freshness.link is Link.LIVE)
    versions = feed.version
    rig.move("one", "Running")
    await until(lambda: feed.version == versions + 1)
    rig.proxy.reset()
    await until(lambda: feed.freshness.retry_at is not None)
    assert feed.freshness.link is Link.STALE
    rig.move("one", "Failed")
    rig.add("other")
    await rig.clock.advance(2)
    await until(lambda: feed.workflow is not None and feed.workflow.status.phase == "Failed")
    assert feed.version == versions + 2
    rig.delete("one")
    await until(lambda: feed.gone)
    assert feed.workflow is not None
    assert feed.workflow.status.phase == "Failed"
    assert not feed.replaced
    rig.add("one")
    await until(lambda: not feed.gone)
    assert feed.replaced
    assert feed.workflow.status.phase == "Running"


async def test_a_deletion_nobody_watched_is_seen_by_the_next_list(rig: Rig) -> None:
    rig.add("one")
    feed = WorkflowFeed(rig.cluster, Key("argo", "one"), rig.clock, random.Random(3))
    rig.run(feed)
    await until(lambda: feed.freshness.link is Link.LIVE)
    rig.proxy.cut()
    await until(lambda: feed.freshness.retry_at is not None)
    rig.delete("one")
    rig.embedded.objects.forget(WORKFLOWS)
    await rig.clock.advance(2)
    await until(lambda: feed.gone)
    assert feed.workflow is not None
    assert feed.workflow.metadata.name == "one"


async def test_a_name_that_never_was_is_gone_from_the_start(rig: Rig) -> None:
    feed = WorkflowFeed(rig.cluster, Key("argo", "nobody"), rig.clock, random.Random(3))
    rig.run(feed)
    await until(lambda: feed.gone)
    assert feed.workflow is None
    rig.add("nobody")
    await until(lambda: feed.workflow is not None)
    assert not feed.gone
    assert not feed.replaced
