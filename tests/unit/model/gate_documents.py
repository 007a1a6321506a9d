"""Raw Workflow documents that wait at a gate, for the model of gates and decisions."""

from __future__ import annotations

from typing import Any

import msgspec

from argotui.model.argo import Workflow
from argotui.model.gates.decision import Choice, Decision
from argotui.model.gates.request import request_for

GATE = "wf-1"
OTHER = "wf-2"
Document = dict[str, Any]


def gate_document() -> Document:
    """Return a workflow as the API server has it: one open gate, one pod that runs beside it."""
    return {
        "metadata": {
            "name": "wf",
            "namespace": "argo",
            "uid": "u-1",
            "resourceVersion": "42",
            "labels": {
                "workflows.argoproj.io/creator": "ada",
                "workflows.argoproj.io/phase": "Running",
            },
            "annotations": {"argotui.io/creator": "ada@example.com", "other": "x"},
        },
        "spec": {
            "entrypoint": "main",
            "arguments": {"parameters": [{"name": "release", "value": "1 < 2"}]},
            "templates": [{"name": "gate", "suspend": {}}],
        },
        "status": {
            "phase": "Running",
            "storedTemplates": {"namespaced/base/gate": {"name": "gate", "suspend": {}}},
            "nodes": {
                GATE: {
                    "id": GATE,
                    "name": "wf.gate",
                    "displayName": "gate",
                    "type": "Suspend",
                    "phase": "Running",
                    "templateName": "gate",
                    "templateScope": "local/wf",
                    "startedAt": "2026-01-05T12:00:00Z",
                    "inputs": {"parameters": [{"name": "summary", "value": "three prices"}]},
                    "outputs": {
                        "parameters": [
                            {"name": "note", "valueFrom": {"supplied": {}}},
                            {
                                "name": "approve",
                                "description": "go?",
                                "valueFrom": {"supplied": {}, "default": "NO"},
                            },
                            {"name": "fixed", "value": "x"},
                        ]
                    },
                },
                OTHER: {
                    "id": OTHER,
                    "name": "wf.pod",
                    "displayName": "pod",
                    "type": "Pod",
                    "phase": "Running",
                    "startedAt": "2026-01-05T12:00:00Z",
                },
            },
        },
    }


def as_workflow(document: Document) -> Workflow:
    return msgspec.convert(document, Workflow, strict=False)


def decision_on(
    document: Document,
    choice: Choice = Choice.APPROVE,
    *,
    actor: str = "bob@example.com",
    reason: str = "",
    values: dict[str, str] | None = None,
    node_id: str = GATE,
) -> Decision:
    return Decision(
        id="d" * 16,
        request=request_for("https://cluster", document, node_id),
        choice=choice,
        actor=actor,
        values=values or {},
        reason=reason,
    )
