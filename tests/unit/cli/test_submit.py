"""`submit` and `wait` on the embedded cluster."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from argotui.cli import exits
from argotui.demo.api.kinds import CRON_WORKFLOWS, WORKFLOW_TEMPLATES, WORKFLOWS
from tests.support import PATIENCE
from tests.unit.cli.cluster import LABEL, CommandLine, workflow

MANIFEST = """\
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {generateName: one-}
spec:
  entrypoint: a
  arguments: {parameters: [{name: x, value: "1"}]}
  templates:
  - name: a
    suspend: {}
"""
SPEC: dict[str, Any] = {
    "entrypoint": "a",
    "arguments": {"parameters": [{"name": "version"}, {"name": "note", "value": "-"}]},
    "templates": [{"name": "a", "suspend": {}}],
}


@pytest.fixture
def filled(argotui: CommandLine) -> CommandLine:
    """A cluster with a template and a CronWorkflow of it."""
    store = argotui.cluster.objects
    meta = {"name": "release", "namespace": "argo"}
    store.create(WORKFLOW_TEMPLATES, {"metadata": meta, "spec": SPEC})
    workflow_spec = {"workflowTemplateRef": {"name": "release"}}
    spec = {"schedules": ["0 3 * * *"], "workflowSpec": workflow_spec}
    meta = {"name": "nightly", "namespace": "argo"}
    store.create(CRON_WORKFLOWS, {"metadata": meta, "spec": spec})
    return argotui


def names(argotui: CommandLine) -> list[str]:
    return [entry.name for entry in argotui.cluster.objects.items(WORKFLOWS)]


def written(folder: Path, text: str = MANIFEST, name: str = "one.yaml") -> str:
    (folder / name).write_text(text)
    return str(folder / name)


async def test_a_file_is_submitted_with_all_that_the_options_say(
    argotui: CommandLine, tmp_path: Path
) -> None:
    values = written(tmp_path, "x: 2\nlist: [1, {a: b}]\nyes: 1e3\nempty: null\n", "values.yaml")
    done = await argotui(
        *("submit", written(tmp_path), "-o", "json", "--parameter-file", values, "-p", "x=3=4"),
        *("--no-strict", "--entrypoint", "a", "--name", "mine", "-l", "team=web,tier=1"),
        *("--annotations", "note=x", "--serviceaccount", "runner", "--priority", "-2"),
    )
    assert done.code == exits.OK, done.err
    made = done.json
    assert made["metadata"]["name"] == "mine"
    assert made["metadata"]["labels"] == {"team": "web", "tier": "1", f"{LABEL}creator": "admin"}
    assert made["metadata"]["annotations"] == {"note": "x", "argotui.io/creator": "admin"}
    assert made["spec"]["serviceAccountName"] == "runner"
    assert made["spec"]["priority"] == -2
    given = {each["name"]: each["value"] for each in made["spec"]["arguments"]["parameters"]}
    assert given == {"x": "3=4", "list": '[1,{"a":"b"}]', "true": "1000", "empty": "null"}
    assert names(argotui) == ["mine"]


async def test_an_object_of_the_cluster_is_submitted(filled: CommandLine) -> None:
    done = await filled(
        "submit", "--from", "workflowtemplate/release", "-p", "version=1", "-o", "name"
    )
    assert done.code == exits.OK, done.err
    assert names(filled) == [done.out.strip()]
    time = "2026-01-31T06:00:00Z"
    arguments = ("--from", "cronwf/nightly", "--scheduled-time", time, "-p", "version=2")
    done = await filled("submit", *arguments, "-o", "yaml")
    made = yaml.safe_load(done.out)
    assert made["metadata"]["annotations"][f"{LABEL}scheduled-time"] == time
    assert made["metadata"]["ownerReferences"][0]["name"] == "nightly"


async def test_as_text_it_is_what_get_prints(filled: CommandLine) -> None:
    arguments = ("--from", "wftmpl/release", "-p", "version=1", "--name", "r1")
    done = await filled("submit", *arguments)
    assert (await filled("get", "r1")).out == done.out


async def test_several_documents_lists_and_folders_are_submitted(
    argotui: CommandLine, tmp_path: Path
) -> None:
    folder = tmp_path / "all"
    folder.mkdir()
    items = json.dumps({"kind": "List", "items": [yaml.safe_load(MANIFEST)]})
    written(folder, MANIFEST + "---\n" + MANIFEST, "a.yaml")
    written(folder, items, "b.json")
    done = await argotui("submit", str(folder), "-o", "name")
    assert done.code == exits.OK, done.err
    assert sorted(done.out.split()) == names(argotui)
    assert len(names(argotui)) == 3


async def test_templates_in_a_file_are_left_out_and_it_is_said_where_they_go(
    argotui: CommandLine, tmp_path: Path
) -> None:
    template = "apiVersion: argoproj.io/v1alpha1\nkind: WorkflowTemplate\nmetadata: {name: t}\n"
    file = written(tmp_path, template + "---\n" + MANIFEST)
    done = await argotui("submit", file, "-o", "name")
    assert done.code == exits.OK
    hint = f"WorkflowTemplate is not submitted; give it to: argotui template create {file}"
    assert f"argotui: {file}:1: {hint}" in done.err
    assert len(names(argotui)) == 1
    done = await argotui("submit", written(tmp_path, template))
    assert done.code == exits.USAGE
    assert "there is no Workflow to submit" in done.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "give files, folders or -, or --from KIND/NAME"),
        (("FILE", "--from", "wftmpl/release"), "give files, folders or -"),
        (("--from", "release"), "is not KIND/NAME"),
        (("--from", "pod/release"), "Nothing can be submitted from a 'pod'"),
        (("FILE", "--scheduled-time", "2026-01-31T06:00:00Z"), "--scheduled-time needs --from"),
        (("FILE", "--dry-run", "--server-dry-run"), "exclude each other"),
        (("FILE", "--wait", "--watch"), "exclude each other"),
        (("FILE", "--dry-run", "--wait"), "a dry run creates nothing to wait for"),
        (("FILE", "-p", "x"), "'x' is not NAME=VALUE"),
        (("FILE", "-l", "a"), "'a' is not NAME=VALUE"),
        (("FILE", "-l", "a=b c"), "is no value for the label a"),
        (("FILE", "-p", "y=1"), "there is no parameter y"),
        (("FILE", "--name", "No"), "No workflow can have the name 'No'"),
        (("FILE", "FILE2", "--name", "one"), "Several workflows cannot have one name"),
        (("FILE", "FILE2", "--watch"), "one workflow can be watched"),
        (("FILE", "-f", "FILE2"), "is not one mapping"),
        (("absent.yaml",), "absent.yaml cannot be read"),
    ],
)
async def test_bad_input_is_said_with_code_2_and_nothing_is_created(
    filled: CommandLine, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    files = {
        "FILE": written(tmp_path),
        "FILE2": written(tmp_path, MANIFEST + "---\n" + MANIFEST, "2.yaml"),
    }
    done = await filled("submit", *(files.get(each, each) for each in arguments))
    assert done.code == exits.USAGE
    assert said in done.err
    assert names(filled) == []


async def test_a_dry_run_prints_what_would_be_sent(filled: CommandLine, tmp_path: Path) -> None:
    done = await filled("submit", written(tmp_path), "--dry-run")
    own = yaml.safe_load(done.out)
    assert own["metadata"]["generateName"] == "one-"
    assert "uid" not in own["metadata"]
    done = await filled("submit", written(tmp_path), "--server-dry-run", "-o", "json")
    assert done.json["metadata"]["uid"]
    wrong = written(tmp_path, MANIFEST.replace("suspend: {}", "suspend: {}\n    bogus: 1"))
    done = await filled("submit", wrong, "--server-dry-run")
    assert done.code == exits.USAGE
    assert 'unknown field "spec.templates[0].bogus"' in done.err
    assert names(filled) == []


async def test_who_may_not_create_gets_code_4(filled: CommandLine, tmp_path: Path) -> None:
    done = await filled("submit", written(tmp_path), user="viewer")
    assert done.code == exits.FORBIDDEN
    assert "Not allowed to create Workflow" in done.err


async def test_a_lost_answer_has_its_own_code(argotui: CommandLine, tmp_path: Path) -> None:
    argotui.cluster.faults.drop(match="/workflows?")
    done = await argotui("submit", written(tmp_path))
    assert done.code == exits.UNKNOWN_OUTCOME
    assert "look before you submit it again" in done.err


async def test_read_only_refuses_and_still_tries(argotui: CommandLine, tmp_path: Path) -> None:
    file = written(tmp_path)
    done = await argotui("submit", file, ARGOTUI_READ_ONLY="true")
    assert done.code == exits.USAGE
    assert "read-only" in done.err
    done = await argotui("submit", file, "--server-dry-run", ARGOTUI_READ_ONLY="true")
    assert done.code == exits.OK
    assert names(argotui) == []


@pytest.mark.parametrize(
    ("phase", "code"),
    [("Succeeded", exits.OK), ("Failed", exits.FAILURE), ("Error", exits.WORKFLOW_ERROR)],
)
@pytest.mark.parametrize("how", ["--wait", "--watch", "--log"])
async def test_the_exit_code_says_how_the_workflow_ended(
    argotui: CommandLine, tmp_path: Path, phase: str, code: int, how: str
) -> None:
    arguments = ("submit", written(tmp_path), "--name", "one", "-o", "name", how)
    process = await argotui.start(*arguments)
    assert process.stdout is not None
    first = await asyncio.wait_for(process.stdout.readline(), PATIENCE)
    assert first.decode().strip() == "one"
    argotui.put(workflow("one", phase, steps={}))
    await asyncio.wait_for(process.communicate(), PATIENCE)
    assert process.returncode == code


async def test_waiting_ends_with_the_first_that_did_not_succeed(argotui: CommandLine) -> None:
    argotui.put(workflow("a"), workflow("b", "Error"), workflow("c", "Failed"))
    done = await argotui("wait", "a", "b", "c")
    assert done.code == exits.WORKFLOW_ERROR
    said = [line.split(" at ")[0] for line in done.out.splitlines()]
    assert sorted(said) == ["a Succeeded", "b Error", "c Failed"]
    assert (await argotui("wait", "a")).code == exits.OK


async def test_waiting_for_what_is_not_there(argotui: CommandLine) -> None:
    argotui.put(workflow("a"))
    done = await argotui("wait", "a", "absent")
    assert done.code == exits.NOT_FOUND
    assert "argo/absent: there is none" in done.err
    assert (await argotui("wait", "a", "absent", "--ignore-not-found")).code == exits.OK


async def test_waiting_ends_when_one_is_deleted(argotui: CommandLine) -> None:
    argotui.put(workflow("a", "Running"))
    process = await argotui.start("wait", "a")

    async def watched() -> bool:
        return any("watch=" in each for each in argotui.cluster.server.requests)

    from tests.support import until_answer

    await until_answer(watched, "the watch")
    argotui.delete("a")
    _, err = await asyncio.wait_for(process.communicate(), PATIENCE)
    assert process.returncode == exits.NOT_FOUND
    assert b"it was deleted" in err


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("argotui submit --from w", ["workflowtemplate/"]),
        ("argotui submit --from workflowtemplate/r", ["workflowtemplate/release"]),
        ("argotui submit --from cronwf/", ["cronwf/nightly"]),
        ("argotui submit --from clusterworkflowtemplate/", []),
        ("argotui template get r", ["release"]),
        ("argotui template delete ", ["release"]),
    ],
)
async def test_a_shell_completes_what_there_is(
    filled: CommandLine, line: str, offered: list[str]
) -> None:
    done = await filled(_ARGOTUI_COMPLETE="bash_complete", COMP_TEXT=line)
    assert [text.partition(",")[2] for text in done.out.splitlines() if text] == offered
