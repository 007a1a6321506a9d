from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from argotui.drawing.cells import cell_len
from argotui.drawing.graph import Drawing, Rect, draw
from argotui.model.argo import Workflow
from argotui.model.workflow.execution import Execution
from argotui.model.workflow.pod_name import node_id
from tests.unit.model.fixtures import (
    NAME,
    chain,
    dag,
    fan_out,
    hooks,
    node,
    retries,
    steps,
    wild_nodes,
    workflow,
)


def picture(drawing: Drawing) -> str:
    return "\n".join(drawing.text())


def key(task: str) -> str:
    return node_id(NAME, f"{NAME}.{task}")


def test_what_runs_side_by_side_shares_a_frame() -> None:
    drawing = draw(dag({"a": [], "b": ["a"], "c": ["a"], "d": ["b", "c"]}, {"c": "Running"}))
    assert picture(drawing) == (
        "┌───┐    ┌───┐    ┌───┐\n│✔ a│───▶│✔ b│───▶│✔ d│\n└───┘    │● c│    └───┘\n         └───┘"
    )


def test_branches_part_and_meet_again() -> None:
    before = {"scrape": [], "shot": ["scrape"], "dom": ["scrape"], "gate": ["shot"]}
    drawing = draw(dag(before | {"publish": ["gate", "dom"]}, {"gate": "Running"}))
    assert picture(drawing) == (
        "              ┌─────┐                 ┌─────────┐\n"
        "           ┌─▶│✔ dom│──────────────┬─▶│✔ publish│\n"
        "┌────────┐ │  └─────┘              │  └─────────┘\n"
        "│✔ scrape│─┤  ┌──────┐    ┌──────┐ │\n"
        "└────────┘ └─▶│✔ shot│───▶│● gate│─┘\n"
        "              └──────┘    └──────┘"
    )


def test_lines_that_only_cross_do_not_touch() -> None:
    before = {"a": [], "b": [], "c": [], "x": ["b"], "y": ["a", "c"], "z": ["a"]}
    assert picture(draw(dag(before))) == (
        "          ┌───┐\n"
        "      ┌──▶│✔ z│\n"
        "┌───┐ │   └───┘\n"
        "│✔ a│─┤   ┌───┐\n"
        "└───┘ │┌─▶│✔ x│\n"
        "┌───┐ ││  └───┘\n"
        "│✔ b│─│┘  ┌───┐\n"
        "└───┘ └┬─▶│✔ y│\n"
        "┌───┐  │  └───┘\n"
        "│✔ c│──┘\n"
        "└───┘"
    )


def test_a_long_edge_passes_beside_what_is_between() -> None:
    assert picture(draw(dag({"a": [], "b": ["a"], "c": ["b", "a"]}))) == (
        "         ┌───┐    ┌───┐\n"
        "┌───┐ ┌─▶│✔ b│─┬─▶│✔ c│\n"
        "│✔ a│─┤  └───┘ │  └───┘\n"
        "└───┘ └────────┘"
    )


def test_steps_follow_each_other_without_their_groups() -> None:
    assert picture(draw(steps(["pull"], ["lint", "test"], ["push"]))) == (
        "┌──────┐    ┌──────┐    ┌──────┐\n"
        "│✔ pull│───▶│✔ lint│───▶│✔ push│\n"
        "└──────┘    │✔ test│    └──────┘\n"
        "            └──────┘"
    )


def test_a_retry_is_one_box() -> None:
    drawing = draw(retries(3))
    assert picture(drawing) == (
        "┌───────┐    ┌───────┐\n│✔ fetch│───▶│✔ store│\n└───────┘    └───────┘"
    )
    assert drawing.box_of(key("fetch(1)")) == key("fetch")


def test_hooks_start_with_what_they_hang_on_and_exit_handlers_after_it() -> None:
    execution = Execution(hooks())
    edges = {
        execution.nodes[vertex].name: [execution.nodes[after].name for after in afters]
        for vertex, afters in execution.successors.items()
    }
    assert edges == {
        "wf.build": ["wf.build.hooks.slow", "wf.build.onExit"],
        "wf.build.hooks.slow": ["wf.onExit"],
        "wf.build.onExit": ["wf.onExit"],
        "wf.hooks.running": [],
        "wf.onExit": [],
    }


