"""Why a workflow waits or failed, for its row in the list: the state and the first cause.

The messages are those of Argo's controller: of a pending pod the reason of its container or its
unschedulable condition (`getPendingReason`, operator.go), of a lock `checkAcquire` (workflow/sync).
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from argotui.model.argo import Node, Workflow
from argotui.model.gates.decision import Choice, read_message
from argotui.model.gates.expiry import deadline_of
from argotui.model.sanitise import clean_line
from argotui.model.workflow.cause import (
    BROKEN,
    START_SECONDS,
    first_cause,
    is_blocked,
    is_passed_on,
    own_words,
)
from argotui.model.workflow.locks import holder_name, holders_of

UNTAKEN_SECONDS = 60.0
"""After this time a workflow without a controller counts as stuck."""

MOST_OTHERS = 5
"""The most messages of other nodes in a row."""

_WITH_PODS = frozenset({"Pod", "Container", "HTTP", "Plugin"})
_LAST_ATTEMPT = re.compile(r"the last: (?:Error \((exit code -?\d+)\))?")
_LOCK = re.compile(r"Waiting for (\S+) lock\b")
_TOLD_TO_END = re.compile(r"workflow shutdown with strategy|Stopped with strategy|Terminated\Z")
_TIME_OVER = re.compile(r"(?:Step|Node|Pod) exceeded|Max duration|pod deleted", re.IGNORECASE)


class RowReasonKind(enum.Enum):
    FAILED = "failed"
    DENIED = "denied"
    """It failed because a gate was denied."""
    STUCK = "stuck"
    """Nothing in it runs until something outside of it changes."""
    WAITS = "waits"
    """A node waits while others run, or waits for a retry."""
    SILENT = "silent"
    """Nothing in it runs, without a message: it counts as stuck from `at` on."""


class RowReason(msgspec.Struct, frozen=True, gc=False):
    """`node` is the name of the node, empty if the workflow as a whole is meant; `more` is how
    many other nodes wait, and `others` are some of the other messages, for filters to find."""

    kind: RowReasonKind
    text: str
    node: str = ""
    at: datetime | None = None
    more: int = 0
    others: tuple[str, ...] = ()

    def __str__(self) -> str:
        text = f"{self.node}: {self.text}" if self.node else self.text
        return f"{text} (+{self.more} more)" if self.more else text


def why_of(workflow: Workflow) -> RowReason | None:
    """Return why a workflow waits or failed; None if it does neither, or the reason is unknown.

    Open gates are not a reason here; the row has them separately.
    """
    if workflow.status.phase in BROKEN:
        return _failure(workflow)
    return None if workflow.completed else _delay(workflow)


def at_moment(why: RowReason, now: datetime) -> RowReason:
    """Return the reason, changed to stuck if it has been silent for too long."""
    if why.kind is RowReasonKind.SILENT and why.at is not None and now >= why.at:
        return msgspec.structs.replace(why, kind=RowReasonKind.STUCK)
    return why


def is_stuck_now(workflow: Workflow, why: RowReason | None, now: datetime) -> bool:
    """Say whether a workflow is stuck now; `why` is what `why_of` says of it.

    Its row in the list tells the same (`Summary.stuck`): one suspended as a whole waits for a
    person.
    """
    stuck = why is not None and at_moment(why, now).kind is RowReasonKind.STUCK
    return stuck and not workflow.completed and not workflow.spec.suspend


# What failed.


def _failure(workflow: Workflow) -> RowReason | None:
    cause = first_cause(workflow)
    if cause is None:
        return None
    node = workflow.nodes.get(cause.node_id)
    if node is not None and _is_denial(node):
        return RowReason(RowReasonKind.DENIED, _denial(node), cause.name or node.label)
    own = clean_line(workflow.status.message)
    if cause.text == (node.phase.lower() if node else "") and own and not is_passed_on(own):
        return RowReason(RowReasonKind.FAILED, own)  # the node itself says nothing
    text = _LAST_ATTEMPT.sub(r"\1", own_words(cause.text), count=1)
    over = _deadline(workflow) if _TIME_OVER.match(text) else ""
    if over and cause.name:
        return RowReason(RowReasonKind.FAILED, f"{over}; {cause.name}: {text}")
    broken = (node for node in workflow.nodes.values() if node.phase in BROKEN)
    others = _others(broken, node.message if node else "")
    return RowReason(RowReasonKind.FAILED, over or text, cause.name, others=others)


def _others(nodes: Iterable[Node], told: str) -> tuple[str, ...]:
    """Return some messages of nodes, each once, without the row's own."""
    seen = {told, ""}
    found: list[str] = []
    for node in nodes:
        if node.message not in seen and not is_passed_on(node.message):
            seen.add(node.message)
            found.append(clean_line(node.message))
            if len(found) == MOST_OTHERS:
                break
    return tuple(found)


