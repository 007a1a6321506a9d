"""What the console sends to its terminal: few bytes, and with them what its screens are."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pyte
import pytest
from textual.drivers.headless_driver import HeadlessDriver

from argotui.app import ArgoTUI
from argotui.config.settings import Settings
from argotui.demo.api.kinds import PODS
from argotui.demo.cluster import EmbeddedCluster
from argotui.model.workflow.pod_name import node_id
from argotui.widgets.terminal_image import TerminalImage
from argotui.widgets.terminal_pieces import Abilities
from tests.support import ManualClock, until
from tests.unit.cli.cluster import workflow
from tests.unit.logs.log_pods import ns, pod_document
from tests.unit.screens.console import ConsoleDriver, Opener

SIZES = [(80, 24), (160, 45)]
LINE = "2026-01-05T12:00:00Z INFO step {number:03d} of the import wrote 4,096 rows"


class TerminalDriver(HeadlessDriver):
    """A driver that keeps what it is told to write, and the screen that a terminal makes of it."""

    sent: int
    terminal: pyte.Screen

    @property
    def is_headless(self) -> bool:
        return False

    def write(self, data: str) -> None:
        self.sent += len(data.encode())
        self._stream.feed(data)

    def start_application_mode(self) -> None:
        self.sent = 0
        self.terminal = pyte.Screen(*self._get_terminal_size())
        self._stream = pyte.Stream(self.terminal)
        super().start_application_mode()


class Watched(ConsoleDriver):
    """A console whose terminal is looked at."""

    @property
    def driver(self) -> TerminalDriver:
        driver = self.app._driver
        assert isinstance(driver, TerminalDriver)
        return driver

    @property
    def is_shown(self) -> bool:
        """Whether the terminal shows the screen."""
        # A terminal draws nothing in the second cell of a wide character; pyte gives it as "".
        return [line.rstrip() for line in self.driver.terminal.display] == self.lines

    async def shown(self) -> int:
        """Wait until the terminal shows the screen, at rest; return the bytes sent so far."""
        await self.at_rest()
        await until(lambda: self.is_shown, what="the terminal to show the screen")
        return self.driver.sent


@asynccontextmanager
async def watched(
    embedded: EmbeddedCluster, clock: ManualClock, folder: Path, size: tuple[int, int]
) -> AsyncIterator[tuple[Watched, Callable[[int], None]]]:
    """A console on a cluster with workflows of which `follow` has a log that grows."""
    opener = Opener(embedded, clock, folder)
    for number in range(60):
        failed = number % 3 == 0
        phase = "Failed" if failed else "Succeeded"
        steps = {"load": "Succeeded", "check 名前": phase}
        opener.put(workflow(f"import-{number}", phase, age=number * 60, steps=steps))
    opener.put(workflow("follow", "Running", steps={"a": "Running"}))
    pod = pod_document(node_id("follow", "follow.a"), workflow="follow")
    log = embedded.logs.start(embedded.objects.create(PODS, pod).uid, "main")

    def append(number: int) -> None:
        log.append(ns(number), f"{LINE.format(number=number)}\n".encode())

    for number in range(100):
        append(number)
    app = ArgoTUI(Settings(), opener)
    app.driver_class = TerminalDriver
    # Not what the terminal of the tests can do: that of the driver moves lines and erases.
    app._image = TerminalImage(lambda: Abilities(scrolls=True, erases=True, columns=True))
    async with app.run_test(headless=False, size=size) as pilot:
        console = Watched(app, pilot)
        await console.see("follow")
        yield console, append


@pytest.mark.parametrize("size", SIZES)
async def test_following_a_log_costs_at_most_five_times_its_text(
    embedded: EmbeddedCluster, clock: ManualClock, tmp_path: Path, size: tuple[int, int]
) -> None:
    async with watched(embedded, clock, tmp_path, size) as (console, append):
        console.press("l")
        await console.see("step 099")
        before, text = await console.shown(), 0
        for number in range(100, 140):
            append(number)
            text += len(LINE.format(number=number))
            await console.see(f"step {number:03d}")
        assert (await console.shown() - before) / text <= 5


@pytest.mark.parametrize("size", SIZES)
async def test_opening_a_screen_costs_at_most_what_it_shows(
    embedded: EmbeddedCluster, clock: ManualClock, tmp_path: Path, size: tuple[int, int]
) -> None:
    async with watched(embedded, clock, tmp_path, size) as (console, _):
        for key, seen in (
            ("enter", "1 tree"),
            ("escape", "import-0"),
            ("l", "step 099"),
            ("escape", "import-0"),
            ("ctrl+g", "No gate waits"),
            ("escape", "import-0"),
        ):
            before = await console.shown()
            console.press(key)
            await console.see(seen)
            cost = await console.shown() - before
            whole = console.screen._compositor.render_full_update()
            assert cost <= len(whole.render_segments(console.app.console).encode()), key


@pytest.mark.parametrize("size", SIZES)
async def test_the_terminal_shows_every_screen_as_it_is(
    embedded: EmbeddedCluster, clock: ManualClock, tmp_path: Path, size: tuple[int, int]
) -> None:
    keys = (
        *("j", "j", "G", "g", "enter", "G", "2", "3", "4", "escape", "l", "g", "G", "/step 0"),
        *("enter", "escape", "w", "t", "escape", "question_mark", "escape", ":wf", "escape"),
        *("/import-1", "enter", "j", "escape", "ctrl+p", "j", "escape", "ctrl+g", "escape"),
    )
    async with watched(embedded, clock, tmp_path, size) as (console, _):
        for key in keys:
            console.press(key)
            await console.shown()


async def test_a_redraw_mends_what_somebody_else_wrote(
    embedded: EmbeddedCluster, clock: ManualClock, tmp_path: Path
) -> None:
    async with watched(embedded, clock, tmp_path, SIZES[0]) as (console, _):
        await console.shown()
        console.driver.write("\x1b[5;1HBroadcast message from root\x1b[2J")
        assert not console.is_shown
        console.press("ctrl+l")
        await until(lambda: console.is_shown, what="the terminal to show the screen")
