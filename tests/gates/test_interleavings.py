"""Whatever happens to a gate while people decide it: one decision, of what was seen, on record."""

from __future__ import annotations

import asyncio
import functools
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from argotui.model.gates.decision import Choice, Outcome
from argotui.operations.gates.review import Review
from tests.gates.edits import EDITS
from tests.gates.interleaving import USERS, World

EXAMPLES = 3
"""For each fate."""
STEPS = 8

CHANGES = (
    *EDITS,
    "packed",
    "unpacked",
    "deleted",
    "recreated",
    "approved by other",
    "denied by other",
    "seconds 1",
    "seconds 25",
    "seconds 601",
)
TROUBLE = (
    "answer 403x1",
    "answer 409x1",
    "answer 409x9",
    "answer 422x1",
    "answer 422x9",
    "answer 429x1",
    "answer 429x9",
    "answer 500x1",
    "dropped",
    "answer lost",
)

Fate = tuple[tuple[str, ...], tuple[str, ...], Outcome]
FATES: tuple[Fate, ...] = (
    (("answer 403x1",), (), Outcome.NOT_PERMITTED),
    (("answer 409x1",), (), Outcome.DECIDED),
    (("answer 409x9",), (), Outcome.NOT_PERMITTED),
    (("answer 422x1",), (), Outcome.DECIDED),
    (("answer 422x9",), (), Outcome.NOT_PERMITTED),
    (("answer 429x1",), (), Outcome.DECIDED),
    (("answer 429x9",), (), Outcome.NOT_PERMITTED),
    (("answer 500x1",), (), Outcome.UNKNOWN),
    (("dropped",), (), Outcome.UNKNOWN),
    (("answer lost",), (), Outcome.DECIDED),
    (("answer lost",), ("blocked",), Outcome.UNKNOWN),
    (("answer lost",), ("deleted",), Outcome.UNKNOWN),
    (("all opened with kubectl",), (), Outcome.ALREADY_DECIDED),
    (("inputs edited",), (), Outcome.CHANGED),
)
"""What happens before the first decision is written and after, and what it then comes to: draws
alone need not meet every trouble, and some outcomes take two in a row."""

whats = st.sampled_from(CHANGES)
troubles = st.sampled_from(TROUBLE)
moments = st.one_of(
    st.just(()),
    st.tuples(whats),
    st.tuples(troubles),
    st.tuples(troubles, whats),
    st.tuples(whats, troubles),
    st.tuples(whats, whats),
)
afterwards = st.sampled_from(((), ("blocked",), *((change,) for change in CHANGES)))
choices = st.sampled_from(Choice)
deciders = st.sampled_from((*USERS, "approver", "admin"))
places = st.integers(min_value=0, max_value=3)


class Gates(RuleBasedStateMachine):
    """People and everything else, in any order, once the first decision has met its fate."""

    def __init__(
        self,
        world: World,
        runner: asyncio.Runner,
        fate: Fate,
    ) -> None:
        super().__init__()
        self.world = world
        self._runner = runner
        self._fate = fate
        self.reviews: list[tuple[str, Review]] = []

    def run(self, what: Any) -> Any:
        return self._runner.run(what)

    @initialize(packed=st.booleans(), user=deciders, place=places, choice=choices)
    def begin(self, packed: bool, user: str, place: int, choice: Choice) -> None:
        self.run(self.world.begin())
        if packed:
            self.run(self.world.happen("packed", user))
        self.look(user, place)
        self.look("approver", place)
        before, after, expected = self._fate
        who, seen = self.reviews[-1]
        result = self.run(self.world.decide_amid(who, seen, choice, [before], [after]))
        assert (who, result.outcome) == ("approver", expected)

    def look(self, user: str, place: int) -> None:
        seen = self.run(self.world.review(user, place))
        if seen is not None:
            self.reviews.append((user, seen))

    @rule(user=deciders, place=places)
    def somebody_looks(self, user: str, place: int) -> None:
        self.look(user, place)

    @rule(what=whats)
    def something_happens(self, what: str) -> None:
        self.run(self.world.happen(what, "approver"))

    @precondition(lambda self: self.reviews)
    @rule(number=st.integers(0, 9), choice=choices, before=moments, after=afterwards)
    def somebody_decides_what_they_saw(
        self, number: int, choice: Choice, before: tuple[str, ...], after: tuple[str, ...]
    ) -> None:
        """From the newest review or an old one, with things happening in between."""
        user, seen = self.reviews[-1 - number % len(self.reviews)]
        self.run(self.world.decide_amid(user, seen, choice, [before], [after]))

    @rule(
        user=deciders,
        place=places,
        choice=choices,
        before=st.lists(moments, max_size=4),
        after=afterwards,
    )
    def somebody_looks_and_decides(
        self,
        user: str,
        place: int,
        choice: Choice,
        before: list[tuple[str, ...]],
        after: tuple[str, ...],
    ) -> None:
        """At once, with things happening before each of the attempts to write."""
        self.look(user, place)
        if self.reviews:
            user, seen = self.reviews[-1]
            self.run(self.world.decide_amid(user, seen, choice, before, [after]))

    @precondition(lambda self: self.reviews)
    @rule(numbers=st.lists(st.tuples(st.integers(0, 9), choices), min_size=2, max_size=3))
    def several_decide_at_once(self, numbers: list[tuple[int, Choice]]) -> None:
        async def race() -> None:
            deciding = []
            for number, choice in numbers:
                user, seen = self.reviews[-1 - number % len(self.reviews)]
                deciding.append(self.world.decide(user, seen, choice, "racing"))
            await asyncio.gather(*deciding)

        self.run(race())

    @invariant()
    def the_record_is_true(self) -> None:
        if self.world.name:
            self.world.check()

    def teardown(self) -> None:
        self.run(self.world.end())


