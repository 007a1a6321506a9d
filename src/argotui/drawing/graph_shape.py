"""What a drawing of a workflow has to show: boxes and the edges between them.

Small workflows show every vertex of the execution graph. Big ones are folded: the items of a
fan-out, and what a nested template holds, become one box each, which can be opened by its key.
"""

from __future__ import annotations

from collections.abc import Set
from typing import NamedTuple

from argotui.model.workflow.containment import item_of, label_of
from argotui.model.workflow.execution import Execution, break_cycles, point_of

FOLD_FROM = 3
"""Fewer items than this are never folded."""


class Shape(NamedTuple):
    """`boxes` in the order of their start, and `successors` between them and the `junctions`.

    `groups` are the boxes that stand for several vertices; `shown_by` maps each node to its box;
    `opened` are the keys by which groups that are open can be closed again.
    """

    boxes: tuple[str, ...]
    junctions: frozenset[str]
    successors: dict[str, tuple[str, ...]]
    labels: dict[str, str]
    groups: dict[str, tuple[str, ...]]
    shown_by: dict[str, str]
    opened: tuple[str, ...]


class _Folder:
    """Finds for each node the outermost closed group it is in."""

    def __init__(self, execution: Execution, expanded: Set[str]) -> None:
        self.execution = execution
        self.expanded = expanded
        self.opened: dict[str, None] = {}
        self.fans: dict[str, str] = {}
        """The label of each fan-out that may be folded."""
        self._items = self._find_items()
        self._group: dict[str, str] = {"": ""}
        for node_id in execution.everything():
            parent = execution.inside.parent[node_id]
            self._group[node_id] = self._group[parent] or self._begins(node_id)

    def _find_items(self) -> dict[str, str]:
        """The fan-out of each step that is an item of one."""
        inside, nodes = self.execution.inside, self.execution.nodes
        items: dict[str, str] = {}
        for holder, held in inside.children.items():
            if not holder or nodes[holder].type != "StepGroup":
                continue
            by_base: dict[str, list[str]] = {}
            for child in held:
                base, index = item_of(label_of(child, nodes[child]))
                if index >= 0:
                    by_base.setdefault(base, []).append(child)
            for base, members in by_base.items():
                if len(members) >= FOLD_FROM:
                    key = f"{holder}\x00{base}"
                    self.fans[key] = f"{base} ×{len(members)}"
                    items.update(dict.fromkeys(members, key))
        return items

    def _keys(self, node_id: str) -> list[str]:
        """The groups that begin with a node, the outer one first."""
        keys = [self._items[node_id]] if node_id in self._items else []
        node = self.execution.nodes[node_id]
        held = self.execution.inside.children.get(node_id, [])
        if node.type == "TaskGroup" and len(held) >= FOLD_FROM:
            self.fans[node_id] = f"{label_of(node_id, node)} ×{len(held)}"
            return [*keys, node_id]
        nested = node.type in ("Steps", "DAG", "Retry") and self.execution.inside.parent[node_id]
        return [*keys, node_id] if nested and self.execution.holds(node_id) else keys

    def _begins(self, node_id: str) -> str:
        for key in self._keys(node_id):
            if key not in self.expanded:
                return key
            self.opened[key] = None
        return ""

    def group_of(self, vertex: str) -> str:
        """The closed group of a vertex or junction, "" for none."""
        return self._group[point_of(vertex)]

    def label(self, group: str, members: list[str]) -> str:
        if group in self.fans:
            return self.fans[group]
        return f"{label_of(group, self.execution.nodes[group])} [{len(members)}]"


def _label(execution: Execution, box: str) -> str:
    """The name of a node, that of the nested template it is in before it: `verify/lint`."""
    inside, nodes = execution.inside, execution.nodes
    holder = inside.parent[box]
    while holder and nodes[holder].type not in ("Steps", "DAG"):
        holder = inside.parent[holder]
    name = label_of(box, nodes[box])
    if not holder or holder == inside.main:
        return name
    return f"{label_of(holder, nodes[holder])}/{name}"


def shape_of(execution: Execution, overview: bool, expanded: Set[str] = frozenset()) -> Shape:
    """Return what to draw: every vertex, or in an `overview` groups but for those in `expanded`."""
    folder = _Folder(execution, expanded) if overview else None
    box_of: dict[str, str] = {}
    groups: dict[str, list[str]] = {}
    for vertex in execution.vertices:
        group = folder.group_of(vertex) if folder else ""
        box_of[vertex] = group or vertex
        if group and vertex not in execution.junctions:
            groups.setdefault(group, []).append(vertex)
    successors: dict[str, dict[str, None]] = {}
    for vertex in execution.vertices:
        own = successors.setdefault(box_of[vertex], {})
        for target in execution.successors[vertex]:
            if box_of[target] != box_of[vertex]:
                own[box_of[target]] = None
    break_cycles(list(successors), successors)
    junctions = frozenset(v for v in execution.junctions if box_of[v] == v)
    boxes = tuple(box for box in successors if box not in junctions)
    labels = {box: _label(execution, box) for box in boxes if box not in groups}
    if folder:
        labels |= {group: folder.label(group, members) for group, members in groups.items()}
    return Shape(
        boxes=boxes,
        junctions=junctions,
        successors={box: tuple(targets) for box, targets in successors.items()},
        labels=labels,
        groups={group: tuple(members) for group, members in groups.items()},
        shown_by={each: box_of[shown] for each, shown in execution.shown_by.items()},
        opened=tuple(folder.opened) if folder else (),
    )
