"""A list of rows, one line each, of which only changed lines are painted again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from argotui.themes import ROLES
from argotui.widgets.cells import Part, sentence, strip_of
from argotui.widgets.contrast import lay_on

Row = TypeVar("Row")


CURSOR = "▸"
LAYING_OUT = "Laying out the nodes …"
"""What a view of nodes says until it has any."""


class LineView(ScrollView, Generic[Row], can_focus=True, inherit_bindings=False):
    """A scrolling list with a cursor, drawn by the line.

    Rows are values: two that are equal look the same, which is how an update finds the lines to
    paint. The cursor follows its row through updates (`identity`) and stays on its screen line.
    """

    DEFAULT_CSS = """
    LineView {
        background: $background;
        color: $foreground;
        scrollbar-size-vertical: 1;
        scrollbar-size-horizontal: 1;
        overflow-x: hidden;
        scrollbar-gutter: stable;

        & > .line--cursor { background: $cursor; color: $cursor-text; }
        & > .line--blurred { background: $rule; }
        & > .line--dim { color: $chrome; }
        & > .line--faint { color: $rule; }
        & > .line--strong { text-style: bold; }
        & > .line--match { background: $mark; color: $background; }
        & > .line--warn { color: $phase-waiting; }
        & > .line--bad { color: $phase-failed; }
        & > .phase--waiting { color: $phase-waiting; text-style: bold; }
        & > .phase--stuck { color: $phase-stuck; }
        & > .phase--failed { color: $phase-failed; text-style: bold; }
        & > .phase--denied { color: $phase-denied; }
        & > .phase--running { color: $phase-running; }
        & > .phase--pending { color: $phase-pending; }
        & > .phase--succeeded { color: $phase-succeeded; }
        & > .phase--skipped { color: $phase-skipped; }
    }
    """

    ALLOW_SELECT = False
    HEAD: ClassVar[int] = 0
    """Lines at the top that do not scroll (`draw_head`)."""
    MARK: ClassVar[str] = ""
    """The sign before the row under the cursor, in a column that is blank otherwise."""
    FOLDS: ClassVar[bool] = False
    """Whether its rows fold."""

    COMPONENT_CLASSES = {
        "line--cursor",
        "line--blurred",
        "line--dim",
        "line--faint",
        "line--strong",
        "line--match",
        "line--warn",
        "line--bad",
        *(f"phase--{role}" for role in ROLES),
    }

    cursor: reactive[int] = reactive(0, repaint=False)

    @dataclass
    class Moved(Message):
        """The cursor is on another row, by key or mouse."""

        view: LineView[Any]

        @property
        def control(self) -> LineView[Any]:
            return self.view

    @dataclass
    class Chosen(Message):
        """The row under the cursor was opened: enter, or a click on it."""

        view: LineView[Any]

        @property
        def control(self) -> LineView[Any]:
            return self.view

    def __init__(self, empty: str = "") -> None:
        super().__init__()
        self.rows: Sequence[Row] = ()
        self._empty = empty
        self.moved = False
        """Whether the cursor was moved by hand since the owner last looked (and set it back)."""
        self.keeps_cursor = True
        """Whether the cursor is shown while the keys are for another widget."""

    @property
    def empty(self) -> str:
        """The text shown when there are no rows."""
        return self._empty

    @empty.setter
    def empty(self, text: str) -> None:
        if text != self._empty:
            self._empty = text
            if not self.rows:
                self.refresh()

    def identity(self, row: Row) -> object:
        """Return what makes a row the same row after an update."""
        return row

    def draw_row(self, row: Row, index: int, width: int) -> list[Part]:
        """Return the parts of a row's line; what is left of `width` is filled."""
        raise NotImplementedError

    def draw_head(self, y: int, width: int) -> list[Part]:
        """Return the parts of a line above the rows."""
        return []

    @property
    def selected(self) -> Row | None:
        """The row under the cursor, None while there are none."""
        return self.rows[self.cursor] if 0 <= self.cursor < len(self.rows) else None

    def style(self, name: str) -> Style:
        """Return a component's own style (colour and weight, no background unless it sets one)."""
        return self.get_component_rich_style(name, partial=True)

    def phase_style(self, role: str) -> Style:
        """Return the style of a phase's colour role."""
        return self.style(f"phase--{role}")

    def show(self, rows: Sequence[Row], *, width: int = 0, cursor: int | None = None) -> None:
        """Put `rows` in place of what is shown, painting only the lines that differ.

        `width` above that of the widget lets it scroll sideways; `cursor` says where the cursor's
        row is now, where `identity` alone cannot tell.
        """
        old, top = self.rows, self.scroll_offset.y
        if cursor is None:
            cursor = self._follow(old, rows)
        moved = cursor - self.cursor
        self.rows = rows
        self.set_reactive(LineView.cursor, cursor)
        size = Size(width, len(rows) + self.HEAD if rows else 0)
        if size != self.virtual_size:
            self.virtual_size = size
        if moved and top:
            self.scroll_to(y=top + moved, animate=False, force=True)
        new_top = self.scroll_offset.y
        for line in range(self.page):
            before, after = _at(old, top + line), _at(rows, new_top + line)
            if before != after:
                self.refresh_row(new_top + line)
        if not rows and old:
            self.refresh()
        if moved:
            self.refresh_row(cursor - moved)
            self.refresh_row(cursor)

    def _follow(self, old: Sequence[Row], rows: Sequence[Row]) -> int:
        """Return where the cursor's row is now, or the nearest one before it that stayed."""
        if not rows:
            return 0
        cursor = min(max(self.cursor, 0), len(rows) - 1)
        if not old or self.cursor >= len(old):
            return cursor
        wanted = self.identity(old[self.cursor])
        if self.identity(rows[cursor]) == wanted:
            return cursor
        places = {self.identity(row): index for index, row in enumerate(rows)}
        for index in range(self.cursor, -1, -1):
            if (place := places.get(self.identity(old[index]))) is not None:
                return place
        return cursor

    def move_to(self, index: int, *, announce: bool = True, center: bool = False) -> None:
        """Put the cursor on a row and bring it into view."""
        if not self.rows:
            return
        index = min(max(index, 0), len(self.rows) - 1)
        changed = index != self.cursor
        if changed:
            self.cursor = index
        self.reveal(index, center=center)
        if changed and announce:
            self.moved = True
            self.post_message(self.Moved(self))

    def watch_cursor(self, before: int, after: int) -> None:
        self.refresh_row(before)
        self.refresh_row(after)

    def reveal(self, index: int, *, center: bool = False) -> None:
        """Scroll until a row is on screen; to the middle if it was far away."""
        height = self.page
        if self.size.height <= 0:
            return
        top = self.scroll_offset.y
        if index < top:
            target = index - (height // 2 if center else 0)
        elif index >= top + height:
            target = index - (height // 2 if center else height - 1)
        else:
            return
        self.scroll_to(y=max(0, target), animate=False, force=True)

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        base = self.rich_style
        if y < self.HEAD and self.rows:
            head = strip_of(self.draw_head(y, width))
            return head.apply_style(base).crop_extend(0, width, base)
        index = y - self.HEAD + self.scroll_offset.y
        if not self.rows and self.empty:
            strip = strip_of(sentence(self.empty, y, width, self.style("line--dim")))
            return strip.apply_style(base).adjust_cell_length(width, base)
        if not 0 <= index < len(self.rows):
            return Strip.blank(width, base)
        total = max(width, self.virtual_size.width)
        strip = strip_of(self.draw_row(self.rows[index], index, total))
        if index == self.cursor:
            if self.MARK and strip.crop(0, 1).text == " ":
                strip = Strip.join([Strip([Segment(self.MARK)]), strip.crop(1, total)])
            if self.has_focus or self.keeps_cursor:
                base += self.style("line--cursor" if self.has_focus else "line--blurred")
                strip = lay_on(strip, base)
        left = self.scroll_offset.x
        return strip.apply_style(base).crop_extend(left, left + width, base)

    def on_resize(self, event: events.Resize) -> None:
        """Keep the cursor in view; the first size comes after the first rows may have."""
        self.reveal(self.cursor, center=True)

    def refresh_cells(self, index: int, x: int, width: int) -> None:
        """Paint again only a part of a row's line."""
        offset = self.scroll_offset
        self.refresh(Region(x - offset.x, index + self.HEAD - offset.y, width, 1))

    def refresh_row(self, index: int) -> None:
        """Paint a row's line again if it is on screen."""
        if 0 <= index - self.scroll_offset.y < self.page:
            self.refresh_line(index + self.HEAD)

    @property
    def page(self) -> int:
        """How many rows fit."""
        return max(1, self.size.height - self.HEAD)

    @property
    def visible_rows(self) -> range:
        """The indexes of the rows on screen."""
        top = self.scroll_offset.y
        return range(min(top, len(self.rows)), min(top + self.page, len(self.rows)))

    def close_row(self) -> None:
        """Do what the left key means: fold, or scroll to the left."""
        self.pan(-8)

    def open_row(self) -> None:
        """Do what the right key means: unfold, or scroll to the right."""
        self.pan(8)

    @property
    def can_fold(self) -> bool:
        """Whether there is something to fold or unfold under the cursor."""
        return False

    def toggle_row(self) -> None:
        """Fold or unfold the row under the cursor, if rows fold."""

    def toggle_all_rows(self) -> None:
        """Fold or unfold everything, if rows fold."""

    def pan(self, columns: int) -> None:
        """Scroll sideways."""
        self.scroll_to(x=max(0, self.scroll_offset.x + columns), animate=False, force=True)

    def cursor_up(self) -> None:
        self.move_to(self.cursor - 1)

    def cursor_down(self) -> None:
        self.move_to(self.cursor + 1)

    def page_up(self) -> None:
        self.move_to(self.cursor - max(1, self.page - 1))

    def page_down(self) -> None:
        self.move_to(self.cursor + max(1, self.page - 1))

    def cursor_home(self) -> None:
        self.move_to(0)

    def cursor_end(self) -> None:
        self.move_to(len(self.rows) - 1)

    def choose(self) -> None:
        if self.rows:
            self.post_message(self.Chosen(self))

    def on_click(self, event: events.Click) -> None:
        index = event.y - self.HEAD + self.scroll_offset.y
        if event.y < self.HEAD or index >= len(self.rows):
            return
        if index == self.cursor:
            self.clicked(index, event.x + self.scroll_offset.x, again=True)
        else:
            self.move_to(index)
            self.clicked(index, event.x + self.scroll_offset.x, again=False)

    def clicked(self, index: int, x: int, *, again: bool) -> None:
        """Act on a click on a row at column `x`; `again` when the cursor was there already."""
        if again:
            self.choose()

    def on_focus(self) -> None:
        self.refresh_row(self.cursor)

    def on_blur(self) -> None:
        self.refresh_row(self.cursor)


def _at(rows: Sequence[Row], index: int) -> Row | None:
    return rows[index] if 0 <= index < len(rows) else None
