"""The graph of a template before anything runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from argotui.drawing.graph import Basis
from argotui.model.workflow.execution import Execution
from argotui.model.workflow.plan import MOST_NODES, planned_workflow

FOLDER = Path(__file__).parents[3] / "workflows"


def edges(spec: dict[str, Any], entrypoint: str = "") -> set[tuple[str, str]]:
    """Return the edges between what does work, by the names people know."""
    workflow = planned_workflow("w", spec, entrypoint)
    execution = Execution(workflow)

    def label(vertex: str) -> str:
        return workflow.nodes[vertex].display_name

    return {
        (label(source), label(target))
        for source, targets in execution.successors.items()
        for target in targets
    }


def pod(name: str) -> dict[str, Any]:
    return {"name": name, "container": {"image": "x"}}


def test_tasks_follow_their_dependencies_and_their_depends() -> None:
    tasks = [
        {"name": "a", "template": "p"},
        {"name": "b", "template": "p", "dependencies": ["a"]},
        {"name": "c", "template": "p", "depends": "(a.Succeeded||a.Failed) && !b.Skipped"},
        {"name": "d-1", "template": "p", "depends": "b && c"},
    ]
    spec = {"entrypoint": "m", "templates": [{"name": "m", "dag": {"tasks": tasks}}, pod("p")]}
    assert edges(spec) == {("a", "b"), ("a", "c"), ("b", "c"), ("b", "d-1"), ("c", "d-1")}


def test_steps_follow_the_group_before() -> None:
    steps = [
        [{"name": "a", "template": "p"}, {"name": "b", "template": "p"}],
        [{"name": "c", "template": "p"}],
    ]
    spec = {"entrypoint": "m", "templates": [{"name": "m", "steps": steps}, pod("p")]}
    assert edges(spec) == {("a", "c"), ("b", "c")}


def test_nested_templates_are_part_of_the_graph() -> None:
    inner = {
        "name": "inner",
        "steps": [[{"name": "x", "template": "p"}], [{"name": "y", "template": "p"}]],
    }
    tasks = [
        {"name": "first", "template": "p"},
        {"name": "in", "template": "inner", "dependencies": ["first"]},
        {"name": "last", "inline": {"suspend": {}}, "dependencies": ["in"]},
    ]
    spec = {
        "entrypoint": "m",
        "templates": [{"name": "m", "dag": {"tasks": tasks}}, inner, pod("p")],
    }
    assert edges(spec) == {("first", "x"), ("x", "y"), ("y", "last")}
    kinds = {node.display_name: node.type for node in planned_workflow("w", spec).nodes.values()}
    assert (kinds["last"], kinds["x"], kinds["in"]) == ("Suspend", "Pod", "Steps")


def test_loops_and_other_objects_are_one_node_each() -> None:
    tasks = [
        {"name": "many", "template": "p", "withItems": [1, 2]},
        {"name": "other", "templateRef": {"name": "o", "template": "t"}, "depends": "many"},
    ]
    spec = {"entrypoint": "m", "templates": [{"name": "m", "dag": {"tasks": tasks}}, pod("p")]}
    assert edges(spec) == {("many ×N", "other")}
    assert "o/t" in {node.template_name for node in planned_workflow("w", spec).nodes.values()}


def test_recursion_ends() -> None:
    steps = [[{"name": "again", "template": "m"}], [{"name": "b", "template": "p"}]]
    spec = {"entrypoint": "m", "templates": [{"name": "m", "steps": steps}, pod("p")]}
    assert edges(spec) == {("again …", "b")}


def test_what_grows_without_bounds_is_cut() -> None:
    def level(number: int) -> dict[str, Any]:
        steps = [[{"name": f"s{each}", "template": f"l{number + 1}"} for each in range(8)]]
        return {"name": f"l{number}", "steps": steps}

    spec = {"entrypoint": "l0", "templates": [*(level(each) for each in range(12)), pod("l12")]}
    nodes = planned_workflow("w", spec).nodes
    assert MOST_NODES < len(nodes) < 2 * MOST_NODES
    assert any(node.display_name.endswith("…") for node in nodes.values())


def test_another_entrypoint_has_another_graph() -> None:
    steps = [[{"name": "a", "template": "p"}]]
    spec = {"entrypoint": "p", "templates": [{"name": "m", "steps": steps}, pod("p")]}
    assert len(planned_workflow("w", spec).nodes) == 1
    assert len(planned_workflow("w", spec, "m").nodes) == 3


@pytest.mark.parametrize(
    "spec",
    [
        {},
        {"entrypoint": "m"},
        {"entrypoint": "m", "templates": [{"name": "m", "dag": None, "steps": [[None], 3]}]},
        {
            "entrypoint": "m",
            "templates": [{"name": "m", "dag": {"tasks": [{}, {"name": 3}, None]}}],
        },
    ],
)
def test_what_is_malformed_is_drawn_as_far_as_it_goes(spec: dict[str, Any]) -> None:
    workflow = planned_workflow("w", spec)
    assert Basis(None, frozenset(), None).drawing(workflow) is not None


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.yaml")), ids=lambda file: str(file.stem))
def test_every_shipped_workflow_has_a_drawing(file: Path) -> None:
    for document in yaml.safe_load_all(file.read_text("utf-8")):
        if spec := document["spec"].get("templates") and document["spec"]:
            drawing = Basis(None, frozenset(), None).drawing(planned_workflow("w", spec))
            assert drawing.boxes
