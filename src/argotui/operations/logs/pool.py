"""All logs that are read at the same time: numbered, bounded, and merged to one stream."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from typing import Any

from argotui.backend.backoff import cancel
from argotui.backend.clock import Clock
from argotui.operations.logs.container_log import QUIET, ContainerLog, LogState
from argotui.operations.logs.merge import LogBatch, Merger

AT_ONCE = 64
"""How many logs are read at once; more wait, the oldest first, until one has ended."""

BETWEEN = 3.0
"""Seconds at least between the questions whether logs that say nothing have something to say."""

NOTICES = 1 << 24
"""Streams from this number on are not sources."""


class LogPool:
    """Holds the logs of one reading, or of several that are read as one; the index of a log among
    them names it in batches."""

    def __init__(self, clock: Clock) -> None:
        self.logs: list[ContainerLog] = []
        self.merger = Merger(clock)
        self.slots = asyncio.Semaphore(AT_ONCE)
        self._stream = NOTICES

    def quiet(self) -> float:
        """Return after how many silent seconds a log is doubted: many take turns."""
        following = sum(log.state is LogState.FOLLOWING for log in self.logs)
        return max(QUIET, BETWEEN * following)

    def notice(self, stamp: int, text: str) -> None:
        """Say something that belongs to no source."""
        stream = self._new_stream()
        self.merger.note(stream, stamp, text)
        self.merger.close(stream)

    def hold(self) -> int:
        """Hold all lines until the returned object is released, because logs that are not found yet
        may have older lines."""
        stream = self._new_stream()
        self.merger.begin_past(stream)
        return stream

    def release(self, held: int) -> None:
        """Wait no more for logs to be found."""
        self.merger.close(held)

    def _new_stream(self) -> int:
        self._stream += 1
        return self._stream

    async def batches(
        self, work: Callable[[], Coroutine[Any, Any, None]]
    ) -> AsyncGenerator[LogBatch, None]:
        """Yield the lines of `work` until it has ended; raises what it raises."""

        async def then_finish() -> None:
            try:
                await work()
            finally:
                self.merger.finish()

        task = asyncio.create_task(then_finish())
        try:
            async for batch in self.merger.batches():
                yield batch
            await task
        finally:
            await cancel(task)
