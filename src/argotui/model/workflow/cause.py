"""Why a workflow failed, or what it waits for: the node of the cause, and its message.

Argo reports a failure from node to node as `child 'etl-279jk-1993939138' failed` (steps.go), or not
at all (dag.go). This module follows it back to the first node that failed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from argotui.model.argo import FULFILLED, Node, Workflow
from argotui.model.counted import counted
from argotui.model.sanitise import clean_line

BROKEN = frozenset({"Failed", "Error"})

START_SECONDS = 60.0
"""How long a pod may take to start before it counts as stuck."""

_STARTING = re.compile(r"(?:ContainerCreating|PodInitializing)\b|\Z")
"""Messages of a pod that starts normally; it counts as stuck only after some time."""

_HOLDERS = frozenset({"Steps", "StepGroup", "DAG", "TaskGroup", "Retry"})
_LATEST = datetime.max.replace(tzinfo=UTC)
_PASSED_ON = re.compile(
    r"child '(?P<id>[^']+)' (?:failed|errored|timedout)$"
    r"|step group deemed errored due to child (?P<name>.+?) error: "
    r"|No more retries left$"
)


_OF_MAIN = re.compile(r"\bmain: (?=\w+ \(exit code )")


class Cause(NamedTuple):
    """`node_id` is where to look; `name` what people call it, empty if the text is about the
    workflow as a whole; `text` what is the matter, as one line."""

    node_id: str
    name: str
    text: str

    def __str__(self) -> str:
        return f"{self.name}: {self.text}" if self.name else self.text


def own_words(message: str) -> str:
    """Return a node's message as one line, without the name of the container that each step has."""
    return _OF_MAIN.sub("", clean_line(message))


def is_passed_on(message: str) -> bool:
    """Return whether a message only says that something inside failed."""
    return _PASSED_ON.match(message) is not None


def first_cause(workflow: Workflow) -> Cause | None:
    """Return why a workflow failed; None if it did not, or nothing says why.

    Of several nodes that failed by themselves it is the one that ended first.
    """
    return Causes(workflow).first() if workflow.status.phase in BROKEN else None


class Causes:
    """The failed nodes of a workflow, by the node that contains them."""

    def __init__(self, workflow: Workflow) -> None:
        self._workflow = workflow
        self._nodes = workflow.nodes
        self._by_id: dict[str, Node] = {}
        self._by_name: dict[str, Node] = {}
        self._inside: dict[str, list[Node]] = {}
        self._attempts: dict[str, list[Node]] = {}
        broken = [node for node in self._nodes.values() if node.phase in BROKEN]
        for node in broken:
            self._by_id[node.id] = self._by_name[node.name] = node
        held: set[str] = set()
        for node in broken:
            if node.type == "Retry":
                tries = [self._by_id[each] for each in node.children or () if each in self._by_id]
                tries = [each for each in tries if not _is_hook(each)]
                self._attempts[node.id] = tries
                held.update(each.id for each in tries)
        for node in broken:
            if node.type not in ("StepGroup", "TaskGroup") and node.id not in held:
                self._inside.setdefault(node.boundary_id, []).append(node)

    def first(self) -> Cause | None:
        """Return the first cause of the whole (`first_cause`)."""
        found = self._among(self._roots())
        own = clean_line(self._workflow.status.message)
        if not own or is_passed_on(own):
            return found
        if found is None:
            return Cause("", "", own)
        if found.text == own or own.endswith(found.text):
            return found
        return Cause(found.node_id, "", own)

    def of(self, node_id: str) -> Cause | None:
        """Return why a node failed: its own cause, or the first one inside it."""
        node = self._by_id.get(node_id)
        return self._among([node]) if node is not None else None

    def _roots(self) -> list[Node]:
        """The main node if that failed, else what failed beside it: exit handlers and hooks; else
        what failed in a node that did not."""
        main = self._by_id.get(self._workflow.metadata.name)
        if main is not None:
            return [main]
        outer = [nodes for held, nodes in self._inside.items() if held not in self._by_id]
        return self._inside.get("") or [node for nodes in outer for node in nodes]

    def _among(self, nodes: list[Node]) -> Cause | None:
        """Return the first cause in these nodes and inside them."""
        seen: set[str] = set()
        retry: Node | None = None
        node: Node | None = None
        while nodes:
            node = _first(nodes)
            if node.id in seen:
                break
            seen.add(node.id)
            if node.type == "Retry" and self._attempts[node.id]:
                retry = node
            nodes = self._next(node, seen)
        return self._told(node, retry) if node is not None else None

    def _told(self, node: Node, retry: Node | None) -> Cause:
        text = clean_line(node.message)
        if not text or is_passed_on(text):
            code = node.outputs.exit_code if node.outputs else None
            text = f"exit code {code}" if code is not None else text or node.phase.lower()
        attempts = self._attempts[retry.id] if retry is not None else []
        if retry is None or len(attempts) < 2 or node not in attempts:
            return Cause(node.id, _name(self._workflow, node.id), text)
        text = f"{counted(len(attempts), 'attempt')}, the last: {text}"
        return Cause(node.id, _name(self._workflow, retry.id), text)

    def _next(self, node: Node, seen: set[str]) -> list[Node]:
        """What inside a node made it fail."""
        if node.type not in _HOLDERS:
            return []
        if node.type == "Retry":
            return self._attempts[node.id][-1:]
        match = _PASSED_ON.match(node.message)
        if match is not None:
            named = self._by_id.get(match["id"] or "") or self._by_name.get(match["name"] or "")
            if named is not None and named.id not in seen:
                return [named]
        inside = self._inside.get(node.id, [])
        if node.type in ("StepGroup", "TaskGroup"):
            inside = [self._by_id[each] for each in node.children or () if each in self._by_id]
        work = [each for each in inside if not _is_hook(each)]
        return [each for each in work if not self._led_on(each)] or work or inside

    def _led_on(self, node: Node) -> bool:
        """Whether something ran after a node: then it was allowed to fail (continueOn, depends)."""
        after = (self._nodes.get(each) for each in node.children or ())
        return any(
            each is not None
            and each.boundary_id == node.boundary_id
            and each.phase not in ("Omitted", "Skipped")
            and not _is_hook(each)
            for each in after
        )


