"""What of a decision reached a cluster: told from the workflow before and after each change."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

from argotui.model.gates.decision import Record, read_message
from argotui.model.gates.request import RESUMED, digest_of

Document = dict[str, Any]


def unpacked(document: Document) -> Document:
    """Return a workflow with its nodes in the open."""
    status = document.get("status") or {}
    if packed := status.pop("compressedNodes", ""):
        status["nodes"] = json.loads(gzip.decompress(base64.b64decode(packed)))
    return document


def records_of(document: Document) -> dict[str, Record]:
    """Return the decisions that a workflow tells of, by node; its own resumption under ""."""
    nodes = (document.get("status") or {}).get("nodes") or {}
    told = {node_id: str(node.get("message") or "") for node_id, node in nodes.items()}
    told[""] = str((document["metadata"].get("annotations") or {}).get(RESUMED) or "")
    found = {node_id: read_message(message) for node_id, message in told.items()}
    return {node_id: record for node_id, record in found.items() if record}


class Applied:
    """A decision as it reached the cluster: what was there just before, and what it made of it."""

    def __init__(self, node_id: str, record: Record, before: Document, after: Document) -> None:
        self.record = record
        self.node_id = node_id
        self.digest = digest_of(before, node_id)
        labels = before["metadata"].get("labels") or {}
        self.quarantined = labels.get("argotui.io/quarantine") == "true"
        node = (before.get("status") or {}).get("nodes", {}).get(node_id, {})
        self.was = node.get("phase") if node_id else before["spec"].get("suspend")
        self.request = (
            before["metadata"]["uid"],
            node_id,
            node.get("startedAt") if node_id else self.digest,
        )
        self.node = (after.get("status") or {}).get("nodes", {}).get(node_id, {})
