"""What an operation on workflows ends: pods, gates and artifacts, counted and in words."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from argotui.model.counted import counted
from argotui.model.workflow.operations import (
    ARTIFACT_GC,
    DANGEROUS,
    OperationKind,
    OperationTarget,
    WorkflowOperation,
    stay,
)


class Impact(msgspec.Struct, frozen=True):
    """What an operation on several workflows ends; `unread` counts those of unknown content."""

    workflows: int = 0
    active: int = 0
    pods: int = 0
    gates: int = 0
    unread: int = 0
    suspended: int = 0
    collected: int = 0
    """Workflows that Argo keeps until their artifacts are deleted, as far as that is known."""


def impact_of(targets: Iterable[OperationTarget]) -> Impact:
    """Return what is in the workflows."""
    count = active = pods = gates = unread = suspended = collected = 0
    for target in targets:
        count += 1
        active += not target.ended
        pods += target.pods or 0
        gates += len(target.gates or ())
        unread += target.pods is None
        suspended += target.suspended and not target.ended
        collected += ARTIFACT_GC in (target.finalizers or ())
    return Impact(count, active, pods, gates, unread, suspended, collected)


def impact_lines(operation: WorkflowOperation, impact: Impact) -> list[str]:
    """Return what an operation ends, one line each; empty if nothing dies."""
    kind = operation.kind
    lines: list[str] = []
    if kind in DANGEROUS and impact.pods:
        lines.append(f"{counted(impact.pods, 'running pod is', 'running pods are')} killed")
    if impact.gates:
        gates = counted(impact.gates, "open gate")
        match kind:
            case OperationKind.STOP | OperationKind.TERMINATE:
                lines.append(f"{gates} {'fails' if impact.gates == 1 else 'fail'}, undecided")
            case OperationKind.DELETE:
                lines.append(f"{gates} {'goes' if impact.gates == 1 else 'go'} with it, undecided")
            case OperationKind.RESUME | OperationKind.SUSPEND:
                lines.append(f"{gates} {stay(impact.gates)} open: gates are decided one by one")
    if kind is OperationKind.STOP:
        lines.append("exit handlers run")
    elif kind is OperationKind.TERMINATE or (kind is OperationKind.DELETE and impact.active):
        lines.append("no exit handler runs")
    if kind in (OperationKind.STOP, OperationKind.TERMINATE) and impact.suspended:
        which = counted(impact.suspended, "suspended workflow does", "suspended workflows do")
        lines.append(f"{which} not end before somebody resumes it")
    if kind is OperationKind.DELETE:
        lines += _artifact_lines(operation, impact)
    elif kind is OperationKind.RETRY:
        lines.append("what failed runs again; the pods of these nodes are deleted")
    elif kind is OperationKind.RESUBMIT:
        lines.append("new workflows like these, in your name")
    if impact.unread and kind in DANGEROUS:
        lines.append(
            f"{counted(impact.unread, 'workflow was', 'workflows were')} not read: "
            "their pods and gates are not counted"
        )
    return lines


def _artifact_lines(operation: WorkflowOperation, impact: Impact) -> list[str]:
    if impact.collected and operation.force:
        return [f"the artifacts of {counted(impact.collected, 'workflow')} may stay in the store"]
    if impact.collected:
        return [f"Argo deletes the artifacts of {counted(impact.collected, 'workflow')}"]
    if operation.force:
        return ["finalizers are removed: artifacts that Argo would have deleted may stay"]
    return []
