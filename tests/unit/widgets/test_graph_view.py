from __future__ import annotations

import pytest

from argotui.model.workflow.pod_name import node_id
from argotui.widgets.workflow.graph import GraphView
from tests.driven import settled
from tests.support import ManualClock
from tests.unit.screens.documents import Document, analysis, at, node, workflow
from tests.unit.widgets.support import Harness, painting
from tests.unit.widgets.test_node_tree import changed, read


def identity(name: str) -> str:
    return node_id("analysis", f"analysis.{name}")


def chain(count: int, *, running: int = 0) -> Document:
    """Pods one after another, `running` being the number of the one that runs."""
    nodes = [node("chain", "", "DAG", "Running", after=["p0"])]
    for number in range(count):
        runs = number == running
        nodes.append(
            node(
                "chain",
                f"p{number}",
                "Pod",
                "Running" if runs else "Succeeded",
                start=number,
                end=None if runs else number + 1,
                after=[f"p{number + 1}"] if number + 1 < count else [],
            )
        )
    return workflow("chain", *nodes)


async def test_boxes_and_lines_are_drawn_and_the_box_under_the_cursor_is_selected() -> None:
    view = GraphView(ManualClock().now)
    app = Harness(view)
    async with app.run_test(size=(100, 30)):
        view.show_workflow(read(analysis()))
        await settled(app)
        text = "\n".join(app.screen_lines())
        for word in ("✔ scrape", "✖ lint", "‖ approve", "● index", "┌", "─▶"):
            assert word in text
        assert view.selected_id == identity("index"), "what runs is looked at first"


async def test_a_graph_larger_than_the_screen_opens_at_what_runs() -> None:
    view = GraphView(ManualClock().now)
    app = Harness(view)
    async with app.run_test(size=(60, 12)):
        view.show_workflow(read(chain(40, running=30)))
        view.select("chain")
        await settled(app)
        assert view.selected_id == node_id("chain", "chain.p30")
        assert "● p30" in "\n".join(app.screen_lines())


async def test_a_drawing_prepared_before_boxes_were_folded_is_not_taken() -> None:
    view = GraphView(ManualClock().now)
    app = Harness(view)
    async with app.run_test(size=(60, 12)):
        workflow = read(analysis())
        view.show_workflow(workflow, view.prepare(workflow)())
        assert view.drawing is not None
        prepare = view.prepare(workflow)
        same = prepare()
        view.show_workflow(workflow, same)
        late = prepare()
        view.toggle_all_rows()
        folded = view.drawing.boxes.keys()
        view.show_workflow(workflow, late)
        assert view.drawing.boxes.keys() == folded


async def test_arrows_go_to_neighbours_and_tab_through_all_boxes() -> None:
    view = GraphView(ManualClock().now)
    app = Harness(view)
    async with app.run_test(size=(100, 30)):
        view.show_workflow(read(analysis()))
        view.open_row()
        second_layer = ("dom", "shot(0:example.com)", "shot(1:example.org)", "lint")
        assert view.selected_id in {identity(name) for name in second_layer}
        view.close_row()
        assert view.selected_id == identity("scrape")
        seen = set()
        for _ in range(7):
            seen.add(view.selected_id)
            view.step(1)
        assert len(seen) == 7
        assert view.selected_id == identity("scrape")
        view.step(-1)
        assert view.selected_id != identity("scrape")


async def test_a_changed_phase_paints_the_lines_of_its_box_and_moves_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    view = GraphView(ManualClock().now)
    app = Harness(view)
    async with app.run_test(size=(100, 40)):
        document = analysis()
        view.show_workflow(read(document))
        await settled(app)
        before = view.scroll_offset
        drawing = view.drawing
        assert drawing is not None
        line = drawing.boxes[identity("index")].y
        with painting(view, monkeypatch) as painted:
            view.show_workflow(
                changed(document, "analysis.index", phase="Succeeded", finishedAt=at(90))
            )
            await settled(app)
            assert sorted(painted.lines) == [line - 1, line, line + 1]
        assert view.scroll_offset == before
        with painting(view, monkeypatch) as painted:
            view.show_workflow(changed(document, "analysis.index", phase="Succeeded"))
            await settled(app)
            assert len(painted) == 0


async def test_new_boxes_leave_the_selected_one_where_it_is_on_screen() -> None:
    view = GraphView(ManualClock().now)
    app = Harness(view)
    async with app.run_test(size=(60, 10)):
        document = chain(30)
        view.show_workflow(read(document))
        await settled(app)
        view.select(node_id("chain", "chain.p15"))
        await settled(app)

        def place() -> tuple[int, int]:
            assert view.drawing is not None
            rect = view.drawing.boxes[node_id("chain", "chain.p15")]
            return rect.x - view.scroll_offset.x, rect.y - view.scroll_offset.y

        before = place()
        root = document["status"]["nodes"]["chain"]
        long = node("chain", "a-much-longer-name-at-the-start", after=["p1"], end=1)
        document["status"]["nodes"][long["id"]] = long
        root["children"].append(long["id"])
        view.show_workflow(read(document))
        await settled(app)
        assert place()[0] == before[0]


