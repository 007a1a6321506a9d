"""Finding out what a decision led to, and writing that down: beside the decision, never before it.

Nothing here holds a decision up or changes its outcome. What could not be seen in time can be read
later, for as long as the workflow is there.
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
"""Seconds for which the console waits for something to start behind a gate."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class EffectTarget:
    """A decided gate whose effect is wanted: `node` is empty for a resumed workflow, `since` the
    server's time before it was resumed, `expected` the steps that the templates have behind it."""

    decision: str
    key: Key
    uid: str
    node: str
    since: datetime | None = None
    expected: tuple[str, ...] = ()

    def look(self, workflow: Workflow) -> Effect:
        """Return what is behind the gate now."""
        if workflow.metadata.uid != self.uid:
            return Effect(Started.GONE, complete=True)
        if self.node:
            return effect_behind(workflow, self.node, self.expected)
        if self.since is None:
            return Effect(Started.YET)
        return effect_since(workflow, self.since)


async def target_of(review: Review, decision: str) -> EffectTarget:
    """Return whose effect is wanted after a decision on what was seen."""
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
    """Watch a workflow until all is known that is behind a gate, `limit` seconds at most, and write
    down what was seen; return it.

    Cancelled, it writes down what it has seen by then, if anything. Raises the `BackendError` of a
    workflow that may not be read, and `AuditError`.
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
    """The watches for effects that are under way: a few at a time, ended by `close`."""

    AT_ONCE = 8

    def __init__(self, cluster: ClusterPort, audit: AuditLog, clock: Clock) -> None:
        self._cluster = cluster
        self._audit = audit
        self._clock = clock
        self._slots = asyncio.Semaphore(self.AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, review: Review, decision: str) -> None:
        """Watch for the effect of a decision from now on, without anybody waiting for it."""
        task = asyncio.create_task(self._watch(review, decision))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _watch(self, review: Review, decision: str) -> None:
        try:
            async with self._slots:
                target = await target_of(review, decision)
                await observe(self._cluster, self._audit, self._clock, target, WATCHED)
        except BackendError as error:  # AuditError is one
            # The record lacks an effect, which can be read later, and says so.
            log.warning("the effect of a decision was not seen: %s", type(error).__name__)

    async def close(self) -> None:
        """End all watches; what they have seen is written down."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class LaterEffect(NamedTuple):
    """What came of looking for the effect of a decision again: a new one, or why there is none."""

    decision: Recorded
    effect: Effect | None = None
    problem: str = ""


def lacking(decisions: Iterable[Recorded]) -> list[Recorded]:
    """Return the decisions that were carried out and whose effect is not wholly known."""
    return [
        each for each in decisions if each.decided and not (each.effect and each.effect.complete)
    ]


async def look_again(
    gates: GatePort, audit: AuditLog, clock: Clock, decisions: Iterable[Recorded]
) -> list[LaterEffect]:
    """Read the workflows of decisions in this cluster again, and write down what is behind their
    gates by now where that is news; raises `AuditError`."""
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
    """Return what is behind the gate of a decision now."""
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
