"""What the screens of objects read: the objects of a few kinds, live, each summarised once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from argotui.backend.freshness import Freshness
from argotui.backend.object_feed import ObjectFeed
from argotui.backend.ports import Document
from argotui.backend.session import Session
from argotui.errors import BackendError
from argotui.model.argo import Key
from argotui.model.kinds import Kind
from argotui.screens.base import ConsoleScreen
from argotui.widgets.background import run_in_background

S = TypeVar("S")

ObjectId = tuple[Kind, Key]
"""The kind of an object and its key; the namespace is empty for a cluster-wide kind."""


class ObjectReader(Generic[S]):
    """Base of the readers of objects: it reads as long as `screen` is there.

    `summarise` makes what the screens show of a document. The first of `kinds` is the main one:
    freshness and errors are those of its objects.
    """

    def __init__(
        self,
        screen: ConsoleScreen,
        session: Session,
        kinds: Sequence[Kind],
        summarise: Callable[[Document], S],
    ) -> None:
        self.session = session
        self._screen = screen
        self._summarise = summarise
        self._feeds: dict[Kind, ObjectFeed] = {
            kind: session.follow_objects(kind, session.namespace if kind.namespaced else None)
            for kind in kinds
        }
        self._main = self._feeds[kinds[0]]
        self._listeners: list[Callable[[], None]] = []
        self._summaries: dict[ObjectId, tuple[Document, S]] = {}
        """With each summary the version of the object that it is of."""

    def start(self) -> None:
        """Read in the background, until the screen is gone."""
        for kind, feed in self._feeds.items():
            feed.on_change = self._changed
            run_in_background(self._screen, feed.run(), f"feed of {kind.plural}")

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` after changes, until the returned function is called."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def refresh(self) -> None:
        """Read everything again now."""
        for feed in self._feeds.values():
            feed.refresh()

    @property
    def complete(self) -> bool:
        """Whether all objects of the main kind were read once."""
        return self._main.complete

    @property
    def freshness(self) -> Freshness:
        """The freshness of the objects of the main kind."""
        return self._main.freshness

    @property
    def error(self) -> BackendError | None:
        """Why the objects of the main kind cannot be read."""
        return self.freshness.error

    def document(self, identity: ObjectId) -> Document | None:
        """Return an object as it was read last, not sanitised; None if it is not there."""
        kind, key = identity
        return self._feeds[kind].objects.get(key)

    def summaries(self) -> dict[ObjectId, S]:
        """Return the summaries of all objects; each version of one is summarised once."""
        found = {
            (kind, key): self._summary_of((kind, key), document)
            for kind, feed in self._feeds.items()
            for key, document in feed.objects.items()
        }
        self._summaries = {identity: self._summaries[identity] for identity in found}
        return found

    def summary(self, identity: ObjectId) -> S | None:
        """Return the summary of one object; None if it is not there."""
        document = self.document(identity)
        return None if document is None else self._summary_of(identity, document)

    def _summary_of(self, identity: ObjectId, document: Document) -> S:
        known = self._summaries.get(identity)
        if known is None or known[0] is not document:
            known = self._summaries[identity] = (document, self._summarise(document))
        return known[1]

    def _changed(self) -> None:
        for listener in list(self._listeners):
            listener()
