"""One connection, and the data that is read through it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence

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
from argotui.backend.object_feed import ObjectFeed
from argotui.backend.opened import OpenedNamespaces
from argotui.backend.ports import Backend
from argotui.backend.store import Store
from argotui.backend.workflow_feed import WorkflowFeed
from argotui.config.settings import Settings
from argotui.errors import BackendError
from argotui.model.argo import Key
from argotui.model.kinds import Kind


class Session:
    """A connection through one context, the shown namespace (None: all), and its store and feed.

    The caller runs it (`run`), or the feed itself (`feed.run`), and closes it.
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
        kubectl: Sequence[str] | None = None,
    ) -> None:
        self.backend = backend
        self.cluster = backend.cluster
        self.namespace = namespace
        self.read_only = read_only
        self.clock: Clock = clock or SystemClock()
        self.settings = settings or Settings()
        self._rng = rng or random.Random()
        self._opened = opened or OpenedNamespaces()
        self.kubectl = kubectl
        """The options with which kubectl reaches the same cluster; None if it does not."""
        self.absent: Absence | None = None
        """The message about a namespace that seems not to exist; see `look_for_namespace`."""
        self._noted: set[str] = set()
        self._noting: set[asyncio.Task[None]] = set()
        self._task: asyncio.Task[None] | None = None
        self.store = Store()
        self.feed = self._new_feed()

    def start(self) -> None:
        """Begin to read the data of a first screen; `run` continues with the rest."""
        self.feed.hold()
        self._task = asyncio.create_task(self.feed.run())

    async def run(self) -> None:
        """Run the present feed, and each one after it, until cancelled or closed."""
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
        """Show another namespace (None: all) with a new store and feed.

        The new feed reports to the same `on_change`; with `run` it starts by itself.
        """
        on_change: Callable[[], None] | None = self.feed.on_change
        self.feed.on_change = None
        self.namespace = namespace
        self.absent = None
        self.store = Store()
        self.store.clear()  # so that the first drain reports every row as changed
        self.feed = self._new_feed()
        self.feed.on_change = on_change
        if self._task is not None:
            self._task.cancel()

    def follow(self, key: Key) -> WorkflowFeed:
        """Return a feed of one workflow, to be run by the caller."""
        return WorkflowFeed(self.cluster, key, self.clock, self._rng)

    def follow_objects(self, kind: Kind, namespace: str | None) -> ObjectFeed:
        """Return a feed of the objects of a kind, to be run by the caller."""
        return ObjectFeed(self.backend.objects, kind, namespace, self.clock, self._rng)

    def follow_all(self) -> tuple[Store, Feed]:
        """Return a store and a feed over all namespaces, to be run by the caller."""
        store = Store()
        return store, self._feed_of(store, None)

    async def known_namespaces(self) -> list[str]:
        """Return the names of known namespaces: shown, in the settings, or opened before."""
        cluster = self.cluster
        before = await asyncio.to_thread(self._opened.of, cluster.context, cluster.server)
        known = (self.namespace or "", *self.settings.namespaces, *before)
        return [name for name in dict.fromkeys(known) if name]

    async def readable(self) -> Readable:
        """Return the namespaces in which the user can list workflows; raises `BackendError`.

        The known ones are among them, even if neither the server nor the kubeconfig names them.
        """
        return await readable_namespaces(self.cluster, await self.known_namespaces())

    async def absence(self, namespace: str) -> Absence | None:
        """Return the message about a missing namespace; raises `BackendError`."""
        return await absence(self.cluster, namespace, await self.known_namespaces())

    async def look_for_namespace(self) -> None:
        """Find out whether the shown namespace exists; ignore a server that does not answer."""
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
        """The namespaces that were shown in this session and could be read."""
        return frozenset(self._noted)

    def note_opened(self) -> None:
        """Remember the shown namespace as soon as it could be read."""
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
