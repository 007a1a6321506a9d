"""A feed at work on a scripted cluster."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator

import pytest

from argotui.backend.feed import Feed
from argotui.backend.freshness import Link
from argotui.backend.store import Store
from argotui.model.argo import Key
from argotui.model.workflows.summary import Depth
from tests.support import ManualClock, until
from tests.unit.backend.scripted import ScriptedCluster


class Rig:
    """A feed at work on a scripted cluster."""

    def __init__(self, namespace: str | None = "argo") -> None:
        self.clock = ManualClock()
        self.cluster = ScriptedCluster()
        self.store = Store()
        self.feed = Feed(self.cluster.port, self.store, namespace, self.clock, random.Random(5))
        self.signals = 0
        self.feed.on_change = self._signal
        self._task: asyncio.Task[None] | None = None

    def _signal(self) -> None:
        self.signals += 1

    def start(self) -> None:
        self._task = asyncio.create_task(self.feed.run())

    async def stop(self) -> None:
        if self._task:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def live(self) -> None:
        await until(lambda: self.feed.freshness.link is Link.LIVE, what="a live feed")

    async def quiet(self) -> None:
        """Return when nothing happens any more without time going by."""
        calm = 0
        while calm < 25:
            before = (sum(self.cluster.calls.values()), self.signals, self.clock.sleepers)
            await asyncio.sleep(0)
            now = (sum(self.cluster.calls.values()), self.signals, self.clock.sleepers)
            calm = calm + 1 if before == now else 0

    async def pass_time(self, seconds: float, step: float = 5) -> None:
        end = self.clock.monotonic() + seconds
        while self.clock.monotonic() < end:
            await self.clock.advance(step)
            await self.quiet()

    def shown(self) -> dict[Key, tuple[str, str, int]]:
        return {row.key: (row.uid, row.phase, int(row.depth)) for row in self.store.summaries()}

    def truth(self, depth: Depth = Depth.FULL) -> dict[Key, tuple[str, str, int]]:
        return {
            key: (item.metadata.uid, item.status.phase, int(depth))
            for key, item in self.cluster.objects.items()
        }

    def row(self, name: str) -> tuple[str, Depth] | None:
        row = self.store.get(Key("argo", name))
        return None if row is None else (row.phase, row.depth)


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    rig = Rig()
    yield rig
    await rig.stop()


async def long_history() -> Rig:
    """Return a rig that follows a history of several pages, none of them read yet."""
    rig = Rig(None)
    for number in range(2600):
        rig.cluster.add(f"done-{number:04}", "Failed")
    rig.start()
    await rig.live()
    await rig.quiet()
    return rig
