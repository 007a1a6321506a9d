"""The lines of logs on the screen: followed, filtered, wrapped; only changed rows are drawn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget

from argotui.model.logs.buffer import LogBuffer
from argotui.model.patterns import Matcher
from argotui.operations.logs.save import plain_lines
from argotui.widgets.logs.layout import LogLayout, LogRow
from argotui.widgets.logs.painter import COLOURS, LinePainter
from argotui.widgets.logs.render import MAX_CHARS
from argotui.widgets.timers import SureTimers

FLUSH_SECONDS = 1 / 15
"""How often new lines reach the screen at most."""

CATCH_UP_SECONDS = 1 / 80
"""The pause for keys between two slices of lines that are left to search or measure."""


class LogView(ScrollView, SureTimers, can_focus=True, inherit_bindings=False):
    """Shows a `LogBuffer` by the line.

    `add` puts lines in; what is on screen stays where it is unless `following`, which shows the
    newest. Scrolling up ends following, scrolling to the end resumes it.
    """

    DEFAULT_CSS = """
    LogView {
        height: 1fr;
        background: $background;
        color: $foreground;
        scrollbar-size-vertical: 1;
        scrollbar-size-horizontal: 0;
        scrollbar-gutter: stable;
        overflow-x: auto;
        overflow-y: scroll;

        & > .log--chrome { color: $chrome; }
        & > .log--notice { color: $phase-waiting; text-style: italic; }
        & > .log--mark { color: $mark; text-style: bold; }
        & > .log--match { background: $mark; color: $background; }
        & > .log--current { background: $rule; }
        & > .log--hit { color: $mark; text-style: bold; }
        & > .log--source-0 { color: $phase-running; }
        & > .log--source-1 { color: $mark; }
        & > .log--source-2 { color: $phase-succeeded; }
        & > .log--source-3 { color: $phase-waiting; }
        & > .log--source-4 { color: $secondary; }
        & > .log--source-5 { color: $key; }
    }
    """

    ALLOW_SELECT = True
    COMPONENT_CLASSES = {
        "log--chrome",
        "log--notice",
        "log--mark",
        "log--match",
        "log--current",
        "log--hit",
        *(f"log--source-{number}" for number in range(COLOURS)),
    }

    @dataclass
    class Changed(Message):
        """What is said about the view changed: following, counts, hits."""

        view: LogView

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, LogView.Changed)

    def __init__(self, buffer: LogBuffer, *, wrap: bool = False, zone: str = "") -> None:
        super().__init__()
        self.buffer = buffer
        self._following = True
        self.wrap = wrap
        self.current: int | None = None
        """The number of the line that was pointed at, by n/N or the mouse."""
        self._layout = LogLayout(buffer)
        self._painter = LinePainter(self._style)
        self._painter.zone = zone
        self._painted: list[LogRow] = []
        self._kept: int | None = None
        self._seen = 0
        self._began = 0
        self._own_scroll = False
        self._flush_timer: Timer | None = None

    # Changing.

    def add(self, stamps: Sequence[int], sources: Sequence[int], texts: Sequence[bytes]) -> None:
        """Add lines given as columns; they are drawn within `FLUSH_SECONDS`."""
        self.buffer.append(stamps, sources, texts)
        if stamps and stamps[-1] < self._began:
            self._seen = self.buffer.end
        self._flush_soon()

    def set_names(self, names: Sequence[str], looks: Sequence[int] = ()) -> None:
        """Name the sources; with several, each line shows its source.

        `looks` are the numbers of their bars and colours, by default those of the sources.
        """
        if list(names) != list(self.names):
            self._painter.names, self._painter.looks = list(names), list(looks)
            self._start_over()

    def restart(self, buffer: LogBuffer, began: int = 0) -> None:
        """Show another buffer, from its end, with the same filter.

        Lines from before `began`, in ns since the epoch, are never called new.
        """
        self._began, self._seen = began, 0
        before, self._layout = self._layout, LogLayout(buffer)
        self._layout.only_hits = before.only_hits
        buffer.all_states = self.buffer.all_states
        self.buffer = buffer
        self.current = self._kept = None
        self.following = True
        self.set_filter(before.matcher)

    def set_filter(self, matcher: Matcher | None) -> None:
        """Show only the lines a matcher is found in (or mark them), keeping the place."""
        self._keep_place()
        self._layout.set_filter(matcher)
        if matcher is None or self._layout.search():
            self._start_over()
        else:
            self._flush_soon()

    def show_only_hits(self, only: bool) -> None:
        """Hide the lines that the filter is not found in, or show them too."""
        self._keep_place()
        self._layout.only_hits = only
        self._start_over()

    def show_all_states(self, every: bool) -> None:
        """Show each state of a progress bar, or the last one as a terminal does."""
        self.buffer.all_states = every
        self.set_filter(self._layout.matcher)

    def set_wrap(self, wrap: bool) -> None:
        """Break long lines into rows, or let the view scroll sideways."""
        self.wrap = wrap
        self._start_over()

    def set_zone(self, zone: str) -> None:
        """Show the time of lines in `local` time, in `utc`, or (empty) not at all."""
        self._painter.zone = zone
        self._start_over()

    def follow(self) -> None:
        """Go to the newest line and stay there."""
        self.following = True
        self._kept = None
        self._update_rows()
        self._changed()

    def pause(self) -> None:
        """Stay where the view is."""
        self.following = False
        self._changed()

    def cursor_home(self) -> None:
        """Go to the oldest line."""
        self.following = False
        self.move(-self.scroll_offset.y)

    def cursor_end(self) -> None:
        self.follow()

    def cursor_down(self) -> None:
        self.move(1)

    def cursor_up(self) -> None:
        self.move(-1)

    def page_down(self) -> None:
        self.move(max(1, self.size.height - 1))

    def page_up(self) -> None:
        self.move(-max(1, self.size.height - 1))

    def move(self, rows: int) -> None:
        """Scroll by rows; up pauses, down to the end resumes."""
        self.scroll_to(y=max(0, self.scroll_offset.y + rows), animate=False, force=True)

    def shift(self, cells: int) -> None:
        """Scroll sideways."""
        self.scroll_to(x=max(0, self.scroll_offset.x + cells), animate=False, force=True)

    def find(self, step: int) -> bool:
        """Point at the next (1) or previous (-1) hit; say whether there is one."""
        found = self._layout.next_hit(self.current, self.numbers_on_screen(), step)
        if found is not None:
            self.point_at(found)
        return found is not None

    def point_at(self, number: int) -> None:
        """Make a line the current one, bring it into view and stay there."""
        self.current = number
        self.following = False
        self._kept = None
        row = self._layout.row_of(number)
        top, height = self.scroll_offset.y, self.size.height
        if not top <= row < top + height:
            self.move(row - top - height // 3)
        self._repaint()
        self._changed()

    # What the screen asks of the view.

    @property
    def following(self) -> bool:
        """Whether the newest line stays in view."""
        return self._following

    @following.setter
    def following(self, following: bool) -> None:
        if self._following and not following:
            self._seen = self.buffer.end
        self._following = following

    @property
    def names(self) -> Sequence[str]:
        """How the sources are called, by index."""
        return self._painter.names

    @property
    def zone(self) -> str:
        """How times are shown: `local`, `utc`, or empty for not at all."""
        return self._painter.zone

    @property
    def shown_count(self) -> int:
        """How many lines are shown, on screen or beyond it."""
        return len(self._layout.shown)

    @property
    def only_hits(self) -> bool:
        """Whether a filter hides the other lines; else it only marks its hits."""
        return self._layout.only_hits

    @property
    def hits(self) -> int | None:
        """How many lines the filter is found in; None without a filter."""
        return len(self._layout.matches) if self._layout.matches is not None else None

    @property
    def searching(self) -> bool:
        """Whether a new filter is still being applied."""
        return self._layout.pending is not None

    @property
    def new_below(self) -> int:
        """How many lines below the last one on screen came since the view was paused."""
        on_screen = self.numbers_on_screen()
        last = on_screen[-1] + 1 if on_screen else self.buffer.end
        return self._layout.count_from(max(last, self._seen))

    def numbers_shown(self) -> list[int]:
        """The numbers of all shown lines, oldest first."""
        return self._layout.numbers

    def texts(self, numbers: Sequence[int]) -> Iterator[str]:
        """Yield lines as they are shown, with their times and names, but in full."""
        return plain_lines(self.buffer, numbers, self.names, times=bool(self.zone))

    def numbers_on_screen(self) -> list[int]:
        """The numbers of the lines on screen, from the top."""
        return sorted({row.number for row in self._visible() if row.number >= 0})

    # Keeping up.

    def _flush_soon(self) -> None:
        if self._flush_timer is None and self.is_mounted:
            pause = CATCH_UP_SECONDS if self._layout.behind else FLUSH_SECONDS
            self._flush_timer = self.set_timer(pause, self._keep_up)

    def _keep_up(self) -> None:
        self._flush_timer = None
        if self._layout.search():
            self._start_over()
        else:
            self._update_rows()
            self._changed()

    def on_mount(self) -> None:
        self._start_over()

    def on_resize(self, event: events.Resize) -> None:
        self._start_over()

    def _keep_place(self) -> None:
        """Remember the line at the top until the view is scrolled, however much a filter hides."""
        if self._kept is None and not self.following:
            self._kept = self._layout.line_at(self.scroll_offset.y)

    def _start_over(self) -> None:
        """Lay all lines out again, keeping the line at the top of the screen there."""
        if not self.is_mounted:
            return
        layout = self._layout
        matches = layout.matches
        self._painter.width = self._cells
        self._painter.matcher = matches.matcher if matches is not None else None
        kept = self._kept if self._kept is not None else layout.line_at(self.scroll_offset.y)
        beside = self._painter.prefix_width() + int(layout.has_hit_map)
        width = max(1, self._cells - beside) if self.wrap else None
        layout.lay_out(width, kept, self.size.height)
        self._painted = []
        if kept is not None and not self.following:
            self._resize()
            self._jump(layout.row_of(kept))
        self._update_rows()
        self.refresh()
        self._changed()

    def _update_rows(self) -> None:
        """Account for lines that came and went, then paint the rows that differ."""
        lost = self._layout.take_in()
        top = self.scroll_offset.y
        slip = self._layout.measure(max(0, top - lost), self.size.height) - lost
        self._resize()
        if self.following:
            self._jump(max(0, self._layout.total - self.size.height))
        elif slip and top + slip > 0:
            self._slip(top + slip)
        elif slip:
            self._jump(0)
        self._repaint()
        if self._layout.behind:
            self._flush_soon()

    def _resize(self) -> None:
        width = 0
        if not self.wrap:
            width = self._painter.prefix_width() + min(self.buffer.longest, MAX_CHARS + 20)
        size = Size(width, self._layout.total)
        if self.virtual_size != size:
            self.virtual_size = size

    def _slip(self, top: int) -> None:
        """Keep the same lines on screen although rows above them came or went; nothing moves, so
        nothing is painted but the scroll bar."""
        self.set_reactive(Widget.scroll_y, float(top))
        self.set_reactive(Widget.scroll_target_y, float(top))
        self.vertical_scrollbar.position = top

    def _jump(self, row: int) -> None:
        self._own_scroll = True
        try:
            self.scroll_to(y=row, animate=False, force=True)
        finally:
            self._own_scroll = False

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        if round(old_value) == round(new_value):
            return
        self._painted = []
        if not self._own_scroll:
            self._kept = None
            # Where the view grows, Textual scrolls up by itself, but then to the end.
            wanted = self.following or new_value > old_value
            self.following = wanted and round(new_value) >= self.max_scroll_y
            self._flush_soon()
            self._changed()

    def _changed(self) -> None:
        if self.is_mounted:
            self.post_message(self.Changed(self))

    # Drawing.

    def _visible(self) -> list[LogRow]:
        return self._layout.visible(self.scroll_offset.y, self.size.height, self.current)

    def _repaint(self) -> None:
        """Draw the rows again that differ from what is on screen."""
        rows = self._visible()
        before, self._painted = self._painted, rows
        if len(before) != len(rows):
            self.refresh()
            return
        for at, (old, new) in enumerate(zip(before, rows, strict=True)):
            if old != new:
                self.refresh_line(self.scroll_offset.y + at)

    def render_line(self, y: int) -> Strip:
        if len(self._painted) != self.size.height:
            self._painted = self._visible()
        width, base = self._cells, self.rich_style
        if y >= len(self._painted):
            return Strip.blank(width, base)
        row = self._painted[y]
        if not self._layout.has_hit_map:
            return self._draw(row, y, width)
        mark = Segment("▐" if row.hit else " ", base + self._style("log--hit"))
        return Strip([*self._draw(row, y, width - 1), mark], width)

    def _draw(self, row: LogRow, y: int, cells: int) -> Strip:
        base, anchor = self.rich_style, self.scroll_offset.y + y + self._layout.rows_gone
        if not self.buffer.first <= row.number < self.buffer.end:
            return Strip.blank(cells, base)
        selection = self.text_selection
        selected = selection.get_span(anchor) if selection is not None else None
        left = self.scroll_offset.x if self._layout.width is None else None
        line = self.buffer.line(row.number)
        return self._painter.paint(line, row, base, cells, left, selected, anchor)

    @property
    def _cells(self) -> int:
        """The width beside the scroll bar."""
        return self.scrollable_content_region.width

    def _style(self, name: str) -> Style:
        owner = self.screen if name.startswith("screen--") else self
        return owner.get_component_rich_style(name, partial=owner is self)

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._painter.forget_styles()

    def on_click(self, event: events.Click) -> None:
        rows = self._visible()
        if event.y < len(rows) and rows[event.y].number >= 0:
            self.current = rows[event.y].number
            self._repaint()

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        return self._layout.selected_text(selection), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        self.refresh()
