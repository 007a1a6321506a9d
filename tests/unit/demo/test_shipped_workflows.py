"""The workflows in `workflows/`: the demo runs them, and linters find nothing in them."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from argotui.demo.api.kinds import CRON_WORKFLOWS, WORKFLOW_TEMPLATES, WORKFLOWS
from argotui.demo.argo import programs
from argotui.demo.cluster import EmbeddedCluster
from argotui.demo.pack import workflow_folder
from argotui.demo.scenarios import pipelines, simulation, singles
from tests.support import PATIENCE, ManualClock
from tests.unit.cli.conftest import Run, environ, run

__all__ = ["environ", "run"]  # fixtures

ARGO = shutil.which("argo")
FILES = sorted(workflow_folder().glob("*.yaml"))
DOCUMENTS: list[tuple[str, dict[str, Any]]] = [
    (path.stem, document) for path in FILES for document in yaml.safe_load_all(path.read_text())
]


def test_argotui_lint_finds_nothing(run: Run) -> None:
    done = run("lint", "--strict", str(workflow_folder()))
    assert (done.returncode, done.stdout) == (0, "")
    assert "5 gates in 6 Workflows, 6 WorkflowTemplates, 1 CronWorkflow" in done.stderr


@pytest.mark.argo
@pytest.mark.skipif(ARGO is None, reason="there is no argo on PATH")
def test_argo_lint_finds_nothing(tmp_path: Path) -> None:
    assert ARGO is not None
    done = subprocess.run(
        [ARGO, "lint", "--offline", "--strict", str(workflow_folder())],
        env={"HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "no linting errors found" in done.stdout


def test_every_file_is_in_the_demo() -> None:
    demo = EmbeddedCluster(ManualClock(), scenarios=True)
    kinds = {
        "Workflow": WORKFLOWS,
        "WorkflowTemplate": WORKFLOW_TEMPLATES,
        "CronWorkflow": CRON_WORKFLOWS,
    }
    for _, document in DOCUMENTS:
        kind, name = kinds[document["kind"]], document["metadata"]["name"]
        assert any(entry.name == name for entry in demo.objects.items(kind)), name


def test_the_files_say_nothing_of_the_simulation() -> None:
    for path in FILES:
        assert programs.PREFIX not in path.read_text("utf-8")


def test_the_demo_changes_what_it_documents_and_nothing_else() -> None:
    """The simulation, and the two traps that `workflows/README.md` names."""
    changed = set()
    for stem, document in DOCUMENTS:
        if document["kind"] == "CronWorkflow":
            continue
        simulated = simulation.simulate(stem, json.loads(json.dumps(document)))
        for shipped, made in zip(
            document["spec"]["templates"], simulated["spec"]["templates"], strict=True
        ):
            notes = (made.get("metadata") or {}).get("annotations") or {}
            for key in [key for key in notes if key.startswith(programs.PREFIX)]:
                del notes[key]
            if made.get("metadata") == {"annotations": {}}:
                del made["metadata"]
            if made != shipped:
                changed.add((stem, shipped["name"]))
    assert changed == {("release", "deploy-prod"), ("campaign-budget", "main")}


def test_every_container_is_simulated() -> None:
    documents = [
        *pipelines.templates(),
        *(
            make()
            for make in (
                singles.release,
                singles.migration,
                singles.signatures,
                singles.training,
                singles.rotation,
                singles.suspended,
            )
        ),
    ]
    assert len(documents) == 12
    for document in documents:
        for template in document["spec"]["templates"]:
            if "container" in template:
                assert programs.RUN_FOR in template["metadata"]["annotations"], template["name"]


def test_a_document_is_not_shared() -> None:
    first = singles.release()
    first["spec"]["templates"].clear()
    assert singles.release()["spec"]["templates"]
