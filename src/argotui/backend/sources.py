"""The sources of reflectors: workflows in full, or the metadata of completed ones."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import msgspec

from argotui.backend.ports import (
    Change,
    ClusterPort,
    Page,
    Query,
)
from argotui.model.argo import COMPLETED

PAGE = 500
"""Workflows in one page of a list."""

FIRST = 50
"""Workflows in the page that is shown while the rest is being read."""

AT_ONCE = 2000
"""Workflows in the first page of that rest. API servers answer the first page of a list from
memory, within tenths of a second. They read later pages from etcd, which takes several seconds each
if a selector excludes most objects."""

ACTIVE = f"{COMPLETED}!=true"
"""Selects workflows that the controller has not finished; it sets the label when it has."""
ENDED = f"{COMPLETED}=true"


class WorkflowSource:
    """The workflows of a query, in full. With `turn` the first few come twice: at once, and with
    all others after `turn` was awaited."""

    def __init__(
        self,
        cluster: ClusterPort,
        query: Query,
        turn: Callable[[], Awaitable[object]] | None = None,
    ) -> None:
        self._cluster = cluster
        self._query = query
        self._turn = turn

    async def pages(self, *, whole: bool) -> AsyncIterator[Page]:
        limit = 0 if whole else PAGE
        if self._turn is not None and not whole:
            page = await self._cluster.list_workflows(self._query, limit=FIRST)
            yield page
            if not page.continue_token:
                return
            await self._turn()
            limit = AT_ONCE
        token = ""
        while True:
            page = await self._cluster.list_workflows(
                self._query, limit=limit, continue_token=token
            )
            yield page
            token = page.continue_token
            if not token:
                return
            limit = PAGE

    def watch(self, resource_version: str) -> AsyncIterator[Change]:
        return self._cluster.watch_workflows(self._query, resource_version)

    async def probe(self) -> Page:
        return await _probe(self._cluster, self._query)


class CompletedSource:
    """The metadata of completed workflows from now on; the list is only the start of the watch.

    Its one page is of all workflows, because the server counts the remaining ones only without a
    selector.
    """

    def __init__(self, cluster: ClusterPort, namespace: str | None) -> None:
        self._cluster = cluster
        self._query = Query(namespace, labels=ENDED)

    async def pages(self, *, whole: bool) -> AsyncIterator[Page]:
        everything = msgspec.structs.replace(self._query, labels="")
        yield await self._cluster.list_metadata(everything, limit=1)

    def watch(self, resource_version: str) -> AsyncIterator[Change]:
        return self._cluster.watch_metadata(self._query, resource_version)

    async def probe(self) -> Page:
        return await _probe(self._cluster, self._query)


async def _probe(cluster: ClusterPort, query: Query) -> Page:
    # Without the labels, because a server would read until it finds a matching object.
    return await cluster.list_metadata(msgspec.structs.replace(query, labels=""), limit=1)
