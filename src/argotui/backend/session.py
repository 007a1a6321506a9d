"""One connection and what is read through it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

from argotui.backend.backoff import cancel
from argotui.backend.clock import Clock, SystemClock
from argotui.backend.feed import Feed
from argotui.backend.freshness import Link
from argotui.backend.namespaces import (
    Absence,
    Readable,
    absence,
    readable_namespaces,
)
from argotui.backend.opened import OpenedNamespaces
from argotui.backend.ports import Backend
from argotui.backend.store import Store
from argotui.backend.workflow_feed import WorkflowFeed
from argotui.config.settings import Settings
from argotui.errors import BackendError
from argotui.model.argo import Key


class Session:
    """A cluster through one context, the namespace looked at (None: all), and its store and feed.

    Whoever opens it runs it (`run`), or the feed itself (`feed.run`), and closes it.
    """

    def __init__(
        self,
        backend: Backend,
        namespace: str | None = None,
        *,
        read_only: bool = False,
        clock: Clock | None = None,
        settings: Settings | None = None,
        rng: random.Random | None = None,
        opened: OpenedNamespaces | None = None,
    ) -> None:
        self.backend = backend
        self.cluster = backend.cluster
        self.namespace = namespace
        self.read_only = read_only
        self.clock: Clock = clock or SystemClock()
        self.settings = settings or Settings()
        self._rng = rng or random.Random()
        self._opened = opened or OpenedNamespaces()
        self.absent: Absence | None = None
        """What was found out of a namespace that seems not to exist; see `look_for_namespace`."""
        self._noted: set[str] = set()
        self._noting: set[asyncio.Task[None]] = set()
        self._task: asyncio.Task[None] | None = None
        self.store = Store()
        self.feed = self._new_feed()

    def start(self) -> None:
        """Begin to read what a first screen shows; `run` goes on with it and reads the rest."""
        self.feed.hold()
        self._task = asyncio.create_task(self.feed.run())

    async def run(self) -> None:
        """Run the feed, whichever it is by then, until cancelled or closed."""
        while True:
            feed, task = self.feed, self._task
            feed.release()
            if task is None or task.done():
                self._task = task = asyncio.create_task(feed.run())
            try:
                await asyncio.wait({task})
            finally:
                await cancel(task)
            if feed is self.feed:
                return

    def switch_namespace(self, namespace: str | None) -> None:
        """Look at another namespace (None: all) with a store and a feed of its own.

        The new feed reports to the same `on_change`; with `run` it starts by itself.
        """
        on_change: Callable[[], None] | None = self.feed.on_change
        self.feed.on_change = None
        self.namespace = namespace
        self.absent = None
        self.store = Store()
        self.store.clear()  # so that the first drain says that every row may have changed
        self.feed = self._new_feed()
        self.feed.on_change = on_change
        if self._task is not None:
            self._task.cancel()

    def follow(self, key: Key) -> WorkflowFeed:
        """Return a feed of one workflow, to be run by the caller."""
        return WorkflowFeed(self.cluster, key, self.clock, self._rng)

    def follow_all(self) -> tuple[Store, Feed]:
        """Return a store and a feed over all namespaces, to be run by the caller."""
        store = Store()
        return store, self._feed_of(store, None)

    async def known_namespaces(self) -> list[str]:
        """Return the namespaces that are known by name: looked at, in the settings, or opened."""
        cluster = self.cluster
        before = await asyncio.to_thread(self._opened.of, cluster.context, cluster.server)
        known = (self.namespace or "", *self.settings.namespaces, *before)
        return [name for name in dict.fromkeys(known) if name]

    async def readable(self) -> Readable:
        """Return the namespaces whose workflows may be listed; raises `BackendError`.

        Those known by name are among them, whether or not the server or the kubeconfig names them.
        """
        return await readable_namespaces(self.cluster, await self.known_namespaces())

    async def absence(self, namespace: str) -> Absence | None:
        """Return what to say of a namespace that does not exist; raises `BackendError`."""
        return await absence(self.cluster, namespace, await self.known_namespaces())

    async def look_for_namespace(self) -> None:
        """Find out whether the namespace looked at exists; a server that does not say is no
        failure."""
        if (namespace := self.namespace) is None:
            return
        try:
            found = await self.absence(namespace)
        except BackendError:
            return
        if namespace == self.namespace:
            self.absent = found

    @property
    def opened(self) -> frozenset[str]:
        """The namespaces that were looked at in this session and could be read."""
        return frozenset(self._noted)

    def note_opened(self) -> None:
        """Remember the namespace looked at, once it could be read."""
        namespace = self.namespace
        live = self.feed.freshness.link is Link.LIVE
        if namespace is None or not live or namespace in self._noted:
            return
        self._noted.add(namespace)
        add, cluster = self._opened.add, self.cluster
        task = asyncio.create_task(
            asyncio.to_thread(add, cluster.context, cluster.server, namespace)
        )
        self._noting.add(task)
        task.add_done_callback(self._noting.discard)

    async def close(self) -> None:
        """Stop reading and close the connection."""
        if self._task is not None:
            await cancel(self._task)
        if self._noting:
            await asyncio.wait(self._noting)
        await self.cluster.close()

    def _new_feed(self) -> Feed:
        return self._feed_of(self.store, self.namespace)

    def _feed_of(self, store: Store, namespace: str | None) -> Feed:
        return Feed(
            self.cluster,
            store,
            namespace,
            self.clock,
            self._rng,
            readable=lambda _: self.readable(),
        )
