"""How rows and titles of a table become lines of styled text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Generic, NamedTuple, TypeVar

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from argotui.drawing.cells import cell_len, cut_middle
from argotui.model.sanitise import clean_line
from argotui.widgets.cells import cut
from argotui.widgets.contrast import is_readable
from argotui.widgets.table.columns import GAP, Cell, Column

R = TypeVar("R")

GUTTER = 3
"""Cells before the first column: the cursor, the mark, a blank."""

CURSOR, MARK = "▸", "◆"


class RowState(NamedTuple):
    """What a row looks like apart from its cells."""

    at_cursor: bool = False
    marked: bool = False


class RowPainter(Generic[R]):
    """Paints lines for a layout; `style_of` gives the style of a role ("" is the table's own)."""

    def __init__(self, style_of: Callable[[str], Style]) -> None:
        self.layout: list[tuple[Column[R], int]] = []
        self.sorted: tuple[str, bool] | None = None
        """The column that sorts, and whether the greatest is first."""
        self._style_of = style_of
        self._styles: dict[tuple[str, bool], Style] = {}

    def forget_styles(self) -> None:
        """Look all styles up again: the theme changed."""
        self._styles.clear()

    def cells(self, row: R | None) -> tuple[Cell, ...]:
        """Return the cells of a row; of one that is gone, a sign of it."""
        if row is None:
            return ((("…", "dim"),), *(() for _ in self.layout[1:]))
        return tuple([column.cell(row, width) for column, width in self.layout])

    def column_at(self, x: int) -> str | None:
        """Return the column at cell `x` of a line."""
        x -= GUTTER
        for column, width in self.layout:
            if x < width + GAP:
                return column.id if x >= 0 else None
            x -= width + GAP
        return None

    def span(self, old: tuple[Cell, ...], new: tuple[Cell, ...]) -> tuple[int, int]:
        """Return where a line of new cells may differ from that of old ones, as [start, end)."""
        start = end = 0
        at = GUTTER
        for (_, room), before, after in zip(self.layout, old, new, strict=False):
            if before != after:
                start = start or at
                end = at + room
            at += room + GAP
        return start, end

    def row(self, cells: tuple[Cell, ...], state: RowState, width: int) -> Strip:
        """Return the line of a row, `width` cells wide."""
        plain = self._style("", state.at_cursor)
        segments = [
            Segment(CURSOR if state.at_cursor else " ", plain),
            Segment(f"{MARK} " if state.marked else "  ", self._style("mark", state.at_cursor)),
        ]
        used = GUTTER
        for (column, room), cell in zip(self.layout, cells, strict=False):
            if used > GUTTER:
                segments.append(Segment(" " * GAP, plain))
                used += GAP
            segments.extend(self._fit(cell, column, room, state.at_cursor))
            used += room
        return _finish(segments, used, width, plain)

    def titles(self, width: int) -> Strip:
        """Return the line of titles, `width` cells wide; an arrow tells what sorts."""
        plain = self._style_of("title")
        segments = [Segment(" " * GUTTER, plain)]
        used, start = GUTTER, GUTTER
        for column, room in self.layout:
            text, style = column.title, plain
            if self.sorted is not None and self.sorted[0] == column.id:
                # The arrow may use the gap after the column: a cut title says less.
                arrow = "↓" if self.sorted[1] else "↑"
                text, style = cut(column.title, room) + arrow, self._style_of("sorted")
            else:
                text = cut(text, room)
            text = text.rjust(room) if column.align == "right" else text.ljust(room)
            segments += [Segment(" " * (start - used), plain), Segment(text, style)]
            used = start + len(text)
            start += room + GAP
        return _finish(segments, used, width, plain)

    def _fit(self, cell: Cell, column: Column[R], room: int, at_cursor: bool) -> list[Segment]:
        segments = []
        left = room
        for text, role in cell:
            if left <= 0:
                break
            shown = text if text.isprintable() else " ".join(clean_line(text).split())
            size = cell_len(shown)
            if size > left:
                shown = cut_middle(shown, left) if column.cut == "middle" else cut(shown, left)
                size = cell_len(shown)
            segments.append(Segment(shown, self._style(role, at_cursor)))
            left -= size
        if left > 0:
            blank = Segment(" " * left, self._style("", at_cursor))
            if column.align == "right":
                segments.insert(0, blank)
            else:
                segments.append(blank)
        return segments

    def _style(self, role: str, at_cursor: bool) -> Style:
        style = self._styles.get((role, at_cursor))
        if style is None:
            style = self._make_style(role, at_cursor)
            self._styles[(role, at_cursor)] = style
        return style

    def _make_style(self, role: str, at_cursor: bool) -> Style:
        base = self._style_of("")
        if at_cursor:
            base += self._style_of("cursor")
        if not role:
            return base
        own = self._style_of(role)
        if at_cursor and not is_readable(own, base):
            own = own.without_color
        return base + own


def _finish(segments: list[Segment], used: int, width: int, style: Style) -> Strip:
    if used < width:
        segments.append(Segment(" " * (width - used), style))
    return Strip(list(_joined(segments)), max(used, width)).crop(0, width)


def _joined(segments: list[Segment]) -> Iterator[Segment]:
    """Join what looks the same, blanks with whatever is before them on the same background: each
    run of a style costs some forty bytes on the way to the terminal."""
    text, style = segments[0].text, segments[0].style
    for segment in segments[1:]:
        blank = segment.text.isspace() and _background(segment.style) == _background(style)
        if blank or segment.style == style:
            text += segment.text
            continue
        yield Segment(text, style)
        text, style = segment.text, segment.style
    yield Segment(text, style)


def _background(style: Style | None) -> Color | None:
    return style.bgcolor if style else None
