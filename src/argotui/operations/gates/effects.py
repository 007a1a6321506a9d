"""Find out the effect of a decision, and record it after the decision.

Nothing here delays a decision or changes its outcome. An effect that was not found in time can be
read later, as long as the workflow exists.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections.abc import Iterable
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import msgspec

from argotui.backend.audit.entry import effect
from argotui.backend.audit.log import AuditError, AuditLog
from argotui.backend.audit.record import Recorded
from argotui.backend.clock import Clock
from argotui.backend.freshness import Link
from argotui.backend.ports import ClusterPort, GatePort, Reading
from argotui.backend.workflow_feed import WorkflowFeed
from argotui.errors import BackendError, NotFoundError
from argotui.model.argo import Key, Workflow
from argotui.model.gates.effect import (
    Effect,
    Started,
    effect_behind,
    effect_since,
)
from argotui.model.gates.place import next_steps
from argotui.model.sanitise import clean_tree
from argotui.operations.gates.review import Review, workflow_of
from argotui.operations.workflows.watching import TimeIsOver, changes_of

WATCHED = 60.0
"""Seconds for which the console waits for a step behind a gate to start."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class EffectTarget:
    """A decided gate to watch: `node` is empty for a resumed workflow, `since` is the server's time
    before it was resumed, `expected` are the steps that the templates have behind the gate."""

    decision: str
    key: Key
    uid: str
    node: str
    since: datetime | None = None
    expected: tuple[str, ...] = ()

    def look(self, workflow: Workflow) -> Effect:
        """Return the present effect of the decision."""
        if workflow.metadata.uid != self.uid:
            return Effect(Started.GONE, complete=True)
        if self.node:
            return effect_behind(workflow, self.node, self.expected)
        if self.since is None:
            return Effect(Started.YET)
        return effect_since(workflow, self.since)


async def target_of(review: Review, decision: str) -> EffectTarget:
    """Return the target to watch after a decision on a review."""
    request, reading = review.request, review.reading
    expected = await asyncio.to_thread(_expected, reading, review.workflow, request.node_id)
    return EffectTarget(decision, request.key, request.uid, request.node_id, reading.date, expected)


def _expected(reading: Reading, workflow: Workflow, node_id: str) -> tuple[str, ...]:
    """Return the names of the steps that the templates have behind a gate."""
    node = workflow.nodes.get(node_id)
    document = clean_tree(reading.document)
    if node is None or not isinstance(document, dict):
        return ()
    return tuple(step.name for step in next_steps(workflow, document, node))


async def observe(
    cluster: ClusterPort, audit: AuditLog, clock: Clock, target: EffectTarget, limit: float
) -> Effect:
    """Watch a workflow until the effect of a decision is known, for `limit` seconds at most; record
    and return it.

    On cancellation it records what it found so far. Raises `AuditError`, and the `BackendError` of
    a workflow that the user may not read.
    """
    began = clock.monotonic()
    found = Effect(Started.YET)
    feed = WorkflowFeed(cluster, target.key, clock, random.Random())
    try:
        async with aclosing(changes_of(feed, clock, limit)) as changes:
            async for _ in changes:
                if feed.freshness.link is Link.FORBIDDEN and feed.freshness.error:
                    raise feed.freshness.error
                if feed.gone:
                    found = found if found.started else Effect(Started.GONE, complete=True)
                    break
                if feed.workflow is not None:
                    found = target.look(feed.workflow)
                    if found.complete:
                        break
    except TimeIsOver:
        pass
    except asyncio.CancelledError:
        if found.ran is not Started.YET:
            with contextlib.suppress(AuditError):
                audit.append_now(_entry(target, found, clock, began))
        raise
    await audit.append(_entry(target, found, clock, began))
    return msgspec.structs.replace(found, watched=int(clock.monotonic() - began))


def _entry(target: EffectTarget, found: Effect, clock: Clock, began: float) -> dict[str, object]:
    found = msgspec.structs.replace(found, watched=int(clock.monotonic() - began))
    return effect(target.decision, target.uid, found, clock.now())


class EffectObservers:
    """The running watches for effects: a few at a time, until `close`."""

    AT_ONCE = 8

    def __init__(self, cluster: ClusterPort, audit: AuditLog, clock: Clock) -> None:
        self._cluster = cluster
        self._audit = audit
        self._clock = clock
        self._slots = asyncio.Semaphore(self.AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, review: Review, decision: str) -> None:
        """Start to watch for the effect of a decision, in the background."""
        task = asyncio.create_task(self._watch(review, decision))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _watch(self, review: Review, decision: str) -> None:
        try:
            async with self._slots:
                target = await target_of(review, decision)
                await observe(self._cluster, self._audit, self._clock, target, WATCHED)
        except BackendError as error:  # AuditError is one
            # The record has no effect, and says so; it can be read later.
            log.warning("the effect of a decision was not seen: %s", type(error).__name__)

    async def close(self) -> None:
        """Cancel all watches; they record what they found."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class LaterEffect(NamedTuple):
    """The result of another search for an effect: the new effect, or the problem."""

    decision: Recorded
    effect: Effect | None = None
    problem: str = ""


def lacking(decisions: Iterable[Recorded]) -> list[Recorded]:
    """Return the applied decisions without a complete effect."""
    return [
        each for each in decisions if each.decided and not (each.effect and each.effect.complete)
    ]


async def look_again(
    gates: GatePort, audit: AuditLog, clock: Clock, decisions: Iterable[Recorded]
) -> list[LaterEffect]:
    """Read the workflows of decisions in this cluster again, and record new effects; raises
    `AuditError`."""
    found = []
    for each in decisions:
        try:
            now = await _now(gates, each)
        except BackendError as error:
            found.append(LaterEffect(each, problem=error.title))
            continue
        if each.effect is not None and _same(each.effect, now):
            found.append(LaterEffect(each, problem=f"still: {now.words}"))
            continue
        await audit.append(effect(each.decision, each.uid, now, clock.now()))
        found.append(LaterEffect(each, now))
    return found


async def _now(gates: GatePort, each: Recorded) -> Effect:
    """Return the present effect of a decision."""
    try:
        reading = await gates.read_gate(each.namespace, each.workflow)
    except NotFoundError:
        return each.effect_when_gone
    if reading.offloaded:
        raise BackendError("its nodes are offloaded to the controller's database")
    workflow = workflow_of(reading.document)
    expected = await asyncio.to_thread(_expected, reading, workflow, each.node)
    key = Key(each.namespace, each.workflow)
    target = EffectTarget(each.decision, key, each.uid, each.node, each.server_time, expected)
    return target.look(workflow)


def _same(before: Effect, now: Effect) -> bool:
    return msgspec.structs.replace(before, watched=0, at=None) == now
