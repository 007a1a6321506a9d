"""A feed that reaches an embedded cluster through a proxy that can break every connection.

The feed's clock is moved only while the feed waits on it, so waits take no time and are counted.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from argotui.backend.feed import Feed
from argotui.backend.freshness import Link
from argotui.backend.kube.cluster import KubeCluster, open_cluster
from argotui.backend.kube.decode import decode_workflow
from argotui.backend.object_feed import ObjectFeed
from argotui.backend.store import Store
from argotui.backend.workflow_feed import WorkflowFeed
from argotui.demo.api.kinds import WORKFLOWS
from argotui.demo.cluster import EmbeddedCluster
from argotui.errors import BackendError
from argotui.model.argo import (
    COMPLETED,
    FULFILLED,
    PHASE,
    Key,
)
from argotui.model.workflows.summary import Summary, summarise
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
        self.cluster = await open_cluster(kubeconfig=str(kubeconfig), clock=self.clock)
        rng = random.Random(11)
        self.feed = Feed(self.cluster, self.store, namespace, self.clock, rng)
        self.feed.on_change = self._note

    def run(self, *feeds: Feed | WorkflowFeed | ObjectFeed) -> None:
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

    async def recovered(self) -> None:
        """Return when the feed is live and shows what the cluster holds, all rows looked at."""
        rounds = itertools.count(1)
        self.feed.want(self.truth())

        async def go_on() -> None:
            wait = self.retry_in()
            if wait is not None:
                await self.clock.advance(max(wait, 0.01))
            elif next(rounds) % 20 == 0:
                await self.clock.advance(0.5)

        try:
            await until(
                lambda: self.feed.freshness.link is Link.LIVE and self.rows() == self.truth(),
                meanwhile=go_on,
            )
        except AssertionError:
            raise AssertionError((self.feed.freshness, self.rows(), self.truth())) from None

    async def fails_with(self, kind: type[BackendError]) -> None:
        """Return when the last attempt came to an error of a kind, each made when it is due."""
        await until(
            lambda: isinstance(self.feed.freshness.error, kind),
            kind.__name__,
            meanwhile=lambda: self.clock.advance(self._soon()),
        )

    def _soon(self) -> float:
        """How long until the next attempt, nothing where a server asked for more patience: then the
        request of another stream may still be on its way."""
        wait = self.retry_in() or 0
        return wait if wait < 15 else 0

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
