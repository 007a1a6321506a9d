from __future__ import annotations

from collections.abc import Callable, Set
from functools import partial

from hypothesis import given

from argotui.drawing.tree import (
    FAN_OUT,
    Mark,
    Tree,
    TreeRow,
    draw_tree,
)
from argotui.model.argo import MemoizationStatus, Node, Workflow
from argotui.model.workflow.pod_name import node_id
from argotui.model.workflows.summary import count_nodes
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


def lines(
    wf: Workflow,
    closed: Set[str] = frozenset(),
    opened: Set[str] = frozenset(),
    keep: Callable[[Node], bool] | None = None,
) -> list[str]:
    tree = Tree(wf)
    return draw_tree(tree, tree.rows(closed, opened, keep))


def row(tree: Tree, label: str) -> TreeRow:
    return next(row for row in tree.rows(opened=tree.folds) if row.label == label)


def test_steps_of_a_group_share_a_branch() -> None:
    assert lines(steps(["pull"], ["test", "lint"], ["push"])) == [
        "● wf",
        "├───✔ pull",
        "├─┬─✔ lint",
        "│ └─✔ test",
        "└───✔ push",
    ]


def test_more_than_ten_step_groups_keep_their_order_within_a_second() -> None:
    groups = [
        node(
            f"{NAME}[{i}]",
            "StepGroup",
            boundary=NAME,
            children=[f"{NAME}[{i}].s{i}"],
            display=f"[{i}]",
        )
        for i in range(12)
    ]
    inside = [node(f"{NAME}[{i}].s{i}", boundary=NAME, display=f"s{i}") for i in range(12)]
    root = node(NAME, "Steps", children=[f"{NAME}[0]"], display=NAME)
    assert [line[4:] for line in lines(workflow([root, *groups, *inside]))[1:]] == [
        f"✔ s{i}" for i in range(12)
    ]


def test_tasks_are_ordered_by_start_then_name() -> None:
    assert lines(dag({"a": [], "c": ["a"], "b": ["a"], "d": ["b", "c"]})) == [
        "● wf",
        "├─✔ a",
        "├─✔ b",
        "├─✔ c",
        "└─✔ d",
    ]


def test_items_are_ordered_by_their_index() -> None:
    shown = lines(fan_out(11, phases={2: "Failed"}))
    assert shown[:5] == [
        "● wf",
        "├─✔ list",
        "├─✔ shot(0:host0)",
        "├─✔ shot(1:host1)",
        "├─✖ shot(2:host2)",
    ]
    assert shown[-2:] == ["├─✔ shot(10:host10)", "└─○ report"]


def test_a_retry_with_one_attempt_is_replaced_by_it() -> None:
    wf = retries(1)
    assert lines(wf) == ["✔ wf", "├─✔ fetch(0)", "└─✔ store"]
    tree = Tree(wf)
    retry, attempt = node_id(NAME, f"{NAME}.fetch"), node_id(NAME, f"{NAME}.fetch(0)")
    assert tree.row_of(retry) == attempt


def test_a_retry_with_several_attempts_holds_them() -> None:
    wf = retries(3)
    assert lines(wf) == [
        "✔ wf",
        "├─✔ fetch",
        "│ ├─✖ fetch(0)",
        "│ ├─✖ fetch(1)",
        "│ └─✔ fetch(2)",
        "└─✔ store",
    ]
    assert row(Tree(wf), "fetch").has(Mark.RETRIES)


def test_a_retry_whose_attempts_are_missing_is_not_lost() -> None:
    wf = workflow(
        [
            node(NAME, "DAG", display=NAME),
            node("wf.x", "Retry", boundary=NAME, children=["wf.x(0)"]),
        ]
    )
    assert lines(wf) == ["✔ wf", "└─✔ x"]


def test_hooks_are_in_place_and_the_exit_handler_is_last() -> None:
    assert lines(hooks()) == [
        "✔ wf",
        "├─✔ build",
        "├─✔ slow (hook)",
        "└─✔ build.onExit (exit handler)",
        "✔ running (hook)",
        "✔ wf.onExit (exit handler)",
    ]


def test_daemons_memoized_steps_and_orphans_say_so() -> None:
    wf = workflow(
        [
            node(NAME, "DAG", display=NAME),
            node("wf.db", phase="Running", boundary=NAME, daemoned=True),
            node("wf.old", boundary=NAME, start=1, memoization_status=MemoizationStatus(hit=True)),
            node("wf.lost", boundary="wf.gone"),
        ]
    )
    assert lines(wf) == [
        "✔ wf",
        "├─● db (daemon)",
        "└─✔ old (memoized)",
        "✔ lost (its parent is missing)",
    ]


def test_containers_are_inside_their_pod() -> None:
    wf = workflow(
        [
            node(NAME, "Pod", children=["wf.a"], display=NAME),
            node("wf.a", "Container", boundary=NAME, children=["wf.b"]),
            node("wf.b", "Container", boundary=NAME, start=1),
        ]
    )
    assert lines(wf) == ["✔ wf", "├─✔ a", "└─✔ b"]


