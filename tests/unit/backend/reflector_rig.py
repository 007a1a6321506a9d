"""A reflector at work on a scripted cluster, for the tests of its timing."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator

import pytest

from argotui.backend.freshness import Link
from argotui.backend.ports import Change, Page, Query
from argotui.backend.reflector import Reflector
from argotui.backend.sources import WorkflowSource
from argotui.errors import BackendError
from argotui.model.argo import Workflow
from tests.support import ManualClock, until
from tests.unit.backend.scripted import ScriptedCluster


class Recorder:
    """A sink that keeps what it got; `wrong` makes it stumble once."""

    def __init__(self) -> None:
        self.known: dict[str, str] = {}
        self.changes: list[str] = []
        self.lists = 0
        self.rewinds = 0
        self.wrong: Exception | None = None

    def listing(self) -> None:
        self.known = {}

    def page(self, page: Page) -> None:
        for item in page.items:
            assert isinstance(item, Workflow)
            self.known[item.metadata.name] = item.metadata.resource_version

    def listed(self, resource_version: str) -> None:
        self.lists += 1

    def change(self, change: Change) -> None:
        if self.wrong:
            wrong, self.wrong = self.wrong, None
            raise wrong
        assert isinstance(change.object, Workflow)
        name = change.object.metadata.name
        self.changes.append(f"{change.kind} {name}")
        if change.kind == "DELETED":
            del self.known[name]
        else:
            self.known[name] = change.resource_version

    def rewound(self) -> None:
        self.rewinds += 1


class Rig:
    """A reflector at work on a scripted cluster."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.cluster = ScriptedCluster()
        self.sink = Recorder()
        self.states: list[Link] = []
        self.reflector = Reflector(
            WorkflowSource(self.cluster.port, Query("argo")),
            self.sink,
            self.clock,
            random.Random(7),
            on_state=lambda: self.states.append(self.reflector.freshness.link),
        )

    @property
    def link(self) -> Link:
        return self.reflector.freshness.link

    @property
    def error(self) -> BackendError | None:
        return self.reflector.freshness.error

    async def live(self) -> None:
        await until(lambda: self.link is Link.LIVE and self.cluster.watches, what="a live watch")

    async def waiting(self) -> float:
        """Return for how long it waits now before it tries again."""
        await until(lambda: self.reflector.freshness.retry_at is not None, what="a retry")
        retry_at = self.reflector.freshness.retry_at
        assert retry_at is not None
        return retry_at - self.clock.monotonic()

    async def asked(self, call: str, times: int) -> None:
        await until(lambda: self.cluster.calls[call] >= times, what=f"{times} calls of {call}")

    async def settle(self) -> None:
        """Let everything run that can without time going by."""
        for _ in range(60):
            await asyncio.sleep(0)

    async def pass_time(self, seconds: float, step: float = 0.5) -> None:
        end = self.clock.monotonic() + seconds
        while self.clock.monotonic() < end:
            await self.clock.advance(step)
            await self.settle()


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    rig = Rig()
    rig.cluster.add("first")
    yield rig
    for task in [task for task in asyncio.all_tasks() if task.get_name() == "reflector"]:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def start(rig: Rig) -> asyncio.Task[None]:
    return asyncio.create_task(rig.reflector.run(), name="reflector")
