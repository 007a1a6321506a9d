from __future__ import annotations

import copy

import msgspec
import pytest

from argotui.model.argo import Workflow
from argotui.model.workflow.pod_name import node_id
from argotui.model.workflows.filters import parse_filter
from argotui.widgets.workflow.tree import NodeTree
from tests.driven import settled
from tests.support import ManualClock
from tests.unit.screens.documents import Document, analysis, at, node, wide, workflow
from tests.unit.widgets.support import Harness, painting


def read(document: Document) -> Workflow:
    return msgspec.convert(document, Workflow)


def changed(document: Document, name: str, **fields: object) -> Workflow:
    copied = copy.deepcopy(document)
    identity = node_id(copied["metadata"]["name"], name)
    copied["status"]["nodes"][identity].update(fields)
    return read(copied)


async def test_one_changed_node_among_five_thousand_paints_its_line_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    document = wide("huge", 5000, running=5000)
    view = NodeTree(ManualClock().now)
    app = Harness(view)
    async with app.run_test(size=(100, 30)):
        view.show_workflow(read(document))
        await settled(app)
        with painting(view, monkeypatch) as painted:
            view.show_workflow(
                changed(document, "huge.task-0004", phase="Succeeded", finishedAt=at(9))
            )
            await settled(app)
            assert painted.lines == [5]
        assert "✔ task-0004" in app.screen_lines()[5]
        with painting(view, monkeypatch) as painted:
            view.show_workflow(changed(document, "huge.task-4000", progress="1/2"))
            await settled(app)
            assert set(painted.lines) <= {5}
        with painting(view, monkeypatch) as painted:
            for _ in range(50):
                view.page_down()
                await settled(app)
            assert len(painted) <= 50 * 30


async def test_time_paints_only_durations_that_read_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = ManualClock()
    await clock.advance(300)
    view = NodeTree(clock.now)
    app = Harness(view)
    async with app.run_test(size=(100, 30)):
        view.show_workflow(read(analysis()))
        await settled(app)
        with painting(view, monkeypatch) as painted:
            await clock.advance(1)
            view.tick()
            await settled(app)
            assert len(painted) == 0
            await clock.advance(60)
            view.tick()
            await settled(app)
            names = [view.rows[line].row.label for line in painted.lines]
            assert names == ["analysis", "approve", "index"]


async def test_folding_hides_what_is_inside_and_counts_it() -> None:
    view = NodeTree(ManualClock().now)
    app = Harness(view)
    async with app.run_test(size=(100, 30)):
        view.show_workflow(read(analysis()))
        view.select(node_id("analysis", "analysis.lint(1)"))
        view.close_row()
        assert view.selected_id == node_id("analysis", "analysis.lint")
        view.close_row()
        await settled(app)
        text = "\n".join(app.screen_lines())
        assert "lint(1)" not in text
        assert "▸✖ lint  ✖2" in text

        view.show_workflow(read(analysis()))
        assert "lint(1)" not in "\n".join(app.screen_lines())
        view.open_row()
        await settled(app)
        assert "lint(1)" in "\n".join(app.screen_lines())
        view.toggle_all_rows()
        view.toggle_all_rows()
        await settled(app)
        assert "lint(1)" in "\n".join(app.screen_lines())


async def test_a_big_fan_out_is_one_row_until_it_is_opened_or_a_search_needs_it() -> None:
    items = [f"[0].scan({number}:host-{number})" for number in range(40)]
    ids = [node_id("fan", f"fan{item}") for item in items]
    nodes = [
        node("fan", "", "Steps", "Running", children=[node_id("fan", "fan[0]")]),
        node("fan", "[0]", "StepGroup", "Running", children=ids),
    ]
    for item in items:
        phase = "Failed" if item is items[-1] else "Succeeded"
        nodes.append(node("fan", item, "Pod", phase, end=3, displayName=item[4:]))
    view = NodeTree(ManualClock().now)
    app = Harness(view)
    async with app.run_test(size=(100, 30)):
        view.show_workflow(read(workflow("fan", *nodes)))
        await settled(app)
        text = "\n".join(app.screen_lines())
        assert "✖ scan ×40  ✔39 ✖1" in text
        assert "host-7" not in text

        view.cursor_down()
        assert view.selected_group is not None
        assert view.selected_group[0] == "scan ×40"

        assert view.step_to(lambda each: each.phase == "Failed")
        assert view.selected_id == node_id("fan", f"fan{items[-1]}")


