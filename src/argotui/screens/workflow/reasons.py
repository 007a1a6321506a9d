"""Why something cannot be done now on the screen of a workflow, and what its footer offers."""

from __future__ import annotations

from argotui.actions import CONSOLE
from argotui.actions.action import Action
from argotui.model.gates.gate import open_gates
from argotui.screens.workflow.body import NODE_VIEWS, WorkflowBody

ALWAYS_POSSIBLE = frozenset({"workflow.refresh", "workflow.copy"})
"""What can be done before the workflow is read."""
_NO_LOG = {
    "Suspend": "a gate runs nothing, so it has no log",
    "Skipped": "it was skipped, so it has no log",
}
GOING_ON = frozenset({"running", "waiting", "pending"})
NOTHING_GOES_ON = "no node runs or waits"
NO_PROBLEM = "no node failed or is stuck"
NO_WARNING = "no event is a warning"
_NO_FOLD = "nothing folds here"
_NODES_ONLY = "it works in the tree, the graph and the timeline"
_OFFERED = {
    "events": {"workflow.all-logs", "workflow.gate", "workflow.copy", "workflow.refresh"},
    "yaml": {"workflow.copy", "workflow.copy-all", "workflow.reveal", "workflow.save"},
    "summary": {"workflow.inspect", "workflow.all-logs", "workflow.gate", "workflow.copy"},
}
"""What the footer offers in the views that are not of nodes."""
_OF_VIEWS = {
    "workflow.follow": ({"graph"}, "it works in the graph"),
    "workflow.save": ({"yaml"}, "it works in the YAML"),
    "workflow.pan-left": ({"graph", "yaml"}, "it works in the graph and the YAML"),
    "workflow.pan-right": ({"graph", "yaml"}, "it works in the graph and the YAML"),
    "workflow.pan-up": ({"graph"}, "it works in the graph"),
    "workflow.pan-down": ({"graph"}, "it works in the graph"),
}


def reason_against(body: WorkflowBody, action_id: str) -> str | None:
    """Return why an action cannot be done now, or None if it can."""
    if action_id.startswith(("workflow.", "operation.")) and body.reader.workflow is None:
        return None if action_id in ALWAYS_POSSIBLE else "the workflow was not read yet"
    if view_reason := _OF_VIEWS.get(action_id):
        return None if body.view in view_reason[0] else view_reason[1]
    match action_id:
        case "workflow.next" | "workflow.previous" if body.view == "yaml":
            return None if body.yaml_view.matches else "nothing is searched for; / searches"
        case "workflow.next" | "workflow.previous" if body.view == "events":
            return None if body.events_view.has_warnings else NO_WARNING
        case "workflow.failed" if body.view == "events":
            return None
        case "workflow.next" | "workflow.previous" | "workflow.running" | "workflow.failed":
            return _nothing_to_find(body, action_id) if body.view in NODE_VIEWS else _NODES_ONLY
        case "workflow.fold":
            return None if body.pane.can_fold else _NO_FOLD
        case "workflow.fold-all" if not body.pane.FOLDS:
            return _NO_FOLD
        case "workflow.shell" | "workflow.debug" if body.view not in NODE_VIEWS:
            return _NODES_ONLY
        case "workflow.logs" if body.view in NODE_VIEWS and body.node is not None:
            return _NO_LOG.get(body.node.type)
        case "workflow.gate":
            waits = body.reader.workflow is not None and any(open_gates(body.reader.workflow))
            return None if waits else "it waits at no gate"
        case "workflow.inspect" if body.view == "yaml":
            return None if body.yaml_view.has_block(body.yaml_view.line) else "nothing is folded"
        case "workflow.inspect" if body.view == "summary" or body.inspecting:
            return _nothing_more(body)
        case "workflow.reveal":
            return _nothing_covered(body)
        case _:
            return None


def footer_label(body: WorkflowBody, action: Action) -> str | None:
    """Return what the footer calls an action in the open view; None means as everywhere."""
    offered = _OFFERED.get(body.view)
    if offered is None or CONSOLE in action.scopes:
        return None
    if action.id == "workflow.next" and body.view == "events":
        return "next warning"
    if action.id == "workflow.next" and body.view == "yaml":
        return "next match" if body.yaml_view.matches else ""
    return action.label if action.id in offered else ""


def _nothing_to_find(body: WorkflowBody, action_id: str) -> str | None:
    if action_id == "workflow.running":
        return None if body.roles & GOING_ON else NOTHING_GOES_ON
    if action_id == "workflow.failed":
        return None if body.only_failed or "failed" in body.roles else "no node failed"
    return None if body.has_problems else NO_PROBLEM


def _nothing_more(body: WorkflowBody) -> str | None:
    facts = body.summary_view if body.view == "summary" else body.inspector
    leads = facts.fact is not None and (facts.fact.workflow or facts.fact.node)
    return None if facts.can_fold or leads else "all of it is shown"


def _nothing_covered(body: WorkflowBody) -> str | None:
    if body.view == "yaml":
        return None
    inspector = body.summary_view if body.view == "summary" else body.inspector
    if not inspector.display:
        return "open the inspector first"
    return None if inspector.covered or inspector.revealing else "nothing is covered"
