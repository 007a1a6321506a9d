"""The screen of several gates: first everything to send, then one result line for each gate."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial, partialmethod
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult

from argotui.backend.throttle import Throttle
from argotui.drawing.cells import cell_len
from argotui.errors import BackendError, ConfigError
from argotui.model.counted import counted
from argotui.model.gates.decision import Choice
from argotui.model.gates.form import Form
from argotui.model.gates.inbox import GateId, OpenGate
from argotui.model.gates.permission import Rules
from argotui.model.on_screen import OnScreen
from argotui.model.redact import redact_text
from argotui.model.sanitise import clean_line
from argotui.operations.gates.decide import Result
from argotui.operations.gates.decision_flow import ChosenGate, DecisionFlow, Pending
from argotui.operations.gates.review import Review
from argotui.operations.gates.several import review_several
from argotui.screens.bindings import bindings_for
from argotui.screens.gates.decision_lines import DecisionLines
from argotui.screens.gates.decision_texts import decision_hints
from argotui.screens.gates.several_texts import (
    countdown_texts,
    end_texts,
    form_of,
    is_unseen,
    known_of,
    outcome_state,
    questions,
    sending_texts,
    summary,
    values_of,
    with_values,
)
from argotui.screens.gates.texts import glance_facts
from argotui.screens.messages import key
from argotui.screens.table_screen import TableScreen
from argotui.widgets.background import background
from argotui.widgets.footer import Hint
from argotui.widgets.gates.enforcement_texts import enforcement_line
from argotui.widgets.gates.facts import GateFacts
from argotui.widgets.gates.form import GateForm
from argotui.widgets.gates.glance import GateGlance
from argotui.widgets.gates.several_columns import (
    COLUMNS,
    SeveralRow,
    SeveralState,
    columns_for,
    natural_widths,
    question_line,
)
from argotui.widgets.table.virtual_table import VirtualTable

if TYPE_CHECKING:
    from argotui.screens.console import GateNavigation
    from argotui.widgets.status import Parts


class DecisionsScreen(TableScreen[GateId, SeveralRow]):
    """Several decisions of one kind, each with its own request and its own write."""

    SCOPE = "decisions"
    BINDINGS = bindings_for(SCOPE)

    def __init__(self, gates: GateNavigation, items: Sequence[OpenGate], choice: Choice) -> None:
        super().__init__(cut_banner="end")
        self.gate_service = gates.gate_service
        self.choice = choice
        self.decision_lines = DecisionLines(self.show_status, self._focus_main)
        self.flow = DecisionFlow(
            self,
            self.decision_lines,
            partial(gates.send, asker=self),
            gates.drafts,
            self.gate_service.session,
        )
        self.form = Form(())
        self.reason = ""
        self.entries = {item.id: SeveralRow(item) for item in items}
        self._rules = Rules()
        self._draw_found = Throttle(
            self.set_timer, self._show_found, lambda: self.console.settings.refresh_hz
        )
        self.questions = OnScreen()
        """Which questions were on the screen; the same question of several gates counts once."""
        self.glance = GateGlance(3)
        self.form_view = GateForm()
        self.table: VirtualTable[GateId, SeveralRow] = VirtualTable(COLUMNS, self.entries.get)

    def compose_body(self) -> ComposeResult:
        yield from super().compose_body()
        yield self.glance
        yield self.form_view
        yield self.decision_lines.ask_line
        yield self.decision_lines.strip

    def on_mount(self) -> None:
        self.table.set_rows(list(self.entries))
        self.gate_service.enforcement_cache.listeners.add(self._enforcement_changed)
        self.draw()
        self.read()

    async def on_unmount(self) -> None:
        self.gate_service.enforcement_cache.listeners.discard(self._enforcement_changed)
        await self.flow.close()

    @background("decisions-review", exclusive=True)
    async def read(self) -> None:
        """Review all undecided gates, a few at a time."""
        self._want_enforcement()
        waiting = [entry.item for entry in self.entries.values() if not entry.state.ended]
        try:
            decision_context = self.gate_service.decision_context
        except ConfigError as error:
            for item in waiting:
                self._found(item, None, error.title)
            return
        self._rules = decision_context.rules
        trying, found = not self.session.read_only, self._found
        await review_several(
            decision_context, waiting, self.choice, found, values=self._values, trying=trying
        )

    def _found(self, item: OpenGate, review: Review | None, problem: str) -> None:
        """Update the row of a reviewed gate."""
        state = SeveralState.BLOCKED if problem else SeveralState.READY
        note = problem or known_of(review, self.choice)
        entry = SeveralRow(item, state, review=review, note=note, rules=self._rules)
        self.entries[item.id] = entry
        self.form = form_of(self.entries.values(), self.choice, self.form)
        self.entries[item.id] = self._filled(item.id, entry)
        if self.is_attached:
            self._draw_found()

    def _show_found(self) -> None:
        self.flow.touched()
        self._enforcement_changed()

    def _values(self, review: Review) -> dict[str, str] | None:
        return {} if self.choice is Choice.DENY else values_of(review, self.form)

    def _want_enforcement(self) -> None:
        if self.gate_service.freshness.trusted:
            self.gate_service.enforcement_cache.want(gate.key for gate in self.entries)

    def _enforcement_changed(self) -> None:
        if self.is_attached:
            self.draw()
            self.refresh_chrome()

    # Showing.

    def draw(self) -> None:
        """Update everything visible."""
        self.form = form_of(self.entries.values(), self.choice, self.form)
        for gate, entry in self.entries.items():
            self.entries[gate] = self._filled(gate, entry)
        entries = list(self.entries.values())
        self.questions.expect(questions(entries))
        self.table.set_columns(columns_for(entries))
        self.table.set_natural(natural_widths(entries))
        self.table.refresh_visible()
        self._draw_glance()
        self.form_view.show(self.form)
        self._banner.show(summary(self.choice, entries))

    def _filled(self, gate: GateId, entry: SeveralRow) -> SeveralRow:
        """Return an entry with the values to send now, and the enforcement of its gate."""
        if (review := entry.review) is None or entry.state.ended:
            return entry
        enforcement = self.gate_service.enforcement_cache.for_gate(
            gate.key.namespace, review.raw, gate.node_id
        )
        filled = with_values(entry, self._values(review), self.choice, self.form)
        return filled._replace(enforcement=enforcement)

    def _draw_glance(self) -> None:
        if self.flow.pending is not None:
            self.glance.display = False  # the names of the sent gates need its place
        elif (entry := self._under_cursor) is not None:
            review = entry.review
            gate, workflow = (review.gate, review.workflow) if review else (entry.item.gate, None)
            self.glance.glance(str(gate), glance_facts(gate, workflow))
            self._glanced()

    @property
    def _under_cursor(self) -> SeveralRow | None:
        return self.entries.get(self.table.cursor_key) if self.table.cursor_key else None

    @on(GateFacts.Seen)
    def _glanced(self, message: GateFacts.Seen | None = None) -> None:
        """Mark the question under the cursor as read once all of it was on the screen."""
        if (entry := self._under_cursor) is not None and self.glance.view.question_seen:
            self.questions.show(question_line(entry))
            self.refresh_chrome()

    @on(VirtualTable.WindowSettled)
    def _window_settled(self) -> None:
        """Mark the questions as read that are complete in the visible rows."""
        width = dict(self.table.columns_shown).get("asks", 0)
        for gate in self.table.visible_keys if self.is_current else ():
            question = question_line(self.entries[gate])
            if cell_len(question) <= width:
                self.questions.show(question)
        self.refresh_chrome()

    def status_parts(self) -> tuple[Parts, Parts]:
        reason = redact_text(clean_line(self.reason))
        left: Parts = (("reason  ", "chrome"), (reason, "text")) if self.reason else ()
        if not left and (entry := self._under_cursor) is not None and entry.enforcement is not None:
            left = ((enforcement_line(entry.enforcement), "chrome"),)
        return left, ((counted(len(self.entries), "gate"), "chrome"),)

    def moment_hints(self) -> tuple[Hint, ...]:
        if self.decision_lines.ask_line.asking or self.flow.pending is not None:
            return decision_hints("decisions.start", "send", self.console.keymap)
        return ()

    # What can be done.

    def reason_against(self, action_id: str) -> str | None:
        if self.flow.pending is not None and action_id not in (
            "decisions.start",
            "go.back",
            "go.quit",
        ):
            return "decisions are about to be sent; esc cancels them"
        if self.flow.sending and action_id.startswith("decisions."):
            return "decisions are being sent; esc stops before the next one"
        if action_id in ("decisions.left", "decisions.right"):
            return None if self.form.fields else "there is nothing to choose for all of them"
        if action_id == "decisions.start":
            return self._reason_against_starting()
        return None

    def _reason_against_starting(self) -> str | None:
        states = {entry.state for entry in self.entries.values()}
        if SeveralState.READING in states:
            return "they are still being read"
        if not self.gate_service.freshness.trusted:
            return "stale data: it unlocks once everything is live again"
        if SeveralState.READY in states:
            return self._reason_to_look_first()
        if SeveralState.INCOMPLETE in states:
            return "something is not chosen yet"
        return "none of them is left to decide"

    def _reason_to_look_first(self) -> str | None:
        more, left = key("decisions.more", self.console.keymap), len(self._unseen)
        return f"{more} shows {counted(left, 'question')} you have not seen" if left else None

    @property
    def _unseen(self) -> list[GateId]:
        """The gates to decide whose question was not on the screen."""
        return [gate for gate in self.entries if is_unseen(self.entries[gate], self.questions)]

    def action_decisions_more(self) -> None:
        if self.glance.view.left:
            self.glance.view.show_more()
        elif unseen := self._unseen:
            self.table.go_to(unseen[0])
        else:
            self.table.move_by(1)

    # Deciding.

    def action_decisions_start(self) -> None:
        if self.decision_lines.ask_line.asking:
            self.decision_lines.ask_line.answer()
        elif self.flow.too_soon:
            self.say("too soon after what you see changed; press again")
        elif self.flow.pending is not None:
            self.flow.send_now()
        else:
            chosen = tuple(
                ChosenGate(entry.review, self._values(entry.review) or {})
                for entry in self.entries.values()
                if entry.state is SeveralState.READY and entry.review is not None
            )
            self.flow.begin(Pending(self.choice, chosen, self._draft, self.reason))

    @property
    def _draft(self) -> tuple[frozenset[GateId], Choice]:
        return frozenset(self.entries), self.choice

    @property
    def _reason_question(self) -> str:
        return f"Why {self.choice.value} them? The reason is written into each:"

    def reason_question(self, pending: Pending) -> str:
        return self._reason_question

    def why_not_send(self, pending: Pending) -> str:
        return "" if self.gate_service.freshness.trusted else "the connection was lost"

    def flow_changed(self) -> None:
        """Hide the status line while the question or the countdown takes its place."""
        flow = self.flow
        for decided in (flow.pending, flow.sending):
            self.reason = (decided.reason if decided else "") or self.reason
        if self.is_attached:
            self.show_status(not (flow.asked or flow.pending))
            self._draw_glance()
            self.refresh_chrome()

    def show_countdown(self, pending: Pending, seconds: int) -> None:
        self.decision_lines.show(countdown_texts(pending, seconds))

    def show_sending(self, pending: Pending, gate: ChosenGate, left: int) -> None:
        self._put(gate.review, SeveralState.SENDING, "")
        self.decision_lines.show(sending_texts(gate, left))

    def show_outcome(
        self, pending: Pending, gate: ChosenGate, outcome: Result | BackendError
    ) -> None:
        self._put(gate.review, *outcome_state(outcome))

    def show_end(self, pending: Pending, not_sent: Sequence[ChosenGate]) -> None:
        for gate in not_sent:
            self._put(gate.review, SeveralState.NOT_SENT, "not sent: it was stopped before")
        if not_sent and not self.is_current and self.app.is_running:
            text = counted(len(not_sent), "decision was", "decisions were")
            text = f"{text} not sent: you left before"
            self.app.notify(text, severity="warning", markup=False)
        if self.is_attached:
            self.decision_lines.show(end_texts(self.entries.values()))
            self.draw()

    def show_cancelled(self, why: str) -> None:
        self.decision_lines.strip.hide()
        self.say(why)

    def _put(self, review: Review, state: SeveralState, note: str) -> None:
        for gate, entry in self.entries.items():
            if entry.review is review:
                self.entries[gate] = entry._replace(state=state, note=note)
        if self.is_attached:
            self.draw()

    def action_go_back(self) -> None:
        flow = self.flow
        if flow.cancel("nothing was sent"):
            return
        if flow.sending is not None and not flow.stopping:
            flow.stop()
            self.say("stopping before the next one; again: leave")
            return
        super().action_go_back()

    def on_screen_suspend(self) -> None:
        self.flow.cancel("nothing was sent: you left the screen")

    def on_screen_resume(self) -> None:
        self.flow.touched()

    def ticked(self) -> None:
        self._want_enforcement()
        if self.flow.pending is not None and not self.gate_service.freshness.trusted:
            self.flow.cancel("nothing was sent: the connection was lost")

    def connection_changed(self) -> None:
        if self.console.session_or_none is not None:
            self.ticked()

    @on(VirtualTable.CursorMoved)
    def _cursor_moved(self) -> None:
        self._draw_glance()
        self.refresh_chrome()

    def _turn(self, by: int) -> None:
        self.form.turn(by)
        self.draw()

    action_decisions_left = partialmethod(_turn, -1)
    action_decisions_right = partialmethod(_turn, 1)

    def action_decisions_reason(self) -> None:
        def answered(reason: str) -> bool:
            self.reason = reason
            self.flow_changed()
            return True

        self.flow.ask_reason(self._reason_question, self._draft, answered, self.reason)

    def action_decisions_open(self) -> None:
        if (gate := self.table.cursor_key) is not None:
            self.console.gates.open(gate.key, gate.node_id)

    def action_decisions_refresh(self) -> None:
        self.gate_service.enforcement_cache.refresh()
        self.read()
        self.say("reading them again")
