"""The shipped workflows, as the demo submits them."""

from __future__ import annotations

import functools
from typing import Any

import msgspec
import yaml

from argotui.demo.api.kinds import Document
from argotui.demo.pack import workflow_folder
from argotui.demo.scenarios.simulation import simulate
from argotui.model.argo import CREATOR, CRON_WORKFLOW, WORKFLOW_TEMPLATE


def workflow_template(stem: str, namespace: str) -> Document:
    """Return the WorkflowTemplate of a file, with its simulation."""
    return _in_namespace(simulate(stem, _manifest(stem, "WorkflowTemplate")), namespace)


def cron_workflow(stem: str, namespace: str) -> Document:
    """Return the CronWorkflow of a file."""
    document = _in_namespace(_manifest(stem, "CronWorkflow"), namespace)
    document["status"] = {"phase": "Active"}
    return document


def one_off(stem: str, creator: str, annotations: dict[str, str] | None = None) -> Document:
    """Return the Workflow of a file, with its simulation, as `creator` submits it."""
    document = _in_namespace(simulate(stem, _manifest(stem, "Workflow")), "argo")
    document["metadata"]["labels"] = {CREATOR: creator}
    if annotations:
        document["metadata"].setdefault("annotations", {}).update(annotations)
    return document


def from_template(
    name: str,
    template: str,
    creator: str,
    *,
    namespace: str = "argo",
    cron: str = "",
    arguments: dict[str, str] | None = None,
) -> Document:
    """Return a Workflow of a WorkflowTemplate; the API server completes a `name` ending in `-`."""
    labels = {CREATOR: creator, WORKFLOW_TEMPLATE: template}
    if cron:
        labels[CRON_WORKFLOW] = cron
    spec: dict[str, Any] = {"workflowTemplateRef": {"name": template}}
    if arguments:
        parameters = [{"name": key, "value": value} for key, value in arguments.items()]
        spec["arguments"] = {"parameters": parameters}
    key = "generateName" if name.endswith("-") else "name"
    return {"metadata": {key: name, "namespace": namespace, "labels": labels}, "spec": spec}


def _in_namespace(document: Document, namespace: str) -> Document:
    document["metadata"]["namespace"] = namespace
    return document


def _manifest(stem: str, kind: str) -> Document:
    """Return the object of a kind in a file."""
    documents: list[Document] = msgspec.json.decode(_read(stem))
    (found,) = (each for each in documents if each["kind"] == kind)
    return found


@functools.cache
def _read(stem: str) -> bytes:
    """Return the objects in a file, as JSON."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    text = (workflow_folder() / f"{stem}.yaml").read_text("utf-8")
    return msgspec.json.encode(list(yaml.load_all(text, loader)))  # a safe loader
