"""Take decisions from a key press to their outcomes: grace, reason, countdown, send."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import AsyncIterator, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

from argotui.backend.backoff import cancel
from argotui.backend.clock import Clock
from argotui.backend.session import Session
from argotui.errors import BackendError
from argotui.model.gates.decision import Choice, Outcome
from argotui.model.gates.drafts import ReasonDrafts
from argotui.operations.gates.decide import Result
from argotui.operations.gates.review import Review

log = logging.getLogger(__name__)

GRACE = 0.5
"""Seconds after the screen or its content changed in which no key decides: the key was meant for
the earlier content."""

Send = Callable[[Review, Choice, Mapping[str, str], str], asyncio.Task[Result]]
"""Begin one decision that nothing cancels: review, choice, values, reason."""


@dataclass(frozen=True)
class ChosenGate:
    """A gate as it was when the key was pressed, and the values to send."""

    review: Review
    values: Mapping[str, str]


@dataclass(frozen=True)
class Pending:
    """The decisions of one key press; nothing that is shown later changes them.

    `draft` identifies the decisions: a reason that was typed and not sent is found by it.
    """

    choice: Choice
    gates: tuple[ChosenGate, ...]
    draft: Hashable
    reason: str = ""

    @property
    def needs_reason(self) -> bool:
        """Whether a reason is required and missing."""
        required = any(each.review.permission(self.choice).needs_reason for each in self.gates)
        return required and not self.reason


class LineAsker(Protocol):
    """Asks a person for one line."""

    def ask(
        self,
        question: str,
        answered: Callable[[str], bool],
        given_up: Callable[[], None],
        *,
        text: str,
        typed: Callable[[str], None],
    ) -> None:
        """Ask for one line; `answered` takes it and returns whether the question may close.

        `typed` takes the text whatever closes the question.
        """
        ...

    def stop_asking(self) -> None:
        """Close the question, if one is open."""
        ...


class DecisionView(Protocol):
    """What a screen shows of a `DecisionFlow`."""

    def reason_question(self, pending: Pending) -> str:
        """Return the question for the reason."""
        ...

    def why_not_send(self, pending: Pending) -> str:
        """Return why the decisions may not be sent now, empty if they may."""
        ...

    def flow_changed(self) -> None:
        """Show whether something is asked, counted down or sent."""
        ...

    def show_countdown(self, pending: Pending, seconds: int) -> None:
        """Show what will be sent in so many seconds."""
        ...

    def show_sending(self, pending: Pending, gate: ChosenGate, left: int) -> None:
        """Show which decision is being sent, and how many follow."""
        ...

    def show_outcome(
        self, pending: Pending, gate: ChosenGate, outcome: Result | BackendError
    ) -> None:
        """Show the result of one decision, or the error before which nothing was sent."""
        ...

    def show_end(self, pending: Pending, not_sent: Sequence[ChosenGate]) -> None:
        """Show that no decision is under way any more; the last ones may not have been sent."""
        ...

    def show_cancelled(self, why: str) -> None:
        """Show that nothing was sent, and why."""
        ...


async def count_down(clock: Clock, seconds: float) -> AsyncIterator[int]:
    """Yield the whole seconds that are left, each as it begins; end when the time is over."""
    end = clock.monotonic() + seconds
    while (left := end - clock.monotonic()) > 0:
        yield math.ceil(left)
        await clock.sleep(left - math.ceil(left) + 1)


class DecisionFlow:
    """Ask for a reason, count down, send one decision after the other; one flow per screen.

    At most one of `asked`, `pending` and `sending` is set. The session has the clock, and the
    setting `gates.countdown` in seconds; 0 sends at once.
    """

    def __init__(
        self,
        view: DecisionView,
        asker: LineAsker,
        send: Send,
        drafts: ReasonDrafts,
        session: Session,
    ) -> None:
        self.asked: Pending | None = None
        """The decisions whose reason is being typed."""
        self.pending: Pending | None = None
        """The decisions that are counted down."""
        self.sending: Pending | None = None
        """The decisions that are being sent."""
        self.result: Result | None = None
        """The last result, until the next countdown."""
        self.must_read = False
        """Whether the last outcome is unknown, and the gate was not read since."""
        self.stopping = False
        """Whether the decisions that are not sent yet stay unsent."""
        self._view = view
        self._asker = asker
        self._send = send
        self._drafts = drafts
        self._clock = session.clock
        self._seconds = session.settings.gates.countdown
        self._touched_at = float("-inf")
        self._countdown: asyncio.Task[None] | None = None
        self._sender: asyncio.Task[None] | None = None

    # Grace.

    def touched(self) -> None:
        """Begin the time in which no key decides."""
        self._touched_at = self._clock.monotonic()

    @property
    def too_soon(self) -> bool:
        """Whether a key would decide something that is only just on the screen."""
        return self._clock.monotonic() - self._touched_at < GRACE

    # Reason and countdown.

    def begin(self, pending: Pending) -> None:
        """Ask for the reason if one is missing, then count down."""
        if pending.needs_reason:
            self.asked = pending
            self.ask_reason(self._view.reason_question(pending), pending.draft, self._answered)
        else:
            self._count_down(pending)

    def ask_reason(
        self, question: str, draft: Hashable, answered: Callable[[str], bool], text: str = ""
    ) -> None:
        """Ask a question about a reason; it starts with `text`, else with the draft."""
        self._asker.ask(
            question,
            answered,
            self._given_up,
            text=text or self._drafts.get(draft),
            typed=partial(self._drafts.put, draft),
        )
        self._view.flow_changed()

    def _answered(self, reason: str) -> bool:
        asked = self.asked
        if asked is None:
            return True
        if not reason:
            question = f"A reason is needed. {self._view.reason_question(asked)}"
            self.ask_reason(question, asked.draft, self._answered)
            return False
        self.asked = None
        self._count_down(replace(asked, reason=reason))
        return True

    def _given_up(self) -> None:
        asked, self.asked = self.asked, None
        if asked is not None:
            self._view.show_cancelled("nothing was sent")
        self._view.flow_changed()

    def _count_down(self, pending: Pending) -> None:
        self.result = None
        self.pending = pending
        if self._seconds <= 0:
            self._start(pending)
            return
        self.touched()
        self._countdown = asyncio.create_task(self._wait(pending))
        self._view.flow_changed()

    async def _wait(self, pending: Pending) -> None:
        async for left in count_down(self._clock, self._seconds):
            self._view.show_countdown(pending, left)
        if self.pending is pending:
            self._start(pending)

    def send_now(self) -> None:
        """Send what is counted down without waiting."""
        if self.pending is not None and not self.too_soon:
            self._start(self.pending)

    def cancel(self, why: str) -> bool:
        """Give up what is not being sent yet; return whether there was anything."""
        found = self.asked or self.pending
        self.asked = self.pending = None
        self._end_countdown()
        self._asker.stop_asking()
        if found is None:
            return False
        self._view.show_cancelled(why)
        self._view.flow_changed()
        return True

    def _end_countdown(self) -> None:
        task, self._countdown = self._countdown, None
        if task is not None and task is not asyncio.current_task():
            task.cancel()

    # Sending.

    def _start(self, pending: Pending) -> None:
        if why := self._view.why_not_send(pending):
            self.cancel(f"nothing was sent: {why}")
            return
        self._end_countdown()
        self.pending, self.sending = None, pending
        self.stopping = False
        first = self._send_one(pending, 0)
        self._sender = asyncio.create_task(self._send_all(pending, first))
        self._view.flow_changed()

    def _send_one(self, pending: Pending, index: int) -> asyncio.Task[Result]:
        gate = pending.gates[index]
        self._view.show_sending(pending, gate, len(pending.gates) - index - 1)
        return self._send(gate.review, pending.choice, gate.values, pending.reason)

    async def _send_all(self, pending: Pending, task: asyncio.Task[Result]) -> None:
        """Await the first decision, then send the others, unless `stop` or `close` ends it."""
        sent, decided = 1, 0
        try:
            while True:
                outcome = await _outcome_of(task)
                if isinstance(outcome, Result):
                    self.result = outcome
                    self.must_read = outcome.outcome is Outcome.UNKNOWN
                    decided += outcome.outcome is Outcome.DECIDED
                self._view.show_outcome(pending, pending.gates[sent - 1], outcome)
                if sent == len(pending.gates) or self.stopping:
                    break
                task = self._send_one(pending, sent)
                sent += 1
            if decided == len(pending.gates):
                self._drafts.put(pending.draft, "")
        finally:
            self._end(pending, sent)

    def _end(self, pending: Pending, sent: int) -> None:
        self.sending = None
        self.touched()
        self._view.show_end(pending, pending.gates[sent:])
        self._view.flow_changed()

    def stop(self) -> None:
        """Send no more after the decision that is under way."""
        self.stopping = True

    async def close(self) -> None:
        """Give up what is not sent yet; a decision under way goes on without this flow."""
        self.asked = self.pending = None
        self._end_countdown()
        sender, self._sender = self._sender, None
        if sender is not None:
            await cancel(sender)
        if self.sending is not None:  # the task was cancelled before its first step
            self._end(self.sending, 1)


async def _outcome_of(task: asyncio.Task[Result]) -> Result | BackendError:
    """Return the result of a decision, or the error before which nothing was sent."""
    try:
        return await asyncio.shield(task)
    except BackendError as error:
        return error
    except Exception as error:  # a fault of argotui; the decision may have been written
        log.warning("a decision ended with %s", type(error).__name__)
        return Result(Outcome.UNKNOWN, "internal error, see the log")
