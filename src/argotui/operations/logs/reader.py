"""Reads the logs of workflows, of a node, or of one container, and follows them."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from argotui.errors import BackendError
from argotui.model.argo import Key, Node, Workflow
from argotui.operations.logs.container_log import LogOptions
from argotui.operations.logs.targets import LogTarget
from argotui.operations.logs.together import LogsTogether

if TYPE_CHECKING:
    from argotui.backend.session import Session
    from argotui.backend.workflow_feed import WorkflowFeed
    from argotui.operations.logs.merge import LogBatch


class LogReader:
    """Follows workflows from `start` to `close` and reads their logs.

    `keys` are the workflows it was opened for, `targets` what is read now: of all or of one.
    """

    def __init__(
        self, keys: Sequence[Key], node_id: str | None = None, container: str | None = None
    ) -> None:
        self.keys = tuple(keys)
        self.targets = tuple(
            LogTarget(key, node_id or "", container=container or "main") for key in keys
        )
        self.options = LogOptions(follow=True, ends=True)
        self.minutes: int | None = None
        """How far back was asked for by time; None if it was by lines."""
        self.reading: LogsTogether | None = None
        """What is read now; None until one of the workflows is known."""
        self.error: BackendError | None = None
        """Why reading ended early."""
        self.feeds: dict[Key, WorkflowFeed] = {}
        self._session: Session | None = None
        self._on_change: Callable[[], None] | None = None
        self._on_reading: Callable[[LogsTogether], None] | None = None

    def start(
        self,
        session: Session,
        tail: int,
        on_change: Callable[[], None],
        on_reading: Callable[[LogsTogether], None],
    ) -> list[WorkflowFeed]:
        """Follow the workflows, reading the last `tail` lines first; return the feeds to run.

        `on_change` is called when what is known of the logs changes, `on_reading` with each new
        reading, whose `batches` are to be consumed from then on.
        """
        self._session = session
        self._on_change, self._on_reading = on_change, on_reading
        self.options = LogOptions(follow=True, tail=tail, ends=True)
        for key in self.keys:
            self.feeds[key] = feed = session.follow(key)
            feed.on_change = partial(self._feed_changed, feed)
        return list(self.feeds.values())

    def close(self) -> None:
        """Report no further changes."""
        self._on_change = self._on_reading = None
        for feed in self.feeds.values():
            feed.on_change = None
        if self.reading is not None:
            self.reading.on_change = None

    # What is read.

    @property
    def target(self) -> LogTarget | None:
        """What is read, if it is of one workflow."""
        return self.targets[0] if len(self.targets) == 1 else None

    @property
    def container(self) -> str:
        """Which containers are read."""
        return self.targets[0].container

    def workflow_of(self, key: Key) -> Workflow | None:
        """Return a workflow as it was last read."""
        return feed.workflow if (feed := self.feeds.get(key)) is not None else None

    @property
    def node(self) -> Node | None:
        """The node whose logs these are; None for whole workflows."""
        if (target := self.target) is None or not target.node_id:
            return None
        workflow = self.workflow_of(target.key)
        return workflow.nodes.get(target.node_id) if workflow is not None else None

    def in_container(self, container: str) -> tuple[LogTarget, ...]:
        """Return the targets, read from another container."""
        return tuple(msgspec.structs.replace(each, container=container) for each in self.targets)

    # Reading.

    def read(self, targets: Sequence[LogTarget] | None = None) -> None:
        """Read what `targets` and `options` say from the start; what was read before ends."""
        session = self._session
        if session is None:
            return
        if targets is not None:
            self.targets = tuple(targets)
        if self.reading is not None:
            self.reading.on_change = None
        self.error = None
        self.reading = reading = LogsTogether(
            session.cluster, self.targets, self.options, session.clock, random.Random()
        )
        for feed in self.feeds.values():
            reading.heed(feed)
        reading.on_change = self._changed
        if self._on_reading is not None:
            self._on_reading(reading)

    def read_past(
        self, *, tail: int | None = None, minutes: int | None = None, previous: bool = False
    ) -> None:
        """Read another part of the past: the last lines, the last minutes, or everything."""
        if self._session is None:
            return
        since = self._session.clock.now() - timedelta(minutes=minutes) if minutes else None
        self.minutes = minutes
        self.options = LogOptions(follow=True, previous=previous, tail=tail, since=since, ends=True)
        self.read()

    async def batches(self, reading: LogsTogether) -> AsyncIterator[LogBatch]:
        """Yield the lines of a reading; `error` holds why it ended early."""
        try:
            async for batch in reading.batches():
                yield batch
        except BackendError as error:
            if reading is self.reading:
                self.error = error

    def reconnect(self) -> bool:
        """Read the workflows again and open every log again; return whether lines go on.

        A reading that failed starts again from the beginning.
        """
        for feed in self.feeds.values():
            feed.refresh()
        if self.reading is not None and self.error is None:
            self.reading.reconnect()
            return True
        self.read()
        return False

    def _feed_changed(self, feed: WorkflowFeed) -> None:
        if self.reading is not None:
            self.reading.heed(feed)
        elif feed.workflow is not None or feed.gone:
            self.read()
        else:
            self.error = feed.freshness.error
        self._changed()

    def _changed(self) -> None:
        if self._on_change is not None:
            self._on_change()
