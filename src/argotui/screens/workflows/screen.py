"""The list of workflows: the first screen."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from textual import on

from argotui.model.argo import Key
from argotui.model.counted import counted
from argotui.model.phases import FAILED, words_of_workflow
from argotui.model.workflow.operations import OperationTarget, target_of_summary
from argotui.model.workflows.filters import Filter, parse_filter
from argotui.model.workflows.listing import SORTS, Listing, order_of
from argotui.model.workflows.summary import Summary
from argotui.screens.bindings import bindings_for
from argotui.screens.console import InputProblem
from argotui.screens.messages import banner_text, connection_message, list_message
from argotui.screens.operations.keys import OperationKeys
from argotui.screens.table_screen import TableScreen
from argotui.screens.workflows.reasons import WITHOUT_SESSION, reason_against
from argotui.screens.workflows.status import (
    amount_text,
    cut_message,
    history_text,
    order_text,
)
from argotui.widgets.background import background
from argotui.widgets.notice import Message
from argotui.widgets.table.columns import Column
from argotui.widgets.table.virtual_table import VirtualTable
from argotui.widgets.workflows.columns import (
    COLUMNS,
    WorkflowRow,
    chosen_columns,
    natural_widths,
)

if TYPE_CHECKING:
    from argotui.backend.store import StoreChanges
    from argotui.widgets.prompt import Mode
    from argotui.widgets.status import Parts

REORDER_SECONDS = 5.0
"""How often rows are sorted again if time alone changes their order."""


class WorkflowsScreen(TableScreen[Key, WorkflowRow]):
    """All workflows of a namespace, or of all of them, live."""

    SCOPE = "workflows"
    BINDINGS = bindings_for(SCOPE)

    def __init__(self, sort: str = "attention", columns: Iterable[str] = ()) -> None:
        super().__init__()
        column, turned = order_of(sort)
        self.listing = Listing(column, turned=turned)
        self.columns = list(columns)
        """The ids of the chosen columns; empty for the usual ones."""
        self._filter = Filter()
        self._only_failed = False
        self._before_prompt: Key | None = None
        self._ordered_at = 0.0
        self._natural: dict[str, int] = {}
        self.table = VirtualTable((), self._row_of)
        self.operations = OperationKeys(self, self._operation_targets)

    def on_mount(self) -> None:
        self._show_columns()
        self._show_state()

    # What is shown.

    def _row_of(self, key: Key) -> WorkflowRow | None:
        session = self.console.session_or_none
        summary = session.store.get(key) if session else None
        return WorkflowRow(summary, self._now()) if summary is not None else None

    def _now(self) -> datetime:
        session = self.console.session_or_none
        return session.clock.now() if session else datetime.now(UTC)

    def place_changed(self) -> None:
        self.table.clear_marks()
        self.table.cursor_home()

    def connection_changed(self) -> None:
        session = self.console.session_or_none
        if session is None or len(session.store) == 0:
            self._rebuild()
        self._show_columns()
        self._show_state()

    def store_changed(self, changes: StoreChanges) -> None:
        session, now = self.session, self._now()
        if changes.reset:
            self.table.clear_marks()
        self.table.forget_marks({key for key in changes.changed if key not in session.store})
        if changes.reset or len(changes.changed) > len(session.store) // 2:
            # While the first rows come in, nobody has found a place among them yet.
            filling = len(session.store) > 2 * len(self.table.rows)
            self._rebuild(at_once=changes.reset or filling)
            return
        rows = [(key, session.store.get(key)) for key in changes.changed]
        if self._grow_natural(row for _, row in rows if row is not None):
            self.table.set_natural(self._natural)
        moved = [self.listing.update(key, row, now) for key, row in rows]
        if any(moved):
            self.reorder()
        self.table.refresh_rows(changes.changed)
        self._show_state()

    def ticked(self) -> None:
        if self.console.session_or_none is None:
            return
        due = self._loop_time() - self._ordered_at >= REORDER_SECONDS
        if self.listing.timed and due and not self.order_waits:
            self._rebuild(at_once=False)
        self.table.refresh_visible()
        self._show_state()

    def _rebuild(self, *, at_once: bool = True, measure: bool = True) -> None:
        """Sort and filter all rows again; show them at once, or when no key is pressed.

        With `measure` the rows may be others, so the widths of the columns are measured again.
        """
        session = self.console.session_or_none
        rows = session.store.summaries() if session else ()
        accepts = self._accepts if self._only_failed else self._filter.matches
        self.listing.accepts = accepts if self._filter or self._only_failed else None
        self.listing.timed_filter = self._filter.moves
        self.listing.rebuild(rows, self._now())
        if measure:
            self._natural = natural_widths(rows)
            self.table.set_natural(self._natural)
        self.reorder(at_once=at_once)
        if not at_once:
            self.table.refresh_visible()
        self._show_state()

    def _accepts(self, row: Summary, now: datetime) -> bool:
        if self._only_failed and FAILED.word not in words_of_workflow(row):
            return False
        return self._filter.matches(row, now)

    def _grow_natural(self, rows: Iterable[Summary]) -> bool:
        grown = {
            name: max(width, self._natural.get(name, 0))
            for name, width in natural_widths(rows).items()
        }
        changed = grown != self._natural
        self._natural = grown
        return changed

    def put_in_order(self) -> None:
        self._ordered_at = self._loop_time()
        self.table.set_sorted(self.listing.sort, self.listing.descending)
        self.table.set_rows(self.listing.keys)
        self._show_state()

    @staticmethod
    def _loop_time() -> float:
        return asyncio.get_running_loop().time()

    def _chosen_columns(self) -> list[Column[WorkflowRow]]:
        session = self.console.session_or_none
        everywhere = session is not None and session.namespace is None
        return chosen_columns(self.columns, all_namespaces=everywhere)

    def _show_columns(self) -> None:
        self.table.set_columns(self._chosen_columns())
        self.table.set_sorted(self.listing.sort, self.listing.descending)

    def _show_state(self) -> None:
        """Show rows, or why there are none; and over old rows how old they are."""
        session = self.console.session_or_none
        keymap = self.console.keymap
        message: Message | None
        if session is None:
            message = connection_message(self.console.connection, keymap)
        else:
            message = list_message(session, len(self.table.rows), self.filter_label, keymap)
        self.show_notice(message)
        shown = session is not None and message is None
        text, more = banner_text(session, keymap) if session and shown else ("", "")
        self._banner.show(text, more)

    @property
    def filter_label(self) -> str:
        """What restricts the list, as it could be typed."""
        parts = ["only failed"] if self._only_failed else []
        return " ".join([*parts, f"/{self.filter_text}"] if self.filter_text else parts)

    def status_parts(self) -> tuple[Parts, Parts]:
        session = self.console.session_or_none
        if session is None:
            message = self._notice.message
            return ((message.next, "chrome"),) if message else (), ()
        left: list[tuple[str, str]] = []
        if label := self.filter_label:
            left.append((label, "strong"))
        filtered = bool(left)
        right = amount_text(self.listing, len(session.store), self.table.marks, filtered=filtered)
        right += history_text(session.feed.history)
        waits = "   new order in a moment" if self.order_waits else ""
        room = self.size.width - sum(map(len, (self.filter_label, waits, right))) - 8
        for text, role in self._said_of_rows(room, filtered=filtered):
            left.append((f"{'   ' if left and not text.startswith(' ') else ''}{text}", role))
        if waits:
            left.append((waits, "chrome"))
        return tuple(left), ((right, "chrome"),)

    def _said_of_rows(self, room: int, *, filtered: bool) -> Parts:
        """What is missing of the row under the cursor, else how the rows are sorted."""
        if (message := self._notice.message) is not None:
            return ((message.next, "chrome"),) if message.next else ()
        columns = dict(self.table.columns_shown)
        key, store = self.table.cursor_key, self.session.store
        row = store.get(key) if key is not None else None
        order = order_text(self.listing, columns, filtered=filtered)
        # What a title would say stays; the usual order gives way to a message that is cut.
        kept: Parts = ((order, "chrome"),) if order and self.listing.sort != "attention" else ()
        room -= len(order) + 3 if kept else 0
        message_parts = cut_message(row, columns, self._now(), room, self.console.keymap)
        if not message_parts:
            return ((order, "chrome"),) if order else ()
        return (*kept, *message_parts)

    # The filter.

    def filter_by(self, text: str) -> None:
        self._filter = parse_filter(text)
        self.filter_text = text
        before = self.table.cursor_key
        self._rebuild(measure=False)
        self.to_hit(before)
        self.refresh_chrome()

    def action_go_filter(self) -> None:
        self._before_prompt = self.table.cursor_key
        super().action_go_filter()

    def prompt_given_up(self, mode: Mode, before: str) -> None:
        super().prompt_given_up(mode, before)
        if mode == "/" and self._before_prompt is not None:
            self.table.go_to(self._before_prompt)

    def start_clean(self, filter_text: str = "") -> InputProblem | None:
        self._only_failed = False
        return super().start_clean(filter_text)

    # What can be done.

    def reason_against(self, action_id: str) -> str | None:
        session = self.console.session_or_none
        if action_id == "list.retry":
            if session is None:
                return None if self.console.connection.error else "it is being made"
            return "connected" if session.feed.freshness.trusted else None
        if action_id == "list.copy" and self._notice.message is not None:
            return None
        if action_id in WITHOUT_SESSION:
            return None
        if session is None:
            return "not connected"
        group, _, name = action_id.partition(".")
        if group == "operation" and name != "menu":
            return self.operations.reason_against(name)
        return reason_against(action_id, session, self.table, self.console.keymap)

    @on(VirtualTable.Opened)
    def _row_opened(self, message: VirtualTable.Opened) -> None:
        self.action_list_open()

    @on(VirtualTable.TitleClicked)
    def _title_clicked(self, message: VirtualTable.TitleClicked) -> None:
        if message.column in SORTS:
            self.action_sort(message.column)

    @on(VirtualTable.WindowSettled)
    def _window_settled(self) -> None:
        session = self.console.session_or_none
        if session is None:
            return
        session.feed.want(self.table.visible_keys)
        at_end = self.table.scroll_offset.y + self.table.page >= len(self.table.rows)
        history = session.feed.history
        if at_end and not history.complete and not history.loading:
            self._read_history()

    @background("history", exclusive=True)
    async def _read_history(self) -> None:
        await self.session.feed.more_history()

    def action_list_open(self) -> None:
        if (key := self.table.cursor_key) is not None:
            self.console.open_workflow(key)

    def _chosen(self) -> list[Key]:
        """Return the marked workflows, those that a filter hides last; else that of the cursor."""
        if not (marks := self.table.marks):
            return [under] if (under := self.table.cursor_key) else []
        shown = [key for key in self.table.rows if key in marks]
        return shown + sorted(key for key in marks if key not in self.listing)

    def _operation_targets(self) -> list[OperationTarget]:
        rows = map(self.session.store.get, self._chosen())
        return [target_of_summary(row) for row in rows if row is not None]

    def action_operate(self, name: str) -> None:
        self.operations.begin(name)

    def action_list_logs(self) -> None:
        if keys := self._chosen():
            self.console.open_logs_of(keys)

    def action_list_gate(self) -> None:
        if self.table.marks:
            if why := self.console.gates.decide_at(self.table.marks):
                self.say(f"gate: {why}")
        elif (key := self.table.cursor_key) is not None and (
            why := self.console.gates.open_of(key)
        ):
            self.say(f"gate: {why}")

    def action_list_yaml(self) -> None:
        if (key := self.table.cursor_key) is not None:
            self.console.open_workflow(key, "yaml")

    def action_list_describe(self) -> None:
        if (key := self.table.cursor_key) is not None:
            self.console.open_workflow(key, "summary")

    def action_list_events(self) -> None:
        if (key := self.table.cursor_key) is not None:
            self.console.open_workflow(key, "events")

    def action_list_copy(self) -> None:
        if self._notice.message is not None:
            self.console.copy(self._notice.message.text)
            self.say("copied")
        elif self.table.marks:
            names = [key.name for key in self._chosen()]
            self.console.copy("\n".join(names))
            self.say(f"copied {counted(len(names), 'name')}")
        elif (key := self.table.cursor_key) is not None:
            self.console.copy(key.name)
            self.say(f"copied {key.name}")

    def action_list_failed(self) -> None:
        self._only_failed = not self._only_failed
        before = self.table.cursor_key
        self._rebuild(measure=False)
        self.to_hit(before)

    def action_list_all_namespaces(self) -> None:
        self.console.toggle_all_namespaces()

    def action_list_refresh(self) -> None:
        self.console.retry_connection()
        self.say("reading everything again")

    def action_list_retry(self) -> None:
        self.console.retry_connection()

    def all_columns(self) -> list[tuple[str, str, bool]]:
        """Return id, title and whether it is shown, of every column in order."""
        shown = {column.id for column in self._chosen_columns()}
        return [(name, column.title, name in shown) for name, column in COLUMNS.items()]

    def columns_chosen(self) -> None:
        """Show the chosen columns."""
        self._show_columns()

    def action_list_columns(self) -> None:
        from argotui.screens.dialogs.picker import ColumnPicker

        self.app.push_screen(ColumnPicker(self))

    def action_list_sort(self) -> None:
        from argotui.screens.dialogs.pickers import SortPicker

        self.app.push_screen(SortPicker(self.listing), self._sort_picked)

    def _sort_picked(self, column: str | None) -> None:
        if column is not None:
            self.action_sort(column)

    def action_go_back(self) -> None:
        if self._only_failed:
            self._only_failed = False
            self._rebuild()
        else:
            super().action_go_back()

    def action_sort(self, column: str) -> None:
        """Sort by a column; by the same again: the other way round."""
        self.listing.turned = not self.listing.turned if self.listing.sort == column else False
        self.listing.sort = column
        self._rebuild()
