"""A request: one gate to decide, identified by everything that the screen shows about it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import cast

import msgspec

from argotui.model.argo import Key, stored_template_key
from argotui.model.canonical import canonical_json
from argotui.model.gates.approvers import APPROVERS
from argotui.model.gates.gate import CREATOR_ANNOTATION

SHORT_DIGEST = 8
"""How many hexadecimal digits of a digest people see."""

RESUMED = "audit.argotui.io/resumed"
"""The annotation that records who resumed a workflow, like the node message of a gate."""

CREATOR_LABELS = "workflows.argoproj.io/creator"
OWN_ANNOTATIONS = "argotui.io/"
KNOWN_ANNOTATIONS = frozenset({CREATOR_ANNOTATION, APPROVERS})
"""The known annotations of a workflow: its creator, and its approvers."""
NODE_FIELDS = (
    "id",
    "name",
    "displayName",
    "type",
    "templateName",
    "templateRef",
    "templateScope",
    "boundaryID",
    "startedAt",
    "inputs",
    "outputs",
)
"""The fields of a gate's node that are part of its request."""


class Request(msgspec.Struct, frozen=True):
    """The subject of a decision. Two reads of one gate are the same request exactly if equal."""

    cluster: str
    key: Key
    uid: str
    node_id: str
    started_at: str
    """The node's `startedAt` as the API server wrote it."""
    digest: str
    """SHA-256, hexadecimal, of what `material` returns."""

    @property
    def short(self) -> str:
        return self.digest[:SHORT_DIGEST]


def _mapping(value: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", value) if isinstance(value, Mapping) else {}


def _without_suspend(spec: object) -> dict[str, object]:
    # `suspend` toggles without changing what is asked; `shutdown` ends the gate, so it counts.
    return {name: value for name, value in _mapping(spec).items() if name != "suspend"}


def template_key_of(node: Mapping[str, object]) -> str:
    """Return the key of a node's template (decoded JSON) in `status.storedTemplates`."""
    if ref := _mapping(node.get("templateRef")):
        cluster = bool(ref.get("clusterScope"))
        return stored_template_key(ref.get("name"), ref.get("template"), cluster=cluster)
    return f"{node.get('templateScope')}/{node.get('templateName')}"


def material(document: Mapping[str, object], node_id: str) -> dict[str, object]:
    """Return the parts of a Workflow (decoded JSON) on which a decision on one node depends.

    These are the subject (the spec with its arguments, the stored spec of the WorkflowTemplate, the
    gate's template if it is stored), the requester (creator labels, `argotui.io/` annotations), and
    the node: identity, inputs and supplied outputs. The progress of other nodes is not included,
    because parallel branches continue. The suspension of a workflow includes its last resumption,
    so that each suspension is a request of its own.
    """
    metadata, status = _mapping(document.get("metadata")), _mapping(document.get("status"))
    node = _mapping(_mapping(status.get("nodes")).get(node_id)) if node_id else {}
    labels, annotations = _mapping(metadata.get("labels")), _mapping(metadata.get("annotations"))
    stored = _mapping(status.get("storedTemplates"))
    rests_on: dict[str, object] = {
        "uid": metadata.get("uid"),
        "creator": {k: v for k, v in labels.items() if k.startswith(CREATOR_LABELS)},
        "annotations": {k: v for k, v in annotations.items() if k.startswith(OWN_ANNOTATIONS)},
        "spec": _without_suspend(document.get("spec")),
        "storedSpec": _without_suspend(status.get("storedWorkflowTemplateSpec")),
        "storedTemplate": stored.get(template_key_of(node)),
        "node": {name: node.get(name) for name in NODE_FIELDS},
    }
    if not node_id:
        rests_on["resumed"] = annotations.get(RESUMED)
    return rests_on


def digest_of(document: Mapping[str, object], node_id: str) -> str:
    """Return the SHA-256, hexadecimal, of `material` in the form of RFC 8785."""
    return hashlib.sha256(canonical_json(material(document, node_id))).hexdigest()


def request_for(cluster: str, document: Mapping[str, object], node_id: str) -> Request:
    """Return the request of a gate of a Workflow (decoded JSON).

    `cluster` is the API server's address: a context name means something only on one machine.
    `document` has its nodes unpacked.
    """
    metadata = _mapping(document.get("metadata"))
    nodes = _mapping(_mapping(document.get("status")).get("nodes"))
    return Request(
        cluster=cluster,
        key=Key(str(metadata.get("namespace", "")), str(metadata.get("name", ""))),
        uid=str(metadata.get("uid", "")),
        node_id=node_id,
        started_at=str(_mapping(nodes.get(node_id)).get("startedAt") or ""),
        digest=digest_of(document, node_id),
    )


def differences(
    before: Mapping[str, object], after: Mapping[str, object], node_id: str
) -> list[tuple[str, object, object]]:
    """Return the differences between two reads as (path, before, after), sorted by path."""
    found: list[tuple[str, object, object]] = []
    pending: list[tuple[str, object, object]] = [
        ("", material(before, node_id), material(after, node_id))
    ]
    while pending:
        path, old, new = pending.pop()
        if old == new:
            continue
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            for name in old.keys() | new.keys():
                pending.append((f"{path}.{name}".lstrip("."), old.get(name), new.get(name)))
        elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
            for index, (left, right) in enumerate(zip(old, new, strict=True)):
                pending.append((f"{path}[{index}]", left, right))
        else:
            found.append((path, old, new))
    return sorted(found, key=lambda item: item[0])
