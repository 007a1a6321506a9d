"""Which node of a workflow is inside which, as `argo get` draws them, and in which order.

A node is inside its boundary (`boundaryID`); the children of a StepGroup or of a Retry are inside
those instead. The order is by start, then by the index of an item, then by name
(`convertToRenderTrees` and `insertSorted` of cmd/argo/commands/common/get.go); other than there
the items of one fan-out stay together when several start in the same second.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from argotui.model.argo import Node, Workflow

_EPOCH = datetime(1, 1, 1, tzinfo=UTC)
_STEP = re.compile(r"\[([0-9]{1,9})\]")

SortKey = tuple[datetime, str, int, str, str]


def item_of(name: str) -> tuple[str, int]:
    """Return the name and index of one item of a fan-out, `("scan", 3)` for `scan(3:host)`.

    Any other name comes back whole, with the index -1 (`RecoverIndexFromNodeName`).
    """
    base, bracket, rest = name.partition("(")
    digits, colon, _ = rest.partition(":")
    if bracket and colon and digits.isascii() and digits.isdigit() and len(digits) < 10:
        return base, int(digits)
    return name, -1


def sort_key(node_id: str, node: Node) -> SortKey:
    """Return what orders nodes inside the same other node."""
    name = node.label
    started = node.started_at or _EPOCH
    if step := _STEP.fullmatch(name):
        return started, "[", int(step[1]), name, node_id
    base, index = item_of(name)
    return started, base, index, name, node_id


def label_of(node_id: str, node: Node) -> str:
    """Return the name a person knows a node by."""
    return node.label or node_id


def items_of_group(node: Node, nodes: Mapping[str, Node]) -> list[str]:
    """Return the IDs of the items of a TaskGroup that exist."""
    start = f"{node.name}("
    found = dict.fromkeys(node.children or ())
    return [
        child
        for child in found
        if (item := nodes.get(child))
        and item.boundary_id == node.boundary_id
        and item.name.startswith(start)
    ]


class Containment:
    """Parents and ordered children of every node; `big` are TaskGroups with more than `fan_out`.

    Following parents always ends: a missing boundary and the last link of a cycle are ignored, and
    the node is in `orphans`.
    """

    def __init__(self, workflow: Workflow, fan_out: int) -> None:
        self.nodes = workflow.nodes
        self.main = workflow.metadata.name if workflow.metadata.name in self.nodes else ""
        ordered = sorted(self.nodes, key=lambda each: sort_key(each, self.nodes[each]))
        self.items: dict[str, list[str]] = {}
        holders = self._holders(ordered, fan_out)
        self.parent: dict[str, str] = {}
        self.orphans: set[str] = set()
        for node_id in ordered:
            boundary = self.nodes[node_id].boundary_id
            holder = holders.get(node_id, boundary)
            if node_id == self.main or not holder:
                holder = ""
            elif holder not in self.nodes or holder == node_id:
                holder = ""
                self.orphans.add(node_id)
            self.parent[node_id] = holder
        self._cut_cycles(ordered)
        self.children: dict[str, list[str]] = {"": []}
        for node_id in ordered:
            self.children.setdefault(self.parent[node_id], []).append(node_id)

    def _holders(self, ordered: list[str], fan_out: int) -> dict[str, str]:
        """Which nodes are inside a StepGroup, a Retry or a big TaskGroup."""
        holders: dict[str, str] = {}
        self.big: set[str] = set()
        for node_id in ordered:
            node = self.nodes[node_id]
            if node.type in ("StepGroup", "Retry"):
                inside = (child for child in node.children or () if child in self.nodes)
                # The group after an empty one is its child in execution, not in a drawing.
                for child in inside:
                    if self.nodes[child].type != "StepGroup":
                        holders.setdefault(child, node_id)
            elif node.type == "TaskGroup":
                self.items[node_id] = items_of_group(node, self.nodes)
                if len(self.items[node_id]) > fan_out:
                    self.big.add(node_id)
                    for child in self.items[node_id]:
                        holders.setdefault(child, node_id)
        return holders

    def _cut_cycles(self, ordered: list[str]) -> None:
        done: set[str] = {""}
        for start in ordered:
            path: dict[str, None] = {}
            current = start
            while current not in done and current not in path:
                path[current] = None
                current = self.parent[current]
            if current not in done:
                self.parent[current] = ""
                self.orphans.add(current)
            done.update(path)
