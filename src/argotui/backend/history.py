"""The completed workflows, page by page, and a comparison after a gap in their watch."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

import msgspec

from argotui.backend.detail_reader import DetailReader
from argotui.backend.ports import ClusterPort, Page, Query
from argotui.backend.sources import ENDED, PAGE
from argotui.backend.store import Store, compare_versions
from argotui.errors import BackendError, GoneError
from argotui.model.argo import Key, Metadata, Workflow
from argotui.model.workflows.summary import (
    Depth,
    Summary,
    summarise,
    summarise_metadata,
)

FEW = 100
"""Up to this many doubtful rows are read one by one, more by one pass over the metadata."""
FEW_OF_SMALL = 10
"""The same if one pass takes a page or two."""
SMALL = 1000
"""Read the metadata of up to this many workflows without a request."""
SMALL_IN_FULL = 500
"""Read up to this many completed workflows in full without a request."""


class History(msgspec.Struct, frozen=True):
    """How far the completed workflows were read: `loaded` of `total` (None while unknown, and
    never exact while `complete` is false); `error` is why the last attempt failed."""

    loaded: int = 0
    total: int | None = None
    complete: bool = False
    loading: bool = False
    error: BackendError | None = None


class HistoryReader:
    """Pages through the history of one namespace (None: all) into a store."""

    def __init__(
        self,
        cluster: ClusterPort,
        store: Store,
        detail_reader: DetailReader,
        namespace: str | None,
        on_change: Callable[[], None],
    ) -> None:
        self._cluster = cluster
        self._store = store
        self._detail_reader = detail_reader
        self._namespace = namespace
        self._ended = Query(namespace, labels=ENDED, archived=True)
        self._on_change = on_change
        self._lock = asyncio.Lock()
        self._token = ""
        self._restarted = False
        self._all: int | None = None
        self._active = 0
        self._since = 0
        self.complete = False
        self.error: BackendError | None = None

    @property
    def total(self) -> int | None:
        """The approximate number of completed workflows; None if the server did not say."""
        return None if self._all is None else max(0, self._all - self._active + self._since)

    @property
    def small(self) -> bool:
        """Whether reading everybody's metadata is cheap."""
        return self._all is not None and self._all <= SMALL

    @property
    def loading(self) -> bool:
        return self._lock.locked()

    @property
    def everything(self) -> int | None:
        """How many workflows there are, active ones included."""
        return self._all

    def rows(self) -> Iterator[Summary]:
        """Yield the rows in scope."""
        for row in self._store.summaries():
            if self._namespace is None or row.key.namespace == self._namespace:
                yield row

    def counted(self, page: Page) -> None:
        """Take the number of all workflows from a `limit=1` list without a selector."""
        known = bool(page.remaining) or not page.continue_token
        self._all = len(page.items) + page.remaining if known else None
        self._since = 0

    def settled(self) -> None:
        """Take the present number of active workflows: the rest of all are completed."""
        self._active = sum(not row.ended for row in self.rows())

    def moved(self, by: int) -> None:
        """Count workflows that became completed, or stopped being so by a retry or deletion."""
        self._since += by

    def restart(self) -> None:
        """Begin at the first page again: continue tokens are of before a gap in the watch."""
        self._token = ""
        self._restarted = True

    async def more(self) -> bool:
        """Read one page more and return whether there may be another; failures go to `error`."""
        async with self._lock:
            if not self.complete:
                try:
                    await self._next_page()
                except BackendError as error:
                    self.error = error
                    self._on_change()
            return not self.complete

    async def preload(self) -> None:
        """Read the whole history if it is small; raises what the reads raise."""
        total = self.total
        if self._all is None or total is None or self.complete:
            return
        async with self._lock:
            if total <= SMALL_IN_FULL:
                await self._read_in_full()
            elif self._all <= SMALL:
                while not self.complete:
                    await self._next_page()

    async def read_table(self) -> None:
        """Read names and phases of everything in one request; raises what the read raises.

        For one namespace only, because the rows of a table do not name their namespace.
        """
        async with self._lock:
            rows, _ = await self._cluster.table(Query(self._namespace))
            for row in rows:
                self._store.apply(row)
        self._on_change()

    async def verify(self) -> None:
        """Compare the known rows with the metadata of all workflows; raises what the reads raise.

        Deleted workflows are removed, and changed ones updated. New ones are added only if the
        whole history was known.
        """
        async with self._lock:
            seen: set[Key] = set()
            version = token = ""
            while True:
                page = await self._cluster.list_metadata(
                    Query(self._namespace), limit=PAGE, continue_token=token
                )
                version = version or page.resource_version
                for item in page.items:
                    if isinstance(item, Metadata):
                        seen.add(self._verify_one(item))
                token = page.continue_token
                if not token:
                    break
            for row in list(self.rows()):
                if row.key in seen:
                    continue
                if compare_versions(row.resource_version, version) != 1:
                    self._store.remove(row.key, row.uid)
        self._on_change()

    def _verify_one(self, item: Metadata) -> Key:
        reading = summarise_metadata(item)
        row = self._store.get(reading.key)
        if row is None and not (self.complete and reading.completed):
            return reading.key
        self._store.apply(reading)
        now = self._store.get(reading.key)
        if now is not None and now.depth is not Depth.FULL:
            if row is None or not row.ended or not now.completed:
                self._detail_reader.settle(now.key, now.uid, now.resource_version)
            else:
                self._detail_reader.touched(now.key)
        return reading.key

    async def _next_page(self) -> None:
        """Read pages up to the first one with a new row."""
        while True:
            before = self._store.history
            try:
                page = await self._cluster.list_metadata(
                    self._ended,
                    limit=PAGE,
                    continue_token=self._token,
                )
            except GoneError:
                if not self._token:
                    raise
                self.restart()
                continue
            for item in page.items:
                if isinstance(item, Metadata):
                    self._store.apply(summarise_metadata(item))
                    self._detail_reader.touched(Key(item.namespace, item.name))
            self._token = page.continue_token
            self.complete = not page.continue_token
            self.error = None
            self._on_change()
            if self.complete or not self._restarted or self._store.history > before:
                return

    async def _read_in_full(self) -> None:
        token = ""
        while True:
            page = await self._cluster.list_workflows(
                self._ended,
                limit=PAGE,
                continue_token=token,
            )
            for item in page.items:
                if isinstance(item, Workflow):
                    self._store.apply(summarise(item))
                elif isinstance(item, Metadata):
                    self._store.apply(summarise_metadata(item))
                    self._detail_reader.touched(Key(item.namespace, item.name))
            self._on_change()
            token = page.continue_token
            if not token:
                break
        self.complete = True
        self.error = None
