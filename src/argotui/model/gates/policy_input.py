"""The input of a policy: the minimum that rules need, typed, with secrets covered."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from argotui.model.argo import Workflow
from argotui.model.gates.decision import Choice
from argotui.model.gates.gate import Gate, template_of_node
from argotui.model.gates.permission import Person
from argotui.model.gates.request import Request
from argotui.model.redact import redact_value

VERSION = 1
_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?")


def confidence_of(gate: Gate) -> float | None:
    """Return the gate's `confidence` input as a number between 0 and 1, or None.

    Argo's parameters are text, and OPA orders any text above every number: a policy must never
    compare one.
    """
    for parameter in gate.inputs:
        if parameter.name == "confidence":
            text = parameter.text or ""
            # float() would also take "0_1", digits of other scripts, spaces and "nan".
            number = float(text) if _NUMBER.fullmatch(text) else math.nan
            return number if 0 <= number <= 1 else None
    return None


def images_of(document: Mapping[str, Any]) -> list[str]:
    """Return every container image that a Workflow document names, sorted."""
    found: set[str] = set()
    pending: list[object] = [
        document.get("spec"),
        (document.get("status") or {}).get("storedWorkflowTemplateSpec"),
        (document.get("status") or {}).get("storedTemplates"),
    ]
    while pending:
        value = pending.pop()
        if isinstance(value, Mapping):
            image = value.get("image")
            if isinstance(image, str):
                found.add(image)
            pending.extend(value.values())
        elif isinstance(value, list):
            pending.extend(value)
    return sorted(found)


def question(
    request: Request,
    gate: Gate,
    workflow: Workflow,
    document: Mapping[str, Any],
    person: Person,
    now: datetime,
    *,
    choice: Choice = Choice.APPROVE,
    values: Mapping[str, str] | None = None,
) -> dict[str, object]:
    """Return the policy's `input`: request, gate, workflow, actor and time (RFC 3339
    and nanoseconds since 1970).

    `workflow` is unchanged from the cluster: no rule may match a name that only looks like another.
    Names of persons are cleaned on both sides, so that rules can compare them.
    """
    node = workflow.nodes.get(gate.node_id)
    template = template_of_node(workflow, node) if node else None
    labels = (template.metadata.labels if template and template.metadata else None) or {}
    ref = workflow.spec.workflow_template_ref
    arguments = workflow.spec.arguments
    parameters = (arguments.parameters if arguments else None) or []
    return {
        "v": VERSION,
        "now": now.isoformat(),
        "now_ns": int(now.timestamp()) * 1_000_000_000,
        "choice": choice.value,
        "request": {
            "digest": request.digest,
            "cluster": request.cluster,
            "namespace": request.key.namespace,
            "workflow": request.key.name,
            "uid": request.uid,
            "node": request.node_id,
        },
        "gate": {
            "name": (node.display_name or node.name or node.id) if node else gate.name,
            "kind": gate.kind.value,
            "template": template.name if template else node.template_name if node else "",
            "labels": dict(labels),
            "since": gate.since.isoformat() if gate.since else None,
            "inputs": {p.name: redact_value(p.name, p.text or "") for p in gate.inputs},
            "supplied": [supplied.name for supplied in gate.supplied],
            "values": {name: redact_value(name, value) for name, value in (values or {}).items()},
        },
        "confidence": confidence_of(gate),
        "requester": gate.asked_by or None,
        "actor": {"user": person.user, "groups": sorted(person.groups)},
        "workflow": {
            "template": ref.name if ref else "",
            "labels": workflow.metadata.labels,
            "parameters": {p.name: redact_value(p.name, p.text or "") for p in parameters},
            "images": images_of(document),
        },
    }
