"""Pictures of the console: who may draw the baseline, and the surroundings they are drawn in."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version
from typing import Protocol

import pytest
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Input

from argotui.config.settings import Settings
from tests.snapshots.driver import DAYTIME, ClusterSetup, Console, Play, SnapshotDriver

PYTHON = "3.11"
TEXTUAL = "8.2.8"
"""What the baseline was drawn with: other versions break lines or mix colours otherwise."""

LOUD = ("NO_COLOR", "FORCE_COLOR", "COLORTERM", "TERM", "TERM_PROGRAM", "COLUMNS", "LINES")


def _other_versions() -> str:
    python = ".".join(platform.python_version_tuple()[:2])
    here = (python, version("textual"))
    if here == (PYTHON, TEXTUAL):
        return ""
    return (
        f"the baseline was drawn with Python {PYTHON} and Textual {TEXTUAL}, "
        f"these are Python {here[0]} and Textual {here[1]}"
    )


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("update_snapshots", False) and (reason := _other_versions()):
        raise pytest.UsageError(f"--snapshot-update: {reason}")


class Compare(Protocol):
    """What pytest-textual-snapshot gives."""

    def __call__(
        self, app: App[None], *, terminal_size: tuple[int, int], run_before: Callable[..., object]
    ) -> bool: ...


class Picture(Protocol):
    """Draws the console after `play`, and compares it with the baseline."""

    def __call__(
        self,
        play: Play,
        size: tuple[int, int],
        setup: ClusterSetup = ...,
        *,
        theme: str = ...,
        settings: Settings | None = ...,
    ) -> None: ...


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The same time zone and terminal everywhere, no pauses, and a cursor that does not blink."""
    for name in list(os.environ):
        if name in LOUD or name.startswith(("ARGOTUI", "LC_", "XDG_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    monkeypatch.setattr(Input, "_toggle_cursor", lambda self: None)
    monkeypatch.setattr("argotui.screens.base.TYPING_PAUSE", 3600.0)
    monkeypatch.setattr("argotui.screens.base.ANSWER_SECONDS", 3600.0)
    monkeypatch.setattr("argotui.screens.table_screen.STILL_SECONDS", 0.0)
    monkeypatch.setattr("argotui.widgets.table.virtual_table.SETTLE", 0.001)
    monkeypatch.setattr("argotui.widgets.timers.REST_SECONDS", 0.0)
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def picture(snap_compare: Compare) -> Picture:
    """Draw what a terminal of a size shows of the console after some keys."""
    if reason := _other_versions():
        pytest.skip(reason)

    def draw(
        play: Play,
        size: tuple[int, int],
        setup: ClusterSetup = DAYTIME,
        *,
        theme: str = "dark",
        settings: Settings | None = None,
    ) -> None:
        console = Console(setup, settings or Settings(theme=theme))

        async def run(pilot: Pilot[None]) -> None:
            await SnapshotDriver(console, pilot).run(play)

        assert snap_compare(console, terminal_size=size, run_before=run), (
            "the picture is another one: see snapshot_report.html, "
            "and `make snapshots` if that is what it shall be"
        )

    return draw
