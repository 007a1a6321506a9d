"""Pictures of the screen of one workflow: its views, its nodes, and many of them."""

from __future__ import annotations

import random

import pytest

from argotui.demo.api.kinds import WORKFLOWS
from argotui.demo.cluster import EmbeddedCluster
from argotui.demo.scenarios.past import huge
from argotui.model.argo import Key
from tests.snapshots import cluster as day
from tests.snapshots.cluster import ANALYSIS, GRID
from tests.snapshots.conftest import Picture
from tests.snapshots.driver import ClusterSetup, Play, SnapshotDriver
from tests.snapshots.sizes import HUGE, LARGE, SMALL, USUAL, sizes, themes
from tests.support import EPOCH

Size = tuple[int, int]
SIMULATION = "simulate-portfolio-2026"


def _furnish_many(cluster: EmbeddedCluster) -> None:
    cluster.objects.create(WORKFLOWS, day.grid(20, 10))
    cluster.objects.create(WORKFLOWS, huge(EPOCH, random.Random(1)))


MANY = ClusterSetup(_furnish_many)


def opened(*keys: str, until: tuple[str, ...], name: str = ANALYSIS, view: str = "") -> Play:
    """Open a workflow, press keys, wait for words."""

    async def play(driver: SnapshotDriver) -> None:
        await driver.sees(name[:8], "live")
        await driver.open(name, view=view)
        await driver.press(*keys)
        await driver.sees(*until)

    return play


tree = opened(until=("‖ approve",))


@sizes(SMALL, USUAL, LARGE, HUGE)
def test_the_tree(picture: Picture, size: Size) -> None:
    picture(tree, size)


@themes
def test_the_tree_in_other_colours(picture: Picture, theme: str) -> None:
    picture(tree, USUAL, theme=theme)


@sizes()
def test_the_tree_without_colour(
    picture: Picture, size: Size, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    picture(tree, size)


@sizes(SMALL, USUAL)
def test_a_gate_is_selected(picture: Picture, size: Size) -> None:
    keys = ("G", "k", "k")
    picture(opened(*keys, until=("‖ approve",)), size)


@sizes(SMALL, USUAL)
def test_a_failed_node_is_selected(picture: Picture, size: Size) -> None:
    picture(opened("n", "n", until=("lint(1)",)), size)


@sizes(SMALL, USUAL, LARGE)
def test_the_inspector(picture: Picture, size: Size) -> None:
    picture(opened("g", "j", "enter", until=("exit code  0", "raw")), size)


@sizes(SMALL)
def test_the_tree_is_filtered(picture: Picture, size: Size) -> None:
    keys = ("slash", *"phase:failed", "enter")
    picture(opened(*keys, until=("3 of 10 nodes",)), size)


@sizes(SMALL, USUAL, LARGE)
def test_the_graph(picture: Picture, size: Size) -> None:
    picture(opened("2", until=("┌─", "scrape")), size)


@pytest.mark.parametrize("theme", ["light", "ansi", "contrast"])
def test_the_graph_in_other_colours(picture: Picture, theme: str) -> None:
    picture(opened("2", until=("┌─", "scrape")), USUAL, theme=theme)


@sizes(SMALL, USUAL, LARGE)
def test_the_timeline(picture: Picture, size: Size) -> None:
    picture(opened("3", until=("critical path",)), size)


@pytest.mark.parametrize("theme", ["light", "ansi"])
def test_the_timeline_in_other_colours(picture: Picture, theme: str) -> None:
    picture(opened("3", until=("critical path",)), USUAL, theme=theme)


@sizes(SMALL, USUAL)
def test_the_events(picture: Picture, size: Size) -> None:
    picture(opened("4", until=("WorkflowRunning", "WorkflowNodeFailed")), size)


@sizes(SMALL, USUAL)
def test_the_yaml(picture: Picture, size: Size) -> None:
    picture(opened("5", until=("kind: Workflow",)), size)


@sizes(SMALL, USUAL)
def test_the_summary(picture: Picture, size: Size) -> None:
    picture(opened("6", until=("url",)), size)


@sizes(SMALL, USUAL)
def test_the_keys(picture: Picture, size: Size) -> None:
    picture(opened("question_mark", until=("All about the node",)), size)


@sizes(SMALL)
def test_a_workflow_that_is_not_there(picture: Picture, size: Size) -> None:
    async def play(driver: SnapshotDriver) -> None:
        await driver.sees("visual-analysis", "live")
        driver.app.open_workflow(Key("argo", "no-such-workflow"))
        await driver.sees("There is no workflow no-such-workflow in argo.")

    picture(play, size)


@sizes(SMALL, USUAL, HUGE)
def test_the_graph_of_two_hundred_nodes(picture: Picture, size: Size) -> None:
    picture(opened("2", until=("┌─",), name=GRID), size, MANY)


@sizes(USUAL)
def test_the_graph_of_five_thousand_nodes(picture: Picture, size: Size) -> None:
    picture(opened("2", until=("┌─",), name=SIMULATION), size, MANY)


@sizes(USUAL)
def test_the_tree_of_five_thousand_nodes(picture: Picture, size: Size) -> None:
    picture(opened(until=("5,000 nodes",), name=SIMULATION), size, MANY)