def test_the_attempts_of_a_retried_dag_follow_each_other() -> None:
    def attempt(index: int) -> str:
        return f"wf.sub({index})"

    wf = workflow(
        [
            node(NAME, "DAG", children=["wf.sub"], display=NAME),
            node("wf.sub", "Retry", boundary=NAME, children=[attempt(0), attempt(1)]),
            node(
                attempt(0),
                "DAG",
                boundary=NAME,
                children=[f"{attempt(0)}.x"],
                outbound=[f"{attempt(0)}.x"],
            ),
            node(f"{attempt(0)}.x", boundary=attempt(0), start=1),
            node(
                attempt(1),
                "DAG",
                boundary=NAME,
                children=[f"{attempt(1)}.x", "wf.next"],
                outbound=[f"{attempt(1)}.x"],
                start=20,
            ),
            node(f"{attempt(1)}.x", boundary=attempt(1), start=21),
            node("wf.next", boundary=NAME, start=40),
        ]
    )
    execution = Execution(wf)
    order = [execution.nodes[vertex].name for vertex in execution.vertices]
    assert order == ["wf.sub(0).x", "wf.sub(1).x", "wf.next"]
    assert [list(execution.successors[vertex]) for vertex in execution.vertices] == [
        [execution.vertices[1]],
        [execution.vertices[2]],
        [],
    ]


def test_the_overview_folds_a_fan_out_into_one_box_that_opens() -> None:
    wf = fan_out(24, phases={5: "Failed", 6: "Running", 7: "Running"})
    drawing = draw(wf, overview=True)
    assert picture(drawing) == (
        "┌──────┐    ┌────────────────────┐    ┌────────┐\n"
        "│✔ list│───▶│shot ×24 ✔21 ●2 ✖1  │───▶│○ report│\n"
        "└──────┘    └────────────────────┘    └────────┘"
    )
    group = key("shot")
    assert list(drawing.groups) == [group]
    assert drawing.look(group).role == "failed"
    opened = draw(wf, overview=True, expanded={group})
    assert opened.opened == (group,)
    assert len(opened.boxes) == 26
    assert drawing.box_of(key("shot(5:host5)")) == group


def test_many_boxes_are_folded_by_default_few_are_not() -> None:
    assert len(draw(fan_out(150)).boxes) == 152
    assert len(draw(fan_out(300)).boxes) == 3


def test_two_wide_groups_meet_in_one_point_instead_of_many_lines() -> None:
    wide = [f"a{i}" for i in range(20)], [f"b{i}" for i in range(20)]
    execution = Execution(steps(*wide))
    assert len(execution.junctions) == 1
    assert sum(map(len, execution.successors.values())) == 40
    rows = picture(draw(steps(*wide))).split("\n")
    assert len(rows) == 22
    assert sum("▶" in row for row in rows) == 1


def test_a_change_of_phase_keeps_the_geometry() -> None:
    first = draw(fan_out(30), overview=True)
    second = draw(fan_out(30, phases={1: "Failed"}), overview=True, previous=first)
    assert second.layout is first.layout
    assert "✖1" in picture(second)
    assert draw(fan_out(31), overview=True, previous=second).layout is not first.layout


def test_arrow_keys_move_between_boxes() -> None:
    drawing = draw(dag({"a": [], "b": ["a"], "c": ["a"], "d": ["b", "c"]}))
    assert drawing.neighbour(key("a"), 1, 0) == key("b")
    assert drawing.neighbour(key("b"), 0, 1) == key("c")
    assert drawing.neighbour(key("c"), 0, 1) == key("c")
    assert drawing.neighbour(key("c"), 1, 0) == key("d")
    assert drawing.neighbour(key("a"), -1, 0) == key("a")


def test_lines_are_coloured_by_what_they_lead_to() -> None:
    drawing = draw(dag({"a": [], "b": ["a"], "c": ["b"]}, {"c": "Failed"}))
    roles = [piece.role for piece in drawing.line(1) if "▶" in piece.text]
    assert roles == ["line-succeeded", "line-failed"]


