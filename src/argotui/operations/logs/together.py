"""Reading the logs of one workflow, or of several as one."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field

from argotui.backend.backoff import cancel
from argotui.backend.clock import Clock
from argotui.backend.freshness import Freshness, Link
from argotui.backend.ports import ClusterPort
from argotui.backend.workflow_feed import WorkflowFeed
from argotui.errors import BackendError, ForbiddenError
from argotui.model.argo import Key
from argotui.operations.logs.container_log import (
    ContainerLog,
    LogOptions,
    LogStream,
    told,
)
from argotui.operations.logs.merge import LogBatch
from argotui.operations.logs.pool import LogPool
from argotui.operations.logs.targets import LogTarget
from argotui.operations.logs.timestamps import to_ns
from argotui.operations.logs.workflow_log import WorkflowLog

_BAD = (Link.CLOSED, Link.LIVE, Link.CONNECTING, Link.STALE)
"""What counts of several that may be read: the last one of these that one of them is in."""


@dataclass
class _Part:
    """One of the workflows; `known` is set once it was read, or is known not to be there."""

    name: str
    reading: WorkflowLog
    known: asyncio.Event = field(default_factory=asyncio.Event)
    fed: Freshness = field(default_factory=Freshness)
    gone: bool = False
    error: BackendError | None = None
    """Why nothing of it is read."""

    @property
    def freshness(self) -> Freshness:
        if self.error is not None:
            refused = isinstance(self.error, ForbiddenError)
            return Freshness(Link.FORBIDDEN if refused else Link.CLOSED, error=self.error)
        return self.reading.freshness if self.known.is_set() else self.fed


class LogsTogether:
    """Reads the logs of `targets`, each of another workflow, merged in the order of time.

    The watcher of the workflows calls `heed` on each change; a workflow is read as soon as it is
    known. If there are several, the names of sources include the workflow, and a workflow that
    cannot be read gives a notice and does not end the others. `batches` raises BackendError if the
    only one cannot be read.
    """

    def __init__(
        self,
        cluster: ClusterPort,
        targets: Sequence[LogTarget],
        ask: LogOptions,
        clock: Clock,
        rng: random.Random,
    ) -> None:
        self.ask = ask
        self.on_change: Callable[[], None] | None = None
        self._clock = clock
        self._pool = LogPool(clock)
        self._several = len(targets) > 1
        names = names_of([target.key for target in targets])
        self._parts: dict[Key, _Part] = {}
        for target in targets:
            name = names[target.key]
            prefix = name if self._several else ""
            reading = WorkflowLog(cluster, target, ask, clock, rng, pool=self._pool, prefix=prefix)
            reading.on_change = self._changed
            self._parts[target.key] = _Part(name, reading)

    @property
    def readings(self) -> list[WorkflowLog]:
        """What is read of each workflow."""
        return [part.reading for part in self._parts.values()]

    @property
    def logs(self) -> list[ContainerLog]:
        """All logs; their indexes in batches are their places."""
        return self._pool.logs

    @property
    def sources(self) -> list[LogStream]:
        """The sources by their index in batches."""
        return [log.source for log in self._pool.logs]

    @property
    def containers(self) -> list[str]:
        """The names of all containers."""
        return list(dict.fromkeys(name for each in self.readings for name in each.containers))

    @property
    def may_have_older(self) -> bool:
        """Whether a log may have lines before the requested ones."""
        return any(reading.may_have_older for reading in self.readings)

    @property
    def forbidden(self) -> int:
        """How many of several workflows may not be read."""
        links = [part.freshness.link for part in self._parts.values()]
        return links.count(Link.FORBIDDEN) if self._several else 0

    @property
    def freshness(self) -> Freshness:
        """The worst freshness of the workflows; forbidden ones count only if there is no other."""
        found = [part.freshness for part in self._parts.values()]
        read = [each for each in found if each.link is not Link.FORBIDDEN]
        return max(read, key=_badness) if read else found[0]

    def heed(self, feed: WorkflowFeed) -> None:
        """Take the present state of a workflow; do nothing for one that is not read."""
        part = self._parts.get(feed.key)
        if part is None:
            return
        before, part.fed = part.fed.link, feed.freshness
        if feed.gone or feed.workflow is not None:
            self._heed_known(part, feed, cut=before is Link.STALE)
        elif (error := feed.freshness.error) is not None:
            part.reading.release()
            if feed.freshness.link is Link.FORBIDDEN and part.error is None:
                part.error = error
                self._say(part, told(error))
        self._changed()

    def _heed_known(self, part: _Part, feed: WorkflowFeed, *, cut: bool) -> None:
        if not part.known.is_set():
            part.error = None
            part.known.set()
        if feed.gone:
            if not part.gone:
                there = feed.workflow is not None
                self._say(part, "the workflow is deleted" if there else "there is no such workflow")
            part.reading.workflow_deleted()
        elif feed.workflow is not None:
            if cut and part.fed.link is Link.LIVE:
                part.reading.reconnect()
            part.reading.tell(feed.workflow)
        part.gone = feed.gone

    def _say(self, part: _Part, text: str) -> None:
        if self._several:
            self._pool.notice(to_ns(self._clock.now()), f"{part.name}: {text}")

    def reconnect(self) -> None:
        """Open every stream again: those that are open may be dead without knowing it."""
        for reading in self.readings:
            reading.reconnect()

    def batches(self) -> AsyncGenerator[LogBatch, None]:
        """Return a generator of lines until all requested logs are read."""
        return self._pool.batches(self._run)

    async def _run(self) -> None:
        tasks = [asyncio.create_task(self._read(part)) for part in self._parts.values()]
        try:
            await asyncio.gather(*tasks)
        finally:
            await cancel(*tasks)

    async def _read(self, part: _Part) -> None:
        await part.known.wait()
        try:
            await part.reading.run()
        except BackendError as error:
            if not self._several:
                raise
            part.error = error
            self._say(part, told(error))
            self._changed()

    def _changed(self) -> None:
        if self.on_change is not None:
            self.on_change()


def names_of(keys: Sequence[Key]) -> dict[Key, str]:
    """Return the labels of workflows: the name, with the namespace if it differs."""
    same = len({key.namespace for key in keys}) == 1
    return {key: key.name if same else str(key) for key in keys}


def _badness(freshness: Freshness) -> tuple[int, float]:
    return _BAD.index(freshness.link), freshness.heard or 0.0
