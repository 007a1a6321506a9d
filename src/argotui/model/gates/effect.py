"""The effect of a decision: which nodes behind the gate the controller started, or did not.

A node is behind a gate where the controller links it as a child of the gate's node, directly or
over step groups and over nodes that were skipped or omitted themselves (`children`, written by
executeSteps and executeDAG in workflow/controller). Behind a resumed workflow is whatever started
after it was resumed.
"""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterable
from datetime import datetime

import msgspec

from argotui.model.argo import Node, Workflow
from argotui.model.workflow.containment import item_of

MOST = 20
"""How many names of nodes an effect lists of each kind."""
_PASSED_OVER = frozenset({"Skipped", "Omitted"})


class Started(enum.Enum):
    """What came of a decision, as far as it was looked at."""

    STARTED = "started"
    """At least one node behind the gate was started."""
    SKIPPED = "skipped"
    """Every node behind the gate was skipped or omitted so far."""
    NOTHING = "nothing"
    """The workflow ended, and no node is behind the gate."""
    YET = "nothing yet"
    """The workflow goes on, and no node is behind the gate so far."""
    GONE = "gone"
    """The workflow was deleted, or made anew, before anything behind the gate was seen."""


class Effect(msgspec.Struct, frozen=True):
    """What is behind a gate. `complete` says that looking again would not bring more: the workflow
    has ended, or every step that its templates have there was started, skipped or omitted."""

    ran: Started
    started: tuple[str, ...] = ()
    """Names of nodes in order of their start; of a loop the name of all its items."""
    skipped: tuple[str, ...] = ()
    phase: str = ""
    """The workflow's phase, once it has ended."""
    complete: bool = False
    watched: int = 0
    """For how many seconds it was waited for."""
    at: datetime | None = None

    @property
    def words(self) -> str:
        """Return it in a few words: `started deploy, notify; skipped rollback`."""
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
    """Return what is behind a gate now; `expected` are the steps its templates have there."""
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
    """Return what started in a workflow from a moment on (the server's time) that was resumed."""
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
