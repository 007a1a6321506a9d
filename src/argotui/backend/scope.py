"""The workflows of one namespace, or of all: two streams of changes and the history between them.

Active workflows are followed in full, completed ones by their metadata. A watch with a label
selector sends DELETED, with the previous object, both if an object is deleted and if it stops
matching (`apiserver/pkg/storage/cacher`). So one stream alone cannot distinguish a deletion from a
completion or a retry; if the other stream has no event for it, the object is read.
"""

from __future__ import annotations

import asyncio
import enum
import logging
import random
from collections.abc import Callable

from argotui.backend.backoff import Backoff, Wakeup
from argotui.backend.clock import Clock
from argotui.backend.detail_reader import DetailReader
from argotui.backend.history import (
    FEW,
    FEW_OF_SMALL,
    SMALL_IN_FULL,
    HistoryReader,
)
from argotui.backend.ports import (
    Change,
    ClusterPort,
    Page,
    Query,
)
from argotui.backend.reflector import SLOW, Reflector
from argotui.backend.sources import ACTIVE, CompletedSource, WorkflowSource
from argotui.backend.store import Store, compare_versions
from argotui.errors import BackendError, ForbiddenError, UnauthorizedError
from argotui.model.argo import Key, Metadata, Workflow
from argotui.model.workflows.summary import (
    Depth,
    Summary,
    summarise,
    summarise_metadata,
)

log = logging.getLogger(__name__)


class _Chore(enum.IntEnum):
    """Background reads, in the order of their execution."""

    TABLE = 0
    VERIFY = 1
    PRELOAD = 2


