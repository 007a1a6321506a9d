"""A planned retry in words, and whether what came of it is what was planned.

All text is cleaned.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from argotui.model.argo import FULFILLED
from argotui.model.counted import counted
from argotui.model.sanitise import clean_line
from argotui.model.workflow.node_selector import NODE_FIELDS, SelectorError, parse_node_selector
from argotui.model.workflow.rerun_options import RetryOptions
from argotui.model.workflow.retry import PlannedNode, RetryPlan
from argotui.model.workflow.retry_graph import EXECUTIONS, GROUPS
from argotui.model.workflow.run_again import Document, failed, nodes_of, part, text

NAMED = 3
"""How many nodes a sentence names."""

NOTHING = "No failed node runs again: Argo starts the workflow, and it ends as before."


def title_of(node: PlannedNode) -> str:
    """Return what to call a node on a line: its path below the workflow."""
    return clean_line(node.name or node.id)


def plan_words(plan: RetryPlan) -> str:
    """Return the counts: `2 nodes run again, 3 go on, 5 stay, 1 pod deleted`."""
    return ", ".join(
        (
            f"{counted(len(plan.deleted), 'node')} run again"
            if len(plan.deleted) != 1
            else "1 node runs again",
            f"{len(plan.reset):,} {'goes' if len(plan.reset) == 1 else 'go'} on",
            f"{len(plan.kept):,} {'stays' if len(plan.kept) == 1 else 'stay'}",
            f"{counted(len(plan.pods), 'pod')} deleted",
        )
    )


def plan_notes(document: Document, options: RetryOptions, plan: RetryPlan) -> list[str]:
    """Return what a person should know before a retry, one sentence each."""
    notes = [*_selector_notes(document, options), *_parameter_notes(document, options)]
    handler = f"{text(part(document, 'metadata'), 'name')}.onExit"
    again = [node for node in plan.deleted if not node.name.startswith(handler)]
    if not (plan.deleted or plan.reset or plan.kept):
        notes.append("It never started a node: it starts from the beginning.")
    elif not again:
        notes.append(NOTHING)
    if len(again) < len(plan.deleted):
        notes.append("The exit handler runs again at the end.")
    succeeded = [node for node in again if node.phase == "Succeeded" and node.type not in GROUPS]
    if succeeded:
        which = counted(len(succeeded), "node that succeeded runs", "nodes that succeeded run")
        notes.append(f"{which} again, and {_its(succeeded)} results are lost: {_names(succeeded)}.")
    # A failed node counts as overcome if a node below it succeeded, be it only a hook:
    # https://github.com/argoproj/argo-workflows/issues/13184
    if stay := [node for node in plan.kept if node.phase in _FAILED and node.type in EXECUTIONS]:
        which = counted(len(stay), "failed node stays", "failed nodes stay")
        notes.append(f"{which} failed, because a later node succeeded: {_names(stay)}.")
    # https://github.com/argoproj/argo-workflows/issues/14282
    if gates := [node for node in plan.kept if node.type == "Suspend" and node.phase in _FAILED]:
        which = counted(len(gates), "failed gate stays", "failed gates stay")
        notes.append(f"{which} failed unless chosen: {_names(gates)}.")
    return notes


_FAILED = ("Failed", "Error")


def _selector_notes(document: Document, options: RetryOptions) -> list[str]:
    if not options.node_selector:
        return []
    if not options.restart_successful:
        return ["The node selector has no effect without the restart of successful nodes."]
    try:
        selector = parse_node_selector(options.node_selector)
    except SelectorError:
        return []
    notes = [
        f"No node has a field {clean_line(field)}; there are {', '.join(NODE_FIELDS)} and "
        "inputs.parameters.NAME.value."
        for field in selector.unknown_fields
    ]
    if not any(map(selector.matches, nodes_of(document).values())):
        notes.append("The node selector finds no node.")
    return notes


def _parameter_notes(document: Document, options: RetryOptions) -> list[str]:
    known = {
        one.get("name")
        for spec in (
            part(document, "spec"),
            part(document, "status", "storedWorkflowTemplateSpec"),
        )
        for one in part(spec, "arguments").get("parameters") or []
        if isinstance(one, Mapping)
    }
    return [
        f"The workflow has no parameter {clean_line(name)}; it is added."
        for name in options.parameters
        if name not in known
    ]


def differences(plan: RetryPlan, document: Document) -> list[str]:
    """Return how a workflow that was retried differs from the plan, one sentence each.

    The controller may have gone on meanwhile: it may create nodes and change those that it runs.
    """
    after = nodes_of(document)
    found = []
    if gone := [node for node in (*plan.kept, *plan.reset) if node.id not in after]:
        what = "node that should have stayed is", "nodes that should have stayed are"
        found.append(f"{counted(len(gone), *what)} gone: {_names(gone)}")
    changed = [
        node
        for node in plan.kept
        if node.phase in FULFILLED
        and node.id in after
        and text(after[node.id], "phase") != node.phase
    ]
    if changed:
        what = "node that should have stayed is", "nodes that should have stayed are"
        found.append(f"{counted(len(changed), *what)} not as before: {_names(changed)}")
    same = [
        node
        for node in plan.deleted
        if node.id in after and failed(after[node.id]) and _same(plan, node, after[node.id])
    ]
    if same:
        what = "node that should run again is", "nodes that should run again are"
        found.append(f"{counted(len(same), *what)} as before: {_names(same)}")
    return found


def _same(plan: RetryPlan, node: PlannedNode, now: Mapping[str, Any]) -> bool:
    """Return whether a node is the old one: it started before the retry."""
    started = text(now, "startedAt")
    return bool(started) and started < text(part(plan.document, "status"), "startedAt")


def _its(nodes: Sequence[PlannedNode]) -> str:
    return "its" if len(nodes) == 1 else "their"


def _names(nodes: Sequence[PlannedNode]) -> str:
    named = ", ".join(clean_line(node.display_name or node.id) for node in nodes[:NAMED])
    return f"{named} and {len(nodes) - NAMED:,} more" if len(nodes) > NAMED else named
