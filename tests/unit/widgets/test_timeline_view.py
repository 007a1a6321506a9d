from __future__ import annotations

import pytest

from argotui.model.workflow.pod_name import node_id
from argotui.widgets.workflow.timeline import TimelineView
from tests.driven import settled
from tests.support import ManualClock
from tests.unit.screens.documents import analysis, node, wide, workflow
from tests.unit.widgets.support import Harness, painting
from tests.unit.widgets.test_node_tree import read


async def make(clock: ManualClock, seconds: float = 240) -> TimelineView:
    await clock.advance(seconds)
    return TimelineView(clock.now)


async def test_bars_stand_by_start_on_one_scale_with_the_critical_path_marked() -> None:
    view = await make(ManualClock())
    app = Harness(view)
    async with app.run_test(size=(100, 20)):
        view.show_workflow(read(analysis()))
        await settled(app)
        lines = app.screen_lines()
        assert "◆ critical path" in lines[0]
        assert "╵0s" in lines[0]
        assert "✔ scrape" in lines[1]
        assert lines[1].endswith("41s")
        assert any(line.lstrip().startswith("◆") for line in lines[1:])
        scrape, lint = (
            lines[1].index("█"),
            next(line for line in lines if "lint" in line).index("█"),
        )
        assert scrape < lint


async def test_a_gap_parts_the_longest_label_from_its_bar() -> None:
    view = await make(ManualClock())
    app = Harness(view)
    async with app.run_test(size=(100, 20)):
        long = "extract-" + "x" * 40
        view.show_workflow(read(workflow("wf", node("wf", long, start=0, end=60))))
        await settled(app)
        bar = next(line for line in app.screen_lines() if "✔" in line)
        assert "x █" in bar


async def test_time_paints_running_bars_only_and_only_when_they_look_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = ManualClock()
    view = await make(clock)
    app = Harness(view)
    async with app.run_test(size=(100, 20)):
        view.show_workflow(read(analysis()))
        await settled(app)
        with painting(view, monkeypatch) as painted:
            view.tick()
            await settled(app)
            assert len(painted) == 0
            await clock.advance(10)
            view.tick()
            await settled(app)
            assert {view.rows[line - 1].label for line in painted.lines} == {"approve", "index"}


async def test_the_scale_stretches_when_a_running_bar_comes_to_its_end() -> None:
    clock = ManualClock()
    view = await make(clock)
    app = Harness(view)
    async with app.run_test(size=(100, 20)):
        view.show_workflow(read(analysis()))
        await settled(app)
        first = app.screen_lines()[0]
        await clock.advance(3600)
        view.tick()
        await settled(app)
        assert app.screen_lines()[0] != first
        assert all(len(line) <= 99 for line in app.screen_lines())


async def test_five_thousand_bars_paint_a_screenful_at_most(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    view = await make(ManualClock(), 6000)
    app = Harness(view)
    async with app.run_test(size=(100, 30)):
        document = wide("huge", 5000)
        view.show_workflow(read(document))
        await settled(app)
        with painting(view, monkeypatch) as painted:
            view.show_workflow(read(document))
            await settled(app)
            assert len(painted) == 0
            view.cursor_end()
            await settled(app)
            assert 0 < len(painted) <= 30


async def test_selecting_what_has_no_bar_goes_to_the_first_bar_inside_it() -> None:
    view = await make(ManualClock())
    app = Harness(view)
    async with app.run_test(size=(100, 20)):
        view.show_workflow(read(analysis()))
        view.cursor_end()
        assert view.select("analysis")
        assert view.selected_id == node_id("analysis", "analysis.scrape")
        assert not view.select("nothing")


async def test_jumps_and_filters_find_nodes_by_phase() -> None:
    view = await make(ManualClock())
    app = Harness(view)
    async with app.run_test(size=(100, 20)):
        view.show_workflow(read(analysis()))
        assert view.step_to(lambda each: each.phase == "Failed")
        assert view.selected_id == node_id("analysis", "analysis.lint")
        view.set_filter(lambda each: each.phase == "Running", "none")
        assert [row.label for row in view.rows] == ["approve", "index"]
        assert not view.step_to(lambda each: each.phase == "Failed")
        view.set_filter(lambda each: False, "No node matches.")
        await settled(app)
        assert "No node matches." in app.screen_lines()[0]