class Scope:
    """Updates a store from one namespace (None: all of them) until cancelled."""

    def __init__(
        self,
        cluster: ClusterPort,
        store: Store,
        detail_reader: DetailReader,
        namespace: str | None,
        clock: Clock,
        rng: random.Random,
        *,
        on_change: Callable[[], None],
        on_rewound: Callable[[], None],
        looked_at: asyncio.Event,
    ) -> None:
        self.namespace = namespace
        self.reader = HistoryReader(cluster, store, detail_reader, namespace, on_change)
        self._store = store
        self._detail_reader = detail_reader
        self._on_change = on_change
        self._wakeup = Wakeup(clock)
        self._backoff = Backoff(rng)
        self._todo: set[_Chore] = set()
        self._wake = asyncio.Event()
        self._looked_at = looked_at
        self._overview = asyncio.Event()
        """Set when the names and phases of all workflows have arrived, or will not arrive soon. The
        server takes many times longer for whole workflows, and also for the names if both are
        requested at once."""
        self.active = Reflector(
            WorkflowSource(cluster, Query(namespace, labels=ACTIVE), self._turn),
            _ActiveSink(self, store, on_rewound),
            clock,
            rng,
            on_state=on_change,
        )
        self.ended = Reflector(
            CompletedSource(cluster, namespace),
            _EndedSink(self, store, detail_reader, on_rewound),
            clock,
            rng,
            on_state=self._ended_said,
        )
        self._active_listed = False
        self._ended_listed = False

    async def run(self) -> None:
        """Run until cancelled."""
        async with asyncio.TaskGroup() as group:
            for coroutine in (self.active.run(), self.ended.run(), self._work()):
                group.create_task(coroutine)

    def refresh(self) -> None:
        """End waits after failures, and read the rest again."""
        for reflector in (self.active, self.ended):
            reflector.refresh()
        self._wakeup.wake()

    def changed(self) -> None:
        self._on_change()

    @property
    def counted(self) -> bool:
        """Whether all active workflows were listed once, so that the counts are known."""
        return self._active_listed

    async def _turn(self) -> None:
        """Wait until the first rows have arrived and are on the screen."""
        await self._overview.wait()
        await self._looked_at.wait()

    def _ended_said(self) -> None:
        if self.ended.freshness.error is not None:
            self._overview.set()
        self._on_change()

    def active_listed(self, seen: set[Key], version: str) -> None:
        """Settle the active workflows that are no longer in the list."""
        missing = [
            row
            for row in self.reader.rows()
            if not row.ended
            and row.key not in seen
            and compare_versions(row.resource_version, version) != 1
        ]
        self._settle(missing, version)
        self.reader.settled()
        if self._ended_listed and not self._active_listed:
            self._do(_Chore.PRELOAD)
        self._active_listed = True
        self._on_change()

    def ended_listed(self, version: str) -> None:
        """Begin with the history, or update it after a gap in the watch."""
        everything = self.reader.everything
        if self.namespace is not None and (everything is None or everything > SMALL_IN_FULL):
            self._do(_Chore.TABLE)
        else:
            self._overview.set()
        self.reader.settled()
        if not self._ended_listed:
            if self._active_listed:
                self._do(_Chore.PRELOAD)
        elif self.reader.complete:
            self._do(_Chore.VERIFY)
        else:
            self.reader.restart()
            self._settle([row for row in self.reader.rows() if row.ended], version)
        self._ended_listed = True

    def left(self, metadata: Metadata, version: str) -> None:
        """Settle an object that left a stream, unless the other stream already has it."""
        key = Key(metadata.namespace, metadata.name)
        # An unknown object need not be settled, but a read under way may make it known.
        if key in self._store or self.reader.loading:
            self._detail_reader.settle(key, metadata.uid, version)

    def _settle(self, rows: list[Summary], version: str) -> None:
        if len(rows) > (FEW_OF_SMALL if self.reader.small else FEW):
            self._do(_Chore.VERIFY)
            return
        for row in rows:
            self._detail_reader.settle(row.key, row.uid, version)

    def _do(self, chore: _Chore) -> None:
        self._todo.add(chore)
        self._wake.set()

    async def _work(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._todo:
                chore = min(self._todo)
                self._todo.discard(chore)
                try:
                    await self._perform(chore)
                    self._backoff.reset()
                except BackendError as error:
                    await self._put_off(chore, error)
                except Exception:
                    log.exception("internal error while reading history")

    async def _perform(self, chore: _Chore) -> None:
        match chore:
            case _Chore.TABLE:
                try:
                    await self.reader.read_table()
                finally:
                    self._overview.set()
                # A row of the table is older than the list of active workflows, which lacks it.
                for row in list(self.reader.rows()) if self._active_listed else ():
                    if row.depth is Depth.TABLE and not row.ended:
                        self._detail_reader.settle(row.key, row.uid, "")
            case _Chore.VERIFY:
                await self.reader.verify()
            case _Chore.PRELOAD:
                await self.reader.preload()

    async def _put_off(self, chore: _Chore, error: BackendError) -> None:
        if chore is _Chore.TABLE and not error.retryable:
            log.info("no table of workflows: %s", error.title)
            return
        self._todo.add(chore)
        hopeless = isinstance(error, ForbiddenError | UnauthorizedError)
        await self._wakeup.sleep(SLOW if hopeless else self._backoff.next())


class _ActiveSink:
    def __init__(self, scope: Scope, store: Store, rewound: Callable[[], None]) -> None:
        self._scope = scope
        self._store = store
        self.rewound = rewound
        self._seen: set[Key] = set()

    def listing(self) -> None:
        self._seen = set()

    def page(self, page: Page) -> None:
        for item in page.items:
            if isinstance(item, Workflow):
                self._store.apply(summarise(item))
                self._seen.add(item.key)
        self._scope.changed()

    def listed(self, resource_version: str) -> None:
        seen, self._seen = self._seen, set()
        self._scope.active_listed(seen, resource_version)

    def change(self, change: Change) -> None:
        workflow = change.object
        if not isinstance(workflow, Workflow):
            return
        if change.kind == "DELETED":
            self._scope.left(workflow.metadata, change.resource_version)
            return
        if self._store.apply(summarise(workflow)):
            self._scope.changed()


class _EndedSink:
    def __init__(
        self, scope: Scope, store: Store, detail_reader: DetailReader, rewound: Callable[[], None]
    ) -> None:
        self._scope = scope
        self._store = store
        self._detail_reader = detail_reader
        self.rewound = rewound

    def listing(self) -> None:
        """The list does not have the completed workflows, only the number of all."""

    def page(self, page: Page) -> None:
        self._scope.reader.counted(page)

    def listed(self, resource_version: str) -> None:
        self._scope.ended_listed(resource_version)

    def change(self, change: Change) -> None:
        metadata = change.object
        if not isinstance(metadata, Metadata):
            return
        key = Key(metadata.namespace, metadata.name)
        if change.kind == "DELETED":
            self._scope.reader.moved(-1)
            self._scope.left(metadata, change.resource_version)
            return
        if self._store.apply(summarise_metadata(metadata)):
            self._scope.changed()
        if change.kind == "ADDED":
            self._scope.reader.moved(+1)
            self._detail_reader.settle(key, metadata.uid, change.resource_version)
        else:
            self._detail_reader.touched(key)
