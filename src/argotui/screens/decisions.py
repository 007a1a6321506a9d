"""Several gates at once: first all that would be sent, then one result line for each."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on, work
from textual.app import ComposeResult

from argotui.actions import ACTIONS
from argotui.backend.errors import BackendError
from argotui.keymap import keys_of
from argotui.model.decision import Choice, Outcome
from argotui.model.gate import Supplied
from argotui.model.gate_form import Form, prefilled, shown_values
from argotui.model.inbox import GateId, OpenGate
from argotui.model.redact import redact_text
from argotui.model.sanitise import clean_line
from argotui.operations.admission.policy import plain_refusal
from argotui.operations.preflight import refusal
from argotui.operations.review import Review, review
from argotui.screens.base import bindings_for
from argotui.screens.countdown import count_down
from argotui.screens.gate_deciding import GRACE, verb_of
from argotui.screens.table_screen import TableScreen
from argotui.widgets.ask_line import AskLine
from argotui.widgets.decision_columns import COLUMNS, Entry, State, natural_widths
from argotui.widgets.decision_strip import DecisionStrip
from argotui.widgets.gate_form import GateForm
from argotui.widgets.kept_words import kept_counts, kept_line
from argotui.widgets.notice import Banner
from argotui.widgets.virtual_table import VirtualTable

if TYPE_CHECKING:
    from argotui.operations.gatehouse import Gatehouse
    from argotui.widgets.status import Parts

AT_ONCE = 4
_RESULTS = {
    Outcome.DECIDED: State.DECIDED,
    Outcome.ALREADY_DECIDED: State.NOT_DECIDED,
    Outcome.CHANGED: State.NOT_DECIDED,
    Outcome.NOT_PERMITTED: State.NOT_DECIDED,
    Outcome.UNKNOWN: State.UNKNOWN,
}


def common_field(items: Sequence[OpenGate]) -> Supplied | None:
    """Return the one field with choices that is all there is to choose at the gates; else None."""
    open_fields = [
        [each for each in item.gate.supplied if prefilled(each) is None] for item in items
    ]
    found = [field for fields in open_fields for field in fields]
    if not found or any(len(fields) > 1 for fields in open_fields):
        return None
    first = found[0]
    same = all((each.name, each.enum) == (first.name, first.enum) for each in found)
    return first if same and first.enum else None


class DecisionsScreen(TableScreen[GateId, Entry]):
    """The summary of several decisions of one kind, each its own request and its own write."""

    SCOPE = "decisions"
    BINDINGS = bindings_for(SCOPE)
    CSS_PATH: ClassVar[Any] = "../widgets/gates.tcss"

    def __init__(self, items: Sequence[OpenGate], choice: Choice) -> None:
        super().__init__()
        self.choice = choice
        field = common_field(items) if choice is Choice.APPROVE else None
        self.form = Form([field] if field else [])
        self.reason = ""
        self.entries = {item.id: Entry(item) for item in items}
        self.pending: list[tuple[GateId, Review, dict[str, str]]] | None = None
        self.sending = False
        self._stop = False
        self._touched_at = float("-inf")
        self._banner = Banner()
        self.ask_line = AskLine()
        self.strip = DecisionStrip()
        self.form_view = GateForm()
        self.table: VirtualTable[GateId, Entry] = VirtualTable(COLUMNS, self.entries.get)

    def compose_body(self) -> ComposeResult:
        yield self._banner
        yield self.table
        yield self.form_view
        yield self.ask_line
        yield self.strip

    def on_mount(self) -> None:
        self.table.set_rows(list(self.entries))
        self.house.guards.listeners.add(self._kept_changed)
        self.draw()
        self.read()

    def on_unmount(self) -> None:
        if self.console.session_or_none is not None:
            self.house.guards.listeners.discard(self._kept_changed)

    @property
    def house(self) -> Gatehouse:
        return self.console.gates.house

    # Reading.

    @work(group="decisions-review", exclusive=True, exit_on_error=False)
    async def read(self) -> None:
        """Review every gate that is not decided yet, a few at a time."""
        self._want_kept()
        slots = asyncio.Semaphore(AT_ONCE)
        waiting = [gate for gate, entry in self.entries.items() if not entry.state.ended]

        async def one(gate: GateId) -> None:
            async with slots:
                self.entries[gate] = await self._reviewed(gate)
            self.touched()
            self.draw()

        await asyncio.gather(*(one(gate) for gate in waiting))
        self.refresh_chrome()

    async def _reviewed(self, gate: GateId) -> Entry:
        item = self.entries[gate].item
        try:
            desk = self.house.desk
            seen = await review(desk, gate.key, gate.node_id)
        except BackendError as error:
            return Entry(item, State.BLOCKED, note=error.title)
        if seen.request.uid != gate.uid or seen.gate.since != gate.since:
            return Entry(item, State.BLOCKED, note="it is another gate than the one you marked")
        blocked = "; ".join(seen.standing(self.choice).blocked)
        if not blocked and not self.session.read_only:
            trial = self._values(seen) or {}
            refused = await refusal(desk, seen, self.choice, trial)
            blocked = f"the cluster refuses it: {plain_refusal(refused)}" if refused else ""
        state = State.BLOCKED if blocked else State.READY
        return Entry(item, state, seen=seen, note=blocked, rules=desk.rules)

    def _values(self, seen: Review) -> dict[str, str] | None:
        """Return what would be sent for a gate; None where something is not chosen yet."""
        if self.choice is Choice.DENY:
            return {}
        values: dict[str, str] = {}
        for supplied in seen.gate.supplied:
            value = prefilled(supplied)
            if value is None and supplied.name in {field.name for field in self.form.fields}:
                value = self.form.value(supplied.name)
            if value is None:
                return None
            values[supplied.name] = value
        return values

    def _want_kept(self) -> None:
        if self.house.freshness.trusted:
            self.house.guards.want(gate.key for gate in self.entries)

    def _kept_changed(self) -> None:
        if self.is_attached:
            self.draw()
            self.refresh_chrome()

    # Showing.

    def touched(self) -> None:
        """Begin the time in which no key decides."""
        self._touched_at = self.session.clock.monotonic()

    @property
    def too_soon(self) -> bool:
        return self.session.clock.monotonic() - self._touched_at < GRACE

    def draw(self) -> None:
        """Bring what is visible up to date."""
        for gate, entry in self.entries.items():
            if (seen := entry.seen) is not None and not entry.state.ended:
                kept = self.house.guards.over(gate.key.namespace, seen.raw, gate.node_id)
                self.entries[gate] = self._with_values(entry, seen)._replace(kept=kept)
        self.table.set_natural(natural_widths(self.entries.values()))
        self.table.refresh_visible()
        self.form_view.show(self.form)
        self._banner.show(self._summary())

    def _with_values(self, entry: Entry, seen: Review) -> Entry:
        values = self._values(seen)
        if values is None:
            chosen = "choose below" if self.form.fields else "open it alone: more to fill in"
            state = entry.state if entry.state is State.BLOCKED else State.INCOMPLETE
            note = entry.note if entry.state is State.BLOCKED else chosen
            return entry._replace(state=state, note=note, values="")
        shown = shown_values(values)
        if entry.state is State.INCOMPLETE:
            entry = entry._replace(state=State.READY, note="")
        return entry._replace(values=shown)

    def _summary(self) -> str:
        states = [entry.state for entry in self.entries.values()]
        verb = "Approve" if self.choice is Choice.APPROVE else "Deny"
        count = f"{verb} {len(states)} gates, each on its own"
        ready, blocked = states.count(State.READY), states.count(State.BLOCKED)
        words = [count, f"{ready} ready"]
        if blocked:
            words.append(f"{blocked} cannot be")
        if incomplete := states.count(State.INCOMPLETE):
            words.append(f"{incomplete} not filled in")
        if ended := sum(state.ended for state in states):
            words.append(f"{states.count(State.DECIDED)} of {ended} decided")
        if kept := kept_counts([entry.kept for entry in self.entries.values()]):
            words.append(kept)
        return "   ".join(words)

    def status_parts(self) -> tuple[Parts, Parts]:
        reason = redact_text(clean_line(self.reason))
        left: Parts = (("reason  ", "chrome"), (reason, "text")) if self.reason else ()
        entry = self.entries.get(self.table.cursor_key) if self.table.cursor_key else None
        if not left and entry is not None and entry.kept is not None:
            left = ((kept_line(entry.kept), "chrome"),)
        return left, ((f"{len(self.entries)} gates", "chrome"),)

    # What can be done.

    def reason_against(self, action_id: str) -> str | None:
        if self.pending is not None and action_id not in ("decisions.start", "go.back", "go.quit"):
            return "decisions are about to be sent; esc cancels them"
        if self.sending and action_id.startswith("decisions."):
            return "decisions are being sent; esc stops before the next one"
        if action_id in ("decisions.left", "decisions.right"):
            return None if self.form.fields else "there is nothing to choose for all of them"
        if action_id == "decisions.start":
            return self._reason_against_starting()
        return None

    def _reason_against_starting(self) -> str | None:
        states = {entry.state for entry in self.entries.values()}
        if State.READING in states:
            return "they are still being read"
        if not self.house.freshness.trusted:
            return "stale data: it unlocks once everything is live again"
        if State.READY in states:
            return None
        if State.INCOMPLETE in states:
            return "something is not chosen yet"
        return "none of them is left to decide"

    def action_decisions_start(self) -> None:
        if self.too_soon:
            self.say("too soon after what you see changed; press again")
            return
        if self.pending is not None:
            self._start(self.pending)
            return
        chosen = []
        for gate, entry in self.entries.items():
            if entry.state is State.READY and entry.seen is not None:
                chosen.append((gate, entry.seen, self._values(entry.seen) or {}))
        if not self.reason and any(
            seen.standing(self.choice).needs_reason for _, seen, _ in chosen
        ):
            self._ask_reason(lambda: self._begin(chosen))
            return
        self._begin(chosen)

    def _begin(self, chosen: list[tuple[GateId, Review, dict[str, str]]]) -> None:
        countdown = self.session.settings.gates.countdown
        if countdown <= 0:
            self._start(chosen)
            return
        self.pending = chosen
        self.touched()
        self._status.display = False
        self._wait_out(chosen, countdown)
        self.refresh_chrome()

    @work(group="decisions-countdown", exclusive=True, exit_on_error=False)
    async def _wait_out(
        self, chosen: list[tuple[GateId, Review, dict[str, str]]], seconds: float
    ) -> None:
        keymap = self.console.keymap
        cancel = keys_of(ACTIONS["go.back"], keymap)[0]
        now = keys_of(ACTIONS["decisions.start"], keymap)[0]
        names = ", ".join(clean_line(seen.gate.name) for _, seen, _ in chosen)
        async for left in count_down(self.session.clock, seconds):
            if self.pending is not chosen:
                return
            verb = f"{verb_of(self.choice)} {len(chosen)}"
            text = f"in {left}s: {names}"
            self.strip.show(self.choice.value, verb, text, f"{cancel} cancel · {now} now")
        if self.pending is chosen:
            self._start(chosen)

    def _start(self, chosen: list[tuple[GateId, Review, dict[str, str]]]) -> None:
        self.pending = None
        self._status.display = True
        if not self.house.freshness.trusted:
            self.strip.hide()
            self.say("nothing was sent: the connection was lost")
            return
        self.sending, self._stop = True, False
        self._send_all(chosen)
        self.refresh_chrome()

    @work(group="decisions-send", exit_on_error=False)
    async def _send_all(self, chosen: list[tuple[GateId, Review, dict[str, str]]]) -> None:
        """Send one after the other; leaving, or esc, stops before the next one."""
        left = list(chosen)
        try:
            while left and not self._stop:
                gate, seen, values = left.pop(0)
                self._put(gate, State.SENDING, "")
                name = f"{clean_line(seen.gate.name)} of {seen.request.key.name}"
                self.strip.show("doubt", "SENDING", f"{name}, {len(left)} more to go")
                task = self.console.gates.send(seen, self.choice, values, self.reason, self)
                try:
                    result = await asyncio.shield(task)
                except BackendError as error:
                    self._put(gate, State.NOT_DECIDED, f"nothing was sent: {error.title}")
                else:
                    said = f"{result.outcome.value}: {result.detail}"
                    self._put(gate, _RESULTS[result.outcome], redact_text(clean_line(said)))
        finally:
            self.sending = False
            for gate, _, _ in left:
                self._put(gate, State.NOT_SENT, "not sent: it was stopped before")
            if left and not self.is_current and self.app.is_running:
                text = f"{len(left)} decisions were not sent: you left before"
                self.app.notify(text, severity="warning", markup=False)
        self._ended()

    def _put(self, gate: GateId, state: State, note: str) -> None:
        self.entries[gate] = self.entries[gate]._replace(state=state, note=note)
        if self.is_attached:
            self.draw()

    def _ended(self) -> None:
        states = [entry.state for entry in self.entries.values()]
        decided = states.count(State.DECIDED)
        rest = len(states) - decided
        kind = "good" if not rest else "doubt"
        verb = f"✔ {decided} decided" + ("," if rest else "")
        self.strip.show(kind, verb, f"{rest} not: each line says why" if rest else "")
        self.draw()
        self.refresh_chrome()

    def cancel(self, why: str) -> bool:
        """Give up what was not sent yet; say whether there was anything."""
        if self.ask_line.asking:
            self.ask_line.close()
            self._status.display = True
            self._focus_main()
        if self.pending is None:
            return False
        self.pending = None
        self.workers.cancel_group(self, "decisions-countdown")
        self.strip.hide()
        self._status.display = True
        self.say(why)
        self.refresh_chrome()
        return True

    def action_go_back(self) -> None:
        if self.cancel("nothing was sent"):
            return
        if self.sending and not self._stop:
            self._stop = True
            self.say("stopping before the next one; again: leave")
            return
        super().action_go_back()

    def on_screen_suspend(self) -> None:
        self.cancel("nothing was sent: you left the screen")

    def on_screen_resume(self) -> None:
        self.touched()

    def ticked(self) -> None:
        self._want_kept()
        if self.pending is not None and not self.house.freshness.trusted:
            self.cancel("nothing was sent: the connection was lost")

    def connection_changed(self) -> None:
        if self.console.session_or_none is not None:
            self.ticked()

    @on(VirtualTable.CursorMoved)
    def _cursor_moved(self) -> None:
        self.refresh_chrome()

    def action_decisions_left(self) -> None:
        self.form.turn(-1)
        self.draw()

    def action_decisions_right(self) -> None:
        self.form.turn(1)
        self.draw()

    def action_decisions_reason(self) -> None:
        self._ask_reason(lambda: None)

    def _ask_reason(self, then: Any) -> None:
        def answered(text: str) -> bool:
            self.reason = text
            self._status.display = True
            self._focus_main()
            if text:
                then()
            self.refresh_chrome()
            return True

        def given_up() -> None:
            self._status.display = True
            self._focus_main()

        question = f"Why {self.choice.value} them? The reason is written into each:"
        self.ask_line.ask(question, answered, given_up, text=self.reason)
        self._status.display = False

    def action_decisions_open(self) -> None:
        if (gate := self.table.cursor_key) is not None:
            self.console.gates.open(gate.key, gate.node_id)

    def action_decisions_refresh(self) -> None:
        self.house.guards.refresh()
        self.read()
        self.say("reading them again")