def _first(nodes: Iterable[Node]) -> Node:
    return min(nodes, key=lambda n: (n.finished_at or _LATEST, n.started_at or _LATEST, n.name))


def _is_hook(node: Node) -> bool:
    return bool(node.node_flag and node.node_flag.hooked) or node.name.endswith(".onExit")


def _name(workflow: Workflow, node_id: str) -> str:
    """The name of a node; empty for the root of the workflow."""
    node = workflow.nodes.get(node_id)
    return "" if node is None or node_id == workflow.metadata.name else node.label


def is_blocked(node: Node) -> bool:
    """Say whether a node cannot begin, and says why: a lock, an image that cannot be pulled, no
    place to run, a quota, the API server."""
    if node.phase not in ("Pending", ""):
        return False
    lock = node.synchronization_status
    return bool(lock and lock.waiting) or not _STARTING.match(node.message.strip())


def is_stuck(node: Node, now: datetime) -> bool:
    """Say whether something keeps a node from running: it is blocked (`is_blocked`), pauses before
    another attempt, or takes long to start."""
    if is_blocked(node):
        return True
    if node.type == "Retry":
        return node.phase not in FULFILLED and node.message.startswith("Backoff for ")
    if node.phase not in ("", "Pending"):
        return False
    started = node.started_at
    return started is not None and (now - started).total_seconds() > START_SECONDS


def stuck_nodes(workflow: Workflow, now: datetime) -> Iterator[Node]:
    """Return the nodes that are stuck (`is_stuck`), in the order of the object."""
    if not workflow.completed:
        yield from (node for node in workflow.nodes.values() if is_stuck(node, now))


def held_up_by(workflow: Workflow, now: datetime) -> Cause | None:
    """Return what a workflow waits for, other than a gate: the first stuck node, or the
    controller's message if there are no nodes yet."""
    if workflow.completed:
        return None
    stuck = list(stuck_nodes(workflow, now))
    if stuck:
        node = min(stuck, key=lambda n: (n.started_at or _LATEST, n.name))
        text = clean_line(node.message)
        if _STARTING.match(text) and node.synchronization_status is not None:
            text = f"waits for {clean_line(node.synchronization_status.waiting)}"
        return Cause(node.id, _name(workflow, node.id), text or "does not start")
    if workflow.status.phase in ("", "Pending") and (text := clean_line(workflow.status.message)):
        return Cause("", "", text)
    return None


def why_no_nodes(workflow: Workflow, now: datetime) -> str:
    """Return why there is no node to show, as a sentence."""
    if workflow.problem:
        return f"No node can be shown: {clean_line(workflow.problem)}"
    cause = first_cause(workflow) or held_up_by(workflow, now)
    if cause is not None:
        return f"There is no node: {cause.text}"
    if workflow.completed:
        return "It ended without a node."
    if workflow.status.phase:
        return "There is no node yet."
    created = workflow.metadata.creation_timestamp
    if created is None or (now - created).total_seconds() <= START_SECONDS:
        return "No controller has taken it yet."
    return "No controller has taken it: does one run, and does it watch this namespace?"


def where_to_look(workflow: Workflow, now: datetime) -> str:
    """Return the id of the node to look at first: the first cause of a failure, the oldest gate
    that waits, else the first node that is stuck; empty if there is none."""
    if workflow.completed:
        cause = first_cause(workflow)
        return cause.node_id if cause else ""
    if gates := [node for node in workflow.nodes.values() if node.is_gate]:
        return min(gates, key=lambda n: (n.started_at or _LATEST, n.id)).id
    held = held_up_by(workflow, now)
    return held.node_id if held else ""
