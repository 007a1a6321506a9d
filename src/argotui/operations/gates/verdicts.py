"""Review the visible gates in the background, a few at a time, again after a change or a while."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import NamedTuple

from argotui.backend.clock import Clock
from argotui.errors import BackendError
from argotui.model.gates.inbox import GateId, OpenGate
from argotui.model.gates.verdict import NoVerdict, PolicyAnswer
from argotui.operations.gates.review import DecisionContext, Review, review_gate

AT_ONCE = 4
LIST_TTL_FACTOR = 4
"""A verdict in a list is stale after this multiple of the time for which it allows a decision."""


class GateVerdict(NamedTuple):
    """The result of reviewing `item`: a review, or the problem that prevented it."""

    item: OpenGate
    at: float
    review: Review | None = None
    problem: str = ""

    @property
    def failed(self) -> bool:
        """Whether a retry may succeed, with the same gate and settings."""
        if self.review is None:
            return True
        verdict = self.review.verdict
        return (
            verdict.answer is PolicyAnswer.NO_VERDICT
            and verdict.why is not NoVerdict.NOT_CONFIGURED
        )


class Verdicts:
    """Answers by gate: request them with `want`, read them with `get`, while `run` runs."""

    def __init__(
        self, decision_context: DecisionContext, clock: Clock, on_change: Callable[[GateId], None]
    ) -> None:
        self._decision_context = decision_context
        self._clock = clock
        self._on_change = on_change
        self._found: dict[GateId, GateVerdict] = {}
        self._wanted: list[OpenGate] = []
        self._asked: set[GateId] = set()
        self._wake = asyncio.Event()

    def get(self, gate: GateId) -> GateVerdict | None:
        """Return the last answer for a gate, None before the first."""
        return self._found.get(gate)

    def want(self, items: Sequence[OpenGate]) -> None:
        """Set the visible gates; `run` reviews those without a current answer."""
        self._wanted = list(items)
        if self._due() is not None:
            self._wake.set()

    def keep(self, gates: set[GateId]) -> None:
        """Forget the answers for all other gates."""
        for gone in self._found.keys() - gates:
            del self._found[gone]

    def is_current(self, item: OpenGate) -> bool:
        """Return whether the last answer is about the same gate, and not stale."""
        found = self._found.get(item.id)
        if found is None or found.item.gate != item.gate:
            return False
        max_age = self._decision_context.rules.ttl * (1 if found.failed else LIST_TTL_FACTOR)
        return self._clock.monotonic() - found.at < max_age

    async def run(self) -> None:
        """Review gates until cancelled."""
        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(self._work())

    def _due(self) -> OpenGate | None:
        return next(
            (
                item
                for item in self._wanted
                if item.id not in self._asked and not self.is_current(item)
            ),
            None,
        )

    async def _work(self) -> None:
        while True:
            item = self._due()
            if item is None:
                self._wake.clear()
                await self._wake.wait()
                continue
            self._asked.add(item.id)
            try:
                self._found[item.id] = await self._ask(item)
            finally:
                self._asked.discard(item.id)
            self._on_change(item.id)

    async def _ask(self, item: OpenGate) -> GateVerdict:
        at = self._clock.monotonic()
        try:
            review = await review_gate(self._decision_context, item.gate.key, item.gate.node_id)
        except BackendError as error:
            return GateVerdict(item, at, problem=error.title)
        return GateVerdict(item, at, review=review)
