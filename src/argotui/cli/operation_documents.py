"""What an operation on workflows would touch, and how it came out, as JSON; the names stay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from argotui.cli.documents import API
from argotui.model.argo import Key
from argotui.model.workflow.impact import Impact
from argotui.model.workflow.operations import (
    OperationResult,
    OperationTarget,
    WorkflowOperation,
)


def preview_document(
    operation: WorkflowOperation,
    targets: Sequence[OperationTarget],
    reasons: Mapping[Key, str],
    impact: Impact,
    looked_in: Sequence[str] | None,
) -> dict[str, Any]:
    """Return the workflows that were chosen; `reasons` say why nothing will be done to one."""
    return {
        "apiVersion": API,
        "kind": "OperationPreview",
        "operation": operation.kind.value,
        "force": operation.force,
        "lookedIn": None if looked_in is None else list(looked_in),
        "workflows": [
            {
                "namespace": target.key.namespace,
                "name": target.key.name,
                "uid": target.uid,
                "phase": target.phase,
                "completed": target.ended,
                "suspended": target.suspended,
                "finished": target.finished,
                "runningPods": target.pods,
                "openGates": None if target.gates is None else list(target.gates),
                "reason": reasons.get(target.key),
            }
            for target in targets
        ],
        "impact": {
            "workflows": impact.workflows,
            "active": impact.active,
            "runningPods": impact.pods,
            "openGates": impact.gates,
            "notRead": impact.unread,
        },
    }


def results_document(
    operation: WorkflowOperation, results: Sequence[OperationResult], *, cancelled: bool
) -> dict[str, Any]:
    """Return how an operation came out for each workflow."""
    return {
        "apiVersion": API,
        "kind": "OperationResult",
        "operation": operation.kind.value,
        "force": operation.force,
        "cancelled": cancelled,
        "workflows": [
            {
                "namespace": result.key.namespace,
                "name": result.key.name,
                "status": result.status.value,
                "detail": result.detail,
                "created": result.created.name if result.created else None,
                "command": result.command or None,
            }
            for result in results
        ],
    }
