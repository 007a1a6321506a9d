"""The screen of one decision of the audit log."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.widget import Widget

from argotui.backend.audit.record import Recorded
from argotui.operations.audit.decisions import decision_facts
from argotui.screens.audit.reading import (
    Reader,
    open_gate,
    open_workflow,
    why_not,
)
from argotui.screens.base import ConsoleScreen
from argotui.screens.bindings import bindings_for
from argotui.widgets.inspector import Inspector

if TYPE_CHECKING:
    from argotui.widgets.status import Parts


class DecisionScreen(ConsoleScreen):
    """All entries of the log about one decision, and whether they are unchanged."""

    SCOPE = "decision"
    BINDINGS = bindings_for(SCOPE)
    CSS: ClassVar[str] = """
    DecisionScreen {
        layout: vertical;
        & > Inspector { height: 1fr; }
    }
    """

    def __init__(self, decision: str) -> None:
        super().__init__()
        self.decision = decision
        self.facts = Inspector()
        self._reader = Reader(self, self._show)

    def compose_body(self) -> ComposeResult:
        yield self.facts

    def on_mount(self) -> None:
        self._reader.start()

    def main_widget(self) -> Widget | None:
        return self.facts

    @property
    def recorded(self) -> Recorded | None:
        """The decision in the log."""
        decision_log = self._reader.decision_log
        return decision_log.decisions.get(self.decision) if decision_log else None

    def _show(self) -> None:
        each, decision_log = self.recorded, self._reader.decision_log
        if each is not None and decision_log is not None:
            facts = decision_facts(each, decision_log)
            self.facts.inspect(self.decision, facts, title=each.gate_name, kind="decision")
        self.refresh_chrome()

    def ticked(self) -> None:
        if self.console.session_or_none is not None:
            self._reader.read()

    def status_parts(self) -> tuple[Parts, Parts]:
        if self._reader.error is not None:
            return ((self._reader.error.title, "problem"),), ()
        return (("what the audit log of this machine says", "chrome"),), ()

    def reason_against(self, action_id: str) -> str | None:
        if not action_id.startswith("decision.") or action_id == "decision.refresh":
            return None
        each = self.recorded
        if each is None:
            return "it is not in the log"
        return why_not(self, action_id.removeprefix("decision."), each)

    # What can be done.

    def action_decision_unfold(self) -> None:
        self.facts.toggle_row()

    def action_decision_workflow(self) -> None:
        if (each := self.recorded) is not None:
            open_workflow(self, each)

    def action_decision_gate(self) -> None:
        if (each := self.recorded) is not None:
            open_gate(self, each)

    def action_decision_copy(self) -> None:
        if text := self.facts.copy_text():
            self.console.copy(text)
            self.say("copied the value")

    def action_decision_effect(self) -> None:
        if (each := self.recorded) is not None:
            self._reader.look_at_effect(each)

    def action_decision_refresh(self) -> None:
        self._reader.read(anyway=True)
        self.say("reading the log again")
