"""The pod of a node, and the ID of a node.

The rules are those of `workflow/util/pod_name.go` and `Workflow.NodeID` (`workflow_types.go`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from argotui.model.argo import Node, Workflow

POD_NAME_FORMAT = "workflows.argoproj.io/pod-name-format"
"""The annotation by which the controller records how it names the pods of a workflow."""

_MAX_NAME = 253
_MAX_PREFIX = 242


def fnv1a_32(data: bytes) -> int:
    """Return the 32-bit FNV-1a hash."""
    value = 0x811C9DC5
    for byte in data:
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return value


def node_id(workflow_name: str, node_name: str) -> str:
    """Return the ID of a node by its full name; the root node's is the workflow's name."""
    if node_name == workflow_name:
        return workflow_name
    return f"{workflow_name}-{fnv1a_32(node_name.encode())}"


def make_pod_name(workflow_name: str, node_name: str, template_name: str, node: str) -> str:
    """Return the v2 pod name: workflow, template and the hash at the end of the node's ID.

    The hash comes from the ID, not from the name, because a node has a longer hash there if its
    32-bit hash was taken. `node` is the ID.
    """
    if node_name == workflow_name:
        return workflow_name
    prefix = f"{workflow_name}-{template_name}" if template_name else workflow_name
    prefix = prefix[:_MAX_PREFIX]
    start = f"{workflow_name}-"
    if node.startswith(start):
        digits = node[len(start) :]
        excess = len(prefix) + 1 + len(digits) - _MAX_NAME
        if excess > 0:
            prefix = prefix[: max(0, len(prefix) - excess)]
        return f"{prefix}-{digits}"
    return f"{prefix}-{fnv1a_32(node_name.encode())}"


def pod_node(workflow: Workflow, node: Node) -> Node | None:
    """Return the node whose pod does the work of `node`; None if no pod of its own does.

    A container of a container set runs in the pod of its boundary; a memoized step runs nowhere.
    """
    seen: set[str] = set()
    current: Node | None = node
    while current is not None and current.type == "Container":
        if current.boundary_id in seen:
            return None
        seen.add(current.boundary_id)
        current = workflow.nodes.get(current.boundary_id)
    if current is None or current.type != "Pod":
        return None
    memoized = current.memoization_status
    return None if memoized is not None and memoized.hit else current


def pod_name(workflow: Workflow, node: Node) -> str:
    """Return the name of the pod that runs a node, empty if none does."""
    owner = pod_node(workflow, node)
    if owner is None:
        return ""
    if workflow.metadata.annotations.get(POD_NAME_FORMAT) == "v1":
        return owner.id
    template = owner.template_ref.template if owner.template_ref else owner.template_name
    return make_pod_name(workflow.metadata.name, owner.name, template, owner.id)


def document_pod_name(document: Mapping[str, Any], node: Mapping[str, Any]) -> str:
    """Return the name of the pod of a node of type Pod, in a workflow as decoded from JSON."""
    metadata = document["metadata"]
    node_key = str(node.get("id") or "")
    if (metadata.get("annotations") or {}).get(POD_NAME_FORMAT) == "v1":
        return node_key
    reference = node.get("templateRef")
    template = reference.get("template") if reference else node.get("templateName")
    return make_pod_name(metadata["name"], str(node.get("name") or ""), template or "", node_key)
