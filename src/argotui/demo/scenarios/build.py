"""The few shapes that the scenarios are written in."""

from __future__ import annotations

import json
from typing import Any

from argotui.demo.api.kinds import Document
from argotui.demo.argo import programs
from argotui.model.argo import CREATOR, CRON_WORKFLOW, WORKFLOW_TEMPLATE

Template = dict[str, Any]
_ASKED = ("name", "enum", "description")


def work(
    name: str,
    run_for: str,
    *,
    image: str = "images.example.com/tools:4.2",
    exit_code: int = 0,
    reason: str = "",
    fail_attempts: int | None = None,
    outputs: dict[str, str] | None = None,
    log: str = "",
    inputs: tuple[str, ...] = (),
    retries: dict[str, Any] | None = None,
    **more: Any,
) -> Template:
    """Return a container template; its pod takes `run_for` (`20s` or `20s-40s`)."""
    notes = {programs.RUN_FOR: run_for}
    if exit_code:
        notes[programs.EXIT_CODE] = str(exit_code)
    if reason:
        notes[programs.REASON] = reason
    if fail_attempts is not None:
        notes[programs.FAIL_ATTEMPTS] = str(fail_attempts)
    if outputs:
        notes[programs.OUTPUTS] = json.dumps(outputs)
    if log:
        notes[programs.LOG] = log
    template: Template = {
        "name": name,
        "metadata": {"annotations": notes},
        "container": {
            "image": image,
            "command": ["run"],
            "args": [name, *(f"{{{{inputs.parameters.{each}}}}}" for each in inputs)],
            "resources": {"requests": {"cpu": "200m", "memory": "256Mi"}},
        },
        **more,
    }
    if inputs:
        template["inputs"] = {"parameters": [{"name": each} for each in inputs]}
    if outputs:
        declared = [name for name in outputs if name != "result"]
        template["outputs"] = {
            "parameters": [
                {"name": each, "valueFrom": {"path": f"/tmp/{each}"}}  # noqa: S108  # in a pod
                for each in declared
            ]
        }
    if retries is not None:
        template["retryStrategy"] = retries
    return template


def steps(name: str, *groups: list[dict[str, Any]], **more: Any) -> Template:
    return {"name": name, "steps": list(groups), **more}


def dag(name: str, *tasks: dict[str, Any], **more: Any) -> Template:
    return {"name": name, "dag": {"tasks": list(tasks)}, **more}


def call(name: str, template: str = "", **more: Any) -> dict[str, Any]:
    """Return a step or task; without `template` it has the template's name."""
    arguments = more.pop("arguments", None)
    each: dict[str, Any] = {"name": name, "template": template or name, **more}
    if arguments:
        parameters = [{"name": key, "value": value} for key, value in arguments.items()]
        each["arguments"] = {"parameters": parameters}
    return each


def gate(
    name: str,
    *,
    duration: str = "",
    inputs: dict[str, str] | None = None,
    fields: tuple[dict[str, Any], ...] = (),
    question: str = "",
) -> Template:
    """Return a suspend template.

    `fields` are its outputs to be supplied: name, and of enum, default and description what they
    have. Argo wants an input of the same name for each, which is where enum and text are kept.
    """
    template: Template = {"name": name, "suspend": {"duration": duration} if duration else {}}
    if question:
        template["metadata"] = {"annotations": {"argotui.io/description": question}}
    given: list[dict[str, Any]] = [
        {"name": key, "value": value} for key, value in (inputs or {}).items()
    ]
    supplied = []
    for field in fields:
        source: dict[str, Any] = {"supplied": {}}
        if "default" in field:
            source["default"] = field["default"]
        supplied.append({"name": field["name"], "valueFrom": source})
        asked: dict[str, Any] = {key: field[key] for key in _ASKED if key in field}
        given.append({**asked, "value": field.get("default", (field.get("enum") or [""])[0])})
    if given:
        template["inputs"] = {"parameters": given}
    if supplied:
        template["outputs"] = {"parameters": supplied}
    return template


def choice(default: str | None = None, name: str = "approve") -> dict[str, Any]:
    """Return a YES or NO field of a gate."""
    field: dict[str, Any] = {"name": name, "enum": ["YES", "NO"], "description": "Go on?"}
    if default is not None:
        field["default"] = default
    return field


def template_object(name: str, namespace: str, spec: dict[str, Any]) -> Document:
    """Return a WorkflowTemplate."""
    return {"metadata": {"name": name, "namespace": namespace}, "spec": spec}


def workflow(
    name: str,
    *,
    creator: str,
    namespace: str = "argo",
    template: str = "",
    cron: str = "",
    arguments: dict[str, str] | None = None,
    spec: dict[str, Any] | None = None,
    annotations: dict[str, str] | None = None,
    labels: dict[str, str] | None = None,
) -> Document:
    """Return a Workflow of its own spec or of a WorkflowTemplate; `name` ending in a dash is
    completed by the API server."""
    marks = {CREATOR: creator, **(labels or {})}
    body: dict[str, Any] = dict(spec or {})
    if template:
        marks[WORKFLOW_TEMPLATE] = template
        body["workflowTemplateRef"] = {"name": template}
    if cron:
        marks[CRON_WORKFLOW] = cron
    if arguments:
        parameters = [{"name": key, "value": value} for key, value in arguments.items()]
        body["arguments"] = {"parameters": parameters}
    meta: dict[str, Any] = {"namespace": namespace, "labels": marks}
    meta["generateName" if name.endswith("-") else "name"] = name
    if annotations:
        meta["annotations"] = annotations
    return {"metadata": meta, "spec": body}
