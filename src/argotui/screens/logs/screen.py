"""The logs of workflows, of a node or of a container, and what the keys do with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.widget import Widget

from argotui.model.argo import Key
from argotui.model.counted import counted
from argotui.model.logs.buffer import MARK, LogBuffer
from argotui.operations.logs.reader import LogReader
from argotui.operations.logs.timestamps import to_ns
from argotui.operations.logs.together import LogsTogether
from argotui.screens.base import ConsoleScreen
from argotui.screens.bindings import bindings_for
from argotui.screens.dialogs.picker import PickerItem, PickerScreen
from argotui.screens.dialogs.save import SaveScreen
from argotui.screens.logs.body import LogBody
from argotui.screens.logs.choices import log_choices
from argotui.screens.logs.texts import count_parts, filter_parts
from argotui.widgets.background import background
from argotui.widgets.logs.view import LogView

if TYPE_CHECKING:
    from argotui.backend.workflow_feed import WorkflowFeed
    from argotui.widgets.status import Parts

COPY_BYTES = 74_994
"""What terminals take at once through OSC 52 (100,000 bytes of base64 with its frame)."""

ZONES = ("local", "utc", "")
_ZONE_WORDS = {"local": "local time", "utc": "UTC", "": "no times"}


class LogsScreen(ConsoleScreen):
    """The screen of logs: `reader` reads them, `body` shows them."""

    SCOPE = "logs"
    BINDINGS = bindings_for(SCOPE)

    def __init__(
        self, keys: Sequence[Key], node_id: str | None = None, container: str | None = None
    ) -> None:
        super().__init__()
        self.reader = LogReader(keys, node_id, container)
        self.body = LogBody(self.reader)
        self.view = self.body.view
        self._has_read = False

    def compose_body(self) -> ComposeResult:
        yield self.body

    def main_widget(self) -> Widget | None:
        return self.view

    def on_mount(self) -> None:
        settings = self.console.settings.logs
        self.view.wrap = settings.wrap
        self.view.set_zone("local" if settings.timestamps else "")
        self.body.restart()
        feeds = self.reader.start(
            self.session, settings.tail, self._reading_changed, self._reading_began
        )
        for feed in feeds:
            self._run_feed(feed)

    def on_unmount(self) -> None:
        self.reader.close()

    # Reading.

    @background("logs-feed")
    async def _run_feed(self, feed: WorkflowFeed) -> None:
        await feed.run()

    def _reading_began(self, reading: LogsTogether) -> None:
        if self._has_read:
            self.body.restart()
        self._has_read = True
        self._read(reading, self.view.buffer)
        self.draw()

    @background("logs-reading", exclusive=True)
    async def _read(self, reading: LogsTogether, buffer: LogBuffer) -> None:
        async for batch in self.reader.batches(reading):
            self.body.add(batch, buffer)
        self.draw()

    def _reading_changed(self) -> None:
        self.body.name_sources()
        self.draw()

    # Showing.

    def draw(self) -> None:
        """Bring what is said about the log up to date."""
        if self.is_mounted:
            self.body.draw()
            self.refresh_chrome()

    def on_log_view_changed(self, message: LogView.Changed) -> None:
        message.stop()
        self.draw()

    def ticked(self) -> None:
        self.body.draw_strip()

    def status_parts(self) -> tuple[Parts, Parts]:
        return filter_parts(self.view, self.filter_text), count_parts(self.view)

    @property
    def filter_text(self) -> str:  # type: ignore[override]  # the body has it
        return self.body.filter_text

    def filter_by(self, text: str) -> None:
        self.body.apply_filter(text)
        self.draw()

    # What can be done.

    def reason_against(self, action_id: str) -> str | None:
        match action_id:
            case "logs.next" | "logs.last-hit" | "logs.only":
                return None if self.filter_text else "nothing is searched for; / searches"
            case "logs.left" | "logs.right" if self.view.wrap:
                return "lines are wrapped; w lets them be long"
            case "logs.copy" | "logs.copy-all" | "logs.save":
                return None if self.view.shown_count else "no line is shown"
            case "logs.sources" | "logs.containers" | "logs.refresh":
                return None if self.reader.reading is not None else "the workflow was not read yet"
            case _ if action_id.startswith(("logs.since", "logs.tail", "logs.head", "logs.prev")):
                return None if self.reader.reading is not None else "the workflow was not read yet"
            case _:
                return None

    # Moving.

    def action_logs_shift(self, cells: int) -> None:
        self.view.shift(cells)

    def action_logs_find(self, step: int) -> None:
        if not self.view.find(step):
            self.say("no further hit below" if step > 0 else "no further hit above")

    # How it looks.

    def action_logs_follow(self) -> None:
        if self.view.following:
            self.view.pause()
        else:
            self.view.follow()

    def action_logs_wrap(self) -> None:
        self.view.set_wrap(not self.view.wrap)
        self.say("long lines wrap" if self.view.wrap else "long lines scroll sideways")

    def action_logs_states(self) -> None:
        every = not self.view.buffer.all_states
        self.view.show_all_states(every)
        self.say("progress bars in all their states" if every else "progress bars as they ended")

    def action_logs_times(self) -> None:
        zone = ZONES[(ZONES.index(self.view.zone) + 1) % len(ZONES)]
        self.view.set_zone(zone)
        self.say(_ZONE_WORDS[zone])

    def action_logs_only(self) -> None:
        self.view.show_only_hits(not self.view.only_hits)

    def action_logs_fullscreen(self) -> None:
        shown = not self._header.display
        for widget in (self._header, self._footer, self.body.strip):
            widget.display = shown

    def action_logs_mark(self) -> None:
        stamp = to_ns(self.session.clock.now())
        self.view.add([stamp], [MARK], [b""])

    def action_go_back(self) -> None:
        if not self._header.display:
            self.action_logs_fullscreen()
        else:
            super().action_go_back()

    # What is read.

    def action_logs_tail(self) -> None:
        self.reader.read_past(tail=self.console.settings.logs.tail)

    def action_logs_head(self) -> None:
        self.reader.read_past()
        self.view.cursor_home()

    def action_logs_since(self, minutes: int) -> None:
        self.reader.read_past(minutes=minutes)

    def action_logs_previous(self) -> None:
        self.reader.read_past(
            tail=self.console.settings.logs.tail, previous=not self.reader.options.previous
        )

    def action_logs_refresh(self) -> None:
        if self.reader.reconnect():
            self.say("reconnecting")

    def action_logs_containers(self) -> None:
        container = "main" if self.reader.container == "all" else "all"
        self.reader.read(self.reader.in_container(container))
        self.say("all containers" if container == "all" else "the main containers")

    def action_logs_sources(self) -> None:
        choices = log_choices(self.reader)

        def picked(value: str | None) -> None:
            if value is not None:
                self.reader.read(choices[int(value)].targets)

        items = [PickerItem(str(at), *choice[1:]) for at, choice in enumerate(choices)]
        self.app.push_screen(PickerScreen("Whose log", items), picked)

    # Taking away.

    def action_logs_copy(self) -> None:
        if selected := self.get_selected_text():
            self._copy(selected.split("\n"), "the selection")
        elif self.view.current is not None:
            self._copy(list(self.view.texts([self.view.current])), "the line")
        else:
            self._copy(list(self.view.texts(self.view.numbers_on_screen())), "the screen")

    def action_logs_copy_all(self) -> None:
        numbers = self.view.numbers_shown()[-COPY_BYTES:]
        self._copy(list(self.view.texts(numbers)), counted(self.view.shown_count, "line"))

    def _copy(self, lines: list[str], what: str) -> None:
        """Copy lines; only the newest if a terminal does not take all of them."""
        size = first = 0
        for first in range(len(lines), -1, -1):
            if first == 0:
                break
            size += len(lines[first - 1].encode()) + 1
            if size > COPY_BYTES:
                break
        kept = lines[first:] or [lines[-1].encode()[:COPY_BYTES].decode("utf-8", "ignore")]
        self.console.copy("\n".join(kept))
        if first:
            last = counted(len(kept), "line")
            self.say(f"copied only the last {last}, more do not fit; ctrl-s saves all")
        else:
            self.say(f"copied {what}")

    def action_logs_save(self) -> None:
        view = self.view
        title = f"Save {counted(view.shown_count, 'line')} to"
        screen = SaveScreen(title, self.body.file_name(), lambda: view.texts(view.numbers_shown()))
        self.app.push_screen(screen, self._saved)

    def _saved(self, told: str | None) -> None:
        if told is not None:
            self.say(told)
