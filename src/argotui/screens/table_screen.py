"""What every screen that is a table has: marks, rows that stay while keys are pressed, and messages
instead of rows."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable
from typing import Generic, Literal, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.events import Key as KeyPress
from textual.timer import Timer
from textual.widget import Widget

from argotui.screens.base import ConsoleScreen
from argotui.widgets.notice import Banner, Message, Notice
from argotui.widgets.table.virtual_table import VirtualTable

K = TypeVar("K", bound=Hashable)
R = TypeVar("R")

STILL_SECONDS = 2.0
"""How long rows keep their places after a key."""


class TableScreen(ConsoleScreen, Generic[K, R]):
    """Base of the lists; a screen makes `table`.

    A list that changes by itself has `put_in_order`, and calls `reorder` instead of it.
    """

    table: VirtualTable[K, R]

    def __init__(self, *, cut_banner: Literal["middle", "end"] = "middle") -> None:
        super().__init__()
        self.order_waits = False
        """Whether the rows will change places as soon as no key is pressed."""
        self._banner = Banner(cut_banner)
        self._notice = Notice()
        self._key_at = float("-inf")
        self._still_timer: Timer | None = None

    def compose_body(self) -> ComposeResult:
        yield self._banner
        yield self._notice
        yield self.table

    def show_notice(self, message: Message | None) -> None:
        """Show a message instead of the rows, or the rows if it is None."""
        self._notice.show(message)
        self.table.display = message is None

    def put_in_order(self) -> None:
        """Show the rows that there are now, in their order."""
        raise NotImplementedError

    def reorder(self, *, at_once: bool = False) -> None:
        """Put the rows in order: at once, or when no key was pressed for `STILL_SECONDS`."""
        still_in = self._key_at + STILL_SECONDS - asyncio.get_running_loop().time()
        if at_once or still_in <= 0 or not self.table.rows:
            self.order_waits = False
            self.put_in_order()
            return
        self.order_waits = True
        if self._still_timer is None:
            self._still_timer = self.set_timer(still_in, self._reorder_now)

    def _reorder_now(self) -> None:
        self._still_timer = None
        if self.order_waits:
            self.reorder()
            self.refresh_chrome()

    def _key_pressed(self) -> None:
        self._key_at = asyncio.get_running_loop().time()

    def on_key(self, event: KeyPress) -> None:
        self._key_pressed()

    @on(VirtualTable.CursorMoved)
    def _cursor_was_moved(self) -> None:
        self._key_pressed()
        self.refresh_chrome()

    def main_widget(self) -> Widget | None:
        return self.table

    async def perform(self, action_id: str) -> None:
        self.table.hold_cursor()
        await super().perform(action_id)

    def to_hit(self, before: K | None) -> None:
        """Go to the first row if filtering left out `before`, which was under the cursor."""
        rows = self.table.rows
        if before is not None and rows and self.table.index_of(before) is None:
            self.table.go_to(rows[0])

    def action_list_mark(self) -> None:
        self.table.toggle_mark()
        self.table.move_by(1)

    def action_list_mark_range(self) -> None:
        self.table.mark_range()

    def action_list_unmark(self) -> None:
        self.table.clear_marks()
