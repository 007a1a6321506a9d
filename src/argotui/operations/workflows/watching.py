"""What changes in a workflow, or in all of them, as a stream of small facts."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Any, Protocol

import msgspec

from argotui.backend.backoff import cancel
from argotui.backend.clock import Clock
from argotui.backend.feed import Feed
from argotui.backend.freshness import Freshness, Link
from argotui.backend.namespaces import readable_namespaces
from argotui.backend.ports import ClusterPort
from argotui.backend.store import Store
from argotui.backend.workflow_feed import WorkflowFeed
from argotui.model.argo import Key, Node, Workflow
from argotui.model.phases import look_of_node, look_of_workflow
from argotui.model.workflows.summary import Summary, summarise

GROUPS = frozenset({"StepGroup", "TaskGroup"})
"""Node types that only hold others, and would say everything twice."""


class WorkflowMoved(msgspec.Struct, frozen=True):
    """A workflow appeared, or its state or progress changed."""

    summary: Summary


class NodeMoved(msgspec.Struct, frozen=True):
    """A node appeared, or its state or message changed."""

    key: Key
    node: Node


class LinkMoved(msgspec.Struct, frozen=True):
    """The connection was lost, or is there again."""

    freshness: Freshness


class Gone(msgspec.Struct, frozen=True):
    """The workflow was deleted, or never was; `replaced` if another one has its name."""

    key: Key
    existed: bool
    replaced: bool = False


Moved = WorkflowMoved | NodeMoved | LinkMoved | Gone


class TimeIsOver(Exception):
    """The time given for watching has passed."""


class Runs(Protocol):
    """A feed: it runs until cancelled, and says when something changed."""

    on_change: Callable[[], None] | None

    @property
    def freshness(self) -> Freshness: ...

    def run(self) -> Coroutine[Any, Any, None]: ...


async def watch_one(
    cluster: ClusterPort,
    key: Key,
    clock: Clock,
    rng: random.Random,
    *,
    timeout: float | None = None,
) -> AsyncGenerator[Moved, None]:
    """Yield the changes of one workflow, beginning with its present state.

    Ends after the `WorkflowMoved` of its completion, or after `Gone`. A lost connection is a
    `LinkMoved`; a first connection that fails raises its BackendError. Raises TimeIsOver after
    `timeout` seconds.
    """
    feed = WorkflowFeed(cluster, key, clock, rng)
    told: dict[str, tuple[str, str]] = {}
    state: tuple[object, ...] = ()
    link = _LinkTeller()
    async with aclosing(changes_of(feed, clock, timeout)) as beats:
        async for _ in beats:
            for moved in link.told(feed.freshness):
                yield moved
            workflow = feed.workflow
            if feed.gone or feed.replaced:
                yield Gone(key, workflow is not None, feed.replaced)
                return
            if workflow is None:
                continue
            for node in nodes_that_moved(workflow, told):
                yield NodeMoved(key, node)
            summary = summarise(workflow)
            if (now := _state(summary)) != state:
                state = now
                yield WorkflowMoved(summary)
            if workflow.completed:
                return


async def watch_all(
    cluster: ClusterPort,
    namespace: str | None,
    clock: Clock,
    rng: random.Random,
    *,
    known: Sequence[str] = (),
    tell_scope: Callable[[str], None] = lambda notice: None,
    timeout: float | None = None,
) -> AsyncGenerator[Moved, None]:
    """Yield the active workflows and then every change of state, without an end.

    `known` are namespaces to ask about if a cluster-wide list is not allowed; `tell_scope` is then
    called once with the searched ones. Errors and `timeout` are those of `watch_one`.
    """
    store = Store()
    feed = Feed(
        cluster,
        store,
        namespace,
        clock,
        rng,
        readable=lambda port: readable_namespaces(port, known),
    )
    begun = clock.now()
    told: dict[Key, tuple[object, ...]] = {}
    link = _LinkTeller()
    notice = ""
    async with aclosing(changes_of(feed, clock, timeout)) as beats:
        async for _ in beats:
            if feed.notice and feed.notice != notice:
                notice = feed.notice
                tell_scope(notice)
            for moved in link.told(feed.freshness):
                yield moved
            changes = store.drain()
            keys = {row.key for row in store.summaries()} if changes.reset else changes.changed
            for key in sorted(keys):
                row = store.get(key)
                if row is None:
                    if told.pop(key, None) is not None:
                        yield Gone(key, existed=True)
                    continue
                state = (row.uid, look_of_workflow(row).word)
                before = told.get(key)
                if state == before or (before is None and not _is_news(row, begun)):
                    continue
                told[key] = state
                yield WorkflowMoved(row)


def nodes_that_moved(workflow: Workflow, told: dict[str, tuple[str, str]]) -> list[Node]:
    """Return the nodes whose state or message differs from `told`, by time; update `told`."""
    moved = []
    for identity, node in workflow.nodes.items():
        if node.type in GROUPS or node.name == workflow.metadata.name:
            continue
        state = (look_of_node(node).word, node.message)
        if told.get(identity) != state:
            told[identity] = state
            moved.append(node)
    return sorted(moved, key=lambda node: (_moment(node) or _LATE, node.name))


def _moment(node: Node) -> datetime | None:
    return node.finished_at or node.started_at


_LATE = datetime.max.replace(tzinfo=UTC)


def _is_news(row: Summary, begun: datetime) -> bool:
    """Whether to report a workflow that appeared: it runs, or is younger than this."""
    return not row.completed or (row.created is not None and row.created >= begun)


def _state(summary: Summary) -> tuple[object, ...]:
    return (look_of_workflow(summary).word, summary.progress, summary.message, summary.why)


class _LinkTeller:
    """Turns the link of a feed into its changes."""

    def __init__(self) -> None:
        self._lost = False
        self._ever = False

    def told(self, freshness: Freshness) -> list[LinkMoved]:
        if freshness.link is Link.LIVE:
            self._ever = True
            if self._lost:
                self._lost = False
                return [LinkMoved(freshness)]
            return []
        error = freshness.error
        if error is None:
            return []
        if not self._ever or freshness.link is Link.FORBIDDEN:
            raise error
        if not self._lost:
            self._lost = True
            return [LinkMoved(freshness)]
        return []


async def _sleep(clock: Clock, seconds: float) -> None:
    await clock.sleep(seconds)


async def changes_of(feed: Runs, clock: Clock, timeout: float | None) -> AsyncGenerator[None, None]:
    """Run a feed, and yield whenever it says that something changed; raises TimeIsOver after
    `timeout` seconds."""
    changed = asyncio.Event()
    feed.on_change = changed.set
    running = asyncio.create_task(feed.run())
    ending = None if timeout is None else asyncio.create_task(_sleep(clock, timeout))
    try:
        while True:
            beat = asyncio.create_task(changed.wait())
            waited = [task for task in (beat, running, ending) if task is not None]
            try:
                await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
            finally:
                beat.cancel()
            if running.done():
                running.result()
                return
            if changed.is_set():
                changed.clear()
                yield
            elif ending is not None and ending.done():
                raise TimeIsOver
    finally:
        feed.on_change = None
        for task in (running, ending):
            if task is not None:
                await cancel(task)
