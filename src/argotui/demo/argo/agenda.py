"""Planned actions, by the cluster's clock."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from datetime import datetime, timedelta

from argotui.backend.clock import Clock

Action = Callable[[], None]


class Schedule:
    """Planned actions, in the order of their time, then in that of planning."""

    def __init__(self) -> None:
        self._heap: list[tuple[datetime, int, Action]] = []
        self._order = itertools.count()

    def at(self, moment: datetime, action: Action) -> None:
        heapq.heappush(self._heap, (moment, next(self._order), action))

    @property
    def next(self) -> datetime | None:
        """The time of the next action."""
        return self._heap[0][0] if self._heap else None

    def run_due(self, now: datetime) -> bool:
        """Run all due actions and those that they add. Return whether there were any."""
        ran = False
        while self._heap and self._heap[0][0] <= now:
            _, _, action = heapq.heappop(self._heap)
            action()
            ran = True
        return ran


class BackdatedClock:
    """A clock that can be set back, so that a cluster starts with a past."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._behind = timedelta(0)

    def now(self) -> datetime:
        return self._clock.now() - self._behind

    def monotonic(self) -> float:
        return self._clock.monotonic() - self._behind.total_seconds()

    async def sleep(self, seconds: float) -> None:
        await self._clock.sleep(seconds)

    def set(self, moment: datetime | None) -> None:
        """Stop at a past `moment`; None returns to the time of the inner clock."""
        self._behind = timedelta(0) if moment is None else self._clock.now() - moment