def test_long_names_keep_their_end_and_wide_ones_their_place() -> None:
    drawing = draw(dag({"x" * 60 + "-end": [], "画面画面": ["x" * 60 + "-end"]}))
    rows = drawing.text()
    assert "…" in rows[1]
    assert "-end│" in rows[1]
    assert len({cell_len("".join(piece.text for piece in drawing.line(y))) for y in range(3)}) == 1


def random_dag(seed: int, size: int) -> Workflow:
    chance = random.Random(seed)
    tasks: dict[str, list[str]] = {}
    for number in range(size):
        known = list(tasks)
        tasks[f"t{number}"] = chance.sample(known, min(len(known), chance.randrange(3)))
    return dag(tasks)


def assert_sound(drawing: Drawing, wf: Workflow) -> None:
    """Every node is in a box, boxes lie apart, no row is without one, all rows are equally wide."""
    assert {drawing.box_of(each) for each in wf.nodes} <= set(drawing.boxes)
    assert set(wf.nodes) == set(drawing.shape.shown_by)
    taken: set[tuple[int, int]] = set()
    for slots in drawing.layout.layers:
        for slot in slots:
            cells = {
                (x, y)
                for x in range(slot.x, slot.x + slot.width)
                for y in range(slot.y, slot.y + slot.height)
            }
            assert not cells & taken
            taken |= cells
    assert {y for _, y in taken} == set(range(drawing.height))
    for box, rect in drawing.boxes.items():
        assert rect.x >= 0
        assert rect.x + rect.width <= drawing.width
        assert 0 < rect.y < drawing.height - 1
        assert drawing.node_at(rect.x + 1, rect.y) == box
    for y in range(drawing.height):
        row = "".join(piece.text for piece in drawing.line(y))
        assert cell_len(row) == drawing.width
        window = "".join(piece.text for piece in drawing.line(y, 3, 11))
        assert cell_len(window) == 11
        if row.isprintable() and drawing.width >= 14 and cell_len(row) == len(row):
            assert window == row[3:14]


@given(wild_nodes(), st.booleans())
def test_every_node_is_in_a_box_whatever_the_map_holds(wf: Workflow, overview: bool) -> None:
    drawing = draw(wf, overview=overview)
    assert_sound(drawing, wf)
    assert draw(wf, overview=overview).text() == drawing.text()
    for group in drawing.groups:
        assert_sound(draw(wf, overview=True, expanded={group}), wf)


@given(st.integers(0, 1000), st.integers(1, 40))
def test_any_dag_is_drawn_from_left_to_right(seed: int, size: int) -> None:
    wf = random_dag(seed, size)
    drawing = draw(wf)
    assert_sound(drawing, wf)
    assert drawing.undrawn == 0
    for each in wf.nodes.values():
        for after in each.children or ():
            if each.type != "DAG":
                assert drawing.boxes[each.id].x < drawing.boxes[after].x


@given(wild_nodes())
def test_what_ran_after_what_has_no_cycle(wf: Workflow) -> None:
    execution = Execution(wf)
    state: set[str] = set()
    left = {vertex: len(before) for vertex, before in execution.predecessors.items()}
    ready = [vertex for vertex, count in left.items() if not count]
    while ready:
        vertex = ready.pop()
        state.add(vertex)
        for after in execution.successors[vertex]:
            left[after] -= 1
            if not left[after]:
                ready.append(after)
    assert state == set(execution.vertices)


def test_five_thousand_nodes_are_laid_out() -> None:
    deep = draw(chain(5000))
    assert len(deep.boxes) == 1
    wide = draw(fan_out(5000), overview=False)
    assert len(wide.boxes) == 5002
    assert wide.boxes[key("shot(4999:host4999)")] == Rect(wide.layout.left[1], 5000, 23, 1)


def test_no_nodes_no_drawing() -> None:
    drawing = draw(workflow([]))
    assert (drawing.width, drawing.height, drawing.text()) == (0, 0, [])
    assert drawing.node_at(0, 0) == ""