async def test_the_cursor_goes_to_what_stands_for_its_node() -> None:
    view = NodeTree(ManualClock().now)
    app = Harness(view)
    async with app.run_test(size=(100, 30)):
        view.show_workflow(read(analysis()))
        lint = node_id("analysis", "analysis.lint(0)")
        view.select(lint)
        found = parse_filter("name:approve")
        view.set_filter(lambda each: found.matches_node(each, ManualClock().now()), "none")
        assert [row.row.label for row in view.rows] == ["analysis", "approve"]
        assert view.selected_id == node_id("analysis", "analysis.approve")
        assert view.matching == 1
        view.set_filter(None)
        assert len(view.rows) == 10
        assert view.selected_id == node_id("analysis", "analysis.approve")


async def test_a_name_and_a_message_are_text_and_secrets_in_them_covered() -> None:
    document = analysis()
    document["status"]["nodes"][node_id("analysis", "analysis.dom")] |= {
        "displayName": "[/x]",
        "message": "login failed: password=hunter2 [@click=app.quit]",
    }
    view = NodeTree(ManualClock().now)
    app = Harness(view)
    async with app.run_test(size=(100, 30)):
        view.show_workflow(read(document))
        await settled(app)
        text = "\n".join(app.screen_lines())
        assert "✔ [/x]  login failed: password=•••• [@click=app.quit]" in text


async def test_a_workflow_without_nodes_shows_none() -> None:
    view = NodeTree(ManualClock().now)
    app = Harness(view)
    async with app.run_test(size=(100, 30)):
        view.show_workflow(Workflow())
        assert not view.rows
        assert not view.step_to(lambda each: each.phase == "Failed")
        for act in (view.close_row, view.open_row, view.toggle_row, view.toggle_all_rows):
            act()
        assert view.selected_id == ""


async def test_the_row_under_the_cursor_has_a_mark() -> None:
    view = NodeTree(ManualClock().now)
    app = Harness(view)
    async with app.run_test(size=(100, 30)):
        view.show_workflow(read(analysis()))
        await settled(app)
        assert [line[:1] for line in app.screen_lines()[:3]] == ["▸", " ", " "]
        view.cursor_down()
        await settled(app)
        assert [line[:1] for line in app.screen_lines()[:3]] == [" ", "▸", " "]


async def test_what_is_cut_is_known_only_where_there_is_a_place() -> None:
    view = NodeTree(ManualClock().now)
    view.display = False
    app = Harness(view)
    document = analysis()
    document["status"]["nodes"][node_id("analysis", "analysis.dom")]["message"] = "m " * 100
    async with app.run_test(size=(60, 20)):
        view.show_workflow(read(document))
        assert view.select(node_id("analysis", "analysis.dom"))
        assert not view.is_cut
        view.display = True
        await settled(app)
        assert view.is_cut
        view.select(node_id("analysis", "analysis.lint(1)"))
        assert not view.is_cut


async def test_the_root_is_stuck_once_the_workflow_is() -> None:
    clock = ManualClock()
    view = NodeTree(clock.now)
    app = Harness(view)
    root = node("held", "", "DAG", "Running", after=["a"])
    held = node("held", "a", phase="Pending")
    async with app.run_test(size=(60, 10)):
        view.show_workflow(read(workflow("held", root, held)))
        await settled(app)
        assert "● held" in app.screen_lines()[0]
        await clock.advance(600)
        view.tick()
        await settled(app)
        assert "◷ held" in app.screen_lines()[0]
