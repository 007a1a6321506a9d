"""The flow of decisions by itself: grace, reason, countdown, one write after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import pytest

from argotui.backend.kube.connect import backend_over
from argotui.backend.session import Session
from argotui.config.settings import GateSettings, Settings
from argotui.errors import BackendError, UnreachableError
from argotui.model.gates.decision import Choice, Outcome
from argotui.model.gates.drafts import ReasonDrafts
from argotui.operations.gates.decide import Result, decide
from argotui.operations.gates.decision_flow import GRACE, ChosenGate, DecisionFlow, Pending
from argotui.operations.gates.review import DecisionContext, Review, review_gate
from tests.gates.support import ClusterUsers, gate_template, gated_workflow
from tests.support import ManualClock, until

YES = {"approve": "YES"}


class Question(NamedTuple):
    text: str
    answered: Callable[[str], bool]
    given_up: Callable[[], None]
    draft: str
    typed: Callable[[str], None]


class RecordingView:
    """A view that records what it is told; `hold` is why nothing may be sent now."""

    def __init__(self) -> None:
        self.hold = ""
        self.question: Question | None = None
        self.seconds: list[int] = []
        self.sending: list[tuple[str, int]] = []
        self.outcomes: list[Outcome | str] = []
        self.cancelled: list[str] = []
        self.not_sent: list[str] | None = None

    def ask(
        self,
        question: str,
        answered: Callable[[str], bool],
        given_up: Callable[[], None],
        *,
        text: str,
        typed: Callable[[str], None],
    ) -> None:
        self.question = Question(question, answered, given_up, text, typed)

    def stop_asking(self) -> None:
        self.question = None

    def answer(self, reason: str) -> None:
        """Type a reason and press enter."""
        question = self.question
        assert question is not None
        if question.answered(reason):
            question.typed(reason)

    def reason_question(self, pending: Pending) -> str:
        return f"Why {pending.choice.value}?"

    def why_not_send(self, pending: Pending) -> str:
        return self.hold

    def flow_changed(self) -> None:
        pass

    def show_countdown(self, pending: Pending, seconds: int) -> None:
        self.seconds.append(seconds)

    def show_sending(self, pending: Pending, gate: ChosenGate, left: int) -> None:
        self.sending.append((gate.review.gate.name, left))

    def show_outcome(
        self, pending: Pending, gate: ChosenGate, outcome: Result | BackendError
    ) -> None:
        found = outcome.outcome if isinstance(outcome, Result) else outcome.title
        self.outcomes.append(found)

    def show_end(self, pending: Pending, not_sent: Sequence[ChosenGate]) -> None:
        self.not_sent = [each.review.gate.name for each in not_sent]

    def show_cancelled(self, why: str) -> None:
        self.cancelled.append(why)


class Deciding:
    """A flow over the gates `first` and `second` of a workflow, with the real decision path."""

    def __init__(self, users: ClusterUsers, clock: ManualClock) -> None:
        self.users = users
        self.clock = clock
        self.view = RecordingView()
        self.drafts = ReasonDrafts()
        self.release = asyncio.Event()
        """Held back before each write; set unless a test clears it."""
        self.release.set()
        self.error: BackendError | None = None
        self.reviews: list[Review] = []
        self.context: DecisionContext

    async def open(self, countdown: float = 2.0) -> DecisionFlow:
        users = self.users
        gates = [gate_template("first"), gate_template("second")]
        key = await users.create(gated_workflow("release", *gates))
        self.context = await users.context()
        found = await users.open_gates(key)
        self.reviews = [
            await review_gate(self.context, key, found[name]) for name in ("first", "second")
        ]
        settings = Settings(gates=GateSettings(countdown=countdown))
        cluster = await users.cluster("approver")
        session = Session(backend_over(cluster), "argo", clock=self.clock, settings=settings)
        self.flow = DecisionFlow(self.view, self.view, self.send, self.drafts, session)
        await self.clock.advance(GRACE)
        return self.flow

    def send(
        self, found: Review, choice: Choice, values: Mapping[str, str], reason: str
    ) -> asyncio.Task[Result]:
        async def sent() -> Result:
            await self.release.wait()
            if self.error is not None:
                raise self.error
            return await decide(self.context, found, choice, values=values, reason=reason)

        return asyncio.create_task(sent())

    def pending(self, choice: Choice = Choice.APPROVE, count: int = 2) -> Pending:
        values = YES if choice is Choice.APPROVE else {}
        chosen = tuple(ChosenGate(each, values) for each in self.reviews[:count])
        return Pending(choice, chosen, draft=("release", choice))

    async def ended(self) -> None:
        await until(lambda: self.view.not_sent is not None, what="the end of the decisions")

    @property
    def outcomes(self) -> list[object]:
        entries = self.users.audit.entries()
        return [entry["outcome"] for entry in entries if entry["kind"] == "outcome"]


@pytest.fixture
def deciding(users: ClusterUsers, clock: ManualClock) -> Deciding:
    return Deciding(users, clock)


async def test_several_are_counted_down_then_sent_one_after_the_other(deciding: Deciding) -> None:
    flow, view = await deciding.open(), deciding.view
    flow.begin(deciding.pending())
    await until(lambda: view.seconds == [2])
    assert flow.pending is not None
    await deciding.clock.advance(1)
    await until(lambda: view.seconds == [2, 1])
    assert view.sending == []
    await deciding.clock.advance(1)
    await deciding.ended()
    assert view.sending == [("first", 1), ("second", 0)]
    assert view.outcomes == [Outcome.DECIDED, Outcome.DECIDED]
    assert view.not_sent == []
    assert flow.pending is flow.sending is None
    assert deciding.outcomes == ["decided", "decided"]


async def test_what_is_cancelled_is_never_sent(deciding: Deciding) -> None:
    flow, view = await deciding.open(), deciding.view
    flow.begin(deciding.pending())
    await until(lambda: view.seconds == [2])
    assert flow.cancel("you left")
    assert not flow.cancel("again")
    await deciding.clock.advance(10)
    assert view.cancelled == ["you left"]
    assert view.sending == []
    assert deciding.outcomes == []


async def test_a_key_in_the_grace_time_sends_nothing(deciding: Deciding) -> None:
    flow, view = await deciding.open(), deciding.view
    flow.begin(deciding.pending(count=1))
    assert flow.too_soon
    flow.send_now()
    assert view.sending == []
    await deciding.clock.advance(GRACE)
    assert not flow.too_soon
    flow.send_now()
    assert view.sending == [("first", 0)]
    await deciding.ended()
    assert flow.too_soon
    await deciding.clock.advance(5)
    assert deciding.outcomes == ["decided"]


async def test_nothing_is_sent_where_the_view_holds_it(deciding: Deciding) -> None:
    flow, view = await deciding.open(), deciding.view
    flow.begin(deciding.pending())
    await until(lambda: view.seconds == [2])
    view.hold = "the connection was lost"
    await deciding.clock.advance(2)
    await until(lambda: view.cancelled == ["nothing was sent: the connection was lost"])
    assert flow.pending is flow.sending is None
    assert view.sending == []


async def test_a_denial_asks_for_its_reason_until_there_is_one(deciding: Deciding) -> None:
    flow, view = await deciding.open(countdown=0), deciding.view
    flow.begin(deciding.pending(Choice.DENY, count=1))
    assert flow.asked is not None
    assert view.question
    assert view.question.text == "Why deny?"
    view.answer("")
    assert view.question.text == "A reason is needed. Why deny?"
    assert view.sending == []
    view.answer("freeze")
    await deciding.ended()
    record = deciding.flow.result
    assert record
    assert record.decision
    assert record.decision.reason == "freeze"


async def test_a_typed_reason_is_there_again_until_it_was_sent(deciding: Deciding) -> None:
    flow, view = await deciding.open(), deciding.view
    pending = deciding.pending(Choice.DENY, count=1)
    flow.begin(pending)
    assert view.question
    view.question.typed("freeze")
    view.question.given_up()
    assert view.cancelled == ["nothing was sent"]
    assert flow.asked is None
    flow.begin(pending)
    assert view.question.draft == "freeze"
    view.answer("freeze")
    await until(lambda: view.seconds == [2])
    assert len(deciding.drafts) == 1
    await deciding.clock.advance(2)
    await deciding.ended()
    assert len(deciding.drafts) == 0


async def test_stopping_leaves_the_next_ones_unsent(deciding: Deciding) -> None:
    flow, view = await deciding.open(countdown=0), deciding.view
    deciding.release.clear()
    flow.begin(deciding.pending())
    assert flow.sending is not None
    flow.stop()
    deciding.release.set()
    await deciding.ended()
    assert view.outcomes == [Outcome.DECIDED]
    assert view.not_sent == ["second"]
    assert deciding.outcomes == ["decided"]


async def test_closing_lets_a_decision_under_way_end_and_sends_no_other(
    deciding: Deciding,
) -> None:
    flow, view = await deciding.open(countdown=0), deciding.view
    deciding.release.clear()
    flow.begin(deciding.pending())
    await flow.close()
    assert view.not_sent == ["second"]
    deciding.release.set()
    await until(lambda: deciding.outcomes == ["decided"])
    assert view.sending == [("first", 1)]


async def test_an_error_before_the_write_is_the_outcome_and_the_next_one_goes_on(
    deciding: Deciding,
) -> None:
    flow, view = await deciding.open(countdown=0), deciding.view
    deciding.error = UnreachableError("no way there")
    flow.begin(deciding.pending())
    await deciding.ended()
    assert view.outcomes == ["no way there", "no way there"]
    assert flow.result is None
    assert not flow.must_read
    assert deciding.outcomes == []


async def test_an_unknown_outcome_must_be_read_first(
    deciding: Deciding, caplog: pytest.LogCaptureFixture
) -> None:
    flow, view = await deciding.open(countdown=0), deciding.view

    def send(*_: object) -> asyncio.Task[Result]:
        async def sent() -> Result:
            raise ZeroDivisionError

        return asyncio.create_task(sent())

    deciding.flow._send = send
    flow.begin(deciding.pending(count=1))
    await deciding.ended()
    assert view.outcomes == [Outcome.UNKNOWN]
    assert flow.must_read
    assert "ZeroDivisionError" in caplog.text
