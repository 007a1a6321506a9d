"""One connection and what is read through it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

from argotui.backend.backoff import cancel
from argotui.backend.clock import Clock, SystemClock
from argotui.backend.feed import Feed
from argotui.backend.namespaces import readable_namespaces
from argotui.backend.ports import ClusterPort
from argotui.backend.settings_tables import Settings
from argotui.backend.store import Store
from argotui.backend.workflow_feed import WorkflowFeed
from argotui.model.workflow import Key


class Session:
    """A cluster through one context, the namespace looked at (None: all), and its store and feed.

    Whoever opens it runs it (`run`), or the feed itself (`feed.run`), and closes it.
    """

    def __init__(
        self,
        cluster: ClusterPort,
        namespace: str | None = None,
        *,
        read_only: bool = False,
        clock: Clock | None = None,
        settings: Settings | None = None,
        rng: random.Random | None = None,
    ) -> None:
        self.cluster = cluster
        self.namespace = namespace
        self.read_only = read_only
        self.clock: Clock = clock or SystemClock()
        self.settings = settings or Settings()
        self._rng = rng or random.Random()
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
        feed = Feed(
            self.cluster, store, None, self.clock, self._rng, readable=lambda _: self.readable()
        )
        return store, feed

    async def readable(self) -> list[str]:
        """Return the namespaces whose workflows may be listed; raises `BackendError`.

        The one looked at is among them, whether or not the server or the kubeconfig names it.
        """
        known = (self.namespace,) if self.namespace else ()
        return await readable_namespaces(self.cluster, *known)

    async def close(self) -> None:
        """Stop reading and close the connection."""
        if self._task is not None:
            await cancel(self._task)
        await self.cluster.close()

    def _new_feed(self) -> Feed:
        return Feed(self.cluster, self.store, self.namespace, self.clock, self._rng)
