"""One gate: what is asked, what the policy says, and the keys that decide."""

from __future__ import annotations

from functools import partialmethod

from textual import on
from textual.app import ComposeResult
from textual.widget import Widget

from argotui.model.argo import Key
from argotui.model.counted import counted
from argotui.model.gates.decision import Choice
from argotui.model.gates.form import Form
from argotui.model.gates.lint import Severity
from argotui.model.gates.place import nodes_before
from argotui.model.redact import is_secret_name
from argotui.model.spelling import read_spelled, spelled
from argotui.operations.gates.cell_texts import SUSPENDED
from argotui.screens.base import bindings_for
from argotui.screens.gates.deciding import GateDeciding
from argotui.screens.gates.deciding_hints import deciding_hints
from argotui.screens.gates.messages import gate_message
from argotui.screens.gates.texts import GateView, gate_facts, lint_of
from argotui.screens.line_moves import LineMoves, Lines
from argotui.screens.messages import key
from argotui.screens.workflow.messages import freshness_parts
from argotui.widgets.footer import Hint
from argotui.widgets.gates.facts import GateFacts
from argotui.widgets.gates.form import GateForm
from argotui.widgets.gates.title import GateTitle, Parts
from argotui.widgets.line_view import LineView
from argotui.widgets.notice import Notice

_OF_FORM = frozenset(
    {"gate.left", "gate.right", "gate.next-field", "gate.previous-field", "gate.edit"}
    | {f"gate.choose-{number}" for number in range(1, 10)}
)
_LOOKS = {Choice.APPROVE: "good", Choice.DENY: "bad"}
_LEAVING = frozenset({"go.back", "go.quit", "gate.open"})
"""What can be done while a decision is counted down."""


