"""What every kind of test needs: waiting for a condition, and a clock that moves when told."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import os
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

Answer = TypeVar("Answer")

EPOCH = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)

PATIENCE = float(os.environ.get("ARGOTUI_TEST_PATIENCE", "150"))
"""For how many seconds a test waits for one thing before it calls it in vain.

It ends a test that would wait for ever, and says nothing about speed: no test may pass or fail by
how fast the machine is.
"""
LONGEST_TEST = 4 * PATIENCE
"""How many seconds a whole test may take: it waits for several things."""


async def until(
    condition: Callable[[], object],
    what: str = "the condition",
    *,
    meanwhile: Callable[[], Awaitable[object]] | None = None,
) -> None:
    """Return as soon as `condition()` is true; fail the test when patience is at its end.

    `meanwhile` is awaited between two looks, such as to let the time of a `ManualClock` pass.
    """
    deadline = time.monotonic() + PATIENCE
    while True:
        began = time.monotonic()
        if condition():
            return
        looked = time.monotonic()
        assert looked < deadline, f"waited {PATIENCE:g} s in vain for {what}"
        if meanwhile is not None:
            await meanwhile()
        # As long as a look took, too: what is waited for may need the interpreter in a thread.
        await asyncio.sleep(max(0.005, looked - began))


async def until_answer(
    ask: Callable[[], Awaitable[Answer | None]], what: str, *, pause: float = 0.05
) -> Answer:
    """Return what `ask` answers as soon as that is true; else as `until`."""
    deadline = time.monotonic() + PATIENCE
    while not (answer := await ask()):
        assert time.monotonic() < deadline, f"waited {PATIENCE:g} s in vain for {what}"
        await asyncio.sleep(pause)
    return answer


class ManualClock:
    """A clock that stands still until `advance`; sleepers wake in order as it passes them."""

    def __init__(self, start: datetime = EPOCH) -> None:
        self._start = start
        self._elapsed = 0.0
        self._order = itertools.count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._elapsed)

    def monotonic(self) -> float:
        return self._elapsed

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._elapsed + seconds, next(self._order), future))
        await future

    @property
    def sleepers(self) -> int:
        """How many tasks wait for this clock."""
        return sum(not future.done() for _, _, future in self._sleepers)

    async def advance(self, seconds: float) -> None:
        """Move on by `seconds`, letting each sleeper that is passed run before the next wakes."""
        target = self._elapsed + seconds
        for _ in range(5):  # what was begun at this moment comes to its first sleep
            await asyncio.sleep(0)
        while self._sleepers and self._sleepers[0][0] <= target:
            when, _, future = heapq.heappop(self._sleepers)
            self._elapsed = max(self._elapsed, when)
            if not future.done():
                future.set_result(None)
            for _ in range(5):
                await asyncio.sleep(0)
        self._elapsed = target
        await asyncio.sleep(0)
