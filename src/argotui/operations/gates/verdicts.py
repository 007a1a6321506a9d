"""Reviews of the gates in view: a few at a time, asked again when the gate changed or time did."""

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
KEPT = 4
"""A verdict in a list is asked for again after so many times the time it may be acted on."""


class GateVerdict(NamedTuple):
    """What came of reviewing a gate as `item` had it: a review, or why there is none."""

    item: OpenGate
    at: float
    seen: Review | None = None
    problem: str = ""

    @property
    def failed(self) -> bool:
        """Whether asking again may bring an answer, with the gate and the settings as they are."""
        if self.seen is None:
            return True
        verdict = self.seen.verdict
        return (
            verdict.answer is PolicyAnswer.NO_VERDICT
            and verdict.why is not NoVerdict.NOT_CONFIGURED
        )


class Verdicts:
    """Answers by gate; say what is in view with `want`, and `run` it."""

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
        """Say which gates are in view; those whose answer is old are asked for anew."""
        self._wanted = list(items)
        if self._due() is not None:
            self._wake.set()

    def keep(self, gates: set[GateId]) -> None:
        """Forget the answers for all other gates."""
        for gone in self._found.keys() - gates:
            del self._found[gone]

    def is_current(self, item: OpenGate) -> bool:
        """Say whether there is an answer for the gate as it is, and not too old."""
        found = self._found.get(item.id)
        if found is None or found.item.gate != item.gate:
            return False
        kept = self._decision_context.rules.ttl * (1 if found.failed else KEPT)
        return self._clock.monotonic() - found.at < kept

    async def run(self) -> None:
        """Work until cancelled."""
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
            seen = await review_gate(self._decision_context, item.gate.key, item.gate.node_id)
        except BackendError as error:
            return GateVerdict(item, at, problem=error.title)
        return GateVerdict(item, at, seen=seen)
