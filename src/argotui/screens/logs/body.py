"""What the log screen reads and shows; its keys are in `screens.logs.screen`."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from textual import work
from textual.app import ComposeResult
from textual.widget import Widget

from argotui.errors import BackendError
from argotui.model.argo import Key, Node, Workflow
from argotui.model.counted import counted
from argotui.model.logs.buffer import LogBuffer
from argotui.model.patterns import FilterError, Matcher, parse_pattern
from argotui.operations.logs.container_log import LogOptions
from argotui.operations.logs.targets import LogTarget
from argotui.operations.logs.timestamps import to_ns
from argotui.operations.logs.together import LogsTogether
from argotui.screens.base import ConsoleScreen
from argotui.screens.console import InputProblem
from argotui.screens.logs.texts import (
    count_parts,
    empty_message,
    filter_parts,
    place_parts,
    range_text,
    state_parts,
)
from argotui.screens.messages import key
from argotui.widgets.logs.view import LogView
from argotui.widgets.notice import Message, Notice
from argotui.widgets.status import Parts, StatusLine

if TYPE_CHECKING:
    from argotui.backend.workflow_feed import WorkflowFeed


class LogsBody(ConsoleScreen):
    """Reads the logs of workflows, of a node and all it contains, or of one container, and follows.

    `keys` are the workflows it was opened for, `targets` what is read now: of all or of one.
    """

    def __init__(
        self, keys: Sequence[Key], node_id: str | None = None, container: str | None = None
    ) -> None:
        super().__init__()
        self.keys = tuple(keys)
        self.targets = tuple(
            LogTarget(key, node_id or "", container=container or "main") for key in keys
        )
        self.ask = LogOptions(follow=True, ends=True)
        self.minutes: int | None = None
        """How far back was asked for by time, None where it was by lines."""
        self.reading: LogsTogether | None = None
        self.error: BackendError | None = None
        """Why reading ended before its time."""
        self.feeds: dict[Key, WorkflowFeed] = {}
        self.strip = StatusLine()
        self.notice = Notice()
        self.view = LogView(LogBuffer())
        self._looks: dict[tuple[str, str, str], int] = {}
        """Bars and colours by namespace, pod and container: a log keeps its own while others come
        and go."""

    def compose_body(self) -> ComposeResult:
        yield self.strip
        yield self.notice
        yield self.view

    def main_widget(self) -> Widget | None:
        return self.view

    def on_mount(self) -> None:
        settings = self.console.settings.logs
        self.view.wrap = settings.wrap
        self.view.set_zone("local" if settings.timestamps else "")
        self.ask = LogOptions(follow=True, tail=settings.tail, ends=True)
        self.view.restart(self._new_buffer(), to_ns(self.session.clock.now()))
        for each in self.keys:
            self.feeds[each] = feed = self.session.follow(each)
            feed.on_change = partial(self._feed_changed, feed)
            self._run_feed(feed)

    def on_unmount(self) -> None:
        for feed in self.feeds.values():
            feed.on_change = None
        if self.reading is not None:
            self.reading.on_change = None

    # Reading.

    @property
    def target(self) -> LogTarget | None:
        """What is read, where it is of one workflow."""
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

    @work(group="logs-feed", exit_on_error=False)
    async def _run_feed(self, feed: WorkflowFeed) -> None:
        await feed.run()

    def _feed_changed(self, feed: WorkflowFeed) -> None:
        if self.reading is not None:
            self.reading.heed(feed)
        elif feed.workflow is not None or feed.gone:
            self.start_reading()
        else:
            self.error = feed.freshness.error
        self.draw()

    def _new_buffer(self) -> LogBuffer:
        settings = self.console.settings.logs
        return LogBuffer(settings.max_lines, settings.max_bytes)

    def start_reading(self) -> None:
        """Read anew what `targets` and `ask` say; what was read before is forgotten."""
        if self.reading is not None:
            self.reading.on_change = None
            self.view.restart(self._new_buffer(), to_ns(self.session.clock.now()))
        self.error = None
        self.view.set_names([])
        session = self.session
        self.reading = LogsTogether(
            session.cluster, self.targets, self.ask, session.clock, random.Random()
        )
        for feed in self.feeds.values():
            self.reading.heed(feed)
        self.reading.on_change = self._reading_changed
        self._read(self.reading, self.view.buffer)
        self.draw()

    @work(group="logs-reading", exclusive=True, exit_on_error=False)
    async def _read(self, reading: LogsTogether, buffer: LogBuffer) -> None:
        try:
            async for batch in reading.batches():
                if buffer is self.view.buffer:
                    self.view.add(*batch)
        except BackendError as error:
            if reading is self.reading:
                self.error = error
        self.draw()

    def _reading_changed(self) -> None:
        if self.reading is not None:
            sources = self.reading.sources
            looks = [
                self._looks.setdefault(
                    (source.namespace, source.pod, source.container), len(self._looks)
                )
                for source in sources
            ]
            self.view.set_names([source.name for source in sources], looks)
        self.draw()

    def read_past(
        self, *, tail: int | None = None, minutes: int | None = None, previous: bool = False
    ) -> None:
        """Read another part of the past: the last lines, the last minutes, or everything."""
        since = self.session.clock.now() - timedelta(minutes=minutes) if minutes else None
        self.minutes = minutes
        self.ask = LogOptions(follow=True, previous=previous, tail=tail, since=since, ends=True)
        self.start_reading()

    # Showing.

    def on_log_view_changed(self, message: LogView.Changed) -> None:
        message.stop()
        self.draw()

    def draw(self) -> None:
        """Bring what is said about the log up to date."""
        if not self.is_mounted:
            return
        self.strip.show(*self._strip_parts())
        message = self.error_message() or empty_message(
            self.view,
            self.reading,
            self.filter_text,
            self.console.keymap,
            self.session.clock.now(),
        )
        self.notice.show(message)
        self.view.display = message is None
        self.refresh_chrome()

    def error_message(self) -> Message | None:
        """Return what to say where reading failed before there was a line."""
        error = self.error
        if error is None or len(self.view.buffer):
            return None
        return Message("broken", error.title, error.detail, (error.hint,) if error.hint else ())

    def _strip_parts(self) -> tuple[Parts, Parts]:
        left = place_parts(*self._place(), self.container, self.reading)
        if self.target is not None and (count := len(self.keys)) > 1:
            left = (*left, (f"   1 of {counted(count, 'workflow')}", "chrome"))
        past = range_text(self.ask, self.minutes)
        view, reading = self.view, self.reading
        if (
            reading is not None
            and reading.may_have_older
            and view.shown_count
            and not view.scroll_offset.y
        ):
            past = f"{past}, {key('logs.head', self.console.keymap)} reads older ones"
        now = self.session.clock.monotonic()
        return left, state_parts(self.view, self.reading, past, now)

    def _place(self) -> tuple[str, str]:
        """Return whose logs these are: a workflow or how many, and the node of it."""
        if (target := self.target) is None:
            return counted(len(self.targets), "workflow"), ""
        node = self.node
        name = node.label if node is not None else target.node_id
        return target.key.name, name if name != target.key.name else ""

    def status_parts(self) -> tuple[Parts, Parts]:
        return filter_parts(self.view, self.filter_text), count_parts(self.view)

    def ticked(self) -> None:
        self.strip.show(*self._strip_parts())

    def apply_filter(self, text: str) -> InputProblem | None:
        matcher: Matcher | None = None
        try:
            matcher = parse_pattern(text) if text else None
        except FilterError as error:
            return InputProblem(error.message, error.position)
        self.filter_text = text
        self.view.set_filter(matcher)
        self.draw()
        return None

    def file_name(self) -> Path:
        """Return the name a saved log gets unless another is given."""
        _, node = self._place()
        stem = self.targets[0].key.name + (f"-{node}" if node else "")
        if more := len(self.targets) - 1:
            stem = f"{stem[:180]}-and-{more}-more"
        safe = "".join(char if char.isalnum() or char in "-._" else "-" for char in stem)
        return Path(f"{safe[:200].lstrip('.-')}.log")
