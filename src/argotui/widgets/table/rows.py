"""The keys of a table's rows, in their order, and which of them are marked."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)

_NEAR = 50
"""How many places a row may move in one change and be found at once."""


class RowKeys(Generic[K]):
    """Keys in the order of their rows."""

    def __init__(self, keys: list[K] | None = None) -> None:
        self.keys: list[K] = keys or []
        self._index_of: dict[K, int] | None = None

    def index_of(self, key: K) -> int | None:
        """Return the place of a key; None if it is not there."""
        if self._index_of is None:
            self._index_of = {key: index for index, key in enumerate(self.keys)}
        return self._index_of.get(key)

    def find_near(self, key: K, index: int) -> int | None:
        """Return the place of a key that is probably near `index`; None if it is not there.

        An index of all places costs milliseconds.
        """
        low, high = max(0, index - _NEAR), index + _NEAR
        try:
            return self.keys.index(key, low, high)
        except ValueError:
            return self.index_of(key)

    def first_of(self, keys: Sequence[K]) -> int | None:
        """Return the place of the first of `keys` that is there."""
        places = (self.index_of(key) for key in keys)
        return next((place for place in places if place is not None), None)


class RowMarks(Generic[K]):
    """The marked keys; they may have left the table."""

    def __init__(self) -> None:
        self.keys: set[K] = set()
        self._last: K | None = None
        """The key that was marked or unmarked last: a range begins there."""

    def toggle(self, key: K) -> None:
        """Mark a key, or take its mark away."""
        self.keys ^= {key}
        self._last = key

    def mark_range(self, rows: RowKeys[K], to: int) -> None:
        """Mark all rows from the last one marked to place `to`."""
        start = rows.index_of(self._last) if self._last is not None else None
        low, high = sorted((to if start is None else start, to))
        self.keys |= set(rows.keys[low : high + 1])
        self._last = rows.keys[to]

    def clear(self) -> None:
        self.keys.clear()
        self._last = None
