"""From a key to a decision: captured at the press, counted down, sent once, awaited."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from textual import work

from argotui.actions import ACTIONS
from argotui.errors import BackendError
from argotui.keymap import keys_of
from argotui.model.argo import Key
from argotui.model.gates.decision import Choice, Outcome
from argotui.model.gates.form import Form, shown_values
from argotui.model.gates.gate import GateKind
from argotui.model.sanitise import clean_line
from argotui.operations.gates.decide import Result
from argotui.operations.gates.review import Review
from argotui.screens.gates.countdown import count_down
from argotui.screens.gates.reading import GateReading
from argotui.screens.gates.texts import NEXT
from argotui.widgets.ask_line import AskLine
from argotui.widgets.cells import cut_middle
from argotui.widgets.gates.decision_strip import NO_BREAK, DecisionStrip
from argotui.widgets.header import freshness_text

if TYPE_CHECKING:
    from collections.abc import Mapping

GRACE = 0.5
"""Seconds after the screen or its content changed in which no key decides: it was meant for
something else."""

_KINDS = {
    Outcome.DECIDED: "good",
    Outcome.ALREADY_DECIDED: "doubt",
    Outcome.CHANGED: "doubt",
    Outcome.NOT_PERMITTED: "bad",
    Outcome.UNKNOWN: "bad",
}


@dataclass(frozen=True)
class Pending:
    """A decision as it was when the key was pressed; what is shown later is none of it."""

    choice: Choice
    seen: Review
    values: Mapping[str, str]
    reason: str = ""


def verb_of(choice: Choice, kind: GateKind = GateKind.NODE) -> str:
    """Return what is about to be done."""
    if choice is Choice.DENY:
        return "DENYING"
    return "APPROVING" if kind is GateKind.NODE else "RESUMING"


class GateDeciding(GateReading):
    """The part of a gate's screen that decides; one decision at a time."""

    def __init__(self, key: Key, node_id: str) -> None:
        super().__init__(key, node_id)
        self.form = Form(())
        self.ask_line = AskLine()
        self.strip = DecisionStrip()
        self.pending: Pending | None = None
        """What is counted down."""
        self.sending: Pending | None = None
        self.result: Result | None = None
        self.must_look = False
        """Whether the last outcome is unknown and nobody looked since."""
        self._asked: Pending | None = None
        self._touched_at = float("-inf")

    # What holds a decision back.

    def touched(self) -> None:
        """Begin the time in which no key decides."""
        self._touched_at = self.session.clock.monotonic()

    @property
    def asks_reason(self) -> bool:
        """Whether a reason is being typed."""
        return self._asked is not None

    @property
    def too_soon(self) -> bool:
        return self.session.clock.monotonic() - self._touched_at < GRACE

    def reason_against_deciding(self, choice: Choice) -> str | None:
        """Return why a choice cannot be made now, or None if it can."""
        if self.sending is not None:
            return "a decision is under way"
        if self.pending is not None:
            return "a decision is about to be sent; esc cancels it"
        if closed := self.closed:
            return f"already decided: {closed}"
        if self.seen is None:
            return "the gate was not read yet"
        if self.must_look:
            again = keys_of(ACTIONS["gate.refresh"], self.console.keymap)[0]
            return f"the last outcome is unknown: look again first ({again})"
        if not self.trusted:
            return f"stale data ({self.freshness_words}): it unlocks once the gate is read again"
        permission = self.seen.permission(choice)
        if permission.blocked:
            return "; ".join(permission.blocked)
        if refused := self.refused.get(choice):
            return f"the cluster refuses it: {refused}"
        return self.unseen(choice) or None

    def unseen(self, choice: Choice) -> str:
        """Return what of the gate must be on the screen before it is decided, empty once it was."""
        return ""

    @property
    def freshness_words(self) -> str:
        """How fresh the workflow is, in words."""
        if self.feed is None:
            return "connecting"
        freshness = self.feed.freshness
        if freshness.trusted:
            return f"not read again: {self.error.title}" if self.error else "being read again"
        return freshness_text(freshness, self.session.clock.monotonic())[0]

    # From the key to the wire.

    def begin(self, choice: Choice) -> None:
        """Capture what is shown and set out to decide it."""
        seen = self.seen
        if seen is None:
            return
        if self.too_soon:
            self.say(f"{choice.value}: too soon after what you see changed; press again")
            return
        if choice is Choice.APPROVE and (problem := self.form.go_to_problem()):
            self.say(f"{choice.value}: {problem}")
            self.draw()
            return
        values = self.form.values if choice is Choice.APPROVE else {}
        pending = Pending(choice, seen, values)
        if not seen.permission(choice).needs_reason:
            self._count_down(pending)
            return
        self._asked = pending
        self._ask_reason(pending)
        self._hold_status()

    def _ask_reason(self, pending: Pending, lead: str = "") -> None:
        choice, seen = pending.choice, pending.seen
        why = "; ".join(seen.permission(choice).reason_for) if choice is Choice.APPROVE else ""
        about = f" ({why})" if why else ""
        question = f"{lead}Why {choice.value} {self._name_of(seen)}?{about}"
        drafts, what = self.console.gates, _draft_of(pending)
        self.ask_line.ask(
            question,
            self._reason_given,
            self._reason_withheld,
            text=drafts.drafts.get(what, ""),
            typed=partial(drafts.keep_draft, what),
        )

    def _reason_given(self, reason: str) -> bool:
        pending = self._asked
        if pending is None:
            return True
        if not reason:
            self._ask_reason(pending, "A reason is needed. ")
            return False
        self._asked = None
        self._count_down(replace(pending, reason=reason))
        return True

    def _reason_withheld(self) -> None:
        self._asked = None
        self._release_status()
        self.say("nothing was sent")

    def _count_down(self, pending: Pending) -> None:
        countdown = self.session.settings.gates.countdown
        self.result = None
        self.say("")
        if countdown <= 0:
            self._send(pending)
            return
        self.pending = pending
        self.touched()
        self._hold_status()
        self._wait_out(pending, countdown)

    @work(group="gate-countdown", exclusive=True, exit_on_error=False)
    async def _wait_out(self, pending: Pending, seconds: float) -> None:
        async for left in count_down(self.session.clock, seconds):
            if self.pending is not pending:
                return
            self._show_countdown(pending, left)
        if self.pending is pending:
            self._send(pending)

    def _show_countdown(self, pending: Pending, left: int) -> None:
        verb = verb_of(pending.choice, pending.seen.gate.kind)
        text = f"{self._name_of(pending.seen)}{_with(pending)} in{NO_BREAK}{left}s"
        self.strip.show(pending.choice.value, verb, text)

    @staticmethod
    def _name_of(seen: Review) -> str:
        gate = seen.gate
        workflow = cut_middle(gate.key.name, 40)
        if gate.kind is GateKind.WORKFLOW:
            return workflow
        return f"{cut_middle(clean_line(gate.name), 40)} of {workflow}"

    def send_now(self) -> None:
        """Send what is counted down without waiting."""
        if self.pending is not None and not self.too_soon:
            self._send(self.pending)

    def cancel(self, why: str) -> bool:
        """Give up what was not sent yet; say whether there was anything."""
        asked, pending = self._asked, self.pending
        self._asked = self.pending = None
        if self.ask_line.asking:
            self.ask_line.close()
            self._focus_main()
        if asked is None and pending is None:
            return False
        self.workers.cancel_group(self, "gate-countdown")
        self.strip.hide()
        self._release_status()
        self.say(why)
        self.refresh_chrome()
        return True

    def _send(self, pending: Pending) -> None:
        self.pending = None
        if not self.trusted or self.seen is None or self.seen.request != pending.seen.request:
            self.pending = pending
            self.cancel("nothing was sent: what you decided on is not what is there now")
            return
        self.sending = pending
        self.strip.show("doubt", "SENDING", f"{self._name_of(pending.seen)}{_with(pending)}")
        task = self.console.gates.send(
            pending.seen, pending.choice, pending.values, pending.reason, self
        )
        self._await_outcome(pending, task)
        self.refresh_chrome()

    @work(group="gate-decision", exit_on_error=False)
    async def _await_outcome(self, pending: Pending, task: asyncio.Task[Result]) -> None:
        try:
            result = await asyncio.shield(task)
        except BackendError as error:
            self._failed(error)
        else:
            if result.outcome is Outcome.DECIDED:
                self.console.gates.keep_draft(_draft_of(pending), "")
            self._came_out(result)
        finally:
            self.sending = None
        self.look()
        self.draw()
        self.refresh_chrome()

    def _failed(self, error: BackendError) -> None:
        self._release_status()
        self.strip.show("bad", "✖ nothing was sent:", error.title)
        self.console.show_error(error)

    def _came_out(self, result: Result) -> None:
        self.result = result
        self.must_look = result.outcome is Outcome.UNKNOWN
        self._release_status()
        kind = _KINDS[result.outcome]
        glyph = {"good": "✔", "bad": "✖"}.get(kind, "‖")
        word = result.outcome.value
        self.strip.show(
            kind, f"{glyph} {word}:", f"{clean_line(result.detail)}. {NEXT[result.outcome]}"
        )
        self.touched()
        self.show_result()

    def show_result(self) -> None:
        """Bring the outcome into view."""

    def content_changed(self, why: str) -> None:
        self.touched()
        if why:
            self.cancel(f"nothing was sent: {why}")

    def gate_closed(self) -> None:
        self.cancel(f"nothing was sent: {self.closed}")

    def trust_lost(self) -> None:
        self.cancel("nothing was sent: the connection was lost")

    def on_screen_resume(self) -> None:
        self.touched()

    def on_screen_suspend(self) -> None:
        self.cancel("nothing was sent: you left the screen")

    # The strip takes the place of the status line: nothing else moves.

    def _hold_status(self) -> None:
        self._status.display = False

    def _release_status(self) -> None:
        self._status.display = True


def _draft_of(pending: Pending) -> tuple[str, str, Choice]:
    """Return what a typed reason is kept for: the gate and the choice."""
    request = pending.seen.request
    return request.uid, pending.seen.gate.node_id, pending.choice


def _with(pending: Pending) -> str:
    if pending.choice is Choice.DENY:
        return ""
    return f" with {shown_values(pending.values)}" if pending.values else ""
