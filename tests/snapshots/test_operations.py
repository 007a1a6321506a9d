"""Pictures of what confirms operations on workflows, and of what they lead to."""

from __future__ import annotations

from argotui.screens.dialogs.picker import PickerScreen
from argotui.screens.operations.dialog import OperationScreen
from argotui.screens.operations.edit import EditScreen
from argotui.screens.operations.resubmit import ResubmitScreen
from argotui.screens.operations.retry import RetryScreen
from tests.snapshots.conftest import Picture
from tests.snapshots.driver import DAYTIME, ClusterSetup, SnapshotDriver
from tests.snapshots.sizes import SMALL, USUAL, sizes, themes
from tests.snapshots.test_workflows import listed
from tests.support import until

Size = tuple[int, int]

VIEWER = ClusterSetup(DAYTIME.furnish, user="viewer")


async def asked(driver: SnapshotDriver) -> None:
    """The dialog with all that it looks up."""
    await until(lambda: isinstance(driver.app.screen, OperationScreen), what="the dialog")
    screen = driver.app.screen
    assert isinstance(screen, OperationScreen)
    await until(lambda: screen._checked, what="the rights and the workflows to be read")


@sizes(SMALL, USUAL)
def test_terminating_one(picture: Picture, size: Size) -> None:
    async def play(driver: SnapshotDriver) -> None:
        await listed(driver)
        await driver.press("ctrl+k")
        await asked(driver)

    picture(play, size)


@themes
def test_stopping_in_other_colours(picture: Picture, theme: str) -> None:
    async def play(driver: SnapshotDriver) -> None:
        await listed(driver)
        await driver.press("ctrl+x")
        await asked(driver)

    picture(play, USUAL, theme=theme)


@sizes(SMALL, USUAL)
def test_deleting_several(picture: Picture, size: Size) -> None:
    async def play(driver: SnapshotDriver) -> None:
        await listed(driver)
        await driver.press("space", "space", "space", "space", "ctrl+d")
        await asked(driver)

    picture(play, size)


@sizes(USUAL)
def test_deleting_by_force(picture: Picture, size: Size) -> None:
    async def play(driver: SnapshotDriver) -> None:
        await listed(driver)
        await driver.press("ctrl+d")
        await asked(driver)
        await driver.press("f")
        await driver.sees("finalizers are removed")

    picture(play, size)


@sizes(SMALL, USUAL)
def test_how_it_came_out(picture: Picture, size: Size) -> None:
    async def play(driver: SnapshotDriver) -> None:
        await listed(driver)
        await driver.press("space", "space", "space", "space", "ctrl+x")
        await asked(driver)
        await driver.press("y")
        await driver.sees("done")
        screen = driver.app.screen
        assert isinstance(screen, OperationScreen)
        await until(lambda: not screen._under_way, what="the end")

    picture(play, size)


@sizes(USUAL)
def test_what_a_viewer_may_not_do(picture: Picture, size: Size) -> None:
    async def play(driver: SnapshotDriver) -> None:
        await listed(driver)
        await driver.press("space", "space", "ctrl+k")
        await asked(driver)
        await driver.sees("there is nothing to do")

    picture(play, size, setup=VIEWER)


@sizes(SMALL, USUAL)
def test_the_menu_of_operations(picture: Picture, size: Size) -> None:
    async def play(driver: SnapshotDriver) -> None:
        await listed(driver)
        await driver.press("full_stop")
        await until(lambda: isinstance(driver.app.screen, PickerScreen), what="the menu")

    picture(play, size)


@sizes(USUAL)
def test_typing_labels(picture: Picture, size: Size) -> None:
    async def play(driver: SnapshotDriver) -> None:
        await listed(driver)
        await driver.press("full_stop")
        await until(lambda: isinstance(driver.app.screen, PickerScreen), what="the menu")
        await driver.type("label")
        await driver.press("enter")
        await until(lambda: isinstance(driver.app.screen, EditScreen), what="the line")
        await driver.type("team=web old-")

    picture(play, size)


async def retry_asked(driver: SnapshotDriver) -> None:
    """The retry of a failed workflow, with its preview."""
    await driver.press("/", *"phase:failed", "enter")
    await driver.press("t")
    await until(lambda: isinstance(driver.app.screen, RetryScreen), what="the dialog")
    screen = driver.app.screen
    assert isinstance(screen, RetryScreen)
    await until(lambda: screen.looked, what="the preview")


@sizes(SMALL, USUAL)
def test_retrying_one(picture: Picture, size: Size) -> None:
    async def play(driver: SnapshotDriver) -> None:
        await listed(driver)
        await retry_asked(driver)

    picture(play, size)


@sizes(SMALL, USUAL)
def test_resubmitting_one(picture: Picture, size: Size) -> None:
    async def play(driver: SnapshotDriver) -> None:
        await listed(driver)
        await driver.press("/", *"phase:failed", "enter")
        await driver.press("ctrl+t")
        await until(lambda: isinstance(driver.app.screen, ResubmitScreen), what="the dialog")
        screen = driver.app.screen
        assert isinstance(screen, ResubmitScreen)
        await until(lambda: screen.looked, what="the workflow")
        await driver.press("m")

    picture(play, size)
