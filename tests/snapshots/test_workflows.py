"""Pictures of the list of workflows, of what lies over it, and of the states without rows."""

from __future__ import annotations

import pytest

from argotui.errors import UnreachableError
from argotui.model.workflows.summary import Depth
from argotui.screens.dialogs.help import HelpScreen
from argotui.screens.dialogs.picker import PickerScreen
from argotui.screens.doctor import DoctorScreen
from tests.snapshots.conftest import Picture
from tests.snapshots.driver import DAYTIME, EMPTY, ClusterSetup, SnapshotDriver
from tests.snapshots.sizes import HUGE, LARGE, SMALL, USUAL, sizes, themes
from tests.support import EPOCH, until

Size = tuple[int, int]

REFUSED = ClusterSetup(
    lambda cluster: None,
    refused=UnreachableError(
        "The API server at prod-eu.example.com did not answer.",
        "Connection refused (10.0.0.1:6443), after 3 attempts in 4 s.",
        "Is the VPN up?  argotui doctor  tells more.",
    ),
)
FORBIDDEN = ClusterSetup(DAYTIME.furnish, user="data")


async def listed(driver: SnapshotDriver) -> None:
    """Every row there, and read in full."""
    await driver.sees("visual-analysis", "docproc-2207", "✖ 4 failed", "‖ 4 gates wait", "live")
    session = driver.app.session
    await until(lambda: all(row.depth is Depth.FULL for row in session.store.summaries()))


@sizes(SMALL, USUAL, LARGE, HUGE)
def test_the_list(picture: Picture, size: Size) -> None:
    picture(listed, size)


@themes
def test_the_list_in_other_colours(picture: Picture, theme: str) -> None:
    picture(listed, USUAL, theme=theme)


