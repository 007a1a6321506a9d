"""The write of a decision: only the fields of the gate, and only if the request is unchanged."""

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
    """Return the JSON Pointer (RFC 6901) of a path."""
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in parts)


def timestamp(moment: datetime) -> str:
    """Return a time in the format of Kubernetes' metav1.Time: UTC, whole seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def gate_node(document: Mapping[str, Any], node_id: str) -> Mapping[str, Any]:
    """Return the node of a gate in a Workflow document; raises `NotAGate` if it is not open."""
    node = ((document.get("status") or {}).get("nodes") or {}).get(node_id)
    if not isinstance(node, Mapping):
        raise NotAGate("the gate is gone")
    if node.get("type") != "Suspend" or node.get("phase") != "Running":
        raise NotAGate(f"the gate is {node.get('phase') or 'not started'}")
    return cast("Mapping[str, Any]", node)


def filled(node: Mapping[str, Any], values: Mapping[str, str]) -> list[tuple[int, dict[str, Any]]]:
    """Return the output parameters that `values` fill in, with their indexes.

    A filled parameter has its `value` and no `valueFrom`; its other fields are unchanged
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
    """Return the message of a node."""
    message = node.get("message")
    return message if isinstance(message, str) else ""


def _held(document: Mapping[str, Any], *where: str) -> tuple[tuple[str, ...], object]:
    """Return a part of a document with its path; a missing part is None, with the path of its
    first missing parent."""
    found: Any = document
    for depth, name in enumerate(where, start=1):
        found = found.get(name)
        if found is None:
            return where[:depth], None
    return where, found


def _held_to(
    document: Mapping[str, Any], decision: Decision, *, strict: bool
) -> dict[tuple[str, ...], object]:
    """Return the values, by path, that must be unchanged for a decision to be written.

    These are the changeable parts of the request's digest; all labels, because the policy evaluated
    them; and the node's message, because the new one includes it. The server compares them at the
    moment of the write. None means that the path must not exist.
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
    """Return the `test` operations that refuse a decision if the request changed.

    By RFC 6902 a test of a missing path fails. The API server (evanphx/json-patch, `test`) accepts
    a test for null there, if the parent exists.
    """
    return [
        {"op": "test", "path": pointer(*where), "value": value}
        for where, value in _held_to(document, decision, strict=strict).items()
    ]


def decision_patch(
    decision: Decision, document: Mapping[str, Any], now: datetime, *, strict: bool = False
) -> list[Operation]:
    """Return the JSON Patch that writes a decision into the node, completely or not at all.

    Its tests require an unchanged request; `strict` also requires the same resource version.
    Raises `NotAGate`.
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
    """Return all nodes of a document, with the decision in them, for a conditional PUT.

    For workflows with compressed nodes, which a patch cannot change. Raises `NotAGate`.
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
    """Return the JSON Patch that resumes a suspended workflow and opens none of its gates.

    An annotation records who resumed it, because there is no node to do so. Raises `NotAGate`.
    """
    if not (document.get("spec") or {}).get("suspend"):
        raise NotAGate("the workflow is not suspended")
    operations = _tests(document, decision, strict=strict)
    message = message_of(decision)
    if document["metadata"].get("annotations") is None:
        # Without annotations there is no parent to add to. The tests protect those of others.
        path, value = pointer("metadata", "annotations"), cast("object", {RESUMED: message})
    else:
        path, value = pointer("metadata", "annotations", RESUMED), message
    return [
        *operations,
        {"op": "add", "path": path, "value": value},
        {"op": "remove", "path": "/spec/suspend"},
    ]
