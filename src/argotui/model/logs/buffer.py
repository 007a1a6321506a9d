"""The last lines of the logs that are read, within bounds of lines and bytes."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from argotui.model.logs.text import last_state, log_text

MARK = -(2**31)
"""The source of a mark: a line that a person put into the log to find the place again."""

BLOCK_LINES = 512
BLOCK_BYTES = 256 * 1024


class LogLine(NamedTuple):
    """`stamp` in ns since the epoch; `source` is the index of what wrote it, `~index` for a notice
    about that source (gone, forbidden, cut), or `MARK`."""

    number: int
    stamp: int
    source: int
    raw: bytes

    @property
    def is_notice(self) -> bool:
        return self.source < 0

    @property
    def text(self) -> str:
        return log_text(self.raw)


class _Block:
    """Lines that change no more, in one piece of memory: 16 bytes a line besides its own."""

    __slots__ = ("data", "ends", "first", "sources", "stamps")

    def __init__(
        self, first: int, stamps: Sequence[int], sources: Sequence[int], texts: Sequence[bytes]
    ) -> None:
        self.first = first
        self.stamps = array("q", stamps)
        self.sources = array("i", sources)
        self.ends = array("I", accumulate(map(len, texts)))
        self.data = b"".join(texts)

    def line(self, at: int) -> LogLine:
        start = self.ends[at - 1] if at else 0
        raw = self.data[start : self.ends[at]]
        return LogLine(self.first + at, self.stamps[at], self.sources[at], raw)

    def texts(self, start: int, stop: int) -> list[bytes]:
        ends, data = self.ends, self.data
        begin = ends[start - 1] if start else 0
        found = []
        for end in ends[start:stop]:
            found.append(data[begin:end])
            begin = end
        return found


class LogBuffer:
    """A ring of lines, numbered from 0 and never renumbered: `first` is the oldest one in it, `end`
    the number of the next.

    Old lines are dropped in blocks, so it may hold up to `BLOCK_LINES` fewer than `max_lines`. The
    newest block always stays.
    """

    def __init__(self, max_lines: int = 200_000, max_bytes: int = 64 * 1024 * 1024) -> None:
        self.max_lines = max_lines
        self.max_bytes = max_bytes
        self.all_states = False
        """Whether lines are given as they were written; else progress bars in their last state."""
        self._blocks: deque[_Block] = deque()
        self._sealed_bytes = 0
        self._stamps: list[int] = []
        self._sources: list[int] = []
        self._texts: list[bytes] = []
        self._open_bytes = 0
        self._open_first = 0
        self.first = 0
        self.longest = 0
        """The length in bytes of the longest appended line: an upper bound of the width."""

    @property
    def end(self) -> int:
        return self._open_first + len(self._texts)

    def __len__(self) -> int:
        return self.end - self.first

    @property
    def dropped(self) -> int:
        """How many of the oldest lines were given up to stay within the bounds."""
        return self.first

    @property
    def size(self) -> int:
        """The memory held by lines, in bytes, without the interpreter's own."""
        return self._sealed_bytes + self._open_bytes + 16 * len(self)

    def append(self, stamps: Sequence[int], sources: Sequence[int], texts: Sequence[bytes]) -> None:
        """Add lines given as columns of equal length."""
        at, total = 0, len(texts)
        if total:
            self.longest = max(self.longest, max(map(len, texts)))
        while at < total:
            to = min(total, at + BLOCK_LINES - len(self._texts))
            self._stamps += stamps[at:to]
            self._sources += sources[at:to]
            self._texts += texts[at:to]
            self._open_bytes += sum(map(len, texts[at:to]))
            at = to
            if len(self._texts) >= BLOCK_LINES or self._open_bytes >= BLOCK_BYTES:
                self._seal()
        self._drop()

    def _seal(self) -> None:
        self._blocks.append(_Block(self._open_first, self._stamps, self._sources, self._texts))
        self._open_first += len(self._texts)
        self._sealed_bytes += self._open_bytes
        self._stamps, self._sources, self._texts = [], [], []
        self._open_bytes = 0

    def _drop(self) -> None:
        blocks = self._blocks
        while blocks and (len(self) > self.max_lines or self.size > self.max_bytes):
            if len(blocks) == 1 and not self._texts:
                break
            gone = blocks.popleft()
            self._sealed_bytes -= len(gone.data)
            self.first = blocks[0].first if blocks else self._open_first

    def line(self, number: int) -> LogLine:
        """Return the line of a number; raises IndexError if it was dropped."""
        if not self.first <= number < self.end:
            raise IndexError(number)
        if number >= self._open_first:
            at = number - self._open_first
            line = LogLine(number, self._stamps[at], self._sources[at], self._texts[at])
        else:
            block = self._block(number)
            line = block.line(number - block.first)
        return line if self.all_states else line._replace(raw=last_state(line.raw))

    def source(self, number: int) -> int:
        """Return the source of a line in the buffer."""
        if number >= self._open_first:
            return self._sources[number - self._open_first]
        block = self._block(number)
        return block.sources[number - block.first]

    def raws(self, start: int, stop: int) -> Iterator[tuple[int, list[bytes]]]:
        """Yield the lines of `[start, stop)` as `(number of the first, raw lines)`, without dropped
        ones."""
        start, stop = max(start, self.first), min(stop, self.end)
        while start < min(stop, self._open_first):
            block = self._block(start)
            at = start - block.first
            texts = block.texts(at, min(len(block.ends), stop - block.first))
            yield start, self._shown(texts, bars=b"\r" in block.data)
            start += len(texts)
        if start < stop:
            texts = self._texts[start - self._open_first : stop - self._open_first]
            yield start, self._shown(texts, bars=True)

    def _shown(self, texts: list[bytes], *, bars: bool) -> list[bytes]:
        return list(map(last_state, texts)) if bars and not self.all_states else texts

    def lines(self, start: int, stop: int) -> Iterator[LogLine]:
        """Yield the lines of `[start, stop)` that were not dropped."""
        for number in range(max(start, self.first), min(stop, self.end)):
            yield self.line(number)

    def _block(self, number: int) -> _Block:
        return self._blocks[bisect_right(self._blocks, number, key=_first) - 1]


def _first(block: _Block) -> int:
    return block.first
