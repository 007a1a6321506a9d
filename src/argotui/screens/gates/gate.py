"""The screen of one gate: question, verdict, and the keys that decide."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.widget import Widget

from argotui.errors import BackendError
from argotui.model.argo import Key
from argotui.model.counted import counted
from argotui.model.findings import Severity
from argotui.model.gates.decision import Choice
from argotui.model.gates.form import Form
from argotui.model.gates.place import nodes_before
from argotui.model.redact import is_secret_name
from argotui.model.spelling import read_spelled, spelled
from argotui.operations.gates.decide import Result
from argotui.operations.gates.decision_flow import ChosenGate, DecisionFlow, Pending
from argotui.operations.gates.gate_watch import GateUpdate, GateWatch
from argotui.screens.base import ConsoleScreen
from argotui.screens.bindings import bindings_for
from argotui.screens.gates.decision_lines import DecisionLines
from argotui.screens.gates.decision_texts import (
    countdown_texts,
    decision_hints,
    error_texts,
    outcome_texts,
    reason_question,
    sending_texts,
)
from argotui.screens.gates.gate_title import title_of, title_parts
from argotui.screens.gates.messages import gate_message
from argotui.screens.gates.reasons import reason_against_deciding
from argotui.screens.gates.texts import gate_facts, lint_of, view_of
from argotui.screens.messages import key
from argotui.widgets.footer import Hint
from argotui.widgets.gates.facts import GateFacts
from argotui.widgets.gates.form import GateForm
from argotui.widgets.gates.title import GateTitle, Parts
from argotui.widgets.line_view import LineView
from argotui.widgets.notice import Notice

if TYPE_CHECKING:
    from argotui.screens.console import GateNavigation

_OF_FORM = frozenset(
    {"gate.left", "gate.right", "gate.next-field", "gate.previous-field", "gate.edit"}
    | {f"gate.choose-{number}" for number in range(1, 10)}
)
_LEAVING = frozenset({"go.back", "go.quit", "gate.open"})
"""The actions that work during a countdown."""


class GateScreen(ConsoleScreen):
    """The screen of one gate; `node_id` is empty for a workflow suspended as a whole."""

    SCOPE = "gate"
    BINDINGS = bindings_for(SCOPE)

    def __init__(self, gates: GateNavigation, key: Key, node_id: str) -> None:
        super().__init__()
        self.key = key
        self.node_id = node_id
        service = gates.gate_service
        self.gate_watch = GateWatch(service, key, node_id, self._gate_changed, self._values_to_try)
        self.decision_lines = DecisionLines(self.show_status, self._focus_main)
        send = partial(gates.send, asker=self)
        self.flow = DecisionFlow(self, self.decision_lines, send, gates.drafts, service.session)
        self.form = Form(())
        self.title_bar = GateTitle()
        self.notice = Notice()
        self.facts = GateFacts()
        self.form_view = GateForm()
        self._lint_words = ""
        self._refreshing = False

    def compose_body(self) -> ComposeResult:
        yield self.title_bar
        yield self.notice
        yield self.facts
        yield self.form_view
        yield self.decision_lines.ask_line
        yield self.decision_lines.strip

    def on_mount(self) -> None:
        self.facts.open_key = key("gate.open", self.console.keymap)
        self.form_view.next_key = key("gate.next-field", self.console.keymap)
        self.gate_watch.start()
        self.draw()

    async def on_unmount(self) -> None:
        await self.flow.close()
        await self.gate_watch.close()

    def main_widget(self) -> Widget | None:
        return self.facts

    # Showing.

    def draw(self) -> None:
        """Update everything visible."""
        if not self.is_attached:
            return
        watch = self.gate_watch
        message = gate_message(watch, self.console.keymap)
        self.notice.show(message)
        self.facts.display = message is None
        self._draw_title()
        if watch.review is None or message is not None:
            self.form_view.show(Form(()))
            return
        view = view_of(watch, watch.review, self.flow.result, self.session.clock.now())
        self.facts.show_facts(f"{self.key}/{self.node_id}", gate_facts(view))
        open_form = self.form if not watch.closed else Form(())
        self.form_view.show(open_form, revealing=self.facts.revealing)

    def _draw_title(self) -> None:
        watch = self.gate_watch
        place = f"{self.key.namespace} @ {self.session.cluster.context}"
        parts = title_parts(watch, self._lint_words, self.session.clock.monotonic())
        self.title_bar.show(title_of(watch), self.key.name, place, parts)

    def _gate_changed(self, update: GateUpdate) -> None:
        """Cancel what rests on an older review, and draw the present state."""
        if not self.is_attached:
            return
        if update.is_new:
            self._take_review(update.why)
        if update.trust_lost:
            self.flow.cancel("nothing was sent: the connection was lost")
        if closed := self.gate_watch.closed:
            self.flow.cancel(f"nothing was sent: {closed}")
        if update.was_read and self._refreshing and self.gate_watch.error is None:
            self.flow.must_read = self._refreshing = False
        self.draw()
        self.refresh_chrome()

    def _take_review(self, why: str) -> None:
        review = self.gate_watch.review
        if review is not None:
            values = self.form.values if self.form.fields == review.gate.supplied else {}
            current = self.form.current
            self.form = Form(review.gate.supplied, values)
            self.form.current = min(current, max(0, len(self.form.fields) - 1))
            traps = [each for each in lint_of(review) if each.severity > Severity.INFO]
            self._lint_words = f"! {counted(len(traps), 'lint finding')}" if traps else ""
        self.flow.touched()
        if why:
            self.flow.cancel(f"nothing was sent: {why}")

    def _values_to_try(self) -> dict[str, str]:
        values = self.form.values
        for supplied in self.form.fields:
            if supplied.enum:
                values.setdefault(supplied.name, supplied.enum[0])
        return values

    def ticked(self) -> None:
        if self.is_mounted:
            self.gate_watch.tick(self.session.clock.now())
            self.draw()

    def on_screen_resume(self) -> None:
        self.flow.touched()

    def on_screen_suspend(self) -> None:
        self.flow.cancel("nothing was sent: you left the screen")

    def status_parts(self) -> tuple[Parts, Parts]:
        if self.gate_watch.review is None or self.gate_watch.closed:
            return (), ()
        left: list[tuple[str, str]] = []
        for choice in Choice:
            if reason := self.reason_against_deciding(choice):
                left = [(f"{choice.value}: {reason}", "chrome")]
                break
        covered = self.facts.covered
        note = f"{covered} covered · {key('gate.reveal', self.console.keymap)} shows"
        notes = ["secrets shown" if self.facts.revealing else note if covered else ""]
        if self.facts.below and not self.facts.left:
            notes.append(f"↓ {counted(self.facts.below, 'more line')}")
        right = "   ".join(note for note in notes if note)
        return tuple(left), ((right, "chrome"),) if right else ()

    def _reason_to_look_first(self, choice: Choice) -> str:
        """Return the hint to what must be on the screen before a decision, empty once it was."""
        keymap = self.console.keymap
        if left := self.facts.left:
            return f"{key('gate.open', keymap)} shows {counted(left, 'line')} you have not seen"
        if choice is Choice.APPROVE and (left := self.form_view.left):
            what = counted(left, "field")
            return f"{key('gate.next-field', keymap)} shows {what} you have not seen"
        return ""

    def moment_hints(self) -> tuple[Hint, ...]:
        keymap = self.console.keymap
        if self.decision_lines.ask_line.asking:
            does = "send" if self.flow.asked is not None else "take"
            return decision_hints("gate.open", does, keymap)
        if self.flow.pending is not None:
            return decision_hints("gate.open", "send", keymap)
        return ()

    # What can be done.

    def reason_against(self, action_id: str) -> str | None:
        if self.flow.pending is not None and action_id not in _LEAVING:
            return "a decision is about to be sent; esc cancels it"
        match action_id:
            case "gate.approve":
                return self.reason_against_deciding(Choice.APPROVE)
            case "gate.deny":
                return self.reason_against_deciding(Choice.DENY)
            case "gate.reveal":
                shown = self.facts.covered or self.facts.revealing or self._form_has_secrets
                return None if shown else "nothing is covered"
            case "gate.copy":
                return None if self.facts.fact else "there is nothing to copy"
            case _ if action_id in _OF_FORM:
                return self._reason_against_filling(action_id)
            case _:
                return None

    def reason_against_deciding(self, choice: Choice) -> str | None:
        """Return why a choice cannot be made now, or None if it can."""
        why = reason_against_deciding(self.gate_watch, self.flow, choice, self.console.keymap)
        return why or self._reason_to_look_first(choice) or None

    @property
    def _form_has_secrets(self) -> bool:
        return any(is_secret_name(each.name) for each in self.form.fields)

    def _reason_against_filling(self, action_id: str) -> str | None:
        field = self.form.field
        if field is None or self.gate_watch.closed:
            return "there is nothing to fill in"
        if self.flow.sending is not None:
            return "a decision is under way"
        if action_id == "gate.edit":
            return "choose with left and right" if field.enum else None
        if action_id in ("gate.next-field", "gate.previous-field"):
            return None if len(self.form.fields) > 1 else "there is one field only"
        return None if field.enum else "it takes any text: edit it"

    # Deciding.

    def action_gate_approve(self) -> None:
        self._decide(Choice.APPROVE)

    def action_gate_deny(self) -> None:
        self._decide(Choice.DENY)

    def _decide(self, choice: Choice) -> None:
        """Capture the visible review, and start its decision."""
        review = self.gate_watch.review
        if review is None:
            return
        if self.flow.too_soon:
            self.say(f"{choice.value}: too soon after what you see changed; press again")
            return
        if choice is Choice.APPROVE and (problem := self.form.go_to_problem()):
            self.say(f"{choice.value}: {problem}")
            self.draw()
            return
        values = self.form.values if choice is Choice.APPROVE else {}
        draft = (review.request.uid, review.gate.node_id, choice)
        self.say("")
        self.flow.begin(Pending(choice, (ChosenGate(review, values),), draft))

    def reason_question(self, pending: Pending) -> str:
        return reason_question(pending)

    def why_not_send(self, pending: Pending) -> str:
        """Return why a decision may not be sent now: it must be about the gate that is shown."""
        review, decided = self.gate_watch.review, pending.gates[0].review
        same = review is not None and review.request == decided.request
        return "" if self.gate_watch.trusted and same else "the gate is not what you decided on"

    def flow_changed(self) -> None:
        """Hide the status line while the question or the strip takes its place."""
        flow = self.flow
        busy = flow.asked or flow.pending or flow.sending
        if self.is_attached:
            self.show_status(not busy)
            self.refresh_chrome()

    def show_countdown(self, pending: Pending, seconds: int) -> None:
        self.decision_lines.show(countdown_texts(pending, seconds))

    def show_sending(self, pending: Pending, gate: ChosenGate, left: int) -> None:
        self.decision_lines.show(sending_texts(pending, gate))

    def show_outcome(
        self, pending: Pending, gate: ChosenGate, outcome: Result | BackendError
    ) -> None:
        if isinstance(outcome, Result):
            self.decision_lines.show(outcome_texts(outcome))
            self.draw()
            self.facts.cursor_home()
        else:
            self.decision_lines.show(error_texts(outcome))
            self.console.show_error(outcome)

    def show_end(self, pending: Pending, not_sent: Sequence[ChosenGate]) -> None:
        if self.is_attached:
            self.gate_watch.read()
            self.draw()

    def show_cancelled(self, why: str) -> None:
        self.decision_lines.strip.hide()
        self.say(why)

    # Other keys.

    def action_gate_open(self) -> None:
        if self.decision_lines.ask_line.asking:
            self.decision_lines.ask_line.answer()
            return
        if self.flow.pending is not None:
            self.flow.send_now()
            return
        fact = self.facts.fact
        if self.facts.left and not self.gate_watch.closed:
            self.facts.show_more()
        elif fact is not None and fact.node:
            self.console.open_workflow(self.key, node=fact.node)
        else:
            self.facts.toggle_row()

    def action_go_back(self) -> None:
        if not self.flow.cancel("nothing was sent"):
            super().action_go_back()

    def action_gate_refresh(self) -> None:
        self._refreshing = True
        self.gate_watch.refresh()
        self.say("reading again")

    def action_gate_left(self) -> None:
        self.form.turn(-1)
        self.draw()

    def action_gate_right(self) -> None:
        self.form.turn(1)
        self.draw()

    def action_gate_next_field(self) -> None:
        self.form.step(1)
        self.draw()

    def action_gate_previous_field(self) -> None:
        self.form.step(-1)
        self.draw()

    def action_gate_choose(self, number: int) -> None:
        if not self.form.choose(number - 1):
            self.say("there is no such choice")
        self.draw()

    def action_gate_edit(self) -> None:
        field = self.form.field
        if field is None:
            return

        value = self.form.value(field.name)
        shown = spelled(value) if value else ""

        def written(text: str) -> bool:
            self.form.write(read_spelled(text))
            self._filled()
            return True

        self.decision_lines.ask(
            f"{spelled(field.name)}:",
            written,
            self._filled,
            text=shown,
            secret=is_secret_name(field.name) and not self.facts.revealing,
        )

    def _filled(self) -> None:
        self.show_status(True)
        self.draw()

    def action_gate_logs(self) -> None:
        fact = self.facts.fact
        if fact is not None and fact.node:
            self.console.open_logs(self.key, fact.node)
            return
        workflow = self.gate_watch.workflow
        node = workflow.nodes.get(self.node_id) if workflow else None
        before = nodes_before(workflow, node) if workflow and node else []
        self.console.open_logs(self.key, before[0].id if before else None)

    def action_gate_yaml(self) -> None:
        self.console.open_workflow(self.key, "yaml")

    def action_gate_workflow(self) -> None:
        self.console.open_workflow(self.key, node=self.node_id)

    def action_gate_copy(self) -> None:
        if text := self.facts.copy_text():
            self.console.copy(text)
            self.say("copied")

    def action_gate_reveal(self) -> None:
        self.facts.reveal_secrets()
        self.draw()

    @on(LineView.Chosen)
    def _row_chosen(self, message: LineView.Chosen) -> None:
        message.stop()

    @on(GateFacts.Seen)
    @on(GateForm.Seen)
    def _something_seen(self, message: GateFacts.Seen | GateForm.Seen) -> None:
        message.stop()
        self.facts.acknowledge()
        self.refresh_chrome()
        self.form_view.show(self.form_view.form, revealing=self.facts.revealing)

    @on(LineView.Moved)
    def _row_moved(self, message: LineView.Moved) -> None:
        message.stop()
        self.refresh_chrome()
