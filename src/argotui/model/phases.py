"""How a phase looks: a glyph, a word and a colour role, so that colour is never alone."""

from __future__ import annotations

from typing import NamedTuple

from argotui.model.summary import Summary
from argotui.model.workflow import Node


class Look(NamedTuple):
    """`role` names a theme variable `$phase-<role>`; `rank` sorts what needs eyes first."""

    glyph: str
    word: str
    role: str
    rank: int


WAITING = Look("‖", "waiting", "waiting", 0)
SUSPENDED = Look("‖", "suspended", "waiting", 0)
ERROR = Look("✖", "error", "failed", 1)
FAILED = Look("✖", "failed", "failed", 1)
RUNNING = Look("●", "running", "running", 2)
PENDING = Look("○", "pending", "pending", 3)
NEW = Look("○", "new", "pending", 3)
SUCCEEDED = Look("✔", "succeeded", "succeeded", 4)
SKIPPED = Look("–", "skipped", "skipped", 5)
OMITTED = Look("–", "omitted", "skipped", 5)

_BY_PHASE = {
    "": NEW,
    "Pending": PENDING,
    "Running": RUNNING,
    "Succeeded": SUCCEEDED,
    "Failed": FAILED,
    "Error": ERROR,
    "Skipped": SKIPPED,
    "Omitted": OMITTED,
}


def look_of_phase(phase: str) -> Look:
    """Return the look of an Argo phase; a phase that argotui does not know keeps its own name."""
    return _BY_PHASE.get(phase) or Look("?", phase.lower(), "pending", 3)


def look_of_workflow(summary: Summary) -> Look:
    """Return the look of a workflow; one that waits for a person says so before its phase."""
    if summary.waits:
        return WAITING if summary.gates else SUSPENDED
    return look_of_phase(summary.phase)


def look_of_node(node: Node) -> Look:
    """Return the look of a node; an open gate is waiting, not running."""
    return WAITING if node.is_gate else look_of_phase(node.phase)
