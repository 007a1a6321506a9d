"""The Kubernetes events of a workflow and its pods, the newest first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from rich.cells import cell_len
from rich.style import Style

from argotui.backend.ports import EventRecord
from argotui.model.counted import counted
from argotui.model.durations import format_age
from argotui.model.patterns import Matcher, parse_pattern
from argotui.model.redact import redact_text
from argotui.model.sanitise import clean_line
from argotui.widgets.cells import (
    Part,
    cut_middle,
    pad,
    pad_left,
    width_of,
)
from argotui.widgets.line_view import CURSOR, LineView

_AGE = 6
_WIDE = 100
_NONE = "No events. Kubernetes forgets them after an hour."


class EventsView(LineView[EventRecord]):
    """Age, reason, object and message of each event; warnings stand out by sign and colour."""

    MARK = CURSOR

    def __init__(self, now: Callable[[], datetime]) -> None:
        super().__init__("Reading the events …")
        self._now = now
        self._all: Sequence[EventRecord] = ()
        self._matcher: Matcher | None = None
        self.only_warnings = False
        self._reason = 6
        self._object = 6
        self._ages: dict[str, str] = {}

    def identity(self, row: EventRecord) -> object:
        return row.uid

    def set_events(self, events: Sequence[EventRecord]) -> None:
        """Show these events, which come oldest first; the newest is followed while the cursor is on
        it."""
        self._all = events
        self._apply()

    def set_filter(self, pattern: str) -> None:
        """Show only the events a pattern (`model.patterns`) finds in; empty shows all.

        Raises FilterError.
        """
        self._matcher = parse_pattern(pattern) if pattern else None
        self._apply()

    def show_warnings(self, alone: bool) -> None:
        """Show only warnings, or everything again."""
        self.only_warnings = alone
        self._apply()

    @property
    def has_warnings(self) -> bool:
        """Whether one of the events shown is a warning."""
        return any(_is_warning(event) for event in self.rows)

    def step_warning(self, *, backwards: bool = False) -> bool:
        """Go to the next warning, round the end; say whether there is one."""
        places = [index for index, event in enumerate(self.rows) if _is_warning(event)]
        if not places:
            return False
        sign, size = -1 if backwards else 1, len(self.rows)
        nearest = min(places, key=lambda index: (sign * (index - self.cursor) - 1) % size)
        self.move_to(nearest, center=True)
        return True

    def _wanted(self, event: EventRecord) -> bool:
        if self.only_warnings and not _is_warning(event):
            return False
        if self._matcher is None:
            return True
        text = f"{event.type} {event.reason} {_about(event)} {event.message}"
        return self._matcher.matches(text)

    @property
    def total(self) -> int:
        """How many events there are, shown or not."""
        return len(self._all)

    @property
    def place_words(self) -> str:
        """How many events there are, and how many of them are shown."""
        total = counted(self.total, "event")
        return total if len(self.rows) == self.total else f"{len(self.rows):,} of {total}"

    def _apply(self) -> None:
        rows = [event for event in reversed(self._all) if self._wanted(event)]
        if not self._all:
            self.empty = _NONE
        else:
            self.empty = "No event matches." if self._matcher else "No event is a warning."
        reason = min(22, max((cell_len(event.reason) for event in rows), default=6))
        about = max((cell_len(_about(event)) for event in rows), default=6)
        widened = (reason, about) != (self._reason, self._object)
        self._reason, self._object = reason, about
        self.show(rows, cursor=None if self.cursor else 0)
        if widened:
            self.refresh()

    def tick(self) -> None:
        """Repaint the ages on screen that read otherwise than they were drawn."""
        for index in self.visible_rows:
            event = self.rows[index]
            if self._ages.get(event.uid) != self._age(event):
                self.refresh_cells(index, 1, _AGE)

    def _age(self, event: EventRecord) -> str:
        if event.time is None:
            return ""
        return format_age(max(0.0, (self._now() - event.time).total_seconds()))

    @property
    def is_cut(self) -> bool:
        """Whether the message of the event under the cursor is cut."""
        event = self.selected
        if event is None or not self.size:
            return False
        drawn = self.draw_row(event, self.cursor, self.size.width)[-1][0]
        return drawn != redact_text(clean_line(event.message))

    def draw_row(self, row: EventRecord, index: int, width: int) -> list[Part]:
        warning = _is_warning(row)
        dim, plain = self.style("line--dim"), Style.null()
        age = self._ages[row.uid] = self._age(row)
        look = self.style("line--warn") if warning else plain
        parts: list[Part] = [
            (" " + pad_left(age, _AGE) + " ", dim),
            ("▲ " if warning else "  ", look),
            (pad(row.reason, self._reason) + "  ", look if warning else plain),
        ]
        room = width - sum(cell_len(text) for text, _ in parts)
        about = min(self._object, max(12, room // 3))
        if width >= _WIDE:
            parts.append((pad(cut_middle(_about(row), about), about) + "  ", dim))
        if row.count > 1:
            parts.append((f"×{row.count} ", dim))
        room = max(1, width - width_of(parts) - 1)
        parts.append((cut_middle(redact_text(clean_line(row.message)), room), look))
        return parts

    @property
    def selected_text(self) -> str:
        """The event under the cursor as one line of text."""
        event = self.selected
        if event is None:
            return ""
        time = event.time.isoformat() if event.time else ""
        return f"{time} {event.type} {event.reason} {_about(event)} {event.message}".strip()


def _is_warning(event: EventRecord) -> bool:
    return event.type != "Normal"


def _about(event: EventRecord) -> str:
    return f"{event.kind.lower()}/{event.name}"
