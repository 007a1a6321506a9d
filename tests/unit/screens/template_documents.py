"""Templates for the screens: with each kind of parameter, hostile ones, and broken ones."""

from __future__ import annotations

from typing import Any

from argotui.demo.api.kinds import (
    CLUSTER_WORKFLOW_TEMPLATES,
    CRON_WORKFLOWS,
    WORKFLOW_TEMPLATES,
)
from argotui.demo.cluster import EmbeddedCluster
from tests.unit.cli.cluster import workflow

LABEL = "workflows.argoproj.io/workflow-template"
REGIONS = (
    '{"type": "array", "minItems": 1, "items": {"enum": ["eu", "us", "ap"]}, '
    '"format": "comma-separated"}'
)

RELEASE: dict[str, Any] = {
    "metadata": {
        "name": "release",
        "namespace": "argo",
        "labels": {"team": "web"},
        "annotations": {
            "workflows.argoproj.io/description": "Build, test and roll out a version.",
            "argotui.io/schema.version": '{"pattern": "^v[0-9.]+$"}',
            "argotui.io/schema.replicas": '{"type": "integer", "minimum": 1, "maximum": 9}',
            "argotui.io/schema.regions": REGIONS,
        },
    },
    "spec": {
        "entrypoint": "main",
        "arguments": {
            "parameters": [
                {"name": "version", "description": "The tag to release."},
                {"name": "mode", "value": "safe", "enum": ["safe", "fast"]},
                {"name": "regions", "value": "eu"},
                {"name": "replicas", "value": 3},
                {"name": "api-token", "value": "hunter2"},
            ]
        },
        "templates": [
            {
                "name": "main",
                "dag": {
                    "tasks": [
                        {"name": "build", "template": "work"},
                        {"name": "test", "template": "work", "dependencies": ["build"]},
                        {"name": "ask", "template": "gate", "depends": "test.Succeeded"},
                        {"name": "roll-out", "template": "work", "dependencies": ["ask"]},
                    ]
                },
            },
            {"name": "work", "container": {"image": "busybox"}},
            {"name": "gate", "suspend": {}},
            {
                "name": "rollback",
                "suspend": {},
                "inputs": {"parameters": [{"name": "reason", "description": "Why?"}]},
            },
        ],
    },
}
BASE: dict[str, Any] = {
    "metadata": {"name": "base", "labels": {"team": "data"}},
    "spec": {"entrypoint": "a", "templates": [{"name": "a", "suspend": {}}]},
}
HOSTILE: dict[str, Any] = {
    "metadata": {
        "name": "hostile",
        "namespace": "argo",
        "labels": {"team": "web"},
        "annotations": {
            "workflows.argoproj.io/description": "[bold]x[/] \x1b[31mred\u202e [@click=app.exit]",
            "argotui.io/schema.p": "{",
        },
    },
    "spec": {
        "entrypoint": "a",
        "backoffLimit": 3,
        "arguments": {"parameters": [{"name": "p", "value": "[/x] \x1b]0;t\x07", "enum": ["[b]"]}]},
        "templates": [{"name": "a", "steps": [[{"name": "[/x]", "template": "absent"}]]}],
    },
}


def furnish(cluster: EmbeddedCluster) -> None:
    """Put templates and runs of them into a cluster."""
    for document in (RELEASE, HOSTILE):
        cluster.objects.create(WORKFLOW_TEMPLATES, document)
    cluster.objects.create(CLUSTER_WORKFLOW_TEMPLATES, BASE)
    spec = {
        "schedules": ["0 3 * * *"],
        "workflowSpec": {"workflowTemplateRef": {"name": "release"}},
    }
    meta = {"name": "nightly", "namespace": "argo"}
    cluster.objects.create(CRON_WORKFLOWS, {"metadata": meta, "spec": spec})


def runs() -> list[dict[str, Any]]:
    """Return runs of `release`: three that succeeded, one that failed, one that runs."""
    labels = {LABEL: "release"}
    given = {"parameters": [{"name": "version", "value": "v1.9"}]}
    return [
        workflow("release-1", age=9000, took=100, labels=labels),
        workflow("release-2", age=8000, took=300, labels=labels, arguments=given),
        workflow("release-3", age=7000, took=200, labels=labels),
        workflow("release-4", "Failed", age=6000, labels=labels),
        workflow("release-5", "Running", age=50, labels=labels),
    ]