class GateScreen(LineMoves, GateDeciding):
    """The screen of one gate; `node_id` is empty for a workflow suspended as a whole."""

    SCOPE = "gate"
    BINDINGS = bindings_for(SCOPE)

    def __init__(self, key: Key, node_id: str) -> None:
        super().__init__(key, node_id)
        self.title_bar = GateTitle()
        self.notice = Notice()
        self.facts = GateFacts()
        self.form_view = GateForm()
        self._lint_words = ""
        self._looking_again = False

    def compose_body(self) -> ComposeResult:
        yield self.title_bar
        yield self.notice
        yield self.facts
        yield self.form_view
        yield self.ask_line
        yield self.strip

    def on_mount(self) -> None:
        self.facts.open_key = key("gate.open", self.console.keymap)
        self.form_view.next_key = key("gate.next-field", self.console.keymap)
        self.draw()

    def main_widget(self) -> Widget | None:
        return self.facts

    # Showing.

    def draw(self) -> None:
        if not self.is_attached or self.feed is None:
            return
        message = gate_message(self, self.console.keymap)
        self.notice.show(message)
        self.facts.display = message is None
        self._draw_title()
        seen = self.seen
        if seen is None or message is not None:
            self.form_view.show(Form(()))
            return
        view = GateView(
            seen,
            self.now(),
            self.decision_context.rules,
            self.refused,
            self.precedents,
            self.precedents_problem,
            self.changes,
            self.result,
            self.closed,
            self.enforcement,
            self.workflow.nodes.get(self.node_id) if self.workflow and self.closed else None,
            self.session.read_only,
        )
        self.facts.inspect(f"{self.key}/{self.node_id}", gate_facts(view))
        open_form = self.form if not self.closed else Form(())
        self.form_view.show(open_form, revealing=self.facts.revealing)

    def _draw_title(self) -> None:
        seen, session = self.seen, self.session
        name = seen.gate.name if seen and seen.gate.node_id else ""
        if not name:
            node = self.workflow.nodes.get(self.node_id) if self.workflow else None
            name = (node.display_name if node else "") or ("gate" if self.node_id else SUSPENDED)
        right: list[tuple[str, str]] = []
        if record := self.record:
            right.append((f"{record.choice.done}  ", _LOOKS[record.choice]))
        elif self.closed:
            right.append(("closed  ", "bad"))
        elif self.seen is not None and not self.trusted:
            right.append(("locked  ", "bad"))
        if self._lint_words and not self.closed:
            right.append((f"{self._lint_words}  ", "bad"))
        if seen is not None:
            right.append((f"request {seen.request.short}", "dim"))
        if self.feed is not None:
            found = freshness_parts(self.feed.freshness, session.clock.monotonic())
            right += [("  ", "dim"), *found] if found else []
        place = f"{self.key.namespace} @ {session.cluster.context}"
        parts: Parts = tuple(right)
        self.title_bar.show(name, self.key.name, place, parts)

    def content_changed(self, why: str) -> None:
        seen = self.seen
        if seen is not None:
            enforcement = self.form.values if self.form.fields == seen.gate.supplied else {}
            current = self.form.current
            self.form = Form(seen.gate.supplied, enforcement)
            self.form.current = min(current, max(0, len(self.form.fields) - 1))
            traps = [each for each in lint_of(seen) if each.severity > Severity.INFO]
            self._lint_words = f"! {counted(len(traps), 'lint finding')}" if traps else ""
        super().content_changed(why)

    def looked(self) -> None:
        if self._looking_again and self.error is None:
            self.must_look = self._looking_again = False

    def show_result(self) -> None:
        self.draw()
        self.facts.cursor_home()

    def values_to_try(self) -> dict[str, str]:
        values = self.form.values
        for supplied in self.form.fields:
            if supplied.enum:
                values.setdefault(supplied.name, supplied.enum[0])
        return values

    def status_parts(self) -> tuple[Parts, Parts]:
        seen = self.seen
        if seen is None or self.closed:
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

    def unseen(self, choice: Choice) -> str:
        keymap = self.console.keymap
        if left := self.facts.left:
            return f"{key('gate.open', keymap)} shows {counted(left, 'line')} you have not seen"
        if choice is Choice.APPROVE and (left := self.form_view.left):
            what = counted(left, "field")
            return f"{key('gate.next-field', keymap)} shows {what} you have not seen"
        return ""

    def moment_hints(self) -> tuple[Hint, ...]:
        keymap = self.console.keymap
        if self.ask_line.asking:
            does = "send" if self.asks_reason else "take"
            return deciding_hints("gate.open", does, keymap)
        if self.pending is not None:
            return deciding_hints("gate.open", "send", keymap)
        return ()

    # What can be done.

    def reason_against(self, action_id: str) -> str | None:
        if self.pending is not None and action_id not in _LEAVING:
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

    @property
    def _form_has_secrets(self) -> bool:
        return any(is_secret_name(each.name) for each in self.form.fields)

    def _reason_against_filling(self, action_id: str) -> str | None:
        field = self.form.field
        if field is None or self.closed:
            return "there is nothing to fill in"
        if self.sending is not None:
            return "a decision is under way"
        if action_id == "gate.edit":
            return "choose with left and right" if field.enum else None
        if action_id in ("gate.next-field", "gate.previous-field"):
            return None if len(self.form.fields) > 1 else "there is one field only"
        return None if field.enum else "it takes any text: edit it"

    def action_gate_approve(self) -> None:
        self.begin(Choice.APPROVE)

    def action_gate_deny(self) -> None:
        self.begin(Choice.DENY)

    def action_gate_open(self) -> None:
        if self.ask_line.asking:
            self.ask_line.answer()
            return
        if self.pending is not None:
            self.send_now()
            return
        fact = self.facts.fact
        if self.facts.left and not self.closed:
            self.facts.show_more()
        elif fact is not None and fact.node:
            self.console.open_workflow(self.key, node=fact.node)
        else:
            self.facts.toggle_row()

    def action_go_back(self) -> None:
        if not self.cancel("nothing was sent"):
            super().action_go_back()

    def action_gate_refresh(self) -> None:
        self._looking_again = True
        if self.feed is not None:
            self.feed.refresh()
        self.enforcement_cache.refresh()
        self.enforcement_cache.want([self.key])
        self.look()
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

    def _choose(self, index: int) -> None:
        if not self.form.choose(index):
            self.say("there is no such choice")
        self.draw()

    action_gate_choose_1 = partialmethod(_choose, 0)
    action_gate_choose_2 = partialmethod(_choose, 1)
    action_gate_choose_3 = partialmethod(_choose, 2)
    action_gate_choose_4 = partialmethod(_choose, 3)
    action_gate_choose_5 = partialmethod(_choose, 4)
    action_gate_choose_6 = partialmethod(_choose, 5)
    action_gate_choose_7 = partialmethod(_choose, 6)
    action_gate_choose_8 = partialmethod(_choose, 7)
    action_gate_choose_9 = partialmethod(_choose, 8)

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

        self.ask_line.ask(
            f"{spelled(field.name)}:",
            written,
            self._filled,
            text=shown,
            secret=is_secret_name(field.name) and not self.facts.revealing,
        )
        self._hold_status()

    def _filled(self) -> None:
        self._release_status()
        self._focus_main()
        self.draw()

    def action_gate_logs(self) -> None:
        fact = self.facts.fact
        if fact is not None and fact.node:
            self.console.open_logs(self.key, fact.node)
            return
        workflow = self.workflow
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

    @property
    def lines(self) -> Lines:
        return self.facts

    @on(LineView.Chosen)
    def _row_chosen(self, message: LineView.Chosen) -> None:
        message.stop()

    @on(GateFacts.Seen)
    @on(GateForm.Seen)
    def _something_seen(self, message: GateFacts.Seen | GateForm.Seen) -> None:
        message.stop()
        self.facts.told()
        self.refresh_chrome()
        self.form_view.show(self.form_view.form, revealing=self.facts.revealing)

    @on(LineView.Moved)
    def _row_moved(self, message: LineView.Moved) -> None:
        message.stop()
        self.refresh_chrome()
