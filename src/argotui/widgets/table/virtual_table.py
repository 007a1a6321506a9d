"""A live table of any length: only the lines that changed are painted, and the cursor stays."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from rich.style import Style
from textual.events import Click, Resize
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.timer import Timer

from argotui.themes import ROLES
from argotui.widgets.table.columns import (
    Cell,
    Column,
    lay_out,
)
from argotui.widgets.table.row_painter import GUTTER, RowPainter, RowState
from argotui.widgets.table.rows import RowKeys, RowMarks
from argotui.widgets.timers import SureTimers

K = TypeVar("K", bound=Hashable)
R = TypeVar("R")

SETTLE = 0.15
"""Delay in seconds before WindowSettled is posted."""


class _Line(Generic[K]):
    """A painted line: what it was painted from, and the strip."""

    __slots__ = ("cells", "state", "strip")

    def __init__(self, cells: tuple[Cell, ...], state: RowState, strip: Strip) -> None:
        self.cells = cells
        self.state = state
        self.strip = strip


class VirtualTable(ScrollView, SureTimers, Generic[K, R], can_focus=True):
    """Rows by key, one line each, under one line of titles.

    `row_of` returns the row of a key, or None if it is gone. Until the first key (`hold_cursor`, or
    a move), and again after `cursor_home`, the cursor is on the first row, whichever that is. After
    that it stays on its key: when rows come, go or move, its line stays where it is on the screen.
    """

    DEFAULT_CSS = """
    VirtualTable {
        height: 1fr;
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-size-vertical: 1;
        color: $foreground;
        background: transparent;
        & > .table--title { color: $chrome; }
        & > .table--sorted { color: $foreground; text-style: bold; }
        & > .table--cursor { background: $cursor; color: $cursor-text; text-style: bold; }
        & > .table--dim { color: $chrome; }
        & > .table--faint { color: $faint; }
        & > .table--strong { text-style: bold; }
        & > .table--mark { color: $mark; text-style: bold; }
        & > .table--waiting { color: $phase-waiting; text-style: bold; }
        & > .table--stuck { color: $phase-stuck; }
        & > .table--failed { color: $phase-failed; }
        & > .table--denied { color: $phase-denied; }
        & > .table--running { color: $phase-running; }
        & > .table--pending { color: $phase-pending; }
        & > .table--succeeded { color: $phase-succeeded; }
        & > .table--skipped { color: $phase-skipped; }
    }
    """

    COMPONENT_CLASSES = {
        "table--title",
        "table--sorted",
        "table--cursor",
        "table--dim",
        "table--faint",
        "table--strong",
        "table--mark",
        *(f"table--{role}" for role in ROLES),
    }
    ALLOW_SELECT = False

    @dataclass
    class Opened(Message):
        """A row was clicked twice."""

        key: Hashable

    @dataclass
    class TitleClicked(Message):
        """The title of a column was clicked."""

        column: str

    class WindowSettled(Message):
        """Other rows are in view, and have been for a moment."""

    class CursorMoved(Message):
        """The cursor is on another row."""

    def __init__(self, columns: Sequence[Column[R]], row_of: Callable[[K], R | None]) -> None:
        super().__init__()
        self._columns: Sequence[Column[R]] = columns
        self._natural: Mapping[str, int] = {}
        self._row_of = row_of
        self._painter: RowPainter[R] = RowPainter(self._style_of)
        self._rows: RowKeys[K] = RowKeys()
        self._cursor = 0
        self._follows_top = True
        self._page_before = 0
        self._anchoring = False
        self._marks: RowMarks[K] = RowMarks()
        self._lines: dict[K, _Line[K]] = {}
        self._settle_timer: Timer | None = None

    # What is shown.

    @property
    def rows(self) -> Sequence[K]:
        return self._rows.keys

    @property
    def columns_shown(self) -> list[tuple[str, int]]:
        """The columns that have a place now, and their widths."""
        return [(column.id, width) for column, width in self._painter.layout]

    @property
    def cursor_key(self) -> K | None:
        """The key of the row under the cursor, None in an empty table."""
        return self._rows.keys[self._cursor] if self._rows.keys else None

    @property
    def marks(self) -> set[K]:
        """The marked keys; they may have left the table."""
        return self._marks.keys

    @property
    def page(self) -> int:
        """How many rows fit under the titles."""
        return max(1, self.size.height - 1)

    @property
    def visible_keys(self) -> list[K]:
        top = self._top
        return self._rows.keys[top : top + self.page]

    @property
    def _top(self) -> int:
        return self.scroll_offset.y

    def set_columns(
        self, columns: Sequence[Column[R]], natural: Mapping[str, int] | None = None
    ) -> None:
        """Show other columns, or give them other widths."""
        if list(columns) == list(self._columns) and natural is None:
            return
        self._columns = columns
        if natural is not None:
            self._natural = natural
        self._lay_out()

    def set_natural(self, natural: Mapping[str, int]) -> None:
        """Tell how wide the content of columns is."""
        if dict(natural) != dict(self._natural):
            self._natural = dict(natural)
            self._lay_out()

    def set_sorted(self, column: str, descending: bool) -> None:
        """Show in the titles what the rows are sorted by."""
        if (column, descending) != self._painter.sorted:
            self._painter.sorted = (column, descending)
            self._refresh_titles()

    def set_rows(self, rows: list[K]) -> None:
        """Show these rows in this order; only lines that now hold something else are painted."""
        before = self.visible_keys
        key = self.cursor_key
        old_cursor, old_top = self._cursor, self._top
        self._rows = RowKeys(rows)
        found = self._rows.find_near(key, old_cursor) if key is not None else None
        self._cursor = max(0, min(old_cursor, len(rows) - 1)) if found is None else found
        line = old_cursor - old_top
        in_view = 0 <= line < self.page
        if self._follows_top:
            self._cursor = 0
        if self._follows_top and old_top == 0:
            top = 0
        elif in_view and not self._follows_top:
            top = self._cursor - line
        else:
            anchor = self._rows.first_of(before)
            top = old_top if anchor is None else anchor
        self._resize_to(len(rows), top)
        for offset, now in enumerate(self.visible_keys):
            if offset >= len(before) or before[offset] != now:
                self._refresh_row(self._top + offset)
            self._renew(now, self._top + offset)
        for offset in range(len(self.visible_keys), len(before)):
            self._refresh_row(self._top + offset)
        self._window_moved()
        if self.cursor_key != key:
            self.post_message(self.CursorMoved())

    def index_of(self, key: K) -> int | None:
        """Return the place of a key; None if it is not shown."""
        return self._rows.index_of(key)

    def refresh_rows(self, keys: set[K]) -> int:
        """Repaint visible rows whose cells changed; return how many."""
        top = self._top
        visible = self.visible_keys
        for key in keys.difference(visible):
            self._lines.pop(key, None)
        places = [(key, top + offset) for offset, key in enumerate(visible) if key in keys]
        return sum([self._renew(key, index) for key, index in places])

    def refresh_visible(self) -> int:
        """Repaint all visible rows whose cells changed, such as ages; return how many."""
        visible = set(self.visible_keys)
        self._lines = {key: line for key, line in self._lines.items() if key in visible}
        return self.refresh_rows(visible)

    # The cursor and the marks.

    def hold_cursor(self) -> None:
        """Keep the cursor on its row from now on: somebody acts on it."""
        self._follows_top = False

    def move_by(self, step: int) -> None:
        """Move the cursor down (or up) by so many rows."""
        self._follows_top = False
        self._move_to(self._cursor + step)

    def cursor_home(self) -> None:
        """Go to the first row, and stay at the top as rows arrive."""
        self._move_to(0)
        self._follows_top = True

    def cursor_end(self) -> None:
        self._follows_top = False
        self._move_to(len(self._rows.keys) - 1)

    def cursor_down(self) -> None:
        self.move_by(1)

    def cursor_up(self) -> None:
        self.move_by(-1)

    def page_down(self) -> None:
        self.move_by(self.page)

    def page_up(self) -> None:
        self.move_by(-self.page)

    def go_to(self, key: K) -> bool:
        """Put the cursor on a key; say whether it is there."""
        index = self.index_of(key)
        if index is None:
            return False
        self._follows_top = False
        self._move_to(index)
        return True

    def toggle_mark(self) -> None:
        """Mark the row under the cursor, or take its mark away."""
        if (key := self.cursor_key) is not None:
            self._marks.toggle(key)
            self._refresh_row(self._cursor)

    def mark_range(self) -> None:
        """Mark all rows from the last one marked to the cursor."""
        if self.cursor_key is not None:
            self._marks.mark_range(self._rows, self._cursor)
            self.refresh_visible()

    def clear_marks(self) -> None:
        self._marks.clear()
        self.refresh_visible()

    def forget_marks(self, keys: set[K]) -> None:
        """Take the marks from rows that no longer exist."""
        self._marks.keys -= keys

    # Painting.

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        if y == 0:
            return self._painter.titles(width)
        index = self._top + y - 1
        if index >= len(self._rows.keys):
            return Strip.blank(width, self.rich_style)
        key = self._rows.keys[index]
        line, state = self._lines.get(key), self._state(key)
        if line is None or line.state != state:
            line = self._paint(key, line.cells if line else self._cells(key), state)
        return line.strip

    def _cells(self, key: K) -> tuple[Cell, ...]:
        return self._painter.cells(self._row_of(key))

    def _state(self, key: K) -> RowState:
        return RowState(key == self._rows.keys[self._cursor], key in self._marks.keys)

    def _paint(self, key: K, cells: tuple[Cell, ...], state: RowState) -> _Line[K]:
        line: _Line[K] = _Line(cells, state, self._painter.row(cells, state, self.size.width))
        self._lines[key] = line
        return line

    def _renew(self, key: K, index: int) -> bool:
        """Repaint a visible row if its cells changed; return whether they did.

        The new line is cached and painted as it is, so the next change is compared with what is on
        the screen, even if only a part of a line was sent.
        """
        if not self.size.width:
            return False  # nothing is in view before the first layout, nor are there styles
        line, cells, state = self._lines.get(key), self._cells(key), self._state(key)
        if line is not None and line.cells == cells and line.state == state:
            return False
        self._paint(key, cells, state)
        if line is None or line.state != state:
            self._refresh_row(index)
        else:
            start, end = self._painter.span(line.cells, cells)
            self.refresh(Region(start, index + 1 - self._top, end - start, 1))
        return True

    def _style_of(self, role: str) -> Style:
        if not role:
            return self.rich_style
        partial = role not in ("title", "sorted")
        return self.get_component_rich_style(f"table--{role}", partial=partial)

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._painter.forget_styles()
        self._lines.clear()

    # Plumbing.

    def on_resize(self, event: Resize) -> None:
        in_view = self._cursor < self._top + self._page_before
        self._page_before = self.page
        self._lay_out()
        if in_view and self._cursor >= self._top + self.page:
            self._move_to(self._cursor)
        self._window_moved()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        if self._anchoring:
            # The rows moved together with the view: set_rows paints the lines that differ.
            if self.show_vertical_scrollbar:
                self.vertical_scrollbar.position = new_value
            return
        super().watch_scroll_y(old_value, new_value)
        self._window_moved()

    def on_click(self, event: Click) -> None:
        event.stop()
        if event.y == 0:
            if (column := self._painter.column_at(event.x)) is not None:
                self.post_message(self.TitleClicked(column))
            return
        index = self._top + event.y - 1
        if index < len(self._rows.keys):
            self._follows_top = False
            self._move_to(index)
            if event.chain == 2:
                self.post_message(self.Opened(self._rows.keys[index]))

    def _lay_out(self) -> None:
        self._painter.layout = lay_out(
            self._columns, max(1, self.size.width - GUTTER - 1), self._natural
        )
        self._lines.clear()
        self._resize_to(len(self._rows.keys), self._top)
        self.refresh()

    def _resize_to(self, count: int, top: int) -> None:
        size = Size(self.size.width, count + 1)
        if size.height != self.virtual_size.height and self._keeps_scrollbar(size.height):
            # A layout of the whole screen would find that nothing but the scroll bar differs.
            self.set_reactive(VirtualTable.virtual_size, size)
            self.vertical_scrollbar.window_virtual_size = size.height
        elif size != self.virtual_size:
            self.virtual_size = size
        top = max(0, min(top, count - self.page))
        if top != self._top:
            self._anchoring = True
            try:
                self.scroll_to(y=top, animate=False, immediate=True, force=True)
            finally:
                self._anchoring = False

    def _keeps_scrollbar(self, height: int) -> bool:
        needed = height > self.size.height
        return self.show_vertical_scrollbar == needed and self.is_mounted

    def _move_to(self, index: int) -> None:
        if not self._rows.keys:
            return
        index = max(0, min(index, len(self._rows.keys) - 1))
        before, self._cursor = self._cursor, index
        if index < self._top:
            self.scroll_to(y=index, animate=False, immediate=True, force=True)
        elif index >= self._top + self.page:
            self.scroll_to(y=index - self.page + 1, animate=False, immediate=True, force=True)
        if before != index:
            self._refresh_row(before)
            self._refresh_row(index)
            self.post_message(self.CursorMoved())

    def _refresh_row(self, index: int) -> None:
        if 0 <= index - self._top < self.page:
            self.refresh_line(index + 1)

    def _refresh_titles(self) -> None:
        self.refresh_line(self._top)

    def _window_moved(self) -> None:
        if self.is_mounted:
            if self._settle_timer is not None:
                self._settle_timer.stop()
            self._settle_timer = self.set_timer(
                SETTLE, lambda: self.post_message(self.WindowSettled())
            )
