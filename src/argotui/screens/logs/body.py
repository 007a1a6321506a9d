"""The lines of logs under a line that names their sources, or why there are no lines."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

from textual.app import ComposeResult
from textual.containers import Vertical

from argotui.model.counted import counted
from argotui.model.logs.buffer import LogBuffer
from argotui.model.patterns import Matcher, parse_pattern
from argotui.operations.logs.merge import LogBatch
from argotui.operations.logs.reader import LogReader
from argotui.operations.logs.timestamps import to_ns
from argotui.screens.logs.texts import (
    empty_message,
    place_parts,
    range_text,
    state_parts,
)
from argotui.screens.messages import key
from argotui.widgets.logs.view import LogView
from argotui.widgets.notice import Message, Notice
from argotui.widgets.status import Parts, StatusLine

if TYPE_CHECKING:
    from argotui.screens.console import Console


class LogBody(Vertical):
    """Shows what `reader` reads."""

    def __init__(self, reader: LogReader) -> None:
        super().__init__()
        self.reader = reader
        self.strip = StatusLine()
        self.notice = Notice()
        self.view = LogView(LogBuffer())
        self.filter_text = ""
        self._looks: dict[tuple[str, str, str], int] = {}
        """Bars and colours by namespace, pod and container: a log keeps its own while others come
        and go."""

    def compose(self) -> ComposeResult:
        yield self.strip
        yield self.notice
        yield self.view

    @property
    def _application(self) -> Console:
        return cast("Console", self.app)

    # What the screen does.

    def restart(self) -> None:
        """Forget all lines; those that come are new from now on."""
        settings = self._application.settings.logs
        buffer = LogBuffer(settings.max_lines, settings.max_bytes)
        self.view.restart(buffer, to_ns(self._application.session.clock.now()))
        self.view.set_names([])

    def add(self, batch: LogBatch, buffer: LogBuffer) -> None:
        """Show lines that were read for `buffer`, if it is still the one that is shown."""
        if buffer is self.view.buffer:
            self.view.add(*batch)

    def name_sources(self) -> None:
        """Show the source of each line, if there are several sources."""
        if self.reader.reading is None:
            return
        sources = self.reader.reading.sources
        looks = [
            self._looks.setdefault(
                (source.namespace, source.pod, source.container), len(self._looks)
            )
            for source in sources
        ]
        self.view.set_names([source.name for source in sources], looks)

    def apply_filter(self, text: str) -> None:
        """Show the lines in which `text` is found; raises FilterError."""
        matcher: Matcher | None = parse_pattern(text) if text else None
        self.filter_text = text
        self.view.set_filter(matcher)

    # Showing.

    def draw(self) -> None:
        """Bring what is said about the log up to date."""
        self.draw_strip()
        message = self._error_message() or empty_message(
            self.view,
            self.reader.reading,
            self.filter_text,
            self._application.keymap,
            self._application.session.clock.now(),
        )
        self.notice.show(message)
        self.view.display = message is None

    def draw_strip(self) -> None:
        """Show the sources of these logs, and how far they are read."""
        self.strip.show(*self._strip_parts())

    def _error_message(self) -> Message | None:
        """Return what to say if reading failed before there was a line."""
        error = self.reader.error
        if error is None or len(self.view.buffer):
            return None
        return Message("broken", error.title, error.detail, (error.hint,) if error.hint else ())

    def _strip_parts(self) -> tuple[Parts, Parts]:
        reader, view = self.reader, self.view
        left = place_parts(*self._place(), reader.container, reader.reading)
        if reader.target is not None and (count := len(reader.keys)) > 1:
            left = (*left, (f"   1 of {counted(count, 'workflow')}", "chrome"))
        past = range_text(reader.options, reader.minutes)
        reading = reader.reading
        has_older = reading is not None and reading.may_have_older
        if has_older and view.shown_count and not view.scroll_offset.y:
            past = f"{past}, {key('logs.head', self._application.keymap)} reads older ones"
        now = self._application.session.clock.monotonic()
        return left, state_parts(view, reading, past, now)

    def _place(self) -> tuple[str, str]:
        """Return the title: the workflow, or how many, and the node."""
        reader = self.reader
        if (target := reader.target) is None:
            return counted(len(reader.targets), "workflow"), ""
        node = reader.node
        name = node.label if node is not None else target.node_id
        return target.key.name, name if name != target.key.name else ""

    def file_name(self) -> Path:
        """Return the name a saved log gets unless another is given."""
        _, node = self._place()
        targets = self.reader.targets
        stem = targets[0].key.name + (f"-{node}" if node else "")
        if more := len(targets) - 1:
            stem = f"{stem[:180]}-and-{more}-more"
        safe = "".join(char if char.isalnum() or char in "-._" else "-" for char in stem)
        return Path(f"{safe[:200].lstrip('.-')}.log")