async def test_following_keeps_what_runs_in_view_until_the_cursor_is_moved() -> None:
    view = GraphView(ManualClock().now)
    app = Harness(view)
    async with app.run_test(size=(60, 10)):
        view.show_workflow(read(chain(40, running=3)))
        await settled(app)
        assert view.follow()
        assert view.selected_id == node_id("chain", "chain.p3")
        view.show_workflow(read(chain(40, running=30)))
        await settled(app)
        assert view.selected_id == node_id("chain", "chain.p30")
        assert "● p30" in "\n".join(app.screen_lines())
        view.pan(-8)
        assert not view.following
        view.show_workflow(read(chain(40, running=5)))
        assert view.selected_id == node_id("chain", "chain.p30")


async def test_dragging_pans_and_a_click_selects() -> None:
    view = GraphView(ManualClock().now)
    app = Harness(view)
    async with app.run_test(size=(60, 10)) as pilot:
        view.show_workflow(read(chain(40)))
        await settled(app)
        await pilot.mouse_down(offset=(50, 1))
        await pilot.hover(offset=(30, 1))
        await pilot.mouse_up(offset=(30, 1))
        await settled(app)
        assert view.scroll_offset.x == 20

        assert view.drawing is not None
        rect = view.drawing.boxes[node_id("chain", "chain.p3")]
        await pilot.click(offset=(rect.x + 2 - view.scroll_offset.x, rect.y))
        await settled(app)
        assert view.selected_id == node_id("chain", "chain.p3")


async def test_a_folded_group_opens_and_closes() -> None:
    view = GraphView(ManualClock().now)
    app = Harness(view)
    async with app.run_test(size=(100, 30)):
        nodes = [
            node("many", "", "DAG", "Running", after=["task"]),
            node(
                "many", "task", "TaskGroup", "Running", after=[f"task({i}:x)" for i in range(300)]
            ),
            *(node("many", f"task({i}:x)", end=2) for i in range(300)),
        ]
        view.show_workflow(read(workflow("many", *nodes)))
        await settled(app)
        assert "task ×300 ✔300" in "\n".join(app.screen_lines())
        group = view.selected_group
        assert group is not None
        assert len(group[1]) == 300
        view.toggle_row()
        await settled(app)
        assert view.selected_group is None
        assert "✔ task(0:x)" in "\n".join(app.screen_lines())
        view.toggle_row()
        await settled(app)
        assert view.selected_group is not None


async def test_a_filter_dims_what_does_not_match_and_jumps_skip_it() -> None:
    view = GraphView(ManualClock().now)
    app = Harness(view)
    async with app.run_test(size=(100, 30)):
        view.show_workflow(read(analysis()))
        view.set_filter(lambda each: each.display_name != "index")
        assert view.matching == 6
        assert view.step_to(lambda each: each.phase == "Running")
        assert view.selected_id == identity("approve")
        assert view.step_to(lambda each: each.phase == "Running")
        assert view.selected_id == identity("approve")
        assert not view.step_to(lambda each: each.phase == "Skipped")


async def test_what_is_cut_at_an_edge_has_an_arrow_there() -> None:
    view = GraphView(ManualClock().now)
    app = Harness(view)
    async with app.run_test(size=(24, 30)):
        view.show_workflow(read(analysis()))
        await settled(app)
        lines = [line.ljust(24) for line in app.screen_lines()]
        assert any("▸" in line[20:] for line in lines)
        assert not any(line.startswith("◂") for line in lines)
        view.cursor_end()
        await settled(app)
        assert any(line.startswith("◂") for line in app.screen_lines())


async def test_without_a_box_the_reason_stands_there() -> None:
    view = GraphView(ManualClock().now)
    app = Harness(view)
    async with app.run_test(size=(30, 10)):
        await settled(app)
        assert app.screen_lines()[0] == " Laying out the nodes …"
        empty = workflow("empty", phase="Failed", message="invalid spec: no template main")
        view.show_workflow(read(empty))
        await settled(app)
        text = " ".join(line.strip() for line in app.screen_lines()).strip()
        assert text == "There is no node: invalid spec: no template main"


async def test_a_node_of_a_nested_template_has_its_name_before_it() -> None:
    view = GraphView(ManualClock().now)
    app = Harness(view)
    document = workflow(
        "nested",
        node("nested", "", "DAG", "Running"),
        node("nested", "verify", "DAG", "Running"),
        node("nested", "verify.lint", displayName="lint", inside="verify"),
        node("nested", "plain"),
    )
    async with app.run_test(size=(60, 10)):
        view.show_workflow(read(document))
        await settled(app)
        text = "\n".join(app.screen_lines())
        assert "✔ verify/lint" in text
        assert "│✔ plain" in text
