"""Lines of many logs in the order of their time, without holding more of them than needed."""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections import deque
from collections.abc import AsyncIterator
from itertools import accumulate
from typing import NamedTuple

from argotui.backend.backoff import Wakeup
from argotui.backend.clock import Clock

WINDOW = 0.3
"""Seconds a followed line waits for older ones of other logs; a later line is not sorted."""

STREAM_LINES = 4096
"""How many lines of one log may wait for those of others before its reading is held up."""


class LogBatch(NamedTuple):
    """Lines as columns of equal length: stamps in ns since the epoch, the index of the source (of a
    notice about a source: `~index`), and the text as bytes."""

    stamps: list[int]
    sources: list[int]
    texts: list[bytes]


class _StreamQueue:
    """The lines of one log that wait; `keys` are its stamps made never to run back."""

    def __init__(self) -> None:
        self.keys: list[int] = []
        self.stamps: list[int] = []
        self.sources: list[int] = []
        self.texts: list[bytes] = []
        self.last = -1
        self.past = False
        self.ended = False
        self.room = asyncio.Event()
        self.room.set()

    def add(self, stamps: list[int], source: int, texts: list[bytes]) -> None:
        keys = list(accumulate(stamps, max, initial=self.last))
        del keys[0]
        self.last = keys[-1]
        self.keys += keys
        self.stamps += stamps
        self.sources += [source] * len(stamps)
        self.texts += texts
        if len(self.keys) >= STREAM_LINES:
            self.room.clear()

    def take(self, until: float) -> tuple[list[int], LogBatch]:
        count = bisect_right(self.keys, until)
        if count == len(self.keys):
            keys, batch = self.keys, LogBatch(self.stamps, self.sources, self.texts)
            self.keys, self.stamps, self.sources, self.texts = [], [], [], []
        else:
            keys = self.keys[:count]
            batch = LogBatch(self.stamps[:count], self.sources[:count], self.texts[:count])
            del self.keys[:count], self.stamps[:count], self.sources[:count], self.texts[:count]
        if len(self.keys) < STREAM_LINES:
            self.room.set()
        return keys, batch


class Merger:
    """Merges logs. Each is a stream that is opened, fed and closed.

    While a stream reads its past (`begin_past` to `end_past`), no newer line leaves the merger, so
    the order is exact. A line of a followed stream waits for `WINDOW` seconds.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._streams: dict[int, _StreamQueue] = {}
        self._arrivals: deque[tuple[float, int]] = deque()
        self._ripe = -1
        self._wakeup = Wakeup(clock)
        self._finished = False

    def begin_past(self, stream: int) -> None:
        """Open a stream, or let the others wait for it again."""
        self._stream(stream).past = True

    def end_past(self, stream: int) -> None:
        """Stop waiting for this stream: it is followed now, or may not continue soon."""
        self._stream(stream).past = False
        self._wakeup.wake()

    def close(self, stream: int) -> None:
        """Close this stream."""
        self._stream(stream).past = False
        self._stream(stream).ended = True
        self._wakeup.wake()

    def finish(self) -> None:
        """Let `batches` end once everything is out."""
        self._finished = True
        self._wakeup.wake()

    async def put(self, stream: int, stamps: list[int], texts: list[bytes]) -> None:
        """Add lines of a log in its order; waits while too many of it are held."""
        if not stamps:
            return
        self._add(stream, stamps, stream, texts)
        await self._stream(stream).room.wait()

    def note(self, stream: int, stamp: int, text: str) -> None:
        """Add a notice about a log behind its lines so far."""
        self._add(stream, [max(stamp, self._stream(stream).last)], ~stream, [text.encode()])

    def _add(self, stream: int, stamps: list[int], source: int, texts: list[bytes]) -> None:
        target = self._stream(stream)
        target.add(stamps, source, texts)
        self._arrivals.append((self._clock.monotonic(), target.last))
        self._wakeup.wake()

    def _stream(self, stream: int) -> _StreamQueue:
        return self._streams.setdefault(stream, _StreamQueue())

    async def batches(self) -> AsyncIterator[LogBatch]:
        """Yield lines in order until `finish`."""
        while True:
            batch = self._take(self._frontier())
            if batch is not None:
                yield batch
            elif self._finished and not any(stream.keys for stream in self._streams.values()):
                return
            else:
                await self._wakeup.sleep(self._wait())

    def _wait(self) -> float:
        """Seconds until waiting lines may leave; long if that depends on new lines."""
        if not self._arrivals:
            return 3600.0
        return max(0.001, self._arrivals[0][0] + WINDOW - self._clock.monotonic())

    def _frontier(self) -> float:
        """The newest key that may leave now."""
        limit = self._clock.monotonic() - WINDOW
        while self._arrivals and self._arrivals[0][0] <= limit + 1e-9:
            self._ripe = max(self._ripe, self._arrivals.popleft()[1])
        if self._finished:
            return float("inf")
        open_streams = [stream for stream in self._streams.values() if not stream.ended]
        cap = min((stream.last for stream in open_streams if stream.past), default=float("inf"))
        if len(open_streams) <= 1 or all(stream.past for stream in open_streams):
            return cap
        return min(cap, self._ripe)

    def _take(self, until: float) -> LogBatch | None:
        keys: list[int] = []
        parts: list[LogBatch] = []
        for stream in self._streams.values():
            if stream.keys and stream.keys[0] <= until:
                stream_keys, part = stream.take(until)
                keys += stream_keys
                parts.append(part)
        if len(parts) <= 1:
            return parts[0] if parts else None
        # Each part is sorted, so that this sort is a merge; equal keys keep the order of streams.
        order = sorted(range(len(keys)), key=keys.__getitem__)
        stamps = [stamp for part in parts for stamp in part.stamps]
        sources = [source for part in parts for source in part.sources]
        texts = [text for part in parts for text in part.texts]
        return LogBatch(
            [stamps[at] for at in order],
            [sources[at] for at in order],
            [texts[at] for at in order],
        )
