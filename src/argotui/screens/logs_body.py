"""What the log screen reads and shows; its keys are in `screens.logs`."""

from __future__ import annotations

import random
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.widget import Widget

from argotui.backend.errors import BackendError
from argotui.backend.freshness import Link
from argotui.model.log_buffer import LogBuffer
from argotui.model.patterns import FilterError, Matcher, parse_pattern
from argotui.model.workflow import Key, Node, Workflow
from argotui.operations.log_source import LogAsk
from argotui.operations.log_stamps import to_ns
from argotui.operations.log_targets import LogTarget
from argotui.operations.logs import LogReading
from argotui.screens.base import ConsoleScreen
from argotui.screens.console import Problem
from argotui.screens.log_words import (
    count_parts,
    empty_message,
    filter_parts,
    place_parts,
    range_text,
    state_parts,
)
from argotui.screens.states import key
from argotui.widgets.log_view import LogView
from argotui.widgets.notice import Message, Notice
from argotui.widgets.status import Parts, StatusLine

if TYPE_CHECKING:
    from argotui.backend.workflow_feed import WorkflowFeed


class LogsBody(ConsoleScreen):
    """Reads the logs of a workflow, a node and all it contains, or one container, and follows."""

    CSS_PATH: ClassVar[Any] = ["logs.tcss", "../widgets/log_view.tcss"]

    def __init__(self, key: Key, node_id: str | None = None, container: str | None = None) -> None:
        super().__init__()
        self.key = key
        self.target = LogTarget(key, node_id or "", container=container or "main")
        self.ask = LogAsk(follow=True)
        self.minutes: int | None = None
        """How far back was asked for by time, None where it was by lines."""
        self.reading: LogReading | None = None
        self.error: BackendError | None = None
        """Why reading ended before its time."""
        self.feed: WorkflowFeed | None = None
        self.strip = StatusLine()
        self.notice = Notice()
        self.view = LogView(LogBuffer())
        self._link = Link.CONNECTING
        self._looks: dict[tuple[str, str], int] = {}
        """Bars and colours by pod and container: a log keeps its own while others come and go."""

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
        self.ask = LogAsk(follow=True, tail=settings.tail)
        self.view.restart(self._new_buffer(), to_ns(self.session.clock.now()))
        self.feed = feed = self.session.follow(self.key)
        feed.on_change = self._feed_changed
        self._run_feed(feed)

    def on_unmount(self) -> None:
        if self.feed is not None:
            self.feed.on_change = None
        if self.reading is not None:
            self.reading.on_change = None

    # Reading.

    @property
    def workflow(self) -> Workflow | None:
        return self.feed.workflow if self.feed is not None else None

    @property
    def node(self) -> Node | None:
        """The node whose logs these are; None for the whole workflow."""
        if self.workflow is None or not self.target.node_id:
            return None
        return self.workflow.nodes.get(self.target.node_id)

    @work(group="logs-feed", exclusive=True, exit_on_error=False)
    async def _run_feed(self, feed: WorkflowFeed) -> None:
        await feed.run()

    def _feed_changed(self) -> None:
        feed = self.feed
        if feed is None:
            return
        link, self._link = self._link, feed.freshness.link
        if self.reading is None and (feed.workflow is not None or feed.gone):
            self.start_reading()
        elif self.reading is None:
            self.error = feed.freshness.error
        elif feed.gone:
            self.reading.workflow_deleted()
        elif feed.workflow is not None:
            if link is Link.STALE and self._link is Link.LIVE:
                self.reading.reconnect()
            self.reading.tell(feed.workflow)
        self.draw()

    def _new_buffer(self) -> LogBuffer:
        settings = self.console.settings.logs
        return LogBuffer(settings.max_lines, settings.max_bytes)

    def start_reading(self) -> None:
        """Read anew what `target` and `ask` say; what was read before is forgotten."""
        if self.reading is not None:
            self.reading.on_change = None
            self.view.restart(self._new_buffer(), to_ns(self.session.clock.now()))
        self.error = None
        self.view.set_names([])
        session = self.session
        self.reading = LogReading(
            session.cluster, self.target, self.ask, session.clock, random.Random(), self.workflow
        )
        self.reading.on_change = self._reading_changed
        self._read(self.reading, self.view.buffer)
        self.draw()

    @work(group="logs-reading", exclusive=True, exit_on_error=False)
    async def _read(self, reading: LogReading, buffer: LogBuffer) -> None:
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
                self._looks.setdefault((source.pod, source.container), len(self._looks))
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
        self.ask = LogAsk(follow=True, previous=previous, tail=tail, since=since)
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
            self.view, self.reading, self.filter_text, self.workflow, self.console.keymap
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
        node = self.node
        target = node.label if node is not None else self.target.node_id
        if target == self.key.name:
            target = ""
        left = place_parts(self.key.name, target, self.target.container, self.reading)
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

    def status_parts(self) -> tuple[Parts, Parts]:
        return filter_parts(self.view, self.filter_text), count_parts(self.view)

    def ticked(self) -> None:
        self.strip.show(*self._strip_parts())

    def apply_filter(self, text: str) -> Problem | None:
        matcher: Matcher | None = None
        try:
            matcher = parse_pattern(text) if text else None
        except FilterError as error:
            return Problem(error.message, error.position)
        self.filter_text = text
        self.view.set_filter(matcher)
        self.draw()
        return None

    def file_name(self) -> Path:
        """Return the name a saved log gets unless another is given."""
        node = self.node
        name = node.label if node is not None else ""
        stem = f"{self.key.name}-{name}" if name and name != self.key.name else self.key.name
        safe = "".join(char if char.isalnum() or char in "-._" else "-" for char in stem)
        return Path(f"{safe[:200].lstrip('.-')}.log")
