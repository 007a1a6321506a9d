"""From an engine's answer to a verdict: only an explicit, well-formed ALLOW is one."""

from __future__ import annotations

import asyncio
import copy
from typing import Protocol

import msgspec

from argotui.backend.clock import Clock
from argotui.backend.policy.breaker import Breaker
from argotui.backend.policy.failures import PolicyBroken, PolicyUnreachable
from argotui.model.gates.verdict import (
    MalformedDocument,
    NoVerdict,
    Verdict,
    no_verdict,
    read_document,
)


class EngineAnswer(msgspec.Struct, frozen=True):
    """An engine's decision document, not validated, with its revision and id."""

    document: object
    revision: str = ""
    decision_id: str = ""


class Engine(Protocol):
    """Evaluates the decision document; raises `PolicyUnreachable` or `PolicyBroken`."""

    async def ask(self, question: dict[str, object]) -> EngineAnswer: ...

    async def close(self) -> None: ...


class PolicyEvaluator:
    """A `PolicyPort` over an engine: validates, times, and never raises."""

    def __init__(self, engine: Engine, clock: Clock, *, limit: float = 3.0) -> None:
        self._engine = engine
        self._clock = clock
        self._limit = limit
        self._breaker = Breaker(clock)

    async def verdict(self, question: dict[str, object], digest: str) -> Verdict:
        """Return the verdict on a question; whatever goes wrong is NO VERDICT."""
        # A policy may take as long as its limit: the answer is as old as the question.
        at, begun = self._clock.now(), self._clock.monotonic()
        try:
            self._breaker.enter()
        except PolicyUnreachable as error:
            return no_verdict(NoVerdict.UNREACHABLE, str(error), digest=digest, at=at)
        try:
            async with asyncio.timeout(self._limit):
                answered = await self._engine.ask(copy.deepcopy(question))
        except (PolicyUnreachable, TimeoutError) as error:
            self._breaker.failed()
            detail = str(error) or f"no answer within {self._limit:g} s"
            return no_verdict(NoVerdict.UNREACHABLE, detail, digest=digest, at=at)
        except PolicyBroken as error:
            self._breaker.succeeded()
            return no_verdict(NoVerdict.BROKEN, str(error), digest=digest, at=at)
        except asyncio.CancelledError:
            self._breaker.abandoned()
            raise
        except Exception as error:
            self._breaker.failed()
            detail = f"{type(error).__name__} in the policy engine"
            return no_verdict(NoVerdict.BROKEN, detail, digest=digest, at=at)
        self._breaker.succeeded()
        try:
            found = read_document(
                answered.document,
                digest=digest,
                at=at,
                took=self._clock.monotonic() - begun,
            )
        except MalformedDocument as error:
            return no_verdict(NoVerdict.BROKEN, str(error), digest=digest, at=at)
        return msgspec.structs.replace(
            found,
            revision=answered.revision or found.revision,
            decision_id=answered.decision_id,
        )

    async def close(self) -> None:
        await self._engine.close()


class NoPolicy:
    """The `PolicyPort` if no policy is configured."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def verdict(self, question: dict[str, object], digest: str) -> Verdict:
        """Return NO VERDICT."""
        return no_verdict(NoVerdict.NOT_CONFIGURED, "", digest=digest, at=self._clock.now())

    async def close(self) -> None:
        return
