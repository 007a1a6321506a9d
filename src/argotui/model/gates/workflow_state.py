"""The simultaneous states of a workflow, and the effect of a decision in them.

The controller handles a workflow in this order (`operate` in operator.go). First it fails the open
gates of a workflow with `shutdown` or past its deadline; gates of exit handlers only with
`shutdown: Terminate`. Then it ignores a suspended workflow. Only then it continues. So a suspension
outlives a `shutdown`, and no decision has an effect before the suspension ends. The controller acts
on changes: the deadline of a suspended workflow fails its gates at the next change of any kind
(tried with v4.1.4).
"""

from __future__ import annotations

import enum
from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from argotui.model.argo import Workflow
from argotui.model.counted import counted
from argotui.model.gates.decision import Choice
from argotui.model.gates.expiry import (
    deadline_of,
    expiry_of,
    is_exit_handler,
    shutdown_of,
)
from argotui.model.gates.gate import Gate, GateKind

UNATTENDED_AFTER = 60.0
"""Seconds after which a running controller has done what is due."""


class WorkflowState(enum.Enum):
    """One of the states besides the phase; several apply at once. The value is its text."""

    SUSPENDED = "suspended as a whole"
    STOPPING = "told to stop"
    TERMINATING = "told to terminate"
    LATE = "past its deadline"
    PENDING = "pending"
    NEW = "not started"
    DELETING = "being deleted"
    UNATTENDED = "not looked after by a controller"


class Outlook(NamedTuple):
    """The effect of a choice: `effect` is a sentence; `refused` says why it is refused, empty if it
    is not; `warnings` are unexpected effects, one line each."""

    effect: str
    refused: str = ""
    warnings: tuple[str, ...] = ()


def states_of(workflow: Workflow, now: datetime) -> tuple[WorkflowState, ...]:
    """Return the states of a workflow, the most important first; () for an ended one."""
    if workflow.completed:
        return ()
    found = [WorkflowState.SUSPENDED] if workflow.spec.suspend else []
    match shutdown_of(workflow):
        case "Stop":
            found.append(WorkflowState.STOPPING)
        case "":
            pass
        case _:
            found.append(WorkflowState.TERMINATING)
    deadline = deadline_of(workflow)
    if deadline is not None and now >= deadline:
        found.append(WorkflowState.LATE)
    if workflow.status.phase == "Pending":
        found.append(WorkflowState.PENDING)
    elif not workflow.status.phase:
        found.append(WorkflowState.NEW)
    if workflow.metadata.deletion_timestamp is not None:
        found.append(WorkflowState.DELETING)
    if _is_unattended(workflow, now):
        found.append(WorkflowState.UNATTENDED)
    return tuple(found)


def _is_unattended(workflow: Workflow, now: datetime) -> bool:
    """Whether an action of the controller is overdue."""
    due = [] if workflow.status.phase else [workflow.metadata.creation_timestamp]
    for node in workflow.nodes.values():
        if node.is_gate:
            expiry = expiry_of(workflow, node)
            due.append(None if expiry.held else expiry.at)
    return any(at is not None and (now - at).total_seconds() > UNATTENDED_AFTER for at in due)


def state_words(states: Collection[WorkflowState]) -> str:
    """Return the states in one line; empty without states."""
    return ", ".join(state.value for state in states)


def outlook(choice: Choice, gate: Gate, workflow: Workflow, now: datetime) -> Outlook:
    """Return the effect of a choice at a gate on the workflow in its present state."""
    node = workflow.nodes.get(gate.node_id)
    return outlook_in(
        choice,
        gate.kind,
        states_of(workflow, now),
        exits=node is not None and is_exit_handler(workflow, node),
        inside=sum(each.is_gate for each in workflow.nodes.values()),
    )


def outlook_in(
    choice: Choice,
    kind: GateKind,
    states: Collection[WorkflowState],
    *,
    exits: bool = False,
    inside: int = 0,
) -> Outlook:
    """Return the effect of a choice in these states.

    `exits` means that the gate is in an exit handler; `inside` counts the open gates of a suspended
    workflow.
    """
    if kind is GateKind.WORKFLOW:
        return _resuming(states, inside)
    warnings = _of_all(states)
    if choice is Choice.DENY:
        effect = "denying fails the gate"
        if WorkflowState.SUSPENDED in states:
            effect += ", and nothing follows from it before the workflow is resumed"
        return Outlook(effect, warnings=tuple(warnings))
    ending = _ending(states, exits=exits)
    if ending:
        effect = "approving lets nothing go on"
        return Outlook(effect, f"the workflow is {ending}: nothing runs after the gate")
    effect = "approving lets the workflow go on"
    if WorkflowState.SUSPENDED in states:
        effect = "approving lets nothing go on before the workflow is resumed"
        warnings.insert(0, f"the workflow is {WorkflowState.SUSPENDED.value}: {effect}")
    elif WorkflowState.PENDING in states:
        effect += " once it is not pending any more"
    return Outlook(effect, warnings=tuple(warnings))


def _ending(states: Collection[WorkflowState], *, exits: bool) -> str:
    """Return which `shutdown` or deadline ends an open gate (`failNodesWithoutCreatedPods...`)."""
    if WorkflowState.TERMINATING in states:
        return WorkflowState.TERMINATING.value
    if exits:
        return ""
    return next(
        (each.value for each in (WorkflowState.STOPPING, WorkflowState.LATE) if each in states), ""
    )


def _resuming(states: Collection[WorkflowState], inside: int) -> Outlook:
    warnings = _of_all(states)
    ending = _ending(states, exits=False)
    if ending:
        effect = f"resuming the workflow ends it: it is {ending}"
        if WorkflowState.TERMINATING not in states:
            effect += ", and only its exit handlers run"
        return Outlook(effect, warnings=(effect, *warnings))
    started = WorkflowState.NEW not in states
    effect = (
        "resuming the workflow lets it go on" if started else "resuming lets the workflow start"
    )
    if WorkflowState.PENDING in states:
        effect += " once it is not pending any more"
    if inside:
        effect += f"; {counted(inside, 'gate inside stays', 'gates inside stay')} open"
    return Outlook(effect, warnings=tuple(warnings))


def _of_all(states: Collection[WorkflowState]) -> list[str]:
    warnings = []
    if WorkflowState.DELETING in states:
        warnings.append("the workflow is being deleted: what comes next may not run")
    if WorkflowState.UNATTENDED in states:
        warnings.append("no controller looks after the workflow: nothing happens before one does")
    return warnings
