"""The execution graph of a workflow, without the nodes that only contain others.

Vertices are the nodes that do work. A Retry represents its attempts, and a pod its containers.
Steps, DAGs, StepGroups and TaskGroups are left out; edges into them lead to the nodes inside. The
edges are `children` of `workflow_types.go` (dag.go and steps.go connect the outbound nodes of what
was before to what comes next).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable

from argotui.model.argo import Node, Workflow
from argotui.model.workflow.containment import Containment, sort_key

HOLDERS = frozenset({"Steps", "DAG", "StepGroup", "TaskGroup"})

_MAX_CROSS = 64
"""More edges than this would clutter the drawing, so they meet in one point."""

_EXIT = "\x00exit"
"""The end of the name of a point where a container node is left; no sanitised ID has it."""


class Execution:
    """The graph of one reading: acyclic, deterministic, every edge between two `vertices`.

    `shown_by` maps each node to its vertex; `junctions` are vertices without work, where many edges
    meet. Vertices are in the order of their start.
    """

    def __init__(self, workflow: Workflow) -> None:
        self.nodes = workflow.nodes
        self.inside = Containment(workflow, fan_out=0)
        self._enter: dict[str, int] = {}
        self._leave: dict[str, int] = {}
        self._order: list[str] = []
        self._number()
        self.shown_by: dict[str, str] = {}
        self._passed: set[str] = set()
        self._find_vertices()
        self.successors: dict[str, dict[str, None]] = {}
        self.predecessors: dict[str, dict[str, None]] = {}
        self._connect()
        self.junctions = self._contract()
        present = (v for v in self.successors.keys() | self.predecessors.keys())
        everything = {*present, *(v for v in self.shown_by.values())}
        self.vertices = sorted(everything, key=self._start)
        self.successors = {vertex: self.successors.get(vertex, {}) for vertex in self.vertices}
        break_cycles(self.vertices, self.successors)
        self.predecessors = predecessors_of(self.successors)

    def _start(self, vertex: str) -> tuple[object, ...]:
        node_id = point_of(vertex)
        return (*sort_key(node_id, self.nodes[node_id]), vertex)

    def _number(self) -> None:
        """Number the nodes so that the nodes inside a node follow it."""
        pending = list(reversed(self.inside.children[""]))
        while pending:
            node_id = pending.pop()
            if node_id in self._enter:
                self._leave[node_id] = len(self._order)
                continue
            self._enter[node_id] = len(self._order)
            self._order.append(node_id)
            pending.append(node_id)
            pending.extend(reversed(self.inside.children.get(node_id, [])))

    def is_inside(self, node_id: str, holder: str) -> bool:
        """Say whether a node is within another, at any depth."""
        return self._enter[holder] < self._enter[node_id] < self._leave[holder]

    def everything_in(self, holder: str) -> list[str]:
        """Return all nodes within a node, at any depth, those that hold others before them."""
        return self._order[self._enter[holder] + 1 : self._leave[holder]]

    def attempts(self, retry: str) -> list[str]:
        """Return the attempts of a Retry that exist, first to last."""
        start = f"{self.nodes[retry].name}("
        held = self.inside.children.get(retry, [])
        return [child for child in held if self.nodes[child].name.startswith(start)]

    def _is_leaf(self, node_id: str) -> bool:
        node = self.nodes[node_id]
        if node.type == "Retry":
            return all(
                self.nodes[attempt].type not in HOLDERS and self.nodes[attempt].type != "Retry"
                for attempt in self.attempts(node_id)
            )
        return node.type not in HOLDERS

    def _find_vertices(self) -> None:
        first_inside: dict[str, str] = {}
        for node_id in self._order:
            parent = self.inside.parent[node_id]
            node = self.nodes[node_id]
            if parent and self._belongs_to(node_id, node, parent):
                self.shown_by[node_id] = self.shown_by[parent]
            elif self._is_leaf(node_id):
                self.shown_by[node_id] = node_id
        for node_id in reversed(self._order):
            parent = self.inside.parent[node_id]
            shown = self.shown_by.get(node_id) or first_inside.get(node_id)
            if shown is None and (not parent or self.nodes[node_id].type != "StepGroup"):
                shown = node_id
            if shown is None:
                self._passed.add(node_id)
                continue
            if node_id not in self.shown_by and shown != node_id:
                self._passed.add(node_id)
            self.shown_by[node_id] = shown
            if parent:
                first_inside[parent] = shown
        for node_id in self._order:
            if node_id not in self.shown_by:
                self.shown_by[node_id] = self.shown_by[self.inside.parent[node_id]]

    def _belongs_to(self, node_id: str, node: Node, parent: str) -> bool:
        """Whether a node is an attempt, or a container, of its parent's vertex."""
        if self.shown_by.get(parent) is None:
            return False
        if self.nodes[parent].type == "Retry":
            return node.name.startswith(f"{self.nodes[parent].name}(")
        return node.type == "Container"

    def _add(self, source: str, target: str) -> None:
        if source != target:
            self.successors.setdefault(source, {})[target] = None
            self.predecessors.setdefault(target, {})[source] = None

    def _connect(self) -> None:
        exits: list[str] = []
        asked: set[str] = set()

        def way_out(node_id: str) -> str:
            """The point that is left when a node is done."""
            if node_id not in self._passed:
                return self.shown_by[node_id]
            if not self.inside.children.get(node_id):
                return node_id
            if node_id not in asked:
                asked.add(node_id)
                exits.append(node_id)
            return node_id + _EXIT

        for node_id in self._order:
            retries = self._is_passed_retry(node_id)
            attempts = self.attempts(node_id) if retries else []
            for before, after in itertools.pairwise(attempts):
                self._add(way_out(before), self._way_in(after))
            later = set(attempts[1:])
            for child in dict.fromkeys(self.nodes[node_id].children or ()):
                if child not in self.nodes or child in later:
                    continue
                starts = node_id in self._passed and self._starts_with(child, node_id)
                self._add(node_id if starts else way_out(node_id), self._way_in(child))
        main = self.inside.main
        roots = self.inside.children[""] if main else []
        handler = next((root for root in roots if self._is_handler(root)), "")
        if main and handler and main != handler:
            self._add(way_out(main), self._way_in(handler))
        for holder in exits:
            for source in self._last_inside(holder):
                self._add(way_out(source), holder + _EXIT)

    def _starts_with(self, child: str, holder: str) -> bool:
        """Whether a child of a holder starts when the holder does, not when it is done."""
        node = self.nodes[child]
        hooked = node.node_flag is not None and node.node_flag.hooked
        return self.is_inside(child, holder) or (hooked and not node.name.endswith(".onExit"))

    def _is_handler(self, node_id: str) -> bool:
        """Whether a node is the exit handler of the whole workflow."""
        return self.nodes[node_id].name == f"{self.nodes[self.inside.main].name}.onExit"

    def _is_passed_retry(self, node_id: str) -> bool:
        return node_id in self._passed and self.nodes[node_id].type == "Retry"

    def _way_in(self, node_id: str) -> str:
        return node_id if node_id in self._passed else self.shown_by[node_id]

    def _last_inside(self, holder: str) -> Iterable[str]:
        """The nodes in a holder after which it is left."""
        node = self.nodes[holder]
        if node.type == "Retry":
            return self.attempts(holder)[-1:]
        outbound = [each for each in node.outbound_nodes or () if each in self.nodes]
        within = [each for each in outbound if self.is_inside(each, holder)]
        if within:
            return dict.fromkeys(within)
        return [
            each
            for each in self.everything_in(holder)
            if self.shown_by[each] == each
            and not any(
                self._leads_inside(after, holder) for after in self.successors.get(each, ())
            )
        ]

    def _leads_inside(self, vertex: str, holder: str) -> bool:
        return vertex in self._enter and self.is_inside(vertex, holder)

    def _contract(self) -> set[str]:
        """Leave out the holders, joining what leads in with what leads out."""
        junctions: set[str] = set()
        passed = [
            point for each in self._order if each in self._passed for point in (each, each + _EXIT)
        ]
        for point in passed:
            before = self.predecessors.get(point, {})
            after = self.successors.get(point, {})
            if len(before) > 1 and len(after) > 1 and len(before) * len(after) > _MAX_CROSS:
                junctions.add(point)
                continue
            for source in before:
                del self.successors[source][point]
            for target in after:
                del self.predecessors[target][point]
            for source in before:
                for target in after:
                    self._add(source, target)
            self.predecessors.pop(point, None)
            self.successors.pop(point, None)
        return junctions

    def holds(self, node_id: str) -> bool:
        """Return whether a node is replaced by the nodes inside it."""
        return node_id in self._passed and bool(self.inside.children.get(node_id))

    def everything(self) -> list[str]:
        """Return all nodes, each before the nodes inside it."""
        return self._order


def point_of(vertex: str) -> str:
    """Return the node that a vertex or junction belongs to."""
    return vertex.removesuffix(_EXIT)


def break_cycles(vertices: Iterable[str], successors: dict[str, dict[str, None]]) -> None:
    """Remove each edge that closes a cycle."""
    state: dict[str, bool] = {}
    for root in vertices:
        if root in state:
            continue
        state[root] = True
        path = [(root, iter(list(successors[root])))]
        while path:
            vertex, targets = path[-1]
            target = next(targets, None)
            if target is None:
                state[vertex] = False
                path.pop()
            elif target not in state:
                state[target] = True
                path.append((target, iter(list(successors[target]))))
            elif state[target]:
                del successors[vertex][target]


def predecessors_of(successors: dict[str, dict[str, None]]) -> dict[str, dict[str, None]]:
    """Return the edges turned round."""
    found: dict[str, dict[str, None]] = {vertex: {} for vertex in successors}
    for vertex, targets in successors.items():
        for target in targets:
            found[target][vertex] = None
    return found
