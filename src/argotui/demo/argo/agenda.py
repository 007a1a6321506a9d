"""What happens when, by the cluster's clock."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from datetime import datetime, timedelta

from argotui.backend.clock import Clock

Action = Callable[[], None]


class Schedule:
    """Actions in order of their time, then of their entry."""

    def __init__(self) -> None:
        self._heap: list[tuple[datetime, int, Action]] = []
        self._order = itertools.count()

    def at(self, moment: datetime, action: Action) -> None:
        heapq.heappush(self._heap, (moment, next(self._order), action))

    @property
    def next(self) -> datetime | None:
        """When the next action is due."""
        return self._heap[0][0] if self._heap else None

    def run_due(self, now: datetime) -> bool:
        """Run everything that is due, also what that adds; say whether there was anything."""
        ran = False
        while self._heap and self._heap[0][0] <= now:
            _, _, action = heapq.heappop(self._heap)
            action()
            ran = True
        return ran


class BackdatedClock:
    """A clock that can be set back, so that a cluster has a past when it starts."""

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
        """Stand at a past `moment` of the inner clock's present; None returns to the present."""
        self._behind = timedelta(0) if moment is None else self._clock.now() - moment
