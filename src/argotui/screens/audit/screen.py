"""`:audit`: the decisions made on this machine, newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on

from argotui.backend.audit.record import Recorded
from argotui.model.counted import counted, none_of
from argotui.model.workflows.filters import Filter
from argotui.operations.audit.decisions import DecisionLog, matches_decision, parse_decision_filter
from argotui.screens.audit.decision import DecisionScreen
from argotui.screens.audit.reading import (
    Reader,
    open_gate,
    open_workflow,
    why_not,
)
from argotui.screens.bindings import bindings_for
from argotui.screens.messages import key
from argotui.screens.table_screen import TableScreen
from argotui.widgets.audit.columns import COLUMNS, columns_for, natural_widths
from argotui.widgets.notice import Message
from argotui.widgets.table.virtual_table import VirtualTable

if TYPE_CHECKING:
    from argotui.widgets.status import Parts


class AuditScreen(TableScreen[str, Recorded]):
    """One row for each decision; the log is read again when it changes."""

    SCOPE = "audit"
    BINDINGS = bindings_for(SCOPE)

    def __init__(self, filter_text: str = "") -> None:
        super().__init__()
        self.filter_text = filter_text
        self._filter: Filter = parse_decision_filter(filter_text)
        self.table: VirtualTable[str, Recorded] = VirtualTable(COLUMNS, self._row_of)
        self._reader = Reader(self, self._show)

    def on_mount(self) -> None:
        self.table.set_sorted("when", True)
        self._reader.start()

    @property
    def decision_log(self) -> DecisionLog:
        """The log as of the last read."""
        return self._reader.decision_log or DecisionLog()

    def _row_of(self, decision: str) -> Recorded | None:
        return self.decision_log.decisions.get(decision)

    def _show(self) -> None:
        now = self.session.clock.now()
        decisions = self.decision_log.decisions
        rows = [each for each in decisions.values() if matches_decision(self._filter, each, now)]
        self.table.set_columns(columns_for(rows))
        self.table.set_natural(natural_widths(rows))
        self.table.set_rows([each.decision for each in rows])
        self.table.refresh_visible()
        message = self._message(len(rows))
        self.show_notice(message)
        problems = self.decision_log.problems
        verify = "`argotui audit verify` lists them"
        damage = (
            f"! The log is not as it was written: {counted(len(problems), 'problem')}; {verify}"
        )
        self._banner.show(damage if problems and message is None else "")
        self.refresh_chrome()

    def _message(self, shown: int) -> Message | None:
        reader, keymap = self._reader, self.console.keymap
        back = f"{key('go.back', keymap)}  back to where you came from"
        if reader.log is None or (reader.decision_log is None and reader.error is None):
            return Message("loading", "Reading the audit log …", hints=(back,))
        if reader.error is not None:
            return Message("broken", reader.error.title, reader.error.detail, (back,))
        if shown:
            return None
        if total := len(self.decision_log.decisions):
            every = f"{key('go.back', keymap)}  show all of them again"
            title = none_of(total, "decision", "matches the filter.", "does not match the filter.")
            return Message("empty", title, self.filter_text, (every,))
        title = "No decision was made on this machine yet."
        return Message("empty", title, str(reader.log.path), (back,))

    def ticked(self) -> None:
        if self.console.session_or_none is not None:
            self._reader.read()

    def on_resize(self) -> None:
        if self._reader.decision_log is not None:
            self._show()

    def status_parts(self) -> tuple[Parts, Parts]:
        if self.console.session_or_none is None:
            return (), ()
        decisions = self.decision_log.decisions
        total, shown = len(decisions), len(self.table.rows)
        where = {each.where for each in decisions.values()}
        spaces = {each.namespace for each in decisions.values()}
        said = [f"cluster {next(iter(where))}"] if len(where) == 1 else []
        said += [f"namespace {next(iter(spaces))}"] if len(spaces) == 1 else []
        left: Parts = ((f"all in {', '.join(said)}" if said else "the newest first", "chrome"),)
        if self.filter_text:
            left = ((f"/{self.filter_text}", "strong"), ("   ", "chrome"), *left)
        count = counted(total, "decision")
        right = f"{shown} of {count}" if shown != total else count
        if total and not self.decision_log.problems:
            right = f"✔ {counted(self.decision_log.head.seq, 'line')} as written   {right}"
        return left, ((right, "chrome"),)

    def filter_by(self, text: str) -> None:
        self._filter = parse_decision_filter(text)
        self.filter_text = text
        self._show()

    # What can be done.

    @property
    def chosen(self) -> Recorded | None:
        """The decision under the cursor."""
        return self._row_of(self.table.cursor_key) if self.table.cursor_key else None

    def reason_against(self, action_id: str) -> str | None:
        if not action_id.startswith("audit.") or action_id == "audit.refresh":
            return None
        each = self.chosen
        if each is None:
            return "no decision is under the cursor"
        return why_not(self, action_id.removeprefix("audit."), each)

    @on(VirtualTable.Opened)
    def _row_opened(self, message: VirtualTable.Opened) -> None:
        message.stop()
        self.action_audit_open()

    def action_audit_open(self) -> None:
        if (each := self.chosen) is not None:
            self.app.push_screen(DecisionScreen(each.decision))

    def action_audit_workflow(self) -> None:
        if (each := self.chosen) is not None:
            open_workflow(self, each)

    def action_audit_gate(self) -> None:
        if (each := self.chosen) is not None:
            open_gate(self, each)

    def action_audit_copy(self) -> None:
        if (each := self.chosen) is not None:
            self.console.copy(each.gate_name)
            self.say(f"copied {each.gate_name}")

    def action_audit_effect(self) -> None:
        if (each := self.chosen) is not None:
            self._reader.look_at_effect(each)

    def action_audit_refresh(self) -> None:
        self._reader.read(anyway=True)
        self.say("reading the log again")
