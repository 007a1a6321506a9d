"""A stream of bytes cut into lines, many at a time and each byte looked at once."""

from __future__ import annotations


class LineTooLongError(Exception):
    """A line is longer than the limit."""


class LineSplitter:
    """Collects chunks into lines without their newline.

    A line above `limit` bytes raises LineTooLongError or, given `mark`, is cut there and ends with
    the mark; the rest of it is dropped as it comes.
    """

    def __init__(self, limit: int, mark: bytes | None = None) -> None:
        self._limit = limit
        self._mark = mark
        self._parts: list[bytes] = []
        self._size = 0
        self._dropping = False

    def feed(self, chunk: bytes) -> list[bytes]:
        """Return the lines that `chunk` completes."""
        lines = chunk.split(b"\n")
        tail = lines.pop()
        if lines:
            lines[0] = self._finish(lines[0])
            if len(chunk) > self._limit:
                lines[1:] = [self._bounded(line) for line in lines[1:]]
            if self._dropping:
                self._dropping = False
                del lines[0]
        if tail and not self._dropping:
            self._parts.append(tail)
            self._size += len(tail)
            if self._size > self._limit:
                lines.append(self._finish(b""))
                self._dropping = True
        return lines

    def close(self) -> list[bytes]:
        """Return the last line if the stream ended without a newline."""
        return [self._finish(b"")] if self._parts else []

    @property
    def pending(self) -> bool:
        """Whether a line has begun and not ended."""
        return bool(self._parts)

    def _finish(self, end: bytes) -> bytes:
        self._parts.append(end)
        line = b"".join(self._parts) if len(self._parts) > 1 else end
        self._parts.clear()
        self._size = 0
        return self._bounded(line)

    def _bounded(self, line: bytes) -> bytes:
        if len(line) <= self._limit:
            return line
        if self._mark is None:
            raise LineTooLongError
        return line[: self._limit] + self._mark
