"""The logs of workflows, of a node or of a container, and what the keys do with them."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from argotui.model.counted import counted
from argotui.model.logs.buffer import MARK
from argotui.operations.logs.targets import CHOICES, LogTarget, wanted_nodes
from argotui.operations.logs.timestamps import to_ns
from argotui.operations.logs.together import names_of
from argotui.screens.base import bindings_for
from argotui.screens.dialogs.picker import PickerItem, PickerScreen
from argotui.screens.dialogs.save import SaveScreen
from argotui.screens.logs.body import LogsBody

COPY_BYTES = 74_994
"""What terminals take at once through OSC 52 (100,000 bytes of base64 with its frame)."""

ZONES = ("local", "utc", "")
_ZONE_WORDS = {"local": "local time", "utc": "UTC", "": "no times"}


class LogChoices(NamedTuple):
    """What may be read instead: the targets, and how that is called in the picker."""

    targets: tuple[LogTarget, ...]
    name: str
    note: str = ""
    current: bool = False


class LogsScreen(LogsBody):
    """The screen of logs."""

    SCOPE = "logs"
    BINDINGS = bindings_for(SCOPE)

    def reason_against(self, action_id: str) -> str | None:
        match action_id:
            case "logs.next" | "logs.last-hit" | "logs.only":
                return None if self.filter_text else "nothing is searched for; / searches"
            case "logs.left" | "logs.right" if self.view.wrap:
                return "lines are wrapped; w lets them be long"
            case "logs.copy" | "logs.copy-all" | "logs.save":
                return None if self.view.shown_count else "no line is shown"
            case "logs.sources" | "logs.containers" | "logs.refresh":
                return None if self.reading is not None else "the workflow was not read yet"
            case _ if action_id.startswith(("logs.since", "logs.tail", "logs.head", "logs.prev")):
                return None if self.reading is not None else "the workflow was not read yet"
            case _:
                return None

    # Moving.

    def action_move_down(self) -> None:
        self.view.move(1)

    def action_move_up(self) -> None:
        self.view.move(-1)

    def action_move_page_down(self) -> None:
        self.view.move(max(1, self.view.size.height - 1))

    def action_move_page_up(self) -> None:
        self.view.move(-max(1, self.view.size.height - 1))

    def action_move_top(self) -> None:
        self.view.to_top()

    def action_move_bottom(self) -> None:
        self.view.follow()

    def action_logs_left(self) -> None:
        self.view.shift(-20)

    def action_logs_right(self) -> None:
        self.view.shift(20)

    def action_logs_next(self) -> None:
        self._find(1)

    def action_logs_last_hit(self) -> None:
        self._find(-1)

    def _find(self, step: int) -> None:
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
        for widget in (self._header, self._footer, self.strip):
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
        self.read_past(tail=self.console.settings.logs.tail)

    def action_logs_head(self) -> None:
        self.read_past()
        self.view.to_top()

    def action_logs_since_1m(self) -> None:
        self.read_past(minutes=1)

    def action_logs_since_5m(self) -> None:
        self.read_past(minutes=5)

    def action_logs_since_15m(self) -> None:
        self.read_past(minutes=15)

    def action_logs_since_30m(self) -> None:
        self.read_past(minutes=30)

    def action_logs_since_1h(self) -> None:
        self.read_past(minutes=60)

    def action_logs_previous(self) -> None:
        self.read_past(tail=self.console.settings.logs.tail, previous=not self.ask.previous)

    def action_logs_refresh(self) -> None:
        for feed in self.feeds.values():
            feed.refresh()
        if self.reading is not None and self.error is None:
            self.reading.reconnect()
            self.say("reconnecting")
        else:
            self.start_reading()

    def action_logs_containers(self) -> None:
        container = "main" if self.container == "all" else "all"
        self.targets = self._in_container(container)
        self.start_reading()
        self.say("all containers" if container == "all" else "the main containers")

    def action_logs_sources(self) -> None:
        offers = self._offers()

        def picked(value: str | None) -> None:
            if value is not None:
                self.targets = offers[int(value)].targets
                self.start_reading()

        choices = [PickerItem(str(at), *offer[1:]) for at, offer in enumerate(offers)]
        self.app.push_screen(PickerScreen("Whose log", choices), picked)

    def _offers(self) -> list[LogChoices]:
        """Return all workflows, each of them, the nodes of the one that is read, containers."""
        container, single = self.container, self.target
        offers: list[LogChoices] = []
        if len(self.keys) > 1:
            every = tuple(LogTarget(key, container=container) for key in self.keys)
            offers.append(
                LogChoices(every, f"all {counted(len(every), 'workflow')}", current=single is None)
            )
        names = names_of(self.keys)
        for key in self.keys:
            whole = LogTarget(key, container=container)
            mine = single is not None and single.key == key
            workflow = self.workflow_of(key)
            phase = workflow.status.phase.lower() if workflow is not None else ""
            name, note = (names[key], phase) if len(self.keys) > 1 else ("the whole workflow", "")
            offers.append(LogChoices((whole,), name, note, mine and single == whole))
            for node in wanted_nodes(workflow, whole) if mine and workflow is not None else ():
                target = msgspec.structs.replace(whole, node_id=node.id)
                offers.append(
                    LogChoices((target,), node.label, node.phase.lower(), target == single)
                )
        known = self.reading.containers if self.reading is not None else []
        for name in dict.fromkeys([*CHOICES, *known]):
            offers.append(
                LogChoices(self._in_container(name), f"container {name}", "", name == container)
            )
        return offers

    def _in_container(self, container: str) -> tuple[LogTarget, ...]:
        return tuple(msgspec.structs.replace(each, container=container) for each in self.targets)

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
        """Copy lines, the newest of them where all together are more than a terminal takes."""
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
        screen = SaveScreen(title, self.file_name(), lambda: view.texts(view.numbers_shown()))
        self.app.push_screen(screen, self._saved)

    def _saved(self, told: str | None) -> None:
        if told is not None:
            self.say(told)
