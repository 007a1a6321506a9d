"""The lines of a log that match a pattern, updated as lines arrive."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right

from argotui.model.logs.buffer import LogBuffer
from argotui.model.logs.text import log_text
from argotui.model.patterns import Matcher


class Matches:
    """The numbers of the lines a matcher is found in, looked for slice by slice as they come."""

    def __init__(self, matcher: Matcher, buffer: LogBuffer) -> None:
        self.matcher = matcher
        self._buffer = buffer
        self._numbers = array("q")
        self._gone = 0
        self.gone = 0
        """How many matching lines were dropped with the buffer's oldest."""
        self._next = buffer.first

    @property
    def complete(self) -> bool:
        """Whether every line there is was looked at."""
        return self._next >= self._buffer.end

    def advance(self, lines: int = 4096) -> bool:
        """Look at up to `lines` more lines and say whether that was all."""
        buffer, matches = self._buffer, self.matcher.matches
        self._next = max(self._next, buffer.first)
        stop = min(self._next + lines, buffer.end)
        for first, raws in buffer.raws(self._next, stop):
            for number, raw in enumerate(raws, first):
                if matches(log_text(raw)):
                    self._numbers.append(number)
        self._next = stop
        self._forget()
        return self.complete

    def _forget(self) -> None:
        """Forget lines that the buffer has dropped."""
        start = bisect_left(self._numbers, self._buffer.first, self._gone)
        self.gone += start - self._gone
        self._gone = start
        if self._gone > 4096 and self._gone * 2 > len(self._numbers):
            del self._numbers[: self._gone]
            self._gone = 0

    def __len__(self) -> int:
        return len(self._numbers) - self._gone

    def __getitem__(self, at: int) -> int:
        return self._numbers[self._gone + at]

    def position(self, number: int) -> int:
        """Return how many matching lines come before line `number`."""
        return max(0, bisect_left(self._numbers, number, self._gone) - self._gone)

    def __contains__(self, number: object) -> bool:
        if not isinstance(number, int):
            return False
        at = bisect_left(self._numbers, number, self._gone)
        return at < len(self._numbers) and self._numbers[at] == number

    def after(self, number: int) -> int | None:
        """Return the first matching line after line `number`."""
        at = bisect_right(self._numbers, number, self._gone)
        return self._numbers[at] if at < len(self._numbers) else None

    def before(self, number: int) -> int | None:
        """Return the last matching line before line `number`."""
        at = bisect_left(self._numbers, number, self._gone)
        return self._numbers[at - 1] if at > self._gone else None
