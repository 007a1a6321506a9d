"""`template` and `cluster-template` on the embedded cluster."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from argotui.cli import exits
from argotui.demo.api.kinds import (
    CLUSTER_WORKFLOW_TEMPLATES,
    WORKFLOW_TEMPLATES,
    ResourceType,
)
from tests.unit.cli.cluster import CommandLine

MANIFEST = """\
apiVersion: argoproj.io/v1alpha1
kind: {kind}
metadata:
  name: {name}
  labels: {{team: web}}
  annotations:
    workflows.argoproj.io/description: Release a version.
    argotui.io/schema.regions: '{{"type": "array", "items": {{"enum": ["eu", "us"]}}}}'
spec:
  entrypoint: main
  arguments:
    parameters:
    - {{name: version, description: What to release.}}
    - {{name: regions, value: '["eu"]'}}
    - {{name: mode, default: fast, enum: [fast, safe]}}
  templates:
  - {{name: main, steps: [[{{name: ask, template: ask}}]]}}
  - {{name: ask, suspend: {{}}}}
"""
VERBS: list[tuple[str, str, ResourceType]] = [
    ("template", "WorkflowTemplate", WORKFLOW_TEMPLATES),
    ("cluster-template", "ClusterWorkflowTemplate", CLUSTER_WORKFLOW_TEMPLATES),
]


@pytest.fixture(params=VERBS, ids=["namespaced", "cluster"])
def verb(request: pytest.FixtureRequest) -> tuple[str, str, ResourceType]:
    found: tuple[str, str, ResourceType] = request.param
    return found


def written(folder: Path, kind: str, name: str = "release", more: str = "") -> str:
    (folder / f"{name}.yaml").write_text(MANIFEST.format(kind=kind, name=name) + more)
    return str(folder / f"{name}.yaml")


def stored(argotui: CommandLine, kind: ResourceType, name: str = "release") -> dict[str, Any]:
    return argotui.cluster.objects.need(kind, "argo", name).decode()


async def test_templates_are_created_listed_shown_updated_and_deleted(
    argotui: CommandLine, tmp_path: Path, verb: tuple[str, str, ResourceType]
) -> None:
    word, kind, resource = verb
    done = await argotui(word, "create", written(tmp_path, kind))
    assert (done.code, done.out) == (exits.OK, f"{kind} release created\n"), done.err
    assert stored(argotui, resource)["spec"]["entrypoint"] == "main"
    done = await argotui(word, "create", written(tmp_path, kind))
    assert done.code == exits.FAILURE
    assert "already exists" in done.err

    done = await argotui(word, "list")
    assert done.out.splitlines()[0].split() == ["NAME", "ENTRYPOINT", "PARAMETERS", "AGE"]
    assert done.out.splitlines()[1].split()[:5] == [
        "release",
        "main",
        "version",
        'regions=["eu"]',
        "mode=fast",
    ]
    assert (await argotui(word, "list", "-o", "name", "-l", "team=web")).out == "release\n"
    assert (await argotui(word, "list", "-o", "name", "-l", "team=data")).out == ""
    done = await argotui(word, "list", "-o", "json")
    assert [each["kind"] for each in done.json["items"]] == [kind]

    done = await argotui(word, "get", "release")
    assert "description:  Release a version.\n" in done.out
    assert "parameters:   version  (needs a value)  What to release.\n" in done.out
    assert '              regions = ["eu"]  (any of eu, us)\n' in done.out
    assert "              mode = fast  (one of fast, safe)\n" in done.out
    assert "              ask  (suspend)\n" in done.out
    done = await argotui(word, "get", "release", "-o", "yaml")
    assert yaml.safe_load(done.out)["metadata"]["uid"]

    more = "  - {name: other, suspend: {}}\n"
    done = await argotui(word, "update", written(tmp_path, kind, more=more))
    assert (done.code, done.out) == (exits.OK, f"{kind} release updated\n"), done.err
    assert len(stored(argotui, resource)["spec"]["templates"]) == 3

    done = await argotui(word, "delete", "release", "--dry-run")
    assert done.out == f"{kind} release would be deleted\n"
    done = await argotui(word, "delete", "release", "absent")
    assert done.code == exits.USAGE  # nobody is there to ask
    assert stored(argotui, resource)
    done = await argotui(word, "delete", "absent", "release", "--yes")
    assert done.code == exits.NOT_FOUND
    assert done.out == f"{kind} release deleted\n"
    assert argotui.cluster.objects.items(resource) == []


async def test_all_templates_are_deleted_at_once(argotui: CommandLine, tmp_path: Path) -> None:
    for name in ("one", "two"):
        await argotui("template", "create", written(tmp_path, "WorkflowTemplate", name))
    assert (await argotui("template", "delete")).code == exits.USAGE
    assert (await argotui("template", "delete", "one", "--all")).code == exits.USAGE
    done = await argotui("template", "delete", "--all", "--yes")
    assert done.out.splitlines() == [
        "WorkflowTemplate one deleted",
        "WorkflowTemplate two deleted",
    ]


async def test_a_template_with_unknown_fields_is_refused_by_the_server(
    argotui: CommandLine, tmp_path: Path
) -> None:
    file = written(tmp_path, "WorkflowTemplate", more="  backoffLimit: 3\n")
    done = await argotui("template", "create", file)
    assert done.code == exits.USAGE
    assert 'unknown field "spec.backoffLimit"' in done.err


async def test_an_update_keeps_to_the_version_of_its_manifest(
    argotui: CommandLine, tmp_path: Path
) -> None:
    await argotui("template", "create", written(tmp_path, "WorkflowTemplate"))
    seen = (await argotui("template", "get", "release", "-o", "yaml")).out
    (tmp_path / "seen.yaml").write_text(seen)
    more = "  - {name: other, suspend: {}}\n"
    await argotui("template", "update", written(tmp_path, "WorkflowTemplate", more=more))
    done = await argotui("template", "update", str(tmp_path / "seen.yaml"))
    assert done.code == exits.FAILURE
    assert "has been modified" in done.err
    assert len(stored(argotui, WORKFLOW_TEMPLATES)["spec"]["templates"]) == 3


async def test_another_kind_is_left_out(argotui: CommandLine, tmp_path: Path) -> None:
    done = await argotui("template", "create", written(tmp_path, "ClusterWorkflowTemplate"))
    assert done.code == exits.USAGE
    assert "ClusterWorkflowTemplate is left out: not WorkflowTemplate" in done.err
    assert "there is no WorkflowTemplate in" in done.err


async def test_read_only_and_missing_rights_refuse_writes(
    argotui: CommandLine, tmp_path: Path
) -> None:
    file = written(tmp_path, "WorkflowTemplate")
    done = await argotui("template", "create", file, ARGOTUI_READ_ONLY="true")
    assert done.code == exits.USAGE
    assert "Read-only" in done.err
    assert (await argotui("template", "create", file, user="viewer")).code == exits.FORBIDDEN
    assert argotui.cluster.objects.items(WORKFLOW_TEMPLATES) == []


async def test_a_template_is_linted_as_a_file_and_by_the_server(
    argotui: CommandLine, tmp_path: Path
) -> None:
    file = written(tmp_path, "WorkflowTemplate", more="  backoffLimit: 3\n")
    done = await argotui("template", "lint", file)
    assert done.code == exits.FAILURE
    assert "spec.backoffLimit is no field of WorkflowSpec [unknown-field]" in done.out
    assert "retryStrategy" in done.out
    done = await argotui("template", "lint", file, "--server-dry-run")
    assert 'unknown field "spec.backoffLimit" [refused]' in done.out
    assert (await argotui("cluster-template", "lint", file)).code == exits.USAGE
