"""Each mistake in a manifest is found, and sound manifests have none."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from argotui.backend.argo_fields import argo_fields
from argotui.model.findings import Severity
from argotui.model.manifest_lint import lint_manifest
from argotui.model.manifests import objects_in
from argotui.model.yaml_manifest import manifest_documents

SOUND = """
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata:
  name: sound
  annotations: {argotui.io/schema.n: '{"type": "integer"}'}
spec:
  entrypoint: main
  onExit: bye
  arguments: {parameters: [{name: n, value: 3}, {name: c, value: a, enum: [a, b]}]}
  templates:
  - name: main
    dag:
      tasks:
      - {name: a, template: work, arguments: {parameters: [{name: x, value: "1"}]}}
      - {name: b, template: bye, dependencies: [a]}
      - name: c-1
        depends: "(a.Succeeded || b.Failed) && !b.Skipped"
        templateRef: {name: o, template: t}
      - {name: d, inline: {suspend: {}}}
  - {name: work, inputs: {parameters: [{name: x}, {name: y, default: "2"}]}, suspend: {}}
  - {name: bye, steps: [[{name: one, template: "{{inputs.parameters.z}}"}]]}
"""


def lint(change: str = "", by: str = "") -> list[tuple[str, str, str]]:
    """Return severity, code and hint of the findings, in SOUND with a text replaced."""
    assert change in SOUND
    document = yaml.safe_load(SOUND.replace(change, by, 1))
    found = lint_manifest(document, argo_fields())
    return [(each.severity.name, each.code, each.hint) for each in found]


def test_a_sound_manifest_has_no_finding() -> None:
    assert lint() == []


@pytest.mark.parametrize(
    ("change", "by", "code", "hint"),
    [
        ("onExit: bye", "onExit: by", "no-such-template", "Did you mean bye?"),
        ("entrypoint: main", "entrypoint: x", "no-such-template", "Templates are: main, work, bye"),
        ("entrypoint: main", "suspend: false", "no-entrypoint", "Name the template to begin with."),
        ("name: sound", "labels: {}", "no-name", "Give it one of them"),
        ("name: sound", "name: " + "a" * 64, "long-name", "Argo allows 63."),
        ("onExit: bye", "backoffLimit: 3", "unknown-field", "retryStrategy"),
        ("onExit: bye", "onexit: bye", "unknown-field", "Did you mean onExit?"),
        ("onExit: bye", "mutexes: []", "unknown-field", "The cluster drops it"),
        ("onExit: bye", "synchronization: {mutex: {}}", "removed-field", "Write mutexes, a list."),
        ("onExit: bye", "hooks: []", "wrong-shape", "Argo cannot read it."),
        (
            "suspend: {}}\n  - {name: bye",
            "image: x}\n  - {name: bye",
            "unknown-field",
            "under container",
        ),
        ("template: work", "template: wrk", "no-such-template", "Did you mean work?"),
        ("template: work, ", "", "no-template", "template, templateRef or inline"),
        ("{name: x, value", "{name: z, value", "missing-argument", "give it a default"),
        ("dependencies: [a]", "dependencies: [aa]", "no-such-task", "Did you mean a?"),
        ("b.Failed)", "bb.Failed)", "no-such-task", "Did you mean b?"),
        ("{name: b, template", "{name: a, template", "duplicate-name", "Names are unique."),
        ("name: work, in", "name: bye, in", "duplicate-template", "Names are unique."),
        (
            'y, default: "2"}]}, suspend: {}}',
            'y, default: "2"}]}}',
            "no-type",
            "Give it one of: dag",
        ),
        (
            "suspend: {}}\n  - {name: bye",
            "suspend: {}, http: {}}\n  - {name: bye",
            "several-types",
            "one thing",
        ),
        ("value: a, enum", "value: z, enum", "value-does-not-fit", "Change the value"),
        ("value: 3", "value: x", "value-does-not-fit", "Change the value"),
        ('{"type": "integer"}', "{", "bad-schema", "not checked"),
        ("schema.n", "schema.m", "unused-schema", "Remove it."),
    ],
)
def test_each_mistake_is_found(change: str, by: str, code: str, hint: str) -> None:
    found = {one: text for _, one, text in lint(change, by)}
    assert code in found
    assert hint in found[code]


def test_a_schedule_of_argo_3_is_a_warning_and_no_schedule_an_error() -> None:
    cron: dict[str, Any] = {
        "kind": "CronWorkflow",
        "metadata": {"name": "a"},
        "spec": {"workflowSpec": {"workflowTemplateRef": {"name": "x"}}},
    }
    (missing,) = lint_manifest(cron, argo_fields())
    assert (missing.severity, missing.code) == (Severity.ERROR, "no-schedule")
    cron["spec"]["schedule"] = "* * * * *"
    (old,) = lint_manifest(cron, argo_fields())
    assert (old.severity, old.code) == (Severity.WARNING, "removed-field")
    assert "schedules" in old.hint


def test_a_finding_names_its_template_and_path() -> None:
    document = yaml.safe_load(SOUND.replace("template: work", "template: wrk", 1))
    (found,) = lint_manifest(document, argo_fields())
    assert found.template == "main"
    assert found.path == ("spec", "templates", 0, "dag", "tasks", 0, "template")


@pytest.mark.parametrize(
    "spec",
    [
        {"templates": [None, 3, {"name": 4, "steps": [None], "dag": {"tasks": [None]}}]},
        {"arguments": {"parameters": [None, {"name": None}]}},
        {},
    ],
)
def test_what_is_malformed_is_said_without_a_failure(spec: dict[str, Any]) -> None:
    document = {"kind": "Workflow", "metadata": {"name": "a"}, "spec": spec}
    assert lint_manifest(document, argo_fields())


@pytest.mark.argo
@pytest.mark.skipif(
    shutil.which("argo") is None or "ARGO_SOURCE" not in os.environ,
    reason="needs argo on PATH and ARGO_SOURCE",
)
def test_argo_refuses_what_is_an_error_here(tmp_path: Path) -> None:
    """Of all of upstream's manifests, none that Argo accepts has an error of ours."""
    source = Path(os.environ["ARGO_SOURCE"])
    judged, refused = 0, 0
    for file in sorted((source / "examples").rglob("*.yaml")):
        try:
            documents = [each.value for each in manifest_documents(file.read_text("utf-8"))]
        except (yaml.YAMLError, UnicodeDecodeError):
            continue
        found = [each for one in documents for each in objects_in(one)[0]]
        judged += len(found)
        errors = [
            finding
            for each in found
            for finding in lint_manifest(each.object, argo_fields())
            if finding.severity is Severity.ERROR
        ]
        if errors:
            refused += 1
            done = subprocess.run(["argo", "lint", "--offline", str(file)], check=False)
            assert done.returncode, f"{file.name}: {json.dumps([each.code for each in errors])}"
    assert judged > 200
    assert refused < 10
