"""Pictures of logs: several pods merged, searched, paused, wrapped."""

from __future__ import annotations

import pytest

from argotui.model.argo import Key
from argotui.screens.logs.screen import LogsScreen
from tests.snapshots import cluster as day
from tests.snapshots.cluster import LOGGED
from tests.snapshots.conftest import Picture
from tests.snapshots.driver import ClusterSetup, Play, SnapshotDriver
from tests.snapshots.sizes import LARGE, SMALL, USUAL, sizes
from tests.support import until

Size = tuple[int, int]
LOGS = ClusterSetup(day.furnish_logs)


def followed(*keys: str, then: tuple[str, ...] = ()) -> Play:
    """Open the logs of the workflow, press keys, wait for words."""

    async def play(driver: SnapshotDriver) -> None:
        await driver.sees(LOGGED)
        driver.app.open_logs(Key("argo", LOGGED))
        await until(lambda: isinstance(driver.app.screen, LogsScreen))
        await driver.sees_as_time_passes("following", "3 pods", "144 lines", "31 of 32")
        await driver.still()  # where a key leads depends on what was laid out before it
        await driver.press(*keys)
        await driver.sees(*then)

    return play


@sizes(SMALL, USUAL, LARGE)
def test_three_pods_are_followed(picture: Picture, size: Size) -> None:
    picture(followed(), size, LOGS)


@pytest.mark.parametrize("theme", ["light", "ansi"])
def test_logs_in_other_colours(picture: Picture, theme: str) -> None:
    picture(followed(), USUAL, LOGS, theme=theme)


@sizes(SMALL, USUAL)
def test_a_filter_with_hits(picture: Picture, size: Size) -> None:
    picture(followed("slash", *"error", "enter", then=("24 hits",)), size, LOGS)


@sizes(SMALL)
def test_only_hits(picture: Picture, size: Size) -> None:
    picture(followed("slash", *"page", "enter", "o", then=("all lines shown",)), size, LOGS)


@sizes(SMALL)
def test_paused(picture: Picture, size: Size) -> None:
    picture(followed("k", "k", "k", then=("paused",)), size, LOGS)


@sizes(SMALL, USUAL)
def test_long_lines_wrap(picture: Picture, size: Size) -> None:
    picture(followed("w", then=("long lines wrap",)), size, LOGS)


@sizes(SMALL)
def test_whose_log(picture: Picture, size: Size) -> None:
    picture(followed("P", then=("extract",)), size, LOGS)