def test_a_big_fan_out_starts_closed_and_says_what_is_in_it() -> None:
    wf = fan_out(20, phases={3: "Failed", 4: "Running"})
    group = node_id(NAME, f"{NAME}.shot")
    assert lines(wf) == [
        "● wf",
        "├─✔ list",
        "├─✔ shot ×20 (1 running, 18 succeeded, 1 failed)",
        "└─○ report",
    ]
    shown = lines(wf, opened={group})
    assert len(shown) == 24
    assert shown[3] == "│ ├─✔ shot(0:host0)"
    assert lines(wf, closed={group}, opened={group}) == lines(wf)


def test_a_big_fan_out_in_steps_is_a_group_of_its_own() -> None:
    wf = steps(["list"], [*(f"shot({i}:h)" for i in range(FAN_OUT + 1)), "beside"])
    assert lines(wf) == [
        "● wf",
        "├───✔ list",
        "└─┬─✔ beside",
        f"  └─shot ×{FAN_OUT + 1} ({FAN_OUT + 1} succeeded)",
    ]


def test_a_filter_keeps_what_matches_and_what_it_is_inside() -> None:
    wf = fan_out(20, phases={3: "Failed"})
    tree = Tree(wf)
    rows = tree.rows(keep=lambda each: each.phase == "Failed")
    assert [(row.label, row.has(Mark.CONTEXT)) for row in rows] == [
        ("wf", True),
        ("shot ×20", True),
        ("shot(3:host3)", False),
    ]
    assert draw_tree(tree, rows)[-1] == "  └─✖ shot(3:host3)"


def test_closing_a_row_hides_what_is_inside_only() -> None:
    wf = retries(3)
    assert lines(wf, closed={node_id(NAME, f"{NAME}.fetch")}) == [
        "✔ wf",
        "├─✔ fetch (1 succeeded, 2 failed)",
        "└─✔ store",
    ]


def test_counts_of_the_whole_are_those_of_the_workflow() -> None:
    wf = fan_out(20, phases={3: "Failed", 4: "Running"})
    assert Tree(wf).counts(NAME) == count_nodes(wf)


def test_next_goes_to_what_failed_by_itself_and_round_the_end() -> None:
    wf = steps(["a"], ["b", "c"], phases={"b": "Failed", "c": "Error"})
    failed = workflow(
        node(NAME, "Steps", "Failed", children=["wf[0]"], display=NAME) if each.id == NAME else each
        for each in wf.nodes.values()
    )
    tree = Tree(failed)
    b, c = node_id(NAME, "wf[1].b"), node_id(NAME, "wf[1].c")
    assert tree.innermost(_failed) == [b, c]
    assert [tree.next(_failed, after) for after in (NAME, b, c, "")] == [b, c, b, b]
    assert [tree.next(_failed, after, backwards=True) for after in (NAME, b, c)] == [c, c, b]
    assert tree.next(lambda each: each.is_gate, NAME) == ""


def _in_phase(phase: str, each: Node) -> bool:
    return each.phase == phase


def _failed(each: Node) -> bool:
    return each.phase in ("Failed", "Error")


def test_ancestors_lead_to_the_top() -> None:
    tree = Tree(chain(4))
    deepest = tree.order[-1]
    assert [tree.label_of(key) for key in tree.ancestors(deepest)] == ["n2", "n1", "wf"]


def test_ascii_has_no_other_characters() -> None:
    tree = Tree(fan_out(20))
    assert all(line.isascii() for line in draw_tree(tree, tree.rows(), ascii_only=True))


def test_five_thousand_levels_are_drawn_in_bounded_space() -> None:
    rows = Tree(chain(5000)).rows()
    assert len(rows) == 5000
    assert rows[-1].depth == 4999
    assert max(len(row.guides) for row in rows) < 200


def test_a_workflow_without_nodes_has_no_rows() -> None:
    assert lines(workflow([])) == []


@given(wild_nodes())
def test_every_node_is_shown_once_below_what_it_is_inside(wf: Workflow) -> None:
    for fan in (0, 1, FAN_OUT):
        tree = Tree(wf, fan)
        rows = tree.rows(opened=tree.folds)
        keys = [row.node_id for row in rows]
        assert len(keys) == len(set(keys))
        made_up = set(tree.groups) - set(wf.nodes)
        assert set(keys) - made_up | set(tree.hidden) == set(wf.nodes)
        assert not set(keys) & set(tree.hidden)
        assert all(tree.row_of(each) in keys for each in wf.nodes)
        seen: dict[str, int] = {"": -1}
        for row in rows:
            assert row.depth == seen[row.parent] + 1
            seen[row.node_id] = row.depth
        assert keys == tree.order


@given(wild_nodes())
def test_rows_agree_with_each_other_whatever_is_closed_or_kept(wf: Workflow) -> None:
    tree = Tree(wf, 1)
    everything = {row.node_id for row in tree.rows(opened=tree.folds)}
    closed = set(tree.order[::2])
    some = tree.rows(closed)
    assert {row.node_id for row in some} <= everything
    assert all(not row.collapsed or row.has_children for row in some)
    kept = tree.rows(keep=lambda each: each.phase == "Failed")
    shown = {row.node_id for row in kept if not row.has(Mark.CONTEXT)}
    assert shown == {
        key for key in tree.order if key in wf.nodes and wf.nodes[key].phase == "Failed"
    }
    assert len(draw_tree(tree, some)) == len(some)
    for phase in ("Failed", "Running", "Pending"):
        tree.next(partial(_in_phase, phase), "", backwards=True)