def _is_denial(node: Node) -> bool:
    """Say whether a closed gate was denied: by argotui's record, or by hand."""
    if node.type != "Suspend" or node.phase != "Failed":
        return False
    message = clean_line(node.message)
    if (record := read_message(message)) is not None:
        return record.choice is Choice.DENY
    return not _TOLD_TO_END.match(message) and not _TIME_OVER.match(message)


def _denial(node: Node) -> str:
    message = clean_line(node.message)
    record = read_message(message)
    if record is None:
        return f"denied: {message}" if message else "denied"
    return f"denied by {record.actor}" + (f": {record.reason}" if record.reason else "")


def _deadline(workflow: Workflow) -> str:
    """Say that the time of the whole workflow was over when it ended; empty if it was not."""
    deadline, finished = deadline_of(workflow), workflow.status.finished_at
    started = workflow.status.started_at
    if deadline is None or finished is None or started is None or finished < deadline:
        return ""
    seconds = (deadline - started.replace(microsecond=0)).total_seconds()
    return f"its deadline of {seconds:.0f}s has passed"


# What waits.


def _delay(workflow: Workflow) -> RowReason | None:
    if not workflow.nodes:
        return _not_begun(workflow)
    blocked: list[Node] = []
    slow: Node | None = None
    retried: Node | None = None
    goes_on = False
    for node in workflow.nodes.values():
        if node.phase == "Running":
            # A daemon runs for others, which may be stuck; a group runs as long as what is in it.
            does_work = node.type in _WITH_PODS or node.type == "Suspend"
            goes_on = goes_on or (does_work and not node.daemoned)
            if retried is None and node.type == "Retry" and node.message:
                retried = node
        elif is_blocked(node):
            blocked.append(node)
        elif node.phase == "Pending" and node.type in _WITH_PODS:
            slow = _earlier(slow, node)
    if blocked:
        first = min(blocked, key=_began)
        return RowReason(
            RowReasonKind.WAITS if goes_on else RowReasonKind.STUCK,
            blocked_words(workflow, first),
            _name(workflow, first),
            more=len(blocked) - 1,
            others=_others(blocked, first.message),
        )
    if retried is not None:
        return RowReason(RowReasonKind.WAITS, clean_line(retried.message), _name(workflow, retried))
    if slow is None or goes_on:
        return None
    since = slow.started_at or workflow.status.started_at or workflow.metadata.creation_timestamp
    said = clean_line(slow.message)
    text = f"its pod does not start ({said})" if said else "its pod does not start"
    return _silent(text, since, START_SECONDS, _name(workflow, slow))


def _not_begun(workflow: Workflow) -> RowReason | None:
    status = workflow.status
    if status.phase == "Pending" and (lock := _LOCK.match(status.message)):
        return RowReason(
            RowReasonKind.STUCK, clean_line(status.message).strip() + _held_by(workflow, lock[1])
        )
    if status.phase or workflow.spec.suspend:
        return None
    text = "no controller has taken it: does one run, and watch this namespace?"
    return _silent(text, workflow.metadata.creation_timestamp, UNTAKEN_SECONDS)


def _silent(text: str, since: datetime | None, seconds: float, node: str = "") -> RowReason | None:
    if since is None:
        return None
    try:
        return RowReason(RowReasonKind.SILENT, text, node, since + timedelta(seconds=seconds))
    except OverflowError:
        return None


def blocked_words(workflow: Workflow, node: Node) -> str:
    """Return what a blocked node waits for, with the holder of a lock."""
    lock = node.synchronization_status.waiting if node.synchronization_status else ""
    text = clean_line(node.message).strip() or f"Waiting for {clean_line(lock)} lock"
    if not lock and (found := _LOCK.match(text)):
        lock = found[1]
    return text + _held_by(workflow, lock) if lock else text


def _held_by(workflow: Workflow, lock: str) -> str:
    """Return the holder of a lock, if the controller recorded it; else nothing."""
    holders = dict.fromkeys(holder_name(workflow, each) for each in holders_of(workflow, lock))
    return f"; held by {', '.join(holders)}" if holders else ""


def _name(workflow: Workflow, node: Node) -> str:
    """The name of a node, empty for the root, whose name is the workflow's."""
    return "" if node.id == workflow.metadata.name else node.label


def _earlier(one: Node | None, other: Node) -> Node:
    return other if one is None or _began(other) < _began(one) else one


def _began(node: Node) -> tuple[bool, float, str]:
    at = node.started_at
    return (at is None, at.timestamp() if at else 0.0, node.name)
