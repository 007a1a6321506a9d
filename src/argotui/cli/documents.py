"""The JSON that `list` and `watch` print: names that stay, described in docs/cli.md."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from argotui.model.argo import Node
from argotui.model.phases import look_of_node, look_of_workflow
from argotui.model.workflows.row_texts import seconds_taken
from argotui.model.workflows.summary import Depth, Summary
from argotui.model.workflows.why import RowReasonKind
from argotui.operations.workflows.watching import (
    Gone,
    LinkMoved,
    Moved,
    NodeMoved,
    WorkflowMoved,
)

API = "argotui/v1"


def workflow_document(summary: Summary, now: datetime) -> dict[str, object]:
    """Return a workflow as one item of a list; a value that was not read is null."""
    full = summary.depth is Depth.FULL
    took = seconds_taken(summary, now)
    counts = summary.counts
    return {
        "namespace": summary.key.namespace,
        "name": summary.key.name,
        "uid": summary.uid,
        "phase": summary.phase,
        "state": look_of_workflow(summary).word,
        "completed": summary.completed,
        "suspended": summary.suspended,
        "deleting": summary.deleting,
        "gates": summary.gates if full else None,
        "created": summary.created,
        "started": summary.started,
        "finished": summary.finished,
        "seconds": None if took is None else round(took, 3),
        "progress": _progress(summary),
        "nodes": {
            "pending": counts.pending,
            "running": counts.running,
            "waiting": counts.waiting,
            "succeeded": counts.succeeded,
            "failed": counts.failed,
            "skipped": counts.skipped,
        }
        if full
        else None,
        "message": summary.message,
        "cause": _cause(summary),
        "template": summary.template,
        "creator": summary.creator,
        "labels": summary.labels,
        "problem": summary.problem,
    }


def _progress(summary: Summary) -> dict[str, int] | None:
    if summary.progress is None:
        return None
    done, total = summary.progress
    return {"done": done, "total": total}


def _cause(summary: Summary) -> dict[str, str] | None:
    """Return why a workflow waits or failed; null if it does neither, or the reason is unknown."""
    why = summary.why
    if why is None or why.kind is RowReasonKind.SILENT:
        return None
    return {"kind": why.kind.value, "node": why.node, "text": why.text}


def list_document(
    summaries: Sequence[Summary],
    now: datetime,
    *,
    context: str,
    namespace: str | None,
    looked_in: Sequence[str] | None,
) -> dict[str, object]:
    """Return the answer of `list -o json`. `namespace` is null for all namespaces; `looked_in`
    names those that were searched if a cluster-wide list was not allowed."""
    return {
        "apiVersion": API,
        "kind": "WorkflowList",
        "context": context,
        "namespace": namespace,
        "lookedIn": None if looked_in is None else list(looked_in),
        "items": [workflow_document(summary, now) for summary in summaries],
    }


def moved_document(moved: Moved, now: datetime) -> dict[str, object]:
    """Return one line of `watch -o json`: its `type` is workflow, node, link or gone."""
    match moved:
        case WorkflowMoved(summary):
            return {"type": "workflow", "time": now, "workflow": workflow_document(summary, now)}
        case NodeMoved(key, node):
            return {
                "type": "node",
                "time": now,
                "workflow": {"namespace": key.namespace, "name": key.name},
                "node": node_document(node),
            }
        case LinkMoved(freshness):
            return {
                "type": "link",
                "time": now,
                "link": freshness.link.value,
                "error": freshness.error.title if freshness.error else "",
            }
        case Gone(key, existed, replaced):
            return {
                "type": "gone",
                "time": now,
                "workflow": {"namespace": key.namespace, "name": key.name},
                "existed": existed,
                "replaced": replaced,
            }


def node_document(node: Node) -> dict[str, object]:
    """Return a node for `watch -o json`."""
    return {
        "id": node.id,
        "name": node.name,
        "displayName": node.display_name,
        "type": node.type,
        "template": node.template_name,
        "phase": node.phase,
        "state": look_of_node(node).word,
        "started": node.started_at,
        "finished": node.finished_at,
        "message": node.message,
    }
