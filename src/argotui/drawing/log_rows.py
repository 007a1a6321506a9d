"""From lines to rows of the screen and back, when a line may take several rows."""

from __future__ import annotations

from array import array
from typing import Protocol

from argotui.model.logs.buffer import LogBuffer

BLOCK = 512


class Shown(Protocol):
    """The lines that are shown, in order: `[at]` is the number of the at-th one; `gone` counts
    those dropped from the front so far."""

    @property
    def gone(self) -> int: ...

    def __len__(self) -> int: ...

    def __getitem__(self, at: int) -> int: ...

    def position(self, number: int) -> int:
        """Return how many shown lines come before line `number`."""
        ...


class AllLines:
    """Every line of a buffer, shown."""

    def __init__(self, buffer: LogBuffer) -> None:
        self._buffer = buffer

    @property
    def gone(self) -> int:
        return self._buffer.first

    def __len__(self) -> int:
        return len(self._buffer)

    def __getitem__(self, at: int) -> int:
        return self._buffer.first + at

    def position(self, number: int) -> int:
        return min(max(0, number - self._buffer.first), len(self._buffer))


class RowIndex:
    """The height in rows of each shown line, 1 until it is `put`; sums are kept by blocks.

    Positions count from the first line that is still shown.
    """

    def __init__(self) -> None:
        self._blocks: list[array[int]] = []
        self._sums: list[int] = []
        self._skip = 0
        self._skipped_rows = 0
        self._length = 0

    def __len__(self) -> int:
        return self._length

    @property
    def total(self) -> int:
        """How many rows all lines take."""
        return sum(self._sums) - self._skipped_rows

    def extend(self, count: int) -> None:
        """Add `count` lines of one row at the end."""
        self._length += count
        while count > 0:
            if not self._blocks or len(self._blocks[-1]) == BLOCK:
                self._blocks.append(array("H"))
                self._sums.append(0)
            taken = min(count, BLOCK - len(self._blocks[-1]))
            self._blocks[-1].extend([1] * taken)
            self._sums[-1] += taken
            count -= taken

    def put(self, position: int, height: int) -> None:
        """Say how many rows the line at `position` takes."""
        block, at = divmod(position + self._skip, BLOCK)
        self._sums[block] += height - self._blocks[block][at]
        self._blocks[block][at] = height

    def height(self, position: int) -> int:
        """Return how many rows the line at `position` takes."""
        block, at = divmod(position + self._skip, BLOCK)
        return self._blocks[block][at]

    def drop(self, count: int) -> int:
        """Forget the first `count` lines and return how many rows they took."""
        count = min(count, self._length)
        rows = self.row(count)
        self._skip += count
        self._length -= count
        self._skipped_rows += rows
        whole = min(self._skip // BLOCK, len(self._blocks))
        self._skipped_rows -= sum(self._sums[:whole])
        self._skip -= whole * BLOCK
        del self._blocks[:whole], self._sums[:whole]
        return rows

    def row(self, position: int) -> int:
        """Return the first row of the line at `position`; that after the last for its length."""
        block, at = divmod(position + self._skip, BLOCK)
        inside = sum(self._blocks[block][:at]) if at else 0
        return sum(self._sums[:block]) + inside - self._skipped_rows

    def locate(self, row: int) -> tuple[int, int]:
        """Return the position of the line that has `row`, and which of its rows that is; a row
        after the last one gives `(length, 0)`."""
        rest = max(0, row) + self._skipped_rows
        for number, rows in enumerate(self._sums):
            if rest < rows:
                for at, height in enumerate(self._blocks[number]):
                    if rest < height:
                        return number * BLOCK + at - self._skip, rest
                    rest -= height
            rest -= rows
        return self._length, 0
