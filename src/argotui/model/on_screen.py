"""Which lines were on the screen, for a text that a person must see completely before acting."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any


class OnScreen:
    """Counts for each part the lines that were never on the screen.

    A part is identified by its words, so changed words are a new part, which has to be seen again.
    A part that was seen completely stays seen if its lines wrap differently later; a part that was
    seen partly starts again.
    """

    def __init__(self) -> None:
        self._lines: Mapping[Hashable, int] = {}
        self._layout: object = None
        self._shown: dict[Hashable, set[int]] = {}
        self._whole: set[Hashable] = set()

    def expect(self, lines: Mapping[Any, int], layout: object = None) -> None:
        """Say which parts there are and how many lines each has; `layout` is what breaks them."""
        if layout != self._layout:
            self._layout = layout
            self._shown.clear()
        self._lines = dict(lines)
        for part, count in self._lines.items():
            self._note(part, count)

    def show(self, part: Hashable, line: int = 0) -> bool:
        """Take note that a line is on the screen; say whether it was missing until now."""
        count = self._lines.get(part, 0)
        shown = self._shown.setdefault(part, set())
        if part in self._whole or not 0 <= line < count or line in shown:
            return False
        shown.add(line)
        self._note(part, count)
        return True

    def _note(self, part: Hashable, count: int) -> None:
        if len(self._shown.get(part, ())) >= count:
            self._whole.add(part)
            self._shown.pop(part, None)

    def was_seen(self, part: Hashable) -> bool:
        """Say whether all of a part was on the screen, expected now or before."""
        return part in self._whole

    def missing(self, part: Hashable) -> int:
        """Return how many lines of a part never were on the screen."""
        if part in self._whole:
            return 0
        return self._lines.get(part, 0) - len(self._shown.get(part, ()))

    def is_missing(self, part: Hashable, line: int) -> bool:
        """Say whether a line of a part never was on the screen."""
        return bool(self.missing(part)) and line not in self._shown.get(part, ())

    @property
    def left(self) -> int:
        """How many lines never were on the screen."""
        return sum(self.missing(part) for part in self._lines)

    @property
    def parts_left(self) -> int:
        """How many parts never were on the screen whole."""
        return sum(bool(self.missing(part)) for part in self._lines)
