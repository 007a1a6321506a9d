"""What every screen that is a table has: moving, marking and sorting with the same keys."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

from textual.widget import Widget

from argotui.screens.base import ConsoleScreen
from argotui.widgets.table.virtual_table import VirtualTable

K = TypeVar("K", bound=Hashable)
R = TypeVar("R")


class TableScreen(ConsoleScreen, Generic[K, R]):
    """Base of the lists; a screen makes `table` and says how `sort_by` sorts."""

    table: VirtualTable[K, R]

    def main_widget(self) -> Widget | None:
        return self.table

    async def perform(self, action_id: str) -> None:
        self.table.hold_cursor()
        await super().perform(action_id)

    def to_hit(self, before: K | None) -> None:
        """After filtering: where the row that was under the cursor is left out, go to the first."""
        rows = self.table.rows
        if before is not None and rows and self.table.index_of(before) is None:
            self.table.go_to(rows[0])

    def sort_by(self, column: str) -> None:
        """Sort by a column; by the same again: the other way round."""

    def action_list_mark(self) -> None:
        self.table.toggle_mark()
        self.table.move_by(1)

    def action_list_mark_range(self) -> None:
        self.table.mark_range()

    def action_list_unmark(self) -> None:
        self.table.clear_marks()

    def action_move_down(self) -> None:
        self.table.move_by(1)

    def action_move_up(self) -> None:
        self.table.move_by(-1)

    def action_move_page_down(self) -> None:
        self.table.move_by(self.table.page)

    def action_move_page_up(self) -> None:
        self.table.move_by(-self.table.page)

    def action_move_top(self) -> None:
        self.table.go_top()

    def action_move_bottom(self) -> None:
        self.table.go_bottom()

    def action_sort_attention(self) -> None:
        self.sort_by("attention")

    def action_sort_name(self) -> None:
        self.sort_by("name")

    def action_sort_age(self) -> None:
        self.sort_by("age")

    def action_sort_phase(self) -> None:
        self.sort_by("phase")

    def action_sort_namespace(self) -> None:
        self.sort_by("namespace")

    def action_sort_template(self) -> None:
        self.sort_by("template")

    def action_sort_took(self) -> None:
        self.sort_by("took")

    def action_sort_progress(self) -> None:
        self.sort_by("progress")

    def action_sort_nodes(self) -> None:
        self.sort_by("nodes")

    def action_sort_message(self) -> None:
        self.sort_by("message")
