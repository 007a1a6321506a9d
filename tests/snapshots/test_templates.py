"""Pictures of the list of templates, of one of them, of the form and of what the server tried."""

from __future__ import annotations

from argotui.demo.cluster import EmbeddedCluster
from argotui.model.kinds import WORKFLOW_TEMPLATE
from argotui.screens.templates.preview import PreviewScreen
from argotui.screens.templates.screen import TemplatesScreen
from argotui.screens.templates.submit import SubmitScreen
from argotui.screens.templates.template import TemplateScreen
from tests.snapshots.conftest import Picture
from tests.snapshots.driver import EMPTY, ClusterSetup, SnapshotDriver
from tests.snapshots.sizes import SMALL, USUAL, sizes
from tests.support import until
from tests.unit.screens import template_documents

Size = tuple[int, int]
WIDE = (160, 45)


def _furnish(cluster: EmbeddedCluster) -> None:
    from argotui.demo.api.kinds import WORKFLOWS

    template_documents.furnish(cluster)
    for document in template_documents.runs():
        cluster.objects.create(WORKFLOWS, document)


FILLED = ClusterSetup(_furnish)


async def listed(driver: SnapshotDriver, count: int = 3) -> TemplatesScreen:
    await driver.sees("live")
    await driver.press(":")
    await driver.type("templates")
    await driver.press("enter")
    await until(lambda: isinstance(driver.app.screen, TemplatesScreen), what="the templates")
    screen = driver.app.screen
    assert isinstance(screen, TemplatesScreen)
    await until(lambda: len(screen.table.rows) == count, what="every template")
    if count:
        await driver.sees("✔✔✔✖●")
        screen.table.go_to(next(each for each in screen.table.rows if each[1].name == "release"))
    return screen


async def one(driver: SnapshotDriver, view: str = "1") -> None:
    await listed(driver)
    await driver.press("enter")
    await until(lambda: isinstance(driver.app.screen, TemplateScreen), what="the template")
    await driver.press(view)


async def form(driver: SnapshotDriver) -> SubmitScreen:
    await listed(driver)
    await driver.press("s")
    await until(lambda: isinstance(driver.app.screen, SubmitScreen), what="the form")
    screen = driver.app.screen
    assert isinstance(screen, SubmitScreen)
    assert screen.kind is WORKFLOW_TEMPLATE
    await driver.sees("field to mend")
    await until(lambda: screen.focused is not None, what="the keys to be in the form")
    return screen


async def tried(driver: SnapshotDriver, *more: str) -> None:
    await form(driver)
    await driver.press("tab")
    await driver.type("v2.0")
    await driver.sees("sets 1 parameter")
    await driver.press(*more, "ctrl+s")
    await until(lambda: isinstance(driver.app.screen, PreviewScreen), what="the manifest")


@sizes(SMALL, USUAL, WIDE)
def test_the_list(picture: Picture, size: Size) -> None:
    async def play(driver: SnapshotDriver) -> None:
        await listed(driver)

    picture(play, size, FILLED)


@sizes()
def test_the_list_by_label(picture: Picture, size: Size) -> None:
    async def play(driver: SnapshotDriver) -> None:
        screen = await listed(driver)
        screen.label = "team"
        screen.put_in_order()
        await driver.sees("by team, then name")

    picture(play, size, FILLED)


@sizes()
def test_no_template(picture: Picture, size: Size) -> None:
    async def play(driver: SnapshotDriver) -> None:
        await listed(driver, 0)
        await driver.sees("There is no template in argo.")

    picture(play, size, EMPTY)


@sizes(SMALL, USUAL, WIDE)
def test_one_template(picture: Picture, size: Size) -> None:
    async def play(driver: SnapshotDriver) -> None:
        await one(driver)
        await driver.sees("Build, test and roll out a version.")

    picture(play, size, FILLED)


@sizes()
def test_the_graph_of_a_template(picture: Picture, size: Size) -> None:
    async def play(driver: SnapshotDriver) -> None:
        await one(driver, "2")
        await driver.sees("roll-out")

    picture(play, size, FILLED)


@sizes(SMALL, USUAL, WIDE)
def test_the_form(picture: Picture, size: Size) -> None:
    async def play(driver: SnapshotDriver) -> None:
        await form(driver)
        await driver.press("tab")
        await driver.type("2.0")
        await driver.sees("must match")

    picture(play, size, FILLED)


@sizes(SMALL, USUAL)
def test_what_the_server_would_create(picture: Picture, size: Size) -> None:
    async def play(driver: SnapshotDriver) -> None:
        await tried(driver)
        await driver.sees("the server would create this")

    picture(play, size, FILLED)


@sizes()
def test_what_the_server_refuses(picture: Picture, size: Size) -> None:
    async def play(driver: SnapshotDriver) -> None:
        screen = await form(driver)
        assert screen.form is not None
        await driver.press("tab")
        await driver.type("v2.0")
        await driver.press("down", "down", "down", "down", "down")
        await driver.type("release-1")
        await driver.press("ctrl+s")
        await until(lambda: isinstance(driver.app.screen, PreviewScreen), what="the manifest")
        await driver.sees("the server refuses this workflow")

    picture(play, size, FILLED)
