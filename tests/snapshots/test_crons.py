"""Pictures of CronWorkflows: the list, one of them, and what its keys open."""

from __future__ import annotations

from datetime import timedelta

from argotui.demo.api.kinds import CRON_WORKFLOWS, WORKFLOW_TEMPLATES, WORKFLOWS
from argotui.demo.cluster import EmbeddedCluster
from argotui.demo.scenarios import pipelines, schedules
from argotui.screens.crons.backfill import BackfillScreen
from argotui.screens.crons.cron import CronScreen
from argotui.screens.crons.screen import CronsScreen
from argotui.screens.dialogs.question import QuestionScreen
from tests.snapshots.conftest import Picture
from tests.snapshots.driver import DAYTIME, ClusterSetup, SnapshotDriver
from tests.snapshots.sizes import LARGE, SMALL, USUAL, sizes, themes
from tests.support import EPOCH, until

Size = tuple[int, int]


def furnish(cluster: EmbeddedCluster) -> None:
    """Fill a cluster with workflows, and with the CronWorkflows of the demo."""
    DAYTIME.furnish(cluster)
    now = EPOCH + timedelta(seconds=DAYTIME.elapsed)
    for template in pipelines.templates():
        cluster.objects.create(WORKFLOW_TEMPLATES, template)
    for run in schedules.runs_of_schedules(now):
        cluster.objects.create(WORKFLOWS, run)
    for cron in schedules.cron_workflows(now):
        cluster.objects.create(CRON_WORKFLOWS, cron)


CRONS = ClusterSetup(furnish)
VIEWER = ClusterSetup(furnish, user="viewer")


async def crons(driver: SnapshotDriver) -> CronsScreen:
    await driver.press(":", *"crons", "enter")
    await until(lambda: isinstance(driver.app.screen, CronsScreen), what="the screen")
    screen = driver.app.screen
    assert isinstance(screen, CronsScreen)
    await until(lambda: len(screen.table.rows) == 6, what="the rows")
    await driver.sees("✔✖✔✔")
    return screen


@sizes(SMALL, USUAL, LARGE)
def test_the_list(picture: Picture, size: Size) -> None:
    async def play(driver: SnapshotDriver) -> None:
        await crons(driver)

    picture(play, size, CRONS)


@themes
def test_the_list_in_other_colours(picture: Picture, theme: str) -> None:
    async def play(driver: SnapshotDriver) -> None:
        await crons(driver)

    picture(play, USUAL, CRONS, theme=theme)


@sizes(SMALL)
def test_no_cron_workflow(picture: Picture, size: Size) -> None:
    async def play(driver: SnapshotDriver) -> None:
        await driver.press(":", *"crons", "enter")
        await driver.sees("There is no CronWorkflow")

    picture(play, size, DAYTIME)


@sizes(SMALL, USUAL)
def test_one_of_them(picture: Picture, size: Size) -> None:
    async def play(driver: SnapshotDriver) -> None:
        await crons(driver)
        await driver.press("enter")
        await until(lambda: isinstance(driver.app.screen, CronScreen), what="the screen")
        await driver.sees("next run")

    picture(play, size, CRONS)


@sizes(USUAL)
def test_one_that_argo_refuses(picture: Picture, size: Size) -> None:
    async def play(driver: SnapshotDriver) -> None:
        screen = await crons(driver)
        screen.table.go_to(next(key for key in screen.table.rows if key.name == "sunday-report"))
        await driver.press("enter")
        await driver.sees("Sunday is 0 or SUN.")

    picture(play, size, CRONS)


@sizes(SMALL, USUAL)
def test_deleting_one(picture: Picture, size: Size) -> None:
    async def play(driver: SnapshotDriver) -> None:
        await crons(driver)
        await driver.press("ctrl+d")
        await until(lambda: isinstance(driver.app.screen, QuestionScreen), what="the question")
        await driver.sees("It starts no further run.")

    picture(play, size, CRONS)


@sizes(SMALL, USUAL)
def test_a_backfill(picture: Picture, size: Size) -> None:
    async def play(driver: SnapshotDriver) -> None:
        await crons(driver)
        await driver.press("b")
        await until(lambda: isinstance(driver.app.screen, BackfillScreen), what="the dialog")
        await driver.press(*f"{EPOCH - timedelta(minutes=40):%Y-%m-%dT%H:%M}", "enter")
        await driver.sees("one after the other")

    picture(play, size, CRONS)


@sizes(SMALL)
def test_a_viewer_is_told_why_not(picture: Picture, size: Size) -> None:
    async def play(driver: SnapshotDriver) -> None:
        await crons(driver)
        await driver.press("p")
        await driver.sees("not permitted")

    picture(play, size, VIEWER)
