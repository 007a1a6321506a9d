"""Workflow objects as the API server has them, made by hand."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from argotui.model.workflow.pod_name import node_id
from tests.support import EPOCH

Document = dict[str, Any]


def at(seconds: float) -> str:
    """A time of the API, in seconds from the tests' epoch."""
    moment: datetime = EPOCH + timedelta(seconds=seconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def node(
    workflow: str,
    name: str,
    kind: str = "Pod",
    phase: str = "Succeeded",
    *,
    start: float | None = 0,
    end: float | None = None,
    inside: str = "",
    after: Iterable[str] = (),
    **fields: Any,
) -> Document:
    """One node; `inside` and `after` (its children) are node names without the workflow's."""
    full = f"{workflow}.{name}" if name and not name.startswith("[") else f"{workflow}{name}"
    document: Document = {
        "id": node_id(workflow, full),
        "name": full,
        "displayName": name or workflow,
        "type": kind,
        "phase": phase,
        "templateName": name or "main",
        "templateScope": f"local/{workflow}",
        **fields,
    }
    if start is not None:
        document["startedAt"] = at(start)
    if end is not None:
        document["finishedAt"] = at(end)
    if name:
        document["boundaryID"] = node_id(workflow, f"{workflow}.{inside}" if inside else workflow)
    children = [node_id(workflow, f"{workflow}.{child}") for child in after]
    if children:
        document["children"] = children
    return document


def workflow(name: str, *nodes: Document, phase: str = "Running", **status: Any) -> Document:
    """A workflow with these nodes."""
    done = phase in ("Succeeded", "Failed", "Error")
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": {
            "name": name,
            "namespace": "argo",
            "labels": {
                "workflows.argoproj.io/phase": phase,
                "workflows.argoproj.io/creator": "data-team",
                "workflows.argoproj.io/workflow-template": "visual-analysis",
            }
            | ({"workflows.argoproj.io/completed": "true"} if done else {}),
            "managedFields": [
                {"manager": "argo", "operation": "Update", "fieldsV1": {"f:status": {}}}
            ],
        },
        "spec": {
            "entrypoint": "main",
            "arguments": {
                "parameters": [
                    {"name": "url", "value": "https://example.com"},
                    {"name": "api-token", "value": "hunter2hunter2"},
                ]
            },
            "templates": [{"name": "main", "dag": {"tasks": []}}],
        },
        "status": {
            "phase": phase,
            "startedAt": at(0),
            "progress": "2/5",
            "nodes": {each["id"]: each for each in nodes},
            **status,
        },
    }


def analysis(name: str = "analysis") -> Document:
    """A DAG with what there is to see: a fan-out, a retry, a failure, a gate, a running node."""
    return workflow(
        name,
        node(name, "", "DAG", "Running", after=["scrape"]),
        node(
            name,
            "scrape",
            end=41,
            inside="",
            after=["shot(0:example.com)", "shot(1:example.org)", "dom", "lint"],
            inputs={
                "parameters": [
                    {"name": "url", "value": "https://app:s3cret@example.com/[/x]"},
                    {"name": "db-password", "value": "hunter2"},
                    {"name": "prompt", "value": "word " * 300},
                ]
            },
            outputs={
                "exitCode": "0",
                "parameters": [{"name": "pages", "value": 3}],
                "artifacts": [
                    {"name": "raw", "s3": {"key": "analysis/raw.html"}},
                    {"name": "old", "s3": {"key": "analysis/old.tgz"}, "deleted": True},
                ],
            },
            hostNodeName="worker-1",
            resourcesDuration={"cpu": 41, "memory": 82},
        ),
        node(name, "shot(0:example.com)", start=41, end=59, after=["approve"]),
        node(name, "shot(1:example.org)", start=41, end=63, after=["approve"]),
        node(name, "dom", start=41, end=50, after=["approve"]),
        node(
            name,
            "lint",
            "Retry",
            "Failed",
            start=41,
            end=120,
            message="No more retries left",
            children=[node_id(name, f"{name}.lint(0)"), node_id(name, f"{name}.lint(1)")],
        ),
        node(
            name,
            "lint(0)",
            "Pod",
            "Failed",
            start=41,
            end=70,
            message="Error (exit code 1): [red]not closed",
            nodeFlag={"retried": True},
            outputs={"exitCode": "1"},
        ),
        node(
            name,
            "lint(1)",
            "Pod",
            "Failed",
            start=80,
            end=120,
            message="OOMKilled (exit code 137)",
            nodeFlag={"retried": True},
            outputs={"exitCode": "137"},
        ),
        node(
            name,
            "approve",
            "Suspend",
            "Running",
            start=63,
            outputs={
                "parameters": [
                    {"name": "approve", "valueFrom": {"supplied": {}}, "enum": ["YES", "NO"]}
                ]
            },
        ),
        node(name, "index", "Pod", "Running", start=63, message="", progress="3/10"),
        message="",
        estimatedDuration=600,
    )


def wide(name: str, count: int, running: int = 3) -> Document:
    """A DAG of `count` pods, the last ones running."""
    nodes = [node(name, "", "DAG", "Running")]
    for number in range(count):
        if number < count - running:
            nodes.append(node(name, f"task-{number:04}", start=number, end=number + 30))
        else:
            nodes.append(node(name, f"task-{number:04}", "Pod", "Running", start=number))
    return workflow(name, *nodes)
