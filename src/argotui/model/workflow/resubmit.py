"""A workflow like an earlier one: the rules of Argo v4.1 for a resubmission, without a cluster.

A port of `FormulateResubmitWorkflow` (workflow/util/util.go). The labels of the last action, and
argotui's record of decisions, are not carried over, other than in Argo.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from argotui.model.argo import COMPLETED, PHASE, RESUBMITTED
from argotui.model.gates.gate import CREATOR_ANNOTATION
from argotui.model.gates.patch import timestamp
from argotui.model.workflow.pod_name import node_id
from argotui.model.workflow.rerun_options import ResubmitOptions
from argotui.model.workflow.run_again import (
    ACTORS,
    ARCHIVING,
    CREATORS,
    NOT_COMPLETED,
    CannotRunAgain,
    Document,
    failed,
    nodes_of,
    not_terminated,
    part,
    text,
    texts,
    with_list,
    with_parameters,
    with_succeeded_descendant,
    without,
)

_RECORDS = "audit.argotui.io/"
"""How the annotations begin that record what argotui did to the earlier workflow."""


def resubmitted(
    document: Document, options: ResubmitOptions, now: datetime, suffix: str
) -> dict[str, Any]:
    """Return a new workflow like an earlier one, to be created; its nodes are unpacked.

    `suffix` ends the name of a memoized one: five random letters or digits, because the IDs of its
    nodes hold its name. Raises CannotRunAgain if a memoized one is asked for and the earlier one
    did not fail.
    """
    old = part(document, "metadata")
    name = text(old, "name")
    metadata: dict[str, Any] = {"generateName": text(old, "generateName") or f"{name}-"}
    if options.memoized:
        if part(document, "status").get("phase") not in ("Failed", "Error"):
            raise CannotRunAgain("Only a workflow that failed can be resubmitted memoized")
        metadata["name"] = metadata["generateName"] + suffix
    if namespace := text(old, "namespace"):
        metadata["namespace"] = namespace
    metadata["labels"] = {
        **without(part(old, "labels"), *CREATORS, *ACTORS, PHASE, COMPLETED, ARCHIVING),
        RESUBMITTED: name,
    }
    annotations = {
        key: value
        for key, value in part(old, "annotations").items()
        if key != CREATOR_ANNOTATION and not key.startswith(_RECORDS)
    }
    if annotations:
        metadata["annotations"] = annotations
    if old.get("ownerReferences"):
        metadata["ownerReferences"] = old["ownerReferences"]
    spec = with_parameters(not_terminated(part(document, "spec")), options.parameters)
    if options.priority is not None:
        spec["priority"] = options.priority
    new = {key: document[key] for key in ("apiVersion", "kind") if key in document}
    new |= {"metadata": metadata, "spec": spec}
    if options.memoized:
        new["status"] = _memoized_status(document, metadata["name"], now)
    return new


def _memoized_status(document: Document, name: str, now: datetime) -> dict[str, Any]:
    nodes = nodes_of(document)
    old_name = text(part(document, "metadata"), "name")

    def renamed(title: str) -> str:
        return name + title[len(old_name) :] if title.startswith(old_name) else title

    def new_id(key: str) -> str:
        return node_id(name, renamed(text(nodes.get(key, {}), "name")))

    succeeded_below = with_succeeded_descendant(nodes)
    new_nodes = {}
    for key, node in nodes.items():
        title = text(node, "name")
        if title.startswith(f"{old_name}.onExit"):
            continue
        if node.get("type") == "Skipped" and key not in succeeded_below:
            continue
        new = _memoized_node(node, now, new_id)
        new |= {"name": renamed(title), "id": node_id(name, renamed(title))}
        new_nodes[new["id"]] = new
    status: dict[str, Any] = {"conditions": [dict(NOT_COMPLETED)], "nodes": new_nodes}
    if templates := part(document, "status", "storedTemplates"):
        status["storedTemplates"] = dict(templates)
    return status


def _memoized_node(
    node: Mapping[str, Any], now: datetime, new_id: Callable[[str], str]
) -> dict[str, Any]:
    """Return a node for the new workflow, except for its name and ID.

    A pod that did not fail becomes a skipped node, which keeps its outputs; everything else is
    pending.
    """
    new = without(node, "message")
    pod = node.get("type") == "Pod"
    new["startedAt"] = new["finishedAt"] = None if pod and failed(node) else timestamp(now)
    if boundary := text(node, "boundaryID"):
        new["boundaryID"] = new_id(boundary)
    for field in ("children", "outboundNodes"):
        with_list(new, field, [new_id(key) for key in texts(node, field)])
    if pod and not failed(node):
        original = text(node, "id")
        new |= {"phase": "Skipped", "type": "Skipped", "message": f"original pod: {original}"}
    else:
        new["phase"] = "Pending"
    return new
