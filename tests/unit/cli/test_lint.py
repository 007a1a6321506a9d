"""`lint`: where workflows stand in documents, which line a finding is on, and what was not read."""

from __future__ import annotations

from pathlib import Path

import pytest

from argotui.cli import exits
from tests.unit.cli.conftest import Run

GATE = "{entrypoint: g, templates: [{name: g, suspend: {duration: 5m}}]}"
WORKFLOW = f"""apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {{name: release}}
spec: {GATE}
"""
LIST = """apiVersion: v1
kind: List
items:
- kind: Workflow
  metadata: {generateName: hotfix-}
  spec:
    entrypoint: g
    templates:
    - name: g
      suspend:
        duration: 5m
- kind: ConfigMap
  metadata: {name: settings}
"""
SENSOR = f"""kind: Sensor
metadata: {{name: webhook}}
spec:
  triggers:
  - template:
      argoWorkflow:
        source:
          resource: {{kind: Workflow, metadata: {{name: a}}, spec: {GATE}}}
  - template:
      k8s:
        source:
          inline: |
            kind: Workflow
            metadata: {{name: b}}
            spec: {GATE}
"""
CRON = f"""kind: CronWorkflow
metadata: {{name: nightly}}
spec:
  workflowSpec: {GATE}
  schedules: ["0 3 * * *"]
"""
BINDING = """kind: WorkflowEventBinding
metadata: {name: push}
spec: {submit: {workflowTemplateRef: {name: deploy}}}
"""
RESOURCE = f"""kind: WorkflowTemplate
metadata: {{name: outer}}
spec:
  templates:
  - name: make
    resource:
      manifest: |
        kind: Workflow
        metadata: {{generateName: inner-}}
        spec: {GATE}
  - name: unreadable
    resource:
      manifest: |
        kind: Workflow
        spec: {{{{inputs.parameters.spec}}}}: [
"""


def written(folder: Path, text: str, name: str = "file.yaml") -> str:
    path = folder / name
    path.write_text(text)
    return str(path)


@pytest.mark.parametrize(
    ("text", "lines", "read"),
    [
        (WORKFLOW, ["4: workflow/release"], "1 gate in 1 Workflow: 1 finding"),
        (LIST, ["11: workflow/hotfix-"], "1 gate in 1 Workflow: 1 finding"),
        (
            SENSOR,
            ["8: sensor/webhook: workflow/a", "12: sensor/webhook: workflow/b"],
            "2 gates in 2 Workflows: 2 findings",
        ),
        (CRON, ["4: cronworkflow/nightly"], "1 gate in 1 CronWorkflow: 1 finding"),
        (
            RESOURCE,
            ["7: workflowtemplate/outer: workflow/inner-"],
            "1 gate in 1 WorkflowTemplate, 1 Workflow: 1 finding",
        ),
        (
            f"# nothing here\n---\n{WORKFLOW}---\n{WORKFLOW}---\n",
            ["6: workflow/release", "11: workflow/release"],
            "2 gates in 2 Workflows: 2 findings",
        ),
    ],
)
def test_each_finding_says_file_line_and_object(
    run: Run, tmp_path: Path, text: str, lines: list[str], read: str
) -> None:
    file = written(tmp_path, text)
    done = run("lint", file)
    assert done.returncode == exits.FAILURE
    said = [line for line in done.stdout.splitlines() if not line.startswith(" ")]
    wanted = [
        f"{file}:{line}: g: error: after 5m it APPROVES by itself [bare-duration]" for line in lines
    ]
    assert said == wanted
    assert f"argotui: {read}" in done.stderr


def test_what_was_not_read_is_said_with_the_count(run: Run, tmp_path: Path) -> None:
    many = "---\n".join(f"kind: Secret\nmetadata: {{name: s{n}}}\n" for n in range(9))
    file = written(tmp_path, "---\n".join((LIST, BINDING, RESOURCE, "- a\n", many)))
    err = run("lint", file).stderr
    assert f"not read: {file}:12: configmap/settings: there is no workflow in it" in err
    assert "its text is no YAML as it stands" in err
    assert "not read: 7 more objects" in err
    assert "not read: 1 template named here: template/deploy" in err


def test_a_template_that_is_among_what_is_read_is_not_missing(run: Run, tmp_path: Path) -> None:
    template = WORKFLOW.replace("kind: Workflow", "kind: WorkflowTemplate").replace(
        "release", "deploy"
    )
    done = run("lint", written(tmp_path, BINDING + "---\n" + template))
    assert "not read" not in done.stderr


@pytest.mark.parametrize(
    "text", ["", "# only words\n", "kind: Secret\nmetadata: {name: a}\n", "a\n"]
)
def test_nothing_to_read_is_no_clean_bill(run: Run, tmp_path: Path, text: str) -> None:
    done = run("lint", written(tmp_path, text))
    assert done.returncode == exits.USAGE
    assert "nothing was checked" in done.stderr


def test_a_workflow_without_gates_is_clean(run: Run, tmp_path: Path) -> None:
    done = run(
        "lint", written(tmp_path, WORKFLOW.replace("suspend: {duration: 5m}", "container: {}"))
    )
    assert (done.returncode, done.stdout) == (exits.OK, "")
    assert "0 gates in 1 Workflow: no findings" in done.stderr


def test_one_file_that_cannot_be_read_does_not_hide_the_others(run: Run, tmp_path: Path) -> None:
    bad, good = written(tmp_path, "a: [", "bad.yaml"), written(tmp_path, WORKFLOW)
    done = run("lint", bad, good)
    assert done.returncode == exits.USAGE
    assert f"{good}:4: workflow/release: g: error:" in done.stdout
    assert f"{bad} cannot be read" in done.stderr
    assert run("lint", bad).returncode == exits.USAGE


def test_a_folder_stands_for_its_files(run: Run, tmp_path: Path) -> None:
    below = tmp_path / "release" / "below"
    below.mkdir(parents=True)
    written(below.parent, "not: [yaml", "notes.txt")
    bad, good = written(below.parent, "a: [", "bad.yml"), written(below, WORKFLOW)
    done = run("lint", str(below.parent))
    assert done.returncode == exits.USAGE
    assert f"{good}:4: workflow/release: g: error:" in done.stdout
    assert f"{bad} cannot be read" in done.stderr
    assert run("lint", str(below)).returncode == exits.FAILURE


def test_a_folder_without_files_to_read_is_an_error(run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = run("lint", str(tmp_path / "empty"))
    assert done.returncode == exits.USAGE
    assert "holds no file that ends in .yaml, .yml, .json" in done.stderr
