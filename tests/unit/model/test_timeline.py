from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argotui.drawing.cells import cell_len
from argotui.drawing.timeline import Timeline, draw_bar, timeline_of
from argotui.model.argo import Node, Workflow
from argotui.model.workflow.execution import Execution
from tests.unit.model.fixtures import (
    NAME,
    START,
    at,
    dag,
    node,
    retries,
    steps,
    wild_nodes,
    workflow,
)

NOW = at(1000)


def labels(wf: Workflow, ids: tuple[str, ...]) -> list[str]:
    return [wf.nodes[each].display_name for each in ids]


def test_bars_have_offsets_from_the_first_start() -> None:
    timeline = timeline_of(dag({"a": [], "b": ["a"]}), NOW)
    assert [(bar.label, bar.start, bar.end, bar.took) for bar in timeline.bars] == [
        ("a", 0, 10, 10),
        ("b", 10, 20, 10),
    ]
    assert (timeline.start, timeline.length) == (START, 20)


def test_what_runs_goes_on_to_now_and_what_waits_has_no_bar() -> None:
    wf = workflow(
        [
            node(NAME, "DAG", "Running", children=["wf.a", "wf.b"], display=NAME),
            node("wf.a", phase="Running", boundary=NAME, start=5),
            node("wf.b", boundary=NAME, start=0, end=4),
            Node(id="wf-c", name="wf.c", type="Pod", phase="Pending", boundary_id=NAME),
        ]
    )
    timeline = timeline_of(wf, NOW)
    running = next(bar for bar in timeline.bars if bar.label == "a")
    assert running.running
    assert running.end == 1000
    assert timeline.length == 1000
    assert timeline.unstarted == ("wf-c",)


def test_the_critical_path_is_what_each_step_waited_for_last() -> None:
    wf = workflow(
        [
            node(NAME, "DAG", children=["wf.a"], display=NAME),
            node("wf.a", boundary=NAME, children=["wf.fast", "wf.slow"], end=10),
            node("wf.fast", boundary=NAME, children=["wf.end"], start=10, end=20),
            node("wf.slow", boundary=NAME, children=["wf.end"], start=12, end=90),
            node("wf.end", boundary=NAME, start=95, end=99),
        ]
    )
    timeline = timeline_of(wf, NOW)
    assert labels(wf, timeline.critical) == ["a", "slow", "end"]
    assert {bar.label: bar.waited for bar in timeline.bars} == {
        "a": 0,
        "fast": 0,
        "slow": 2,
        "end": 5,
    }
    assert {bar.label for bar in timeline.bars if bar.critical} == {"a", "slow", "end"}


def test_a_retry_is_one_bar_over_its_attempts() -> None:
    wf = workflow(
        node(
            NAME + ".fetch", "Retry", boundary=NAME, children=["wf.fetch(0)", "wf.fetch(1)"], end=50
        )
        if each.name == "wf.fetch"
        else each
        for each in retries(2).nodes.values()
    )
    assert [(bar.label, bar.took) for bar in timeline_of(wf, NOW).bars] == [
        ("fetch", 50),
        ("store", 10),
    ]


def test_ways_through_a_meeting_point_are_followed() -> None:
    wf = steps([f"a{i}" for i in range(20)], [f"b{i}" for i in range(20)])
    assert Execution(wf).junctions
    assert labels(wf, timeline_of(wf, NOW).critical) == ["a9", "b9"]


@pytest.mark.parametrize(
    ("length", "width", "ticks"),
    [
        (60, 60, [(0, "0s"), (10, "10s"), (20, "20s"), (30, "30s"), (40, "40s"), (50, "50s")]),
        (300, 40, [(0, "0s"), (16, "2m00s"), (32, "4m00s")]),
        (7200, 30, [(0, "0s"), (15, "1h00m")]),
        (0, 20, [(0, "0s")]),
    ],
)
def test_the_scale_has_round_marks(length: float, width: int, ticks: list[tuple[int, str]]) -> None:
    timeline = Timeline((), (), START, length, ())
    assert [(tick.cell, tick.label) for tick in timeline.ticks(width)] == ticks


@pytest.mark.parametrize(
    ("start", "end", "drawn"),
    [
        (0, 80, (0, "██████████")),
        (0, 4, (0, "▌")),
        (8, 24, (1, "██")),
        (8, 23, (1, "█▉")),
        (12, 24, (1, "▐█")),
        (40, 40, (5, "▏")),
        (80, 80, (9, "▐")),
    ],
)
def test_bars_are_exact_to_an_eighth(start: float, end: float, drawn: tuple[int, str]) -> None:
    assert draw_bar(start, end, 80, 10) == drawn


@given(st.floats(0, 1e6), st.floats(0, 1e6), st.floats(0, 1e6), st.integers(1, 300))
def test_a_bar_stays_on_its_scale(start: float, took: float, rest: float, width: int) -> None:
    cell, blocks = draw_bar(start, start + took, start + took + rest, width)
    assert 0 <= cell < width
    assert 1 <= cell_len(blocks) <= width - cell


@given(wild_nodes(), st.integers(1, 200))
def test_any_node_map_has_a_timeline(wf: Workflow, width: int) -> None:
    timeline = timeline_of(wf, NOW)
    shown = [bar.node_id for bar in timeline.bars]
    vertices = set(Execution(wf).vertices) - Execution(wf).junctions
    assert len(shown) == len(set(shown))
    assert set(shown) | set(timeline.unstarted) == vertices
    for bar in timeline.bars:
        assert 0 <= bar.start <= bar.end <= timeline.length
        assert bar.waited >= 0
        cell, blocks = timeline.bar(bar, width)
        assert 0 < cell_len(blocks) <= width - cell
    assert list(timeline.critical) == list(dict.fromkeys(timeline.critical))
    assert {bar.node_id for bar in timeline.bars if bar.critical} == set(timeline.critical)
    ticks = timeline.ticks(width)
    for tick, after in itertools.pairwise(ticks):
        assert tick.cell + len(tick.label) < after.cell
    if timeline.bars:
        ends = [bar.end for bar in timeline.bars]
        assert max(ends) == timeline.length
