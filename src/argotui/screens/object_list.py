"""What the lists of objects have in common: rows, live, with a filter; and why there are none."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from textual import on

from argotui.backend.freshness import Link
from argotui.backend.throttle import Throttle
from argotui.model.counted import counted, none_of
from argotui.model.patterns import parse_pattern
from argotui.screens.messages import key
from argotui.screens.object_reader import ObjectReader
from argotui.screens.table_screen import TableScreen
from argotui.widgets.notice import Message
from argotui.widgets.table.columns import Column, natural_widths
from argotui.widgets.table.virtual_table import VirtualTable

if TYPE_CHECKING:
    from datetime import datetime

    from argotui.backend.store import StoreChanges
    from argotui.widgets.status import Parts

K = TypeVar("K", bound=Hashable)
Row = TypeVar("Row")
Shown = TypeVar("Shown")
Reader = TypeVar("Reader", bound=ObjectReader[Any])


class ObjectListScreen(TableScreen[K, Shown], Generic[K, Row, Shown, Reader]):
    """Base of the lists of objects: a row by its key, and what the table draws of a row.

    A screen calls `start_reading` when it is mounted. Its `put_in_order` ends with `show_rows`.
    """

    THING: ClassVar[str]
    """What one object is called."""
    CREATE: ClassVar[str]
    """The command that creates one."""
    REFRESH: ClassVar[str]
    """The id of the action that reads everything again."""
    NO_MATCH: ClassVar[str] = "does not match the filter."
    """What is said of the only object if the filter hides it."""

    def __init__(
        self, columns: Sequence[Column[Shown]], filter_text: str, *, rest: float = 0.0
    ) -> None:
        """Raise FilterError if the filter cannot be read; `rest` is that of a Throttle."""
        super().__init__()
        if filter_text:
            parse_pattern(filter_text)
        self.filter_text = filter_text
        self.table: VirtualTable[K, Shown] = VirtualTable(columns, self._shown_of)
        self._rows: dict[K, Row] = {}
        self._total = 0
        self._reader: Reader | None = None
        self._publish = Throttle(
            self.set_timer, self.reorder, lambda: self.console.settings.refresh_hz, rest=rest
        )

    # What a screen provides.

    def shown(self, row: Row, now: datetime) -> Shown:
        """Return what the table draws of a row."""
        raise NotImplementedError

    def order_parts(self) -> Parts:
        """Return what the status line says about the order of the rows, or the row under the
        cursor."""
        raise NotImplementedError

    def open_object(self, row: Row) -> None:
        """Open the screen of one object."""
        raise NotImplementedError

    # What a screen reads.

    def start_reading(self, reader: Reader) -> None:
        """Read in the background, and show the rows after each change."""
        self._reader = reader
        reader.listen(self._publish)
        reader.start()
        self.put_in_order()

    @property
    def reader(self) -> Reader:
        """What the screen reads; there is one once it is mounted."""
        if self._reader is None:
            raise RuntimeError("the screen is not mounted")
        return self._reader

    def store_changed(self, changes: StoreChanges) -> None:
        self._publish()

    # What is shown.

    def show_rows(self, rows: dict[K, Row], total: int, columns: Sequence[Column[Shown]]) -> None:
        """Show these rows of all `total` objects, or why there are none."""
        self._rows, self._total = rows, total
        now = self.session.clock.now()
        self.table.set_columns(columns)
        self.table.set_natural(
            natural_widths(columns, (self.shown(row, now) for row in rows.values()))
        )
        self.table.set_rows(list(rows))
        self.table.refresh_visible()
        self.show_notice(self._message())
        error = self.reader.error
        stale = total > 0 and self.reader.freshness.link is not Link.LIVE
        self._banner.show(f"! Not live: {error.title}" if error and stale else "")
        self.refresh_chrome()

    def _shown_of(self, identity: K) -> Shown | None:
        row = self._rows.get(identity)
        return self.shown(row, self.session.clock.now()) if row is not None else None

    def _message(self) -> Message | None:
        """Return why there are no rows; None if there are rows."""
        if self._rows:
            return None
        reader, keymap = self.reader, self.console.keymap
        place = self.session.namespace or "all namespaces"
        back = f"{key('go.back', keymap):7}  back to where you came from"
        again = f"{key(self.REFRESH, keymap):7}  try again"
        if self._total:
            every = f"{key('go.back', keymap):7}  show all of them again"
            title = none_of(self._total, self.THING, "matches the filter.", self.NO_MATCH)
            return Message("empty", title, self.filter_text, (every,))
        if (error := reader.error) is not None:
            kind = "forbidden" if reader.freshness.link is Link.FORBIDDEN else "broken"
            return Message(kind, error.title, error.detail, (error.hint, again, back))
        if not reader.complete:
            return Message("loading", f"Reading the {self.THING}s of {place} …", hints=(back,))
        create = f"{self.CREATE} makes one"
        title = f"There is no {self.THING} in {place}."
        return Message("empty", title, "", (create, again, back))

    def ticked(self) -> None:
        self.table.refresh_visible()

    def on_resize(self) -> None:
        self.table.refresh_visible()

    def status_parts(self) -> tuple[Parts, Parts]:
        left = self.order_parts()
        if self.filter_text:
            left = ((f"/{self.filter_text}", "strong"), ("   ", "chrome"), *left)
        return left, ((self.amount_text(), "chrome"),)

    def amount_text(self) -> str:
        """Return how many objects there are, and how many of them the filter shows."""
        count = counted(self._total, self.THING)
        shown = len(self._rows)
        return f"{shown} of {count}" if shown != self._total else count

    def filter_by(self, text: str) -> None:
        if text:
            parse_pattern(text)
        before = self.table.cursor_key
        self.filter_text = text
        self.put_in_order()
        self.to_hit(before)

    # What can be done.

    @property
    def chosen(self) -> Row | None:
        """The object under the cursor."""
        return self._rows.get(self.table.cursor_key) if self.table.cursor_key else None

    @on(VirtualTable.Opened)
    def _row_opened(self, message: VirtualTable.Opened) -> None:
        message.stop()
        self.action_open_object()

    def action_open_object(self) -> None:
        if (row := self.chosen) is not None:
            self.open_object(row)
