"""How a phase looks: a glyph, a word and a colour role, so that colour is never alone."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from argotui.model.argo import Node
from argotui.model.workflow.cause import is_stuck
from argotui.model.workflows.summary import Summary


class PhaseLook(NamedTuple):
    """`role` names a theme variable `$phase-<role>`; `rank` sorts what needs eyes first."""

    glyph: str
    word: str
    role: str
    rank: int


WAITING = PhaseLook("‖", "waiting", "waiting", 0)
SUSPENDED = PhaseLook("‖", "suspended", "waiting", 0)
STUCK = PhaseLook("◷", "stuck", "stuck", 1)
ERROR = PhaseLook("✖", "error", "failed", 2)
FAILED = PhaseLook("✖", "failed", "failed", 2)
DENIED = PhaseLook("⊘", "denied", "denied", 3)
RUNNING = PhaseLook("●", "running", "running", 4)
PENDING = PhaseLook("○", "pending", "pending", 5)
NEW = PhaseLook("○", "new", "pending", 5)
SUCCEEDED = PhaseLook("✔", "succeeded", "succeeded", 6)
SKIPPED = PhaseLook("–", "skipped", "skipped", 7)
OMITTED = PhaseLook("–", "omitted", "skipped", 7)

DELETING = "deleting"
"""The word of a workflow that is being deleted; glyph and colour stay those of its state."""

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


def look_of_phase(phase: str) -> PhaseLook:
    """Return the look of an Argo phase; a phase that argotui does not know keeps its own name."""
    return _BY_PHASE.get(phase) or PhaseLook("?", phase.lower(), "pending", 5)


def look_of_workflow(summary: Summary) -> PhaseLook:
    """Return the look of a workflow; one that waits for a person says so before its phase, and so
    do one that is stuck and one that failed because a gate was denied."""
    if summary.waits:
        return WAITING if summary.gates else SUSPENDED
    if summary.stuck:
        return STUCK
    return DENIED if summary.denied else look_of_phase(summary.phase)


def words_of_workflow(summary: Summary) -> tuple[str, ...]:
    """Return the words for a workflow's state, the displayed one first.

    A workflow that ended in Error also failed. One that is suspended as a whole also waits, even
    while a gate in it is open. One that is being deleted keeps its state.
    """
    if summary.why is None and not (summary.gates or summary.suspended or summary.deleting):
        return _words_of_phase(summary.phase)
    look = look_of_workflow(summary)
    words = [look.word]
    if look is ERROR:
        words.append(FAILED.word)
    if summary.waits and look is not WAITING:
        words.append(WAITING.word)
    if summary.suspended and not summary.completed and look is not SUSPENDED:
        words.append(SUSPENDED.word)
    return (DELETING, *words) if summary.deleting else tuple(words)


@lru_cache(maxsize=64)
def _words_of_phase(phase: str) -> tuple[str, ...]:
    """Return the words of a workflow of which its phase says all."""
    look = look_of_phase(phase)
    return (look.word, FAILED.word) if look is ERROR else (look.word,)


def words_of_node(node: Node, now: datetime) -> tuple[str, ...]:
    """Return the words that are true of a node's state, the one that is shown first."""
    look = look_of_node(node)
    if look is ERROR:
        return (look.word, FAILED.word)
    return (look.word, STUCK.word) if is_stuck(node, now) else (look.word,)


def look_of_root(node: Node, *, stuck: bool) -> PhaseLook:
    """Return the look of a workflow's root; a running one that is stuck looks stuck."""
    look = look_of_node(node)
    return STUCK if stuck and look in (RUNNING, PENDING) else look


def look_of_node(node: Node) -> PhaseLook:
    """Return the look of a node; an open gate is waiting, not running."""
    return WAITING if node.is_gate else look_of_phase(node.phase)
