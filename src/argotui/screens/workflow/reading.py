"""What the screen of a workflow reads: the workflow itself, its events, its YAML."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from textual import work
from textual.timer import Timer

from argotui.backend.store import compare_versions
from argotui.errors import BackendError
from argotui.model.argo import Key, Workflow
from argotui.model.workflows.summary import Summary
from argotui.screens.base import ConsoleScreen
from argotui.screens.workflow.yaml import make_yaml

if TYPE_CHECKING:
    from argotui.backend.ports import EventRecord
    from argotui.backend.workflow_feed import WorkflowFeed
    from argotui.model.yaml_text import YamlText

EVENTS_PAUSE = 1.0
"""Seconds after a change before the events are read again; further changes do not prolong it."""

REST = 3
"""A drawing that took long is followed by a rest of so many times as long, for the keys."""


class WorkflowReading(ConsoleScreen):
    """Follows a workflow from mounting until the screen is left."""

    def __init__(self, key: Key) -> None:
        super().__init__()
        self.key = key
        self.feed: WorkflowFeed | None = None
        self.view_errors: dict[str, BackendError] = {}
        """Why a view could not be read, by its name."""
        self.yaml_revealed = False
        self.yaml_secrets = 0
        """How many secrets the YAML holds, covered or not."""
        self._document: dict[str, object] | None = None
        self._events_version = -1
        self._events_timer: Timer | None = None
        self._publish_timer: Timer | None = None
        self._published_at = 0.0

    # What a subclass shows.

    def draw(self) -> None:
        """Bring what is visible up to date with the feed."""

    def reads_events(self) -> bool:
        """Return whether events are on screen, to be read again as the workflow changes."""
        return False

    def events_read(self, records: Sequence[EventRecord]) -> None:
        """Show these events."""

    def yaml_read(self, text: YamlText) -> None:
        """Show this YAML."""

    # What there is.

    def now(self) -> datetime:
        session = self.console.session_or_none
        return session.clock.now() if session else datetime.now(UTC)

    @property
    def others(self) -> Collection[Summary]:
        """The rows of the list, this workflow's among them."""
        session = self.console.session_or_none
        return session.store.summaries() if session else ()

    @property
    def workflow(self) -> Workflow | None:
        return self.feed.workflow if self.feed else None

    @property
    def version(self) -> int:
        return self.feed.version if self.feed else 0

    @property
    def events_are_old(self) -> bool:
        """Whether the workflow changed since its events were read."""
        return self._events_version != self.version

    @property
    def has_yaml(self) -> bool:
        return self._document is not None

    @property
    def yaml_is_old(self) -> bool:
        """Whether the workflow changed since its YAML was read."""
        workflow, document = self.workflow, self._document
        if workflow is None or document is None:
            return False
        metadata = document.get("metadata")
        read = str(metadata.get("resourceVersion", "")) if isinstance(metadata, dict) else ""
        order = compare_versions(read, workflow.metadata.resource_version)
        return order is None or order < 0

    # Reading.

    def on_mount(self) -> None:
        self.feed = feed = self.session.follow(self.key)
        feed.on_change = self._feed_changed
        self._run_feed(feed)

    def on_unmount(self) -> None:
        if self.feed is not None:
            self.feed.on_change = None

    @work(group="workflow-feed", exclusive=True, exit_on_error=False)
    async def _run_feed(self, feed: WorkflowFeed) -> None:
        await feed.run()

    def _feed_changed(self) -> None:
        """Draw at once, but never more often than `refresh_hz`."""
        if self._publish_timer is None:
            due = self._published_at + 1 / self.console.settings.refresh_hz
            delay = max(0.001, due - asyncio.get_running_loop().time())
            self._publish_timer = self.set_timer(delay, self._publish)

    def _publish(self) -> None:
        self._publish_timer = None
        time = asyncio.get_running_loop().time
        before = time()
        if self.is_current:
            self.draw()
            self.refresh_chrome()
        self._published_at = time() + REST * (time() - before)
        if self.reads_events() and self.events_are_old and self._events_timer is None:
            self._events_timer = self.set_timer(EVENTS_PAUSE, self._read_events_now)

    def _read_events_now(self) -> None:
        self._events_timer = None
        self.read_events()

    @work(group="workflow-events", exclusive=True, exit_on_error=False)
    async def read_events(self) -> None:
        """Read the events of the workflow and its pods."""
        self._events_version = self.version
        try:
            records = await self.session.cluster.list_events(*self.key)
        except BackendError as error:
            self.view_errors["events"] = error
        else:
            self.view_errors.pop("events", None)
            self.events_read(records)
        self._was_read()

    @work(group="workflow-yaml", exclusive=True, exit_on_error=False)
    async def read_yaml(self) -> None:
        """Read the whole object and show it as YAML."""
        try:
            self._document = await self.session.cluster.get_raw_document(*self.key)
        except BackendError as error:
            self.view_errors["yaml"] = error
        else:
            self.view_errors.pop("yaml", None)
            await self._make_yaml()
        self._was_read()

    @work(group="workflow-yaml", exclusive=True, exit_on_error=False)
    async def reveal_yaml(self) -> None:
        """Show the secrets in the YAML, or cover them again."""
        self.yaml_revealed = not self.yaml_revealed
        await self._make_yaml()
        self._was_read()

    async def _make_yaml(self) -> None:
        if self._document is not None:
            text, self.yaml_secrets = await make_yaml(
                self._document, covered=not self.yaml_revealed
            )
            self.yaml_read(text)

    def _was_read(self) -> None:
        self.draw()
        self.refresh_chrome()
