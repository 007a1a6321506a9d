"""The nodes that a retry resets and deletes: the graph walk of Argo v4.1.

A port of `newWorkflowsDag`, `dagSortedNodes` and `resetPath` (workflow/util/util.go). A node may
have several parents; the walk goes up through one of them, the last by ID, as Argo does.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from argotui.model.workflow.run_again import CannotRunAgain, failed, text, texts

GROUPS = frozenset({"DAG", "Steps", "StepGroup", "TaskGroup"})
"""The types of nodes that only hold others."""
EXECUTIONS = frozenset({"Container", "HTTP", "Plugin", "Pod"})
"""The types of nodes that do work."""


class RetryGraph:
    """The nodes of a workflow, each with one parent.

    Raises CannotRunAgain if the nodes are no graph below the root node.
    """

    def __init__(self, name: str, nodes: Mapping[str, Mapping[str, Any]]) -> None:
        self._nodes = nodes
        self._parents: dict[str, str] = {}
        for key in sorted(nodes):
            for child in texts(nodes[key], "children"):
                if child not in nodes:
                    raise CannotRunAgain(f"The node {key} has a child {child} that does not exist")
                self._parents[child] = key
        for key, node in nodes.items():
            title = text(node, "name")
            separate = title == name or title.startswith(f"{name}.onExit")
            if key not in self._parents and not separate:
                raise CannotRunAgain(f"The node {key} has no parent")
            if text(node, "boundaryID") == key:
                raise CannotRunAgain(f"The node {key} is its own boundary")
        self._refuse_circles()
        self.order = self._sorted(name)
        """The IDs of the nodes below the root, by distance from it; exit handlers are absent."""

    def descendants(self, key: str) -> set[str]:
        """Return the IDs of all nodes that run because a node ran."""
        found: set[str] = set()
        waiting = [key]
        while waiting:
            for child in texts(self._nodes[waiting.pop()], "children"):
                if child not in found:
                    found.add(child)
                    waiting.append(child)
        return found

    def reset(self, chosen: Collection[str]) -> tuple[set[str], set[str]]:
        """Return the IDs of the nodes to reset and of those to delete so that `chosen` run again.

        A node can be in both: then it is deleted.
        """
        resets: set[str] = set()
        deletes: set[str] = set()
        # Nodes near the root come first: what goes with one of them needs no walk of its own.
        for key in self.order:
            if key in chosen and key not in deletes:
                self._reset_path(key, resets, deletes)
        return resets, deletes

    def _reset_path(self, start: str, resets: set[str], deletes: set[str]) -> None:
        deletes.add(start)
        deletes |= self.descendants(start)
        root = self.order[0]
        if start == root:
            return
        self._up_to(start, root)
        current: str | None = start
        while current is not None:
            node = self._nodes[current]
            if node.get("type") in GROUPS:
                resets.add(current)
                current = self._reset_boundaries(current, resets)
                continue
            if node.get("type") == "Container":
                current = self._up_to_pod(current, resets)
                deletes.add(current)
                deletes |= self.descendants(current)
                continue
            if node.get("type") == "Retry" and failed(node):
                resets.add(current)
            current = self._parents.get(current)

    def _reset_boundaries(self, key: str, resets: set[str]) -> str | None:
        current = key
        while True:
            parent = self._parents.get(current)
            if parent is not None and self._nodes[parent].get("type") == "Retry":
                resets.add(parent)
                current = parent
                parent = self._parents.get(current)
            if parent is not None and self._nodes[parent].get("type") in ("StepGroup", "TaskGroup"):
                resets.add(parent)
            boundary = text(self._nodes[current], "boundaryID")
            if not boundary:
                return parent
            current = self._up_to(current, boundary)
            resets.add(current)

    def _up_to(self, key: str, above: str) -> str:
        """Return a node above another. Raises CannotRunAgain if it is not above it."""
        current: str | None = key
        while current is not None and current != above:
            current = self._parents.get(current)
        if current is None:
            raise CannotRunAgain(f"The node {key} is not below {above}")
        return current

    def _up_to_pod(self, key: str, resets: set[str]) -> str:
        current: str | None = key
        while current is not None and self._nodes[current].get("type") != "Pod":
            current = self._parents.get(current)
        if current is None:
            raise CannotRunAgain(f"The container {key} is in no pod")
        resets.add(current)
        return current

    def _refuse_circles(self) -> None:
        safe: set[str] = set()
        for key in self._parents:
            path: dict[str, None] = {}
            current: str | None = key
            while current is not None and current not in safe:
                if current in path:
                    raise CannotRunAgain(f"The node {current} is below itself")
                path[current] = None
                current = self._parents.get(current)
            safe.update(path)

    def _sorted(self, name: str) -> list[str]:
        if not self._nodes:
            return []
        roots = [key for key, node in self._nodes.items() if text(node, "name") == name]
        if not roots:
            raise CannotRunAgain("The workflow has no root node")
        order = dict.fromkeys(roots[:1])
        waiting = list(order)
        for key in waiting:
            for child in texts(self._nodes[key], "children"):
                if child not in order:
                    order[child] = None
                    waiting.append(child)
        return waiting
