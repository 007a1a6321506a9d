"""What a retry does to a workflow: the rules of Argo v4.1, without a cluster.

A port of `FormulateRetryWorkflow` (workflow/util/util.go). The nodes that failed, and those that a
selector chooses, are deleted with all that came after them; the nodes around them are reset, so
that the controller goes on there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from argotui.model.argo import COMPLETED
from argotui.model.gates.patch import timestamp
from argotui.model.workflow.node_selector import SelectorError, parse_node_selector
from argotui.model.workflow.pod_name import document_pod_name
from argotui.model.workflow.rerun_options import RetryOptions
from argotui.model.workflow.retry_graph import EXECUTIONS, RetryGraph
from argotui.model.workflow.run_again import (
    ARCHIVING,
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


class PlannedNode(msgspec.Struct, frozen=True):
    """A node of a plan as the workflow had it before (not sanitised).

    `pod` is the name of the pod that is deleted with it, empty if there is none.
    """

    id: str
    name: str
    display_name: str
    type: str
    phase: str
    pod: str = ""


class RetryPlan(msgspec.Struct, frozen=True):
    """What a retry does.

    `document` is the workflow as a retry writes it, its nodes unpacked. The nodes are in the order
    of the graph: `reset` run on, `deleted` are removed so that the controller creates them again,
    `kept` stay as they are. `pods` are the names of the pods to delete; some may be gone already.
    """

    document: dict[str, Any]
    reset: list[PlannedNode]
    deleted: list[PlannedNode]
    kept: list[PlannedNode]
    pods: list[str]


def plan_retry(document: Document, options: RetryOptions, now: datetime) -> RetryPlan:
    """Return what a retry of a workflow does. Raises CannotRunAgain with the reason."""
    _check_phase(text(part(document, "status"), "phase"), options)
    name = text(part(document, "metadata"), "name")
    nodes = nodes_of(document)
    graph = RetryGraph(name, nodes)
    selected = _selected(nodes, options)
    resets, deletes = graph.reset(selected | _failed(nodes, selected))
    if options.parameters:
        # The controller expands these groups again, with the new values.
        for key in resets - deletes:
            if nodes[key].get("type") in ("TaskGroup", "StepGroup"):
                deletes |= graph.descendants(key)
    resets -= deletes
    kept = {
        key: node
        for key, node in nodes.items()
        if key in resets
        or (key not in deletes and not text(node, "name").startswith(f"{name}.onExit"))
    }
    new_nodes = {
        key: _linked(_reset(node, now) if key in resets else node, deletes)
        for key, node in kept.items()
    }
    order = [*graph.order, *sorted(nodes.keys() - set(graph.order))]
    pods = {
        key: document_pod_name(document, nodes[key])
        for key in deletes | _exit_handler(name, nodes, graph)
        if nodes[key].get("type") == "Pod"
    }
    return RetryPlan(
        _restarted(document, options, new_nodes, now),
        reset=_planned(nodes, (key for key in order if key in resets), pods),
        deleted=_planned(nodes, (key for key in order if key not in kept), pods),
        kept=_planned(nodes, (key for key in order if key in kept and key not in resets), pods),
        pods=list(dict.fromkeys(pods[key] for key in order if key in pods)),
    )


def _check_phase(phase: str, options: RetryOptions) -> None:
    if phase == "Succeeded":
        if not options.restart_successful or not options.node_selector:
            raise CannotRunAgain(
                "The workflow succeeded: choose the nodes that run again, with"
                " --restart-successful and --node-field-selector"
            )
    elif phase not in ("Failed", "Error"):
        raise CannotRunAgain(f"A workflow in phase {phase or 'Pending'} cannot be retried")


def _selected(nodes: Mapping[str, Mapping[str, Any]], options: RetryOptions) -> set[str]:
    if not options.restart_successful or not options.node_selector:
        return set()
    try:
        selector = parse_node_selector(options.node_selector)
    except SelectorError as error:
        raise CannotRunAgain(f"The node selector cannot be read: {error}") from None
    return {key for key, node in nodes.items() if selector.matches(node)}


def _failed(nodes: Mapping[str, Mapping[str, Any]], selected: set[str]) -> set[str]:
    """Return the nodes that failed, unless the workflow got over it: something below succeeded."""
    recovered = with_succeeded_descendant(nodes, selected)
    retries = {
        child: key
        for key, node in nodes.items()
        if node.get("type") == "Retry"
        for child in texts(node, "children")
    }
    found = set()
    for key, node in nodes.items():
        if failed(node) and node.get("type") in EXECUTIONS:
            attempt = part(node, "nodeFlag").get("retried") is True
            if (retries.get(key, key) if attempt else key) not in recovered:
                found.add(key)
    return found


def _exit_handler(name: str, nodes: Mapping[str, Mapping[str, Any]], graph: RetryGraph) -> set[str]:
    found: set[str] = set()
    for key, node in nodes.items():
        if text(node, "name") == f"{name}.onExit":
            found |= {key, *graph.descendants(key)}
    return found


def _reset(node: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Return a node that runs again: a skipped one stays skipped, or the workflow never ends."""
    new = {
        **without(node, "message"),
        "phase": "Skipped" if node.get("phase") == "Skipped" else "Running",
        "startedAt": timestamp(now),
        "finishedAt": None,
    }
    outputs = node.get("outputs")
    if node.get("type") == "Suspend" and isinstance(outputs, Mapping) and outputs.get("parameters"):
        new["outputs"] = {
            **outputs,
            "parameters": [
                {"name": one.get("name"), "valueFrom": {"supplied": {}}}
                for one in outputs["parameters"]
            ],
        }
    return new


