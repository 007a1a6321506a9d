"""The Workflow that `argo submit` builds, from a template, a CronWorkflow or a manifest.

The rules are those of Argo 4.1: `ApplySubmitOpts` in workflow/util/util.go, and
workflow/common/convert.go.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from argotui.model.argo import (
    CLUSTER_WORKFLOW_TEMPLATE as CLUSTER_LABEL,
)
from argotui.model.argo import CREATOR, LABEL
from argotui.model.argo import CRON_WORKFLOW as CRON_LABEL
from argotui.model.argo import WORKFLOW_TEMPLATE as TEMPLATE_LABEL
from argotui.model.kinds import API_VERSION, CRON_WORKFLOW, WORKFLOW

Document = dict[str, Any]

SCHEDULED_TIME = LABEL + "scheduled-time"
CREATOR_NOTE = "argotui.io/creator"
_INSTANCE = LABEL + "controller-instanceid"
_CREATORS = (CREATOR, CREATOR + "-email", CREATOR + "-preferred-username")
_UNFRIENDLY = re.compile(r"[^-_.a-z0-9A-Z]")
_ENDS = re.compile(r"^[^a-z0-9A-Z]*|[^a-z0-9A-Z]*$")


class SubmitOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What a person changes in a workflow before it is submitted; empty values change nothing.

    `parameters` are texts by name. `scheduled_time` is RFC 3339, the moment that a run of a
    CronWorkflow stands for. With `strict`, unknown parameters are refused and schemas hold.
    """

    name: str = ""
    generate_name: str = ""
    entrypoint: str = ""
    service_account: str = ""
    priority: int | None = None
    labels: Mapping[str, str] = {}
    annotations: Mapping[str, str] = {}
    parameters: Mapping[str, str] = {}
    scheduled_time: str = ""
    strict: bool = True


def workflow_from_template(name: str, *, cluster: bool) -> Document:
    """Return the Workflow that refers to a template (`NewWorkflowFromWorkflowTemplate`)."""
    reference: Document = {"name": name}
    if cluster:
        reference["clusterScope"] = True
    label = CLUSTER_LABEL if cluster else TEMPLATE_LABEL
    return {
        "apiVersion": API_VERSION,
        "kind": WORKFLOW.name,
        "metadata": {"generateName": f"{name}-", "labels": {label: name}},
        "spec": {"workflowTemplateRef": reference},
    }


def workflow_from_cron(cron: Document, now: datetime) -> Document:
    """Return the Workflow that a CronWorkflow would start now (`ConvertCronWorkflowToWorkflow`).

    `cron` is the object as it was just read: its uid goes into the owner reference.
    """
    meta, spec = cron["metadata"], cron.get("spec") or {}
    own = spec.get("workflowMetadata") or {}
    labels: Document = {}
    if instance := (meta.get("labels") or {}).get(_INSTANCE):
        labels[_INSTANCE] = instance
    labels[CRON_LABEL] = meta["name"]
    labels |= own.get("labels") or {}
    annotations = {SCHEDULED_TIME: f"{now:%Y-%m-%dT%H:%M:%SZ}"} | (own.get("annotations") or {})
    made: Document = {
        "generateName": f"{meta['name']}-",
        "labels": labels,
        "annotations": annotations,
        "ownerReferences": [
            {
                "apiVersion": API_VERSION,
                "kind": CRON_WORKFLOW.name,
                "name": meta["name"],
                "uid": meta["uid"],
                "controller": True,
                "blockOwnerDeletion": True,
            }
        ],
    }
    if finalizers := own.get("finalizers"):
        made["finalizers"] = list(finalizers)
    return {
        "apiVersion": API_VERSION,
        "kind": WORKFLOW.name,
        "metadata": made,
        "spec": copy.deepcopy(spec.get("workflowSpec") or {}),
    }


def with_options(document: Document, options: SubmitOptions) -> Document:
    """Return a copy of a Workflow with the options applied (`ApplySubmitOpts`).

    A given parameter replaces the whole of one with its name, and comes before the others.
    """
    made = copy.deepcopy(document)
    meta = made["metadata"] = dict(made.get("metadata") or {})
    spec = made["spec"] = dict(made.get("spec") or {})
    for key, value in (
        ("entrypoint", options.entrypoint),
        ("serviceAccountName", options.service_account),
    ):
        if value:
            spec[key] = value
    if options.priority is not None:
        spec["priority"] = options.priority
    if options.labels:
        meta["labels"] = {**(meta.get("labels") or {}), **options.labels}
    notes = dict(options.annotations)
    if options.scheduled_time:
        notes[SCHEDULED_TIME] = options.scheduled_time
    if notes:
        meta["annotations"] = {**(meta.get("annotations") or {}), **notes}
    if options.parameters:
        arguments = spec["arguments"] = dict(spec.get("arguments") or {})
        given = [{"name": name, "value": value} for name, value in options.parameters.items()]
        others = [
            each
            for each in arguments.get("parameters") or []
            if not isinstance(each, dict) or each.get("name") not in options.parameters
        ]
        arguments["parameters"] = [*given, *others]
    if options.generate_name:
        meta["generateName"] = options.generate_name
    if options.name:
        meta["name"] = options.name
    return made


def as_created_by(document: Document, user: str) -> Document:
    """Return a copy that names its creator, as the admission policies and Argo's label ask.

    Another creator in it is replaced: the API server knows who submits.
    """
    meta = dict(document["metadata"])
    labels = {k: v for k, v in (meta.get("labels") or {}).items() if k not in _CREATORS}
    if friendly := label_friendly(user):
        labels[CREATOR] = friendly
    meta["labels"] = labels
    meta["annotations"] = {**(meta.get("annotations") or {}), CREATOR_NOTE: user}
    return {**document, "metadata": meta}


def label_friendly(name: str) -> str:
    """Return a name as a label's value (`dnsFriendly` in workflow/creator/creator.go)."""
    return _ENDS.sub("", _UNFRIENDLY.sub("-", name)[-63:])


def title_of(document: Document) -> str:
    """Return what to call a manifest: its kind and name."""
    meta = document.get("metadata")
    meta = meta if isinstance(meta, dict) else {}
    name = meta.get("name") or (f"{meta['generateName']}*" if meta.get("generateName") else "")
    return f"{document.get('kind') or 'a document without a kind'} {name}".strip()
