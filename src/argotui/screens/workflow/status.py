"""What the status line of a workflow's screen says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from argotui.model.counted import counted
from argotui.screens.workflow.body import NODE_VIEWS, WorkflowBody
from argotui.widgets.workflow.events import EventsView
from argotui.widgets.workflow.tree import NodeTree

if TYPE_CHECKING:
    from argotui.widgets.status import Parts


def status_parts(body: WorkflowBody) -> tuple[Parts, Parts]:
    """Return the filter of the open view, and how much of it there is, for the status line."""
    text = body.filters[body.view]
    left: Parts = (("/", "chrome"), (text, "strong")) if text else ()
    view = body.pane
    if not left and isinstance(view, NodeTree | EventsView) and not body.inspector.display:
        left = ((f"{body.inspector.open_key}: all of it", "chrome"),) if view.is_cut else ()
    if body.only_failed and body.view in NODE_VIEWS:
        left = (*left, ("  only failed" if text else "only failed", "strong"))
    if body.events_view.only_warnings and body.view == "events":
        left = (*left, ("  only warnings" if text else "only warnings", "strong"))
    return left, ((_amount(body), "chrome"),)


def _amount(body: WorkflowBody) -> str:
    total = len(body.reader.workflow.nodes) if body.reader.workflow else 0
    match body.view:
        case "events":
            return body.events_view.place_words
        case "yaml":
            return body.yaml_view.place_words
        case "summary":
            return ""
        case _:
            shown = body.node_view.matching
            filtered = bool(body.filters[body.view]) or body.only_failed
            nodes = counted(total, "node")
            return f"{shown:,} of {nodes}" if filtered else nodes
