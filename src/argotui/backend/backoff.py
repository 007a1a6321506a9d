"""Delays between attempts, and sleeps that can be ended early."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Coroutine
from typing import Any, TypeVar

from argotui.backend.clock import Clock

T = TypeVar("T")

FIRST = 0.8
CAP = 30.0
FACTOR = 2.0
JITTER = 1.0
HEALTHY_AFTER = 120.0
"""Seconds: client-go's reflector (`NewReflectorWithOptions`): 800 ms to 30 s, factor 2, jitter 1,
forgotten after two minutes of health. The cap here includes the jitter."""


class Backoff:
    """Growing, jittered delays in seconds, between `FIRST` and `CAP`."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._base = FIRST

    def next(self) -> float:
        """Return the next delay."""
        delay = self._base * (1 + self._rng.random() * JITTER)
        self._base = min(self._base * FACTOR, CAP / (1 + JITTER))
        return delay

    def reset(self) -> None:
        """Start again with the shortest delay."""
        self._base = FIRST


class Wakeup:
    """A sleep on the clock that somebody else can end early."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """End the present sleep; without one, nothing happens."""
        self._woken.set()

    async def sleep(self, seconds: float) -> bool:
        """Sleep and return whether it was ended early."""
        self._woken.clear()
        woken = await first_of(self._woken.wait(), self._clock.sleep(seconds))
        return woken == 0


async def first_of(*coroutines: Coroutine[Any, Any, object]) -> int:
    """Run until the first is done, cancel the others and return its index; its error is raised."""
    tasks = [asyncio.ensure_future(coroutine) for coroutine in coroutines]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        index = next(index for index, task in enumerate(tasks) if task.done())
        tasks[index].result()
        return index
    finally:
        await cancel(*tasks)


async def within(clock: Clock, seconds: float, coroutine: Coroutine[Any, Any, T]) -> T:
    """Return the coroutine's result, or raise TimeoutError after `seconds` of the clock."""
    work = asyncio.ensure_future(coroutine)
    timer = asyncio.ensure_future(clock.sleep(seconds))
    try:
        await asyncio.wait({work, timer}, return_when=asyncio.FIRST_COMPLETED)
        if work.done():
            return work.result()
        raise TimeoutError
    finally:
        await cancel(work, timer)


async def cancel(*tasks: asyncio.Future[Any]) -> None:
    """Cancel tasks and wait until they have ended; ignore what they raise."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
