"""What the screens of templates read: the templates, live, and their runs."""

from __future__ import annotations

from collections.abc import Callable

from argotui.backend.freshness import Freshness, Link
from argotui.backend.object_feed import ObjectFeed
from argotui.backend.ports import Document
from argotui.backend.session import Session
from argotui.errors import BackendError
from argotui.model.kinds import CLUSTER_WORKFLOW_TEMPLATE, WORKFLOW_TEMPLATE, Kind
from argotui.model.submission.glance import TemplateGlance, glance_at
from argotui.model.submission.listing import TemplateId
from argotui.model.workflows.runs import TemplateRuns, runs_by_template
from argotui.screens.base import ConsoleScreen
from argotui.widgets.background import run_in_background

REST = 4.0
"""A rest after each drawing, in times of how long it took: with ten thousand workflows their runs
take some 50 ms to count."""


class TemplateReader:
    """The templates of a session, as long as `screen` is there; it calls `on_change` for each."""

    def __init__(self, screen: ConsoleScreen, session: Session) -> None:
        self._screen = screen
        self.session = session
        self._listeners: list[Callable[[], None]] = []
        self._feeds: dict[Kind, ObjectFeed] = {
            WORKFLOW_TEMPLATE: session.follow_objects(WORKFLOW_TEMPLATE, session.namespace),
            CLUSTER_WORKFLOW_TEMPLATE: session.follow_objects(CLUSTER_WORKFLOW_TEMPLATE, None),
        }
        self._glances: dict[TemplateId, tuple[Document, TemplateGlance]] = {}

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
        """Whether the namespaced templates were read, or cannot be."""
        return self._feeds[WORKFLOW_TEMPLATE].complete or self.error is not None

    @property
    def error(self) -> BackendError | None:
        """Why the namespaced templates cannot be read."""
        return self.freshness.error

    @property
    def freshness(self) -> Freshness:
        """The freshness of the namespaced templates."""
        return self._feeds[WORKFLOW_TEMPLATE].freshness

    @property
    def without_cluster(self) -> bool:
        """Whether the user may not read ClusterWorkflowTemplates."""
        return self._feeds[CLUSTER_WORKFLOW_TEMPLATE].freshness.link is Link.FORBIDDEN

    def document(self, identity: TemplateId) -> Document | None:
        """Return a template as it was read last, not sanitised."""
        kind, key = identity
        return self._feeds[kind].objects.get(key)

    def glances(self) -> dict[TemplateId, TemplateGlance]:
        """Return all templates at a glance; each is looked at once for each version."""
        found: dict[TemplateId, tuple[Document, TemplateGlance]] = {}
        for kind, feed in self._feeds.items():
            for key, document in feed.objects.items():
                known = self._glances.get((kind, key))
                if known is None or known[0] is not document:
                    known = (document, glance_at(document))
                found[kind, key] = known
        self._glances = found
        return {identity: glance for identity, (_, glance) in found.items()}

    def runs(self) -> dict[TemplateId, TemplateRuns]:
        """Return the latest runs of each template."""
        return runs_by_template(self.session.store.summaries())

    def _changed(self) -> None:
        for listener in list(self._listeners):
            listener()
