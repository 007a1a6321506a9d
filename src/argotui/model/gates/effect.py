"""The effect of a decision: which nodes behind the gate the controller started, or did not.

A node is behind a gate if the controller links it as a child of the gate's node, directly or
through step groups and through skipped or omitted nodes (`children`, written by executeSteps and
executeDAG in workflow/controller). The nodes behind a resumed workflow are those that started
later.
"""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterable
from datetime import datetime

import msgspec

from argotui.model.argo import Node, Workflow
from argotui.model.workflow.containment import item_of

MOST = 20
"""How many node names an effect lists for each kind."""
_PASSED_OVER = frozenset({"Skipped", "Omitted"})


class Started(enum.Enum):
    """The kinds of effect that a decision has."""

    STARTED = "started"
    """At least one node behind the gate started."""
    SKIPPED = "skipped"
    """All nodes behind the gate so far were skipped or omitted."""
    NOTHING = "nothing"
    """The workflow ended without a node behind the gate."""
    YET = "nothing yet"
    """The workflow runs, without a node behind the gate so far."""
    GONE = "gone"
    """The workflow was deleted, or replaced, before a node appeared behind the gate."""


class Effect(msgspec.Struct, frozen=True):
    """The nodes behind a gate. `complete` means that another read finds no more: the workflow
    ended, or all steps of its templates behind the gate started, or were skipped or omitted."""

    ran: Started
    started: tuple[str, ...] = ()
    """Node names in order of their start; one name for all items of a loop."""
    skipped: tuple[str, ...] = ()
    phase: str = ""
    """The phase of an ended workflow."""
    complete: bool = False
    watched: int = 0
    """Seconds of waiting."""
    at: datetime | None = None

    @property
    def words(self) -> str:
        """The effect in a few words: `started deploy, notify; skipped rollback`."""
        ended = f"the workflow ended {self.phase}" if self.phase else ""
        match self.ran:
            case Started.STARTED:
                parts = [f"started {_listed(self.started)}"]
                parts += [f"skipped {_listed(self.skipped)}"] if self.skipped else []
                return "; ".join(parts)
            case Started.SKIPPED:
                nothing = f"nothing ran, {ended}" if ended else "nothing ran so far"
                return f"skipped {_listed(self.skipped)}; {nothing}"
            case Started.NOTHING:
                return f"nothing ran, {ended}"
            case Started.YET:
                return "nothing yet" + (f" after {self.watched}s" if self.watched else "")
            case Started.GONE:
                return "not known: the workflow was deleted"


def _listed(names: tuple[str, ...]) -> str:
    shown = ", ".join(names[:3])
    return f"{shown} and {len(names) - 3} more" if len(names) > 3 else shown


def effect_behind(workflow: Workflow, node_id: str, expected: Collection[str] = ()) -> Effect:
    """Return the nodes behind a gate; `expected` are the steps of its templates behind it."""
    nodes = workflow.nodes
    gate = nodes.get(node_id)
    started: list[Node] = []
    skipped: list[Node] = []
    pending = list(gate.children or ()) if gate else []
    seen = {node_id}
    while pending:
        each = pending.pop(0)
        node = nodes.get(each)
        if node is None or each in seen:
            continue
        seen.add(each)
        if node.phase in _PASSED_OVER:
            skipped.append(node)
        elif node.type != "StepGroup":
            started.append(node)
            continue
        pending += node.children or ()
    names = {item_of(node.label)[0] for node in (*started, *skipped)}
    all_there = bool(started) and names.issuperset(expected)
    return _effect(workflow, started, skipped, complete=all_there)


def effect_since(workflow: Workflow, since: datetime) -> Effect:
    """Return the nodes of a resumed workflow that started after a time of the server."""
    after = [
        node
        for node in workflow.nodes.values()
        if node.type not in ("StepGroup", "TaskGroup", "Steps", "DAG")
        and node.started_at is not None
        and node.started_at >= since.replace(microsecond=0)
    ]
    skipped = [node for node in after if node.phase in _PASSED_OVER]
    started = [node for node in after if node.phase not in _PASSED_OVER]
    return _effect(workflow, started, skipped, complete=bool(started))


def _effect(
    workflow: Workflow, started: Iterable[Node], skipped: Iterable[Node], *, complete: bool
) -> Effect:
    ran, passed = _names(started), _names(skipped)
    ended = workflow.completed
    if ran:
        kind = Started.STARTED
    elif passed:
        kind = Started.SKIPPED
    else:
        kind = Started.NOTHING if ended else Started.YET
    phase = (workflow.status.phase or "without a phase") if ended else ""
    return Effect(kind, ran, passed, phase, complete=complete or ended)


def _names(nodes: Iterable[Node]) -> tuple[str, ...]:
    ordered = sorted(nodes, key=lambda node: (node.started_at is None, node.started_at, node.label))
    return tuple(dict.fromkeys(item_of(node.label)[0] for node in ordered))[:MOST]