@pytest.fixture
def stage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[World, asyncio.Runner]]:
    # Each write opens a connection of its own, and would read the system's certificates for it.
    monkeypatch.setenv("SSL_CERT_FILE", os.devnull)
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    with asyncio.Runner() as runner:
        world = World(tmp_path)
        runner.run(world.open())
        yield world, runner
        runner.run(world.close())


def test_no_interleaving_makes_a_second_decision_or_a_false_record(
    stage: tuple[World, asyncio.Runner],
) -> None:
    world, runner = stage
    for number, fate in enumerate(FATES):
        machine: Any = functools.partial(Gates, world, runner, fate)  # typed as a class
        run_state_machine_as_test(
            seed(number)(machine),
            settings=settings(
                max_examples=EXAMPLES,
                stateful_step_count=STEPS,
                database=None,
                phases=[Phase.generate],
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
    assert {trouble for before, _, _ in FATES for trouble in before} >= set(TROUBLE)
    assert set(world.happened) == {outcome.value for outcome in Outcome}


@pytest.mark.parametrize("kind", ["gate", "packed", "suspension"])
def test_each_single_thing_between_what_was_seen_and_the_write(
    stage: tuple[World, asyncio.Runner], kind: str
) -> None:
    """Each change and each trouble alone, before the first write, before all, and after it."""
    world, runner = stage

    async def decide_amid(
        before: list[tuple[str, ...]], after: list[tuple[str, ...]], choice: Choice
    ) -> None:
        await world.begin()
        if kind == "suspension":
            await world.happen("suspension toggled", "approver")
        elif kind == "packed":
            await world.happen("packed", "approver")
        # The suspension is last of the gates that are open.
        seen = await world.review("approver", -1 if kind == "suspension" else 0)
        assert seen is not None
        assert bool(seen.request.node_id) is (kind != "suspension")
        await world.decide_amid("approver", seen, choice, before, after)
        world.check()
        # Whatever came of it, deciding again from the same review makes no second decision.
        await world.decide_amid("approver", seen, choice, [], [])
        world.check()
        await world.end()

    async def sweep() -> None:
        for number, what in enumerate(CHANGES + TROUBLE):
            choice = list(Choice)[number % 2] if kind != "suspension" else Choice.APPROVE
            await decide_amid([(what,)], [], choice)
            await decide_amid([(what,)] * 4, [], choice)
        for number, what in enumerate((*CHANGES, "blocked")):
            choice = list(Choice)[number % 2] if kind != "suspension" else Choice.APPROVE
            await decide_amid([], [(what,)], choice)
            await decide_amid([("answer lost",)], [(what,)], choice)

    runner.run(sweep())
    assert set(world.happened) == {outcome.value for outcome in Outcome}