def _linked(node: Mapping[str, Any], deletes: set[str]) -> dict[str, Any]:
    new = dict(node)
    for field in ("children", "outboundNodes"):
        with_list(new, field, [key for key in texts(node, field) if key not in deletes])
    return new


def _restarted(
    document: Document, options: RetryOptions, nodes: dict[str, dict[str, Any]], now: datetime
) -> dict[str, Any]:
    """Return the workflow as one that runs (`createNewRetryWorkflow`)."""
    metadata = dict(part(document, "metadata"))
    metadata["labels"] = without(part(metadata, "labels"), COMPLETED, ARCHIVING)
    if not metadata["labels"]:
        del metadata["labels"]
    status = {
        **without(
            part(document, "status"),
            "phase",
            "message",
            "compressedNodes",
            "offloadNodeStatusVersion",
            "persistentVolumeClaims",
        ),
        "conditions": _conditions(part(document, "status").get("conditions")),
        "nodes": nodes,
        "startedAt": timestamp(now),
        "finishedAt": None,
    }
    stored = status.get("storedWorkflowTemplateSpec")
    if isinstance(stored, Mapping):
        status["storedWorkflowTemplateSpec"] = with_parameters(
            without(stored, "shutdown"), options.parameters
        )
    spec = with_parameters(not_terminated(part(document, "spec")), options.parameters)
    return {**document, "metadata": metadata, "spec": spec, "status": status}


def _conditions(conditions: object) -> list[Any]:
    """Return the conditions with Completed set to False, in its place."""
    new = list(conditions) if isinstance(conditions, list) else []
    for index, one in enumerate(new):
        if isinstance(one, Mapping) and one.get("type") == "Completed":
            new[index] = dict(NOT_COMPLETED)
            return new
    return [*new, dict(NOT_COMPLETED)]


def _planned(
    nodes: Mapping[str, Mapping[str, Any]], keys: Iterable[str], pods: Mapping[str, str]
) -> list[PlannedNode]:
    return [
        PlannedNode(
            key,
            text(nodes[key], "name"),
            text(nodes[key], "displayName"),
            text(nodes[key], "type"),
            text(nodes[key], "phase"),
            pods.get(key, ""),
        )
        for key in keys
    ]
