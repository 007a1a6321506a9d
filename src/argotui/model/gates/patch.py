"""The one write that a decision is: only the gate's own fields, and only if it is what was seen."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, cast

from argotui.model.gates.decision import Choice, Decision, message_of
from argotui.model.gates.request import (
    KNOWN_ANNOTATIONS,
    NODE_FIELDS,
    OWN_ANNOTATIONS,
    RESUMED,
    template_key_of,
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


def _said(node: Mapping[str, Any]) -> str:
    """The message that a node has."""
    message = node.get("message")
    return message if isinstance(message, str) else ""


def _held(document: Mapping[str, Any], *where: str) -> tuple[tuple[str, ...], object]:
    """Return a part of a document with where it is; None for one that is not there, under the
    first of its parents that is not there either."""
    found: Any = document
    for depth, name in enumerate(where, start=1):
        found = found.get(name)
        if found is None:
            return where[:depth], None
    return where, found


def _held_to(
    document: Mapping[str, Any], decision: Decision, *, strict: bool
) -> dict[tuple[str, ...], object]:
    """Return what must be as it was read for a decision to be written, by where it is.

    All that the request's digest covers and that can change; every label, because the policy was
    asked about them; and the node's message, because the new one keeps it. The server compares it
    with what it has at the moment of the write. None is for what must not be there.
    """
    node_id = decision.request.node_id
    annotations = document["metadata"].get("annotations") or {}
    own = {name for name in annotations if name.startswith(OWN_ANNOTATIONS)}
    places: list[tuple[str, ...]] = [("metadata", "resourceVersion")] if strict else []
    places.append(("metadata", "labels"))
    places += [("metadata", "annotations", name) for name in sorted(own | KNOWN_ANNOTATIONS)]
    places += [("spec",), ("status", "storedWorkflowTemplateSpec")]
    if node_id:
        stored = template_key_of(gate_node(document, node_id))
        places.append(("status", "storedTemplates", stored))
        places += [
            ("status", "nodes", node_id, name) for name in ("phase", "message", *NODE_FIELDS)
        ]
    else:
        places.append(("metadata", "annotations", RESUMED))
    held: dict[tuple[str, ...], object] = {("metadata", "uid"): decision.request.uid}
    held.update(_held(document, *place) for place in places)
    return held


def _tests(document: Mapping[str, Any], decision: Decision, *, strict: bool) -> list[Operation]:
    """Return the `test` operations that hold a decision to what was read.

    By RFC 6902 a test of what is not there fails; the API server (evanphx/json-patch, `test`) lets
    one for null pass exactly there, as long as its parent is there.
    """
    return [
        {"op": "test", "path": pointer(*where), "value": value}
        for where, value in _held_to(document, decision, strict=strict).items()
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
        {"op": "add", "path": pointer(*at, "message"), "value": message_of(decision, _said(node))},
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
    node["message"] = message_of(decision, _said(node))
    return {**document["status"]["nodes"], node_id: node}


def resume_patch(
    decision: Decision, document: Mapping[str, Any], *, strict: bool = False
) -> list[Operation]:
    """Return the JSON Patch that lets a suspended workflow go on and opens none of its gates.

    Who resumed it is left in an annotation: no node could say it. Raises `NotAGate`.
    """
    if not (document.get("spec") or {}).get("suspend"):
        raise NotAGate("the workflow is not suspended")
    operations = _tests(document, decision, strict=strict)
    message = message_of(decision)
    if document["metadata"].get("annotations") is None:
        # There is nowhere to add one. The tests see to it that this undoes no other's.
        path, value = pointer("metadata", "annotations"), cast("object", {RESUMED: message})
    else:
        path, value = pointer("metadata", "annotations", RESUMED), message
    return [
        *operations,
        {"op": "add", "path": path, "value": value},
        {"op": "remove", "path": "/spec/suspend"},
    ]
