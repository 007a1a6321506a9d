"""The one write that a decision is: only the gate's own fields, and only if it is what was seen."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, cast

from argotui.model.decision import Choice, Decision, message_of
from argotui.model.request import (
    CREATOR_LABELS,
    OWN_ANNOTATIONS,
    RESUMED,
    stored_template_name,
)

Operation = dict[str, Any]
"""One operation of a JSON Patch (RFC 6902)."""


class NotAGate(ValueError):
    """The document has no such suspend node in phase Running."""


def pointer(*parts: str) -> str:
    """Return a JSON Pointer (RFC 6901) of the parts."""
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in parts)


def timestamp(moment: datetime) -> str:
    """Return a time as Kubernetes' metav1.Time writes it: UTC, whole seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def gate_node(document: Mapping[str, Any], node_id: str) -> Mapping[str, Any]:
    """Return a gate's node in a Workflow document; raises `NotAGate` if it is not an open one."""
    node = ((document.get("status") or {}).get("nodes") or {}).get(node_id)
    if not isinstance(node, Mapping):
        raise NotAGate("the gate is gone")
    if node.get("type") != "Suspend" or node.get("phase") != "Running":
        raise NotAGate(f"the gate is {node.get('phase') or 'not started'}")
    return cast("Mapping[str, Any]", node)


def filled(node: Mapping[str, Any], values: Mapping[str, str]) -> list[tuple[int, dict[str, Any]]]:
    """Return the output parameters that values fill in, with their places, as they are to become.

    A filled parameter has its `value` and no `valueFrom`, everything else as it was
    (`updateSuspendedNode`, workflow/util/util.go).
    """
    parameters: Sequence[Mapping[str, Any]] = (node.get("outputs") or {}).get("parameters") or []
    return [
        (
            index,
            {**{k: v for k, v in one.items() if k != "valueFrom"}, "value": values[one["name"]]},
        )
        for index, one in enumerate(parameters)
        if one.get("name") in values and "supplied" in (one.get("valueFrom") or {})
    ]


def _held_to(
    document: Mapping[str, Any], decision: Decision, *, strict: bool
) -> list[tuple[tuple[str, ...], object]]:
    """Return what must be as it was read for a decision to be written, with where it is.

    All that the request's digest covers and that can change: the server compares it with what it
    has at the moment of the write. What was not there cannot be tested for by RFC 6902.
    """
    node_id = decision.request.node_id
    meta, status = document["metadata"], document.get("status") or {}
    held: list[tuple[tuple[str, ...], object]] = [(("metadata", "uid"), decision.request.uid)]
    if strict:
        held.append((("metadata", "resourceVersion"), meta["resourceVersion"]))
    for part, prefix in (("labels", CREATOR_LABELS), ("annotations", OWN_ANNOTATIONS)):
        for name, value in sorted((meta.get(part) or {}).items()):
            if name.startswith(prefix):
                held.append((("metadata", part, name), value))
    held.append((("spec",), document["spec"]))
    if "storedWorkflowTemplateSpec" in status:
        name = "storedWorkflowTemplateSpec"
        held.append((("status", name), status[name]))
    if node_id:
        node = gate_node(document, node_id)
        name = stored_template_name(node)
        if name in (status.get("storedTemplates") or {}):
            held.append((("status", "storedTemplates", name), status["storedTemplates"][name]))
        held += [
            (("status", "nodes", node_id, name), node[name])
            for name in ("phase", "startedAt", "inputs", "outputs")
            if name in node
        ]
    return held


def _tests(document: Mapping[str, Any], decision: Decision, *, strict: bool) -> list[Operation]:
    return [
        {"op": "test", "path": pointer(*where), "value": value}
        for where, value in _held_to(document, decision, strict=strict)
    ]


def decision_patch(
    decision: Decision, document: Mapping[str, Any], now: datetime, *, strict: bool = False
) -> list[Operation]:
    """Return the JSON Patch that writes a decision into the node, all of it or nothing.

    Its tests hold it to what was read of the request; `strict` holds it to the resource version
    too. Raises `NotAGate`.
    """
    node_id = decision.request.node_id
    node = gate_node(document, node_id)
    at = ("status", "nodes", node_id)
    operations = _tests(document, decision, strict=strict)
    if decision.choice is Choice.APPROVE:
        for index, parameter in filled(node, decision.values):
            path = pointer(*at, "outputs", "parameters", str(index))
            operations.append({"op": "replace", "path": path, "value": parameter})
    operations += [
        {"op": "replace", "path": pointer(*at, "phase"), "value": decision.choice.phase},
        {"op": "add", "path": pointer(*at, "finishedAt"), "value": timestamp(now)},
        {"op": "add", "path": pointer(*at, "message"), "value": message_of(decision)},
    ]
    return operations


def decided_nodes(
    decision: Decision, document: Mapping[str, Any], now: datetime
) -> dict[str, dict[str, Any]]:
    """Return all of a document's nodes with the decision in them, for a conditional PUT.

    For workflows whose nodes are compressed and so out of a patch's reach. Raises `NotAGate`.
    """
    node_id = decision.request.node_id
    node = copy.deepcopy(dict(gate_node(document, node_id)))
    if decision.choice is Choice.APPROVE:
        for index, parameter in filled(node, decision.values):
            node["outputs"]["parameters"][index] = parameter
    node["phase"] = decision.choice.phase
    node["finishedAt"] = timestamp(now)
    node["message"] = message_of(decision)
    return {**document["status"]["nodes"], node_id: node}


def resume_patch(
    decision: Decision, document: Mapping[str, Any], *, strict: bool = False
) -> list[Operation]:
    """Return the JSON Patch that lets a suspended workflow go on and opens none of its gates.

    Who resumed it is left in an annotation: no node could say it. Raises `NotAGate`.
    """
    if not (document.get("spec") or {}).get("suspend"):
        raise NotAGate("the workflow is not suspended")
    annotations = document["metadata"].get("annotations")
    # Without annotations there is nowhere to add one, and a whole map could undo another's.
    operations = _tests(document, decision, strict=strict or annotations is None)
    message = message_of(decision)
    if annotations is None:
        path, value = pointer("metadata", "annotations"), cast("object", {RESUMED: message})
    else:
        path, value = pointer("metadata", "annotations", RESUMED), message
    return [
        *operations,
        {"op": "add", "path": path, "value": value},
        {"op": "remove", "path": "/spec/suspend"},
    ]
