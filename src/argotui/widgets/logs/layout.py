"""Which lines of a log are shown, and which row of the screen each of them takes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from textual.selection import Selection

from argotui.drawing.log_rows import AllLines, RowIndex, Shown
from argotui.model.logs.buffer import LogBuffer
from argotui.model.logs.matches import Matches
from argotui.model.patterns import Matcher
from argotui.widgets.logs.render import draw, row_count, row_starts

SLICE = 4096
"""How many lines are searched or measured before keys get their turn."""


class LogRow(NamedTuple):
    """What one row of the screen shows: row `part` of line `number` (-1: nothing); equal rows look
    the same."""

    number: int
    part: int
    named: bool
    hit: bool
    current: bool


class LogLayout:
    """The shown lines of a buffer laid out in rows.

    `width` is that of the text in cells where lines wrap, None where each takes one row. Rows count
    from the oldest line that is still there; `rows_gone` counts those before it.
    """

    def __init__(self, buffer: LogBuffer) -> None:
        self.buffer = buffer
        self.shown: Shown = AllLines(buffer)
        self.matches: Matches | None = None
        self.pending: Matches | None = None
        """The matches of a new filter, which shows once all lines are searched."""
        self.only_hits = True
        self.width: int | None = None
        self.rows_gone = 0
        self._gone = buffer.first
        self._rows: RowIndex | None = None
        self._measured = 0

    def set_filter(self, matcher: Matcher | None) -> None:
        """Search for another pattern; without one all lines are shown at once."""
        self.pending = Matches(matcher, self.buffer) if matcher is not None else None
        if matcher is None:
            self.matches = None

    @property
    def matcher(self) -> Matcher | None:
        """The pattern that was set last, shown already or still searched for."""
        matches = self.pending or self.matches
        return matches.matcher if matches is not None else None

    def search(self) -> bool:
        """Search a slice of the lines; return whether a new filter is ready to be shown."""
        if self.matches is not None:
            self.matches.advance(SLICE)
        if self.pending is None or not self.pending.advance(SLICE):
            return False
        self.matches, self.pending = self.pending, None
        return True

    @property
    def behind(self) -> bool:
        """Whether lines are left to search or measure."""
        searching = self.pending is not None or not (self.matches is None or self.matches.complete)
        return searching or (self._rows is not None and self._measured < len(self._rows))

    def lay_out(self, width: int | None, near: int | None, height: int) -> None:
        """Lay out all lines for a width, first the `height` lines from line `near` on."""
        matches = self.matches if self.only_hits else None
        self.shown = AllLines(self.buffer) if matches is None else matches
        self.width = width
        self._gone = self.shown.gone
        self._rows = None
        self._measured = 0
        if width is not None:
            self._rows = RowIndex()
            self._rows.extend(len(self.shown))
            if near is not None:
                start = self.shown.position(near)
                self._measure_range(start, min(start + height, len(self.shown)))

    def take_in(self) -> int:
        """Account for lines that came and went; return how many rows are gone from the front."""
        shown = self.shown
        gone, self._gone = shown.gone - self._gone, shown.gone
        lost = gone
        if self._rows is not None:
            lost = self._rows.drop(gone)
            self._measured = max(0, self._measured - gone)
            self._rows.extend(len(shown) - len(self._rows))
        self.rows_gone += lost
        return lost

    def measure(self, top: int, height: int) -> int:
        """Measure a slice of the lines, the screen at row `top`, and the last screen of all; return
        by how many rows this moves what is at `top`."""
        rows, shown = self._rows, self.shown
        if rows is None:
            return 0
        position, part = rows.locate(top)
        stop = min(self._measured + SLICE, len(shown))
        self._measure_range(self._measured, stop)
        self._measured = stop
        self._measure_range(position, min(position + height, len(shown)))
        tail, filled = len(shown), 0
        while tail > stop and filled < height:
            tail -= 1
            self._measure_range(tail, tail + 1)
            filled += rows.height(tail)
        return rows.row(position) + part - top if position < len(shown) else 0

    def _measure_range(self, start: int, stop: int) -> None:
        rows, width, shown, buffer = self._rows, self.width, self.shown, self.buffer
        if rows is None or width is None or start >= stop:
            return
        if isinstance(shown, AllLines):
            first = shown[start]
            for number, raws in buffer.raws(first, first + stop - start):
                for at, raw in enumerate(raws, number - buffer.first):
                    if (height := row_count(raw, width)) != rows.height(at):
                        rows.put(at, height)
            return
        for at in range(start, stop):
            rows.put(at, row_count(buffer.line(shown[at]).raw, width))

    @property
    def total(self) -> int:
        """How many rows there are."""
        return self._rows.total if self._rows is not None else len(self.shown)

    @property
    def numbers(self) -> list[int]:
        """The numbers of all shown lines, oldest first."""
        return [self.shown[at] for at in range(len(self.shown))]

    def count_from(self, number: int) -> int:
        """Return how many lines are shown from line `number` on."""
        return len(self.shown) - self.shown.position(number)

    def row_of(self, number: int) -> int:
        """Return the first row of line `number`, or of the next one that is shown."""
        position = self.shown.position(number)
        return (
            self._rows.row(min(position, len(self._rows))) if self._rows is not None else position
        )

    def line_at(self, row: int) -> int | None:
        """Return the number of the line at a row, or of the last line; None without lines."""
        if not len(self.shown):
            return None
        position = self._rows.locate(row)[0] if self._rows is not None else row
        return self.shown[min(position, len(self.shown) - 1)]

    def visible(self, top: int, height: int, current: int | None) -> list[LogRow]:
        """Return what `height` rows of the screen show, the first of them being row `top`."""
        shown = self.shown
        position, part = top, 0
        if self._rows is not None:
            position, part = self._rows.locate(top)
        rows: list[LogRow] = []
        before: int | None = None
        hits = self._hit_rows(height)
        # Lines may have come and gone since they were taken in: the next flush accounts for them.
        end = len(shown) if self._rows is None else min(len(shown), len(self._rows))
        while len(rows) < height and position < end:
            number = shown[position]
            source = self.buffer.source(number)
            count = self._rows.height(position) if self._rows is not None else 1
            for inner in range(part, min(count, part + height - len(rows))):
                named = inner == part and source != before
                rows.append(LogRow(number, inner, named, hits[len(rows)], number == current))
            before, part = source, 0
            position += 1
        while len(rows) < height:
            rows.append(LogRow(-1, 0, False, hits[len(rows)], False))
        return rows

    @property
    def has_hit_map(self) -> bool:
        """Whether hits are few among other lines, so that a map of them is of use."""
        return self.matches is not None and not self.only_hits

    def _hit_rows(self, height: int) -> list[bool]:
        """Which rows of the screen stand for a stretch of the whole log that has hits."""
        matches = self.matches
        if matches is None or self.only_hits or not len(matches) or not height:
            return [False] * height
        first, count = self.buffer.first, len(self.buffer)
        edges = [matches.position(first + count * row // height) for row in range(height + 1)]
        return [low < high for low, high in pairwise(edges)]

    def next_hit(self, current: int | None, on_screen: Sequence[int], step: int) -> int | None:
        """Return the next (1) or previous (-1) hit after the current line, if that is on screen,
        else from the edge of the screen on; None if there is none."""
        if self.matches is None:
            return None
        start = current
        if start is None or start not in on_screen:
            start = -1
            if on_screen:
                start = on_screen[0] - 1 if step > 0 else on_screen[-1] + 1
        return self.matches.after(start) if step > 0 else self.matches.before(start)

    def selected_text(self, selection: Selection) -> str:
        """Return what a selection of rows covers, a line feed after each line.

        A selection counts the rows that are gone too, so that it stays where it was made.
        """
        start, end, gone = selection.start, selection.end, self.rows_gone
        low = start.y - gone if start is not None else 0
        high = end.y - gone if end is not None else self.total - 1
        found: list[str] = []
        previous = -1
        for row in range(max(0, low), min(high, self.total - 1) + 1):
            number, text, at = self.text_of(row)
            first = start.x - at if start is not None and row == low else 0
            last = end.x - at if end is not None and row == high else len(text)
            piece = text[max(0, first) : max(0, last)]
            if number == previous:
                found[-1] += piece
            else:
                found.append(piece)
            previous = number
        return "\n".join(found)

    def text_of(self, row: int) -> tuple[int, str, int]:
        """Return a row's line number, its text, and at which character of the line it begins."""
        position, part = row, 0
        if self._rows is not None:
            position, part = self._rows.locate(row)
        number = self.shown[position]
        text = draw(self.buffer.line(number).raw).text
        if self.width is None:
            return number, text, 0
        starts = [*row_starts(text, self.width), len(text)]
        return number, text[starts[part] : starts[part + 1]], starts[part]
