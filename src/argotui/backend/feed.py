"""The data of the workflow list, updated while the console runs."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Iterable

import msgspec

from argotui.backend.backoff import Backoff, Wakeup, first_of
from argotui.backend.clock import Clock
from argotui.backend.detail_reader import DetailReader
from argotui.backend.freshness import Freshness, Link
from argotui.backend.history import History
from argotui.backend.namespaces import Readable, readable_namespaces, some_of
from argotui.backend.ports import ClusterPort
from argotui.backend.reflector import SLOW
from argotui.backend.scope import Scope
from argotui.backend.store import Store
from argotui.errors import BackendError
from argotui.model.argo import Key
from argotui.model.counted import counted

log = logging.getLogger(__name__)

NAMESPACES = 20
"""How many namespaces are watched at once if a cluster-wide watch is not allowed; each takes two
open requests."""

_BADNESS = {Link.LIVE: 0, Link.STALE: 1, Link.CONNECTING: 2, Link.FORBIDDEN: 3, Link.CLOSED: 4}

FindReadable = Callable[[ClusterPort], Awaitable[Readable]]


class Feed:
    """Fills a store from a cluster. `run` it, name the visible rows with `want`, and drain the
    store when it calls `on_change`, which happens often."""

    def __init__(
        self,
        cluster: ClusterPort,
        store: Store,
        namespace: str | None,
        clock: Clock,
        rng: random.Random,
        *,
        readable: FindReadable = readable_namespaces,
    ) -> None:
        self.namespace = namespace
        self.on_change: Callable[[], None] | None = None
        self.scope: list[str] | None = None if namespace is None else [namespace]
        """The namespaces that are read, None for all of them."""
        self.notice = ""
        """A remark about the scope; empty if the scope is the requested one."""
        self._cluster = cluster
        self._store = store
        self._clock = clock
        self._rng = rng
        self._readable = readable
        self._wakeup = Wakeup(clock)
        self._backoff = Backoff(rng)
        self._detail_reader = DetailReader(cluster, store, clock, rng, self._changed)
        self._scopes: list[Scope] = []
        self._restart = asyncio.Event()
        self._looked_at = asyncio.Event()
        self._looked_at.set()
        self._rewound = False
        self._idle = Freshness()
        self._fault: BackendError | None = None

    @property
    def freshness(self) -> Freshness:
        """The worst of all streams."""
        streams = [
            stream.freshness for scope in self._scopes for stream in (scope.active, scope.ended)
        ]
        worst = max(streams, key=_badness, default=self._idle)
        if self._fault is not None and worst.error is None:
            return msgspec.structs.replace(worst, error=self._fault)
        return worst

    @property
    def counted(self) -> bool:
        """Whether all that is active was listed once: before, a number of them means nothing."""
        return bool(self._scopes) and all(scope.counted for scope in self._scopes)

    @property
    def history(self) -> History:
        """How far the completed workflows were read."""
        readers = [scope.reader for scope in self._scopes]
        totals = [reader.total for reader in readers]
        complete = bool(readers) and all(reader.complete for reader in readers)
        loaded = self._store.history
        total: int | None = None
        if complete:
            total = loaded
        elif readers and None not in totals:
            total = max(loaded, sum(number for number in totals if number is not None))
        return History(
            loaded=loaded,
            total=total,
            complete=complete,
            loading=any(reader.loading for reader in readers),
            error=next((reader.error for reader in readers if reader.error), None),
        )

    async def more_history(self) -> bool:
        """Read the next page of completed workflows and return whether there may be more of them.

        Never raises: a failure is in `history.error`, and the next call tries the same page.
        """
        for scope in self._scopes:
            if not scope.reader.complete:
                await scope.reader.more()
                break
        return any(not scope.reader.complete for scope in self._scopes)

    def hold(self) -> None:
        """Read no more than a first screen shows until `release`."""
        self._looked_at.clear()

    def release(self) -> None:
        """Read all that is to be read."""
        self._looked_at.set()

    def want(self, keys: Iterable[Key]) -> None:
        """Say which rows are looked at: shallow ones are read in full, others no longer."""
        self._detail_reader.want(keys)

    def refresh(self) -> None:
        """Read everything again now, and try at once what waits after a failure."""
        self._fault = None
        for scope in self._scopes:
            scope.refresh()
        self._detail_reader.hurry()
        self._wakeup.wake()

    async def run(self) -> None:
        """Work until cancelled; nothing else ends it."""
        namespaces: list[str | None] = [self.namespace]
        try:
            while True:
                self._open(namespaces)
                await first_of(self._work(), self._restart.wait())
                if self._rewound:
                    self._store.clear()
                else:
                    namespaces = await self._narrow()
        finally:
            self._idle = Freshness(Link.CLOSED, self.freshness.heard)
            self._scopes = []
            self._changed()

    def _open(self, namespaces: list[str | None]) -> None:
        self._rewound = False
        self._restart.clear()
        self._scopes = [
            Scope(
                self._cluster,
                self._store,
                self._detail_reader,
                namespace,
                self._clock,
                self._rng,
                on_change=self._state_changed,
                on_rewound=self._list_again,
                looked_at=self._looked_at,
            )
            for namespace in namespaces
        ]

    async def _work(self) -> None:
        async with asyncio.TaskGroup() as group:
            for run in (self._detail_reader.run, *(scope.run for scope in self._scopes)):
                group.create_task(self._keep(run))

    async def _keep(self, run: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await run()
            except Exception as bug:
                log.exception("internal error in a reader")
                self._fault = BackendError(
                    "Internal error while reading", type(bug).__name__, "See the log."
                )
                self._changed()
                await self._wakeup.sleep(self._backoff.next())

    async def _narrow(self) -> list[str | None]:
        """Return the namespaces to read if a cluster-wide list is not allowed."""
        refused = self.freshness
        self._scopes = []
        hint = "Name one you can read, with -n or :ns."
        found = Readable([])
        try:
            found = await self._readable(self._cluster)
        except BackendError as error:
            hint = error.title
        except Exception:
            log.exception("internal error while finding the readable namespaces")
        if names := found.names:
            self.scope = chosen = self._choose(names)
            self.notice = _scope_notice(chosen, found)
            self._idle = Freshness()
            self._changed()
            return list(chosen)
        self.notice = f"You cannot list workflows cluster-wide. {hint}"
        retry_at = self._clock.monotonic() + SLOW
        self._idle = msgspec.structs.replace(refused, link=Link.FORBIDDEN, retry_at=retry_at)
        self._changed()
        await self._wakeup.sleep(SLOW)
        return [None]

    def _choose(self, names: list[str]) -> list[str]:
        own = self._cluster.default_namespace
        return sorted(sorted(set(names), key=lambda name: (name != own, name))[:NAMESPACES])

    def _list_again(self) -> None:
        self._rewound = True
        self._restart.set()

    def _state_changed(self) -> None:
        if self.scope is None and self._scopes:
            link = self._scopes[0].active.freshness.link
            if link is Link.FORBIDDEN:
                self._restart.set()
            elif link is Link.LIVE:
                self.notice = ""
        self._changed()

    def _changed(self) -> None:
        if self.on_change:
            self.on_change()


def _scope_notice(chosen: list[str], found: Readable) -> str:
    """Return which namespaces are shown, in a line, and how to see more if there may be more."""
    if len(chosen) < len(found.names):
        every = counted(len(found.names), "namespace")
        return f"Showing {len(chosen)} of the {every} you can read; :ns NAME opens another"
    if found.complete:
        number = counted(len(chosen), "namespace")
        return f"Showing the {number} you can read: {some_of(chosen)}"
    # The names come first, because a narrow screen cuts the rest.
    return f"Showing {some_of(chosen)}. You cannot list namespaces; :ns NAME adds one"


def _badness(freshness: Freshness) -> tuple[int, float]:
    heard = freshness.heard
    return _BADNESS[freshness.link], float("inf") if heard is None else -heard
