"""The one write that a decision is: only the gate's own fields, and only if it is what was seen."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, cast

from argotui.model.decision import Choice, Decision, message_of

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


def decision_patch(
    decision: Decision, document: Mapping[str, Any], now: datetime, *, strict: bool = False
) -> list[Operation]:
    """Return the JSON Patch that writes a decision into the node, all of it or nothing.

    The tests hold it to the workflow (uid), the gate (phase Running, `startedAt`, inputs) and the
    outputs it fills; `strict` holds it to the resource version too. Raises `NotAGate`.
    """
    node_id = decision.request.node_id
    node = gate_node(document, node_id)
    at = ("status", "nodes", node_id)
    operations: list[Operation] = [
        {"op": "test", "path": "/metadata/uid", "value": decision.request.uid}
    ]
    if strict:
        version = document["metadata"]["resourceVersion"]
        operations.append({"op": "test", "path": "/metadata/resourceVersion", "value": version})
    for name in ("phase", "startedAt", "inputs"):
        if name in node:
            operations.append({"op": "test", "path": pointer(*at, name), "value": node[name]})
    if decision.choice is Choice.APPROVE:
        parameters = (node.get("outputs") or {}).get("parameters") or []
        for index, parameter in filled(node, decision.values):
            path = pointer(*at, "outputs", "parameters", str(index))
            operations.append({"op": "test", "path": path, "value": parameters[index]})
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


def resume_patch(uid: str, resource_version: str = "") -> list[Operation]:
    """Return the JSON Patch that lets a suspended workflow go on and opens none of its gates."""
    operations: list[Operation] = [
        {"op": "test", "path": "/metadata/uid", "value": uid},
        {"op": "test", "path": "/spec/suspend", "value": True},
    ]
    if resource_version:
        path = "/metadata/resourceVersion"
        operations.append({"op": "test", "path": path, "value": resource_version})
    return [*operations, {"op": "remove", "path": "/spec/suspend"}]
