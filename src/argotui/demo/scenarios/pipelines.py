"""Workflows that run again and again: documents, nightly loads, thumbnails, tests, data checks."""

from __future__ import annotations

from argotui.demo.api.kinds import Document
from argotui.demo.scenarios.manifests import from_template, workflow_template

_TEMPLATES = {
    "visual-analysis": "argo",
    "docproc-pipeline": "argo",
    "nightly-etl": "argo",
    "thumbnails": "argo",
    "integration-tests": "argo",
    "data-quality": "data",
}
"""The namespace of each WorkflowTemplate, in the order in which the demo creates them."""


def templates() -> list[Document]:
    """Return the WorkflowTemplates."""
    return [workflow_template(name, namespace) for name, namespace in _TEMPLATES.items()]


def visual_analysis(confidence: str = "0.87", job: str = "job_4711") -> Document:
    arguments = {"job": job, "confidence": confidence}
    return from_template("visual-analysis-", "visual-analysis", "data-team", arguments=arguments)


def docproc(number: int, *, fails: bool) -> Document:
    return from_template(
        f"docproc-{number}",
        "docproc-pipeline",
        "system-serviceaccount-argo-intake",
        arguments={"document": f"scans/{number}.pdf", "extract": "oom" if fails else "extract"},
    )


def nightly(stamp: int) -> Document:
    creator = "system-serviceaccount-argo-argo"
    return from_template(f"nightly-etl-{stamp}", "nightly-etl", creator, cron="nightly-etl")


def thumbnails(album: str) -> Document:
    return from_template("thumbnails-", "thumbnails", "web-team", arguments={"album": album})


def integration(branch: str) -> Document:
    name = "integration-tests"
    return from_template(f"{name}-", name, "ci-bot", arguments={"branch": branch})


def data_quality(table: str) -> Document:
    return from_template(
        "data-quality-",
        "data-quality",
        "data-team",
        namespace="data",
        arguments={"table": table},
    )
