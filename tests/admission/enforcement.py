"""The enforcement of one gate, asked for by itself."""

from __future__ import annotations

from argotui.backend.ports import AdmissionPort
from argotui.model.argo import Workflow
from argotui.operations.admission.enforcement import Enforcement, namespace_enforcement


async def enforcement_of(
    port: AdmissionPort, namespace: str, *, workflow: Workflow | None = None, node_id: str = ""
) -> Enforcement:
    """Return the enforcement of a gate; a workflow allows a dry run on it."""
    name = workflow.metadata.name if workflow is not None else ""
    enforcement = await namespace_enforcement(
        port, namespace, workflow=name, trying=workflow is not None
    )
    return enforcement.for_gate(workflow, node_id)
