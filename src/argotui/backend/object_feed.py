"""The objects of one kind, live: templates, schedules."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable

from argotui.backend.clock import Clock
from argotui.backend.freshness import Freshness
from argotui.backend.ports import Change, Document, ObjectPort, Page
from argotui.backend.reflector import Reflector
from argotui.model.argo import Key, key_of_document
from argotui.model.kinds import Kind

PAGE = 500
"""Objects in one page of a list."""


class _ObjectSource:
    """The objects of a kind, as a reflector reads them."""

    def __init__(self, port: ObjectPort, kind: Kind, namespace: str | None) -> None:
        self._port = port
        self._kind = kind
        self._namespace = namespace

    async def pages(self, *, whole: bool) -> AsyncIterator[Page]:
        token = ""
        while True:
            page = await self._port.list_objects(
                self._kind, self._namespace, limit=0 if whole else PAGE, continue_token=token
            )
            yield Page(page.items, page.resource_version, page.continue_token, page.remaining)
            token = page.continue_token
            if not token:
                return

    async def watch(self, resource_version: str) -> AsyncIterator[Change]:
        changes = self._port.watch_objects(self._kind, self._namespace, resource_version)
        async for change in changes:
            yield Change(change.type, change.resource_version, change.object)

    async def probe(self) -> Page:
        page = await self._port.list_objects(self._kind, self._namespace, limit=1)
        return Page(page.items, page.resource_version)


class ObjectFeed:
    """Follows the objects of a kind until cancelled, to the letter.

    `namespace` is None for all namespaces and for a cluster-wide kind, whose keys have an empty
    namespace.
    """

    def __init__(
        self,
        port: ObjectPort,
        kind: Kind,
        namespace: str | None,
        clock: Clock,
        rng: random.Random,
    ) -> None:
        self.kind = kind
        self.objects: dict[Key, Document] = {}
        """The latest documents, not sanitised."""
        self.complete = False
        """Whether a whole list was read."""
        self.version = 0
        """The number of changes."""
        self.on_change: Callable[[], None] | None = None
        self._listed: set[Key] | None = None
        self._reflector = Reflector(
            _ObjectSource(port, kind, namespace), self, clock, rng, on_state=self._changed
        )

    @property
    def freshness(self) -> Freshness:
        return self._reflector.freshness

    def refresh(self) -> None:
        """Read everything again now, or end a wait after a failure."""
        self._reflector.refresh()

    async def run(self) -> None:
        """Run until cancelled."""
        await self._reflector.run()

    # Called by the reflector.

    def listing(self) -> None:
        self._listed = set()

    def page(self, page: Page) -> None:
        for item in page.items:
            if isinstance(item, dict):
                self._take(item)

    def listed(self, resource_version: str) -> None:
        found, self._listed = self._listed or set(), None
        for key in self.objects.keys() - found:
            del self.objects[key]
        self.complete = True
        self._bump()

    def change(self, change: Change) -> None:
        if not isinstance(change.object, dict):
            return
        if change.kind == "DELETED":
            self.objects.pop(key_of_document(change.object), None)
        else:
            self._take(change.object)
        self._bump()

    def rewound(self) -> None:
        self.objects.clear()

    def _take(self, document: Document) -> None:
        key = key_of_document(document)
        self.objects[key] = document
        if self._listed is not None:
            self._listed.add(key)

    def _bump(self) -> None:
        self.version += 1
        self._changed()

    def _changed(self) -> None:
        if self.on_change:
            self.on_change()