@sizes()
def test_the_list_without_colour(
    picture: Picture, size: Size, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    picture(listed, size)


@sizes()
def test_all_namespaces(picture: Picture, size: Size) -> None:
    async def play(driver: SnapshotDriver) -> None:
        await listed(driver)
        await driver.press("0")
        await driver.sees("NAMESPACE", "data-quality-4s52j", "17 workflows")

    picture(play, size)


@sizes()
def test_a_filter_is_active(picture: Picture, size: Size) -> None:
    async def play(driver: SnapshotDriver) -> None:
        await listed(driver)
        await driver.press("slash")
        await driver.type("phase:failed age:<2h")
        await driver.press("enter")
        await driver.sees("2 of 16 shown")

    picture(play, size)


@sizes()
def test_a_filter_is_wrong(picture: Picture, size: Size) -> None:
    async def play(driver: SnapshotDriver) -> None:
        await listed(driver)
        await driver.press("slash")
        await driver.type("phase:faild age:<2h")
        await driver.press("enter")
        await driver.sees("there is no phase")

    picture(play, size)


@sizes(SMALL)
def test_a_filter_that_nothing_matches(picture: Picture, size: Size) -> None:
    async def play(driver: SnapshotDriver) -> None:
        await listed(driver)
        await driver.press("slash")
        await driver.type("zzz")
        await driver.press("enter")
        await driver.sees("None of the 16 workflows")

    picture(play, size)


@sizes(SMALL)
def test_marks_and_a_grey_key(picture: Picture, size: Size) -> None:
    async def play(driver: SnapshotDriver) -> None:
        await listed(driver)
        await driver.press("0")
        await driver.sees("17 workflows")
        await until(
            lambda: all(row.depth is Depth.FULL for row in driver.app.session.store.summaries())
        )
        await driver.press("j", "space", "space", "r")
        await driver.sees("2 marked", "try again: connected")

    picture(play, size)


@sizes()
def test_no_workflows(picture: Picture, size: Size) -> None:
    async def play(driver: SnapshotDriver) -> None:
        await driver.sees("There are no workflows in argo.")

    picture(play, size, EMPTY)


@sizes()
def test_forbidden(picture: Picture, size: Size) -> None:
    async def play(driver: SnapshotDriver) -> None:
        await driver.sees("choose a namespace you can read")

    picture(play, size, FORBIDDEN)


@sizes()
def test_no_connection(picture: Picture, size: Size) -> None:
    async def play(driver: SnapshotDriver) -> None:
        await driver.sees("did not answer", "not connected")

    picture(play, size, REFUSED)


@sizes()
def test_a_lost_connection(picture: Picture, size: Size) -> None:
    async def play(driver: SnapshotDriver) -> None:
        await listed(driver)
        driver.cluster.faults.answer(503, times=10_000)
        driver.cluster.server.drop_connections()
        await driver.sees("stale", "Data is ")

    picture(play, size)


@sizes()
def test_help(picture: Picture, size: Size) -> None:
    async def play(driver: SnapshotDriver) -> None:
        await listed(driver)
        await driver.press("question_mark")
        await until(lambda: isinstance(driver.app.screen, HelpScreen))
        await driver.sees("Show the workflow as YAML")

    picture(play, size)


@sizes(SMALL)
def test_a_command_is_typed(picture: Picture, size: Size) -> None:
    async def play(driver: SnapshotDriver) -> None:
        await listed(driver)
        await driver.press("colon")
        await driver.type("theme con")
        await driver.sees("theme contrast")

    picture(play, size)


@sizes(SMALL)
def test_a_command_is_wrong(picture: Picture, size: Size) -> None:
    async def play(driver: SnapshotDriver) -> None:
        await listed(driver)
        await driver.press("colon")
        await driver.type("workflwos")
        await driver.press("enter")
        await driver.sees("did you mean workflows?")

    picture(play, size)


@sizes(USUAL)
def test_the_palette(picture: Picture, size: Size) -> None:
    async def play(driver: SnapshotDriver) -> None:
        await listed(driver)
        await driver.press("ctrl+p")
        await driver.type("logs")
        await driver.sees("lists: logs", "Read the logs of the workflow")

    picture(play, size)


@sizes()
def test_the_namespaces(picture: Picture, size: Size) -> None:
    async def play(driver: SnapshotDriver) -> None:
        await listed(driver)
        await driver.press("colon")
        await driver.type("ns")
        await driver.press("enter")
        await until(lambda: isinstance(driver.app.screen, PickerScreen))
        await driver.sees("all namespaces", "default", "data")
        await driver.sees_no("reading …")

    picture(play, size)


@sizes(SMALL)
def test_the_contexts(picture: Picture, size: Size) -> None:
    async def play(driver: SnapshotDriver) -> None:
        await listed(driver)
        await driver.press("colon")
        await driver.type("ctx")
        await driver.press("enter")
        await driver.sees("prod-us", "staging")

    picture(play, size)


@sizes(USUAL)
def test_the_columns(picture: Picture, size: Size) -> None:
    async def play(driver: SnapshotDriver) -> None:
        await listed(driver)
        await driver.press("o")
        await driver.sees("Columns")

    picture(play, size)


@sizes(SMALL)
def test_the_orders(picture: Picture, size: Size) -> None:
    async def play(driver: SnapshotDriver) -> None:
        await listed(driver)
        await driver.press("O")
        await driver.sees("Sort by", "TEMPLATE")

    picture(play, size)


@sizes(SMALL)
def test_an_order_without_a_title_and_an_answer(picture: Picture, size: Size) -> None:
    async def play(driver: SnapshotDriver) -> None:
        await listed(driver)
        await driver.press("T", "slash")
        await driver.type("doc")
        await driver.press("enter")
        await driver.sees("5 of 16 shown", "by TEMPLATE")

    picture(play, size)


@sizes(SMALL)
def test_an_answer_beside_a_filter(picture: Picture, size: Size) -> None:
    async def play(driver: SnapshotDriver) -> None:
        await listed(driver)
        await driver.press("slash")
        await driver.type("phase:failed")
        await driver.press("enter")
        await driver.sees("shown")
        await driver.press("c")
        await driver.sees("copied")

    picture(play, size)


@sizes(SMALL)
def test_the_themes(picture: Picture, size: Size) -> None:
    async def play(driver: SnapshotDriver) -> None:
        await listed(driver)
        await driver.press("colon")
        await driver.type("themes")
        await driver.press("enter")
        await driver.sees("colourblind")
        await driver.press("down")
        await until(lambda: driver.app.theme == "argotui-light")

    picture(play, size)


@sizes()
def test_the_doctor(picture: Picture, size: Size) -> None:
    async def play(driver: SnapshotDriver) -> None:
        await listed(driver)
        await driver.press("colon")
        await driver.type("doctor")
        await driver.press("enter")
        await driver.sees("checked 0s ago")

    picture(play, size)


@sizes(SMALL)
def test_the_doctor_of_a_failed_connection(
    picture: Picture, size: Size, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Without a session the time is that of the machine, and the picture says how long ago it was.
    monkeypatch.setattr(DoctorScreen, "_now", lambda self: EPOCH)

    async def play(driver: SnapshotDriver) -> None:
        await driver.sees("did not answer", "not connected")
        await driver.press("f9")
        await driver.sees("1 failure")

    picture(play, size, REFUSED)
