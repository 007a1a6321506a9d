"""`list`, `get` and `doctor` on the embedded cluster."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from argotui.cli import exits
from argotui.demo.api.kinds import ARGO
from argotui.demo.api.users import READ, Binding, PolicyRule
from tests.support import PATIENCE
from tests.unit.cli.cluster import LABEL, CommandLine, workflow

ITEM_FIELDS = [
    "namespace",
    "name",
    "uid",
    "phase",
    "state",
    "completed",
    "suspended",
    "deleting",
    "gates",
    "created",
    "started",
    "finished",
    "seconds",
    "progress",
    "nodes",
    "message",
    "cause",
    "template",
    "creator",
    "labels",
    "problem",
]
"""The fields of an item of `list -o json`, which scripts rely on: add, never rename."""


@pytest.fixture
def some(argotui: CommandLine) -> CommandLine:
    """Workflows of every kind, the oldest last."""
    argotui.put(
        workflow("new-ok", age=100),
        workflow("old-ok", age=9000, labels={"app": "web"}),
        workflow("bad", "Failed", age=500, message="exit code 1"),
        workflow("runs", "Running", age=3000, steps={"a": "Succeeded", "b": "Running"}),
        workflow("waits", "Running", age=8000, steps={"a": "Succeeded", "gate": "Running"}),
        workflow("elsewhere", namespace="data", age=50),
    )
    return argotui


def names(table: str) -> list[str]:
    return [line.split()[0] for line in table.splitlines()[1:]]


async def test_what_waits_comes_first_then_what_runs_then_the_newest(some: CommandLine) -> None:
    done = await some("list")
    assert done.code == exits.OK
    assert names(done.out) == ["waits", "runs", "new-ok", "bad", "old-ok"]
    line = next(line for line in done.out.splitlines() if line.startswith("bad"))
    assert line.split()[:4] == ["bad", "✖", "failed", "1/1"]
    assert line.endswith("exit code 1")
    assert done.err == ""


async def test_a_list_as_json_has_the_fields_that_are_documented(some: CommandLine) -> None:
    document = (await some("list", "-o", "json")).json
    assert list(document) == ["apiVersion", "kind", "context", "namespace", "lookedIn", "items"]
    assert document["apiVersion"] == "argotui/v1"
    assert document["kind"] == "WorkflowList"
    assert document["namespace"] == "argo"
    for item in document["items"]:
        assert list(item) == ITEM_FIELDS
    waits = document["items"][0]
    assert (waits["state"], waits["phase"], waits["gates"]) == ("waiting", "Running", 1)
    assert waits["progress"] == {"done": 1, "total": 2}
    assert waits["nodes"] == {
        "pending": 0,
        "running": 0,
        "waiting": 1,
        "succeeded": 1,
        "failed": 0,
        "skipped": 0,
    }
    bad = next(item for item in document["items"] if item["name"] == "bad")
    assert bad["seconds"] == 60
    assert bad["created"].endswith("Z")


async def test_the_documented_example_has_the_same_fields(some: CommandLine) -> None:
    text = (Path(__file__).parents[3] / "docs" / "cli.md").read_text("utf-8")
    examples = [block.partition("```")[0] for block in text.split("```json\n")[1:]]
    listed = next(json.loads(block) for block in examples if "WorkflowList" in block)
    assert list(listed["items"][0]) == ITEM_FIELDS


async def test_yaml_and_json_say_the_same(some: CommandLine) -> None:
    as_json = (await some("list", "completed=x", "-o", "json")).json
    assert as_json["items"] == []
    listed = yaml.safe_load((await some("list", "--completed", "-o", "yaml")).out)
    assert [item["name"] for item in listed["items"]] == ["new-ok", "bad", "old-ok"]


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (["phase:failed"], ["bad"]),
        (["phase:waiting,running"], ["waits", "runs"]),
        (["!phase:succeeded", "--sort", "name"], ["bad", "runs", "waits"]),
        (["--active"], ["waits", "runs"]),
        (["--completed", "--sort", "-age"], ["old-ok", "bad", "new-ok"]),
        (["-l", "app=web"], ["old-ok"]),
        (["-l", "app in (web, db)", "ok"], ["old-ok"]),
        (["took:>10m"], ["waits", "runs"]),
        (["--limit", "2"], ["waits", "runs"]),
        (["--limit", "3", "--sort", "age"], ["new-ok", "bad", "runs"]),
        (["--running"], ["waits", "runs"]),
        (["--status", "Failed,Error"], ["bad"]),
        (["--status", "running"], ["waits", "runs"]),
        (["--prefix", "new"], ["new-ok"]),
        (["--prefix", "ok"], []),
        (["--field-selector", "metadata.name=bad"], ["bad"]),
        (["--older", "1s", "--prefix", "old"], ["old-ok"]),
        (["--older", "9000d"], []),
        (["--since", "9000d", "--completed"], ["new-ok", "bad", "old-ok"]),
        (["--resubmitted"], []),
        (["exit code"], ["bad"]),
        (["no-such-name"], []),
    ],
)
async def test_filters_and_order(some: CommandLine, arguments: list[str], found: list[str]) -> None:
    done = await some("list", "-o", "json", *arguments)
    items = done.json["items"]
    assert [item["name"] for item in items] == found
    assert all(item["nodes"] is not None for item in items), "what is shown is read in full"
    assert (await some("list", "-o", "name", *arguments)).out.split() == found


async def test_names_are_what_other_tools_take(some: CommandLine) -> None:
    assert (await some("list", "-A", "-o", "name", "--completed")).out.split() == [
        "data/elsewhere",
        "argo/new-ok",
        "argo/bad",
        "argo/old-ok",
    ]


async def test_nothing_to_list_is_said_beside_the_output(argotui: CommandLine) -> None:
    done = await argotui("list", "-n", "data")
    assert (done.code, done.out) == (0, "")
    assert "no workflow matches in namespace data" in done.err


async def test_what_a_workflow_waits_for_is_told_as_in_the_console(some: CommandLine) -> None:
    table = (await some("list", "name:waits")).out
    assert "gate gate, expiry unknown" in table
    assert names((await some("list", "message:^gate")).out) == ["waits"]


async def test_a_limit_says_what_it_leaves_out(some: CommandLine) -> None:
    assert "2 of 5 shown" in (await some("list", "--limit", "2")).err


async def test_no_headers(some: CommandLine) -> None:
    lines = (await some("list", "--no-headers")).out.splitlines()
    assert len(lines) == 5


async def test_who_may_not_list_everywhere_gets_what_they_may(some: CommandLine) -> None:
    done = await some("list", "-A", "-o", "name", user="data")
    assert done.code == exits.OK
    assert done.out == "data/elsewhere\n"
    assert "looked in data; you cannot list namespaces" in done.err
    assert (await some("list", "-A", "-o", "json", user="data")).json["lookedIn"] == ["data"]


async def test_a_namespace_that_was_opened_is_looked_in_ever_after(some: CommandLine) -> None:
    allowed = PolicyRule((ARGO,), ("workflows",), READ)
    some.cluster.directory.bindings.append(Binding("more", "data-team", "argo", (allowed,)))
    assert "argo/" not in (await some("list", "-A", "-o", "name", user="data")).out
    assert (await some("list", "-n", "argo", "-o", "name", user="data")).code == exits.OK
    done = await some("list", "-A", "-o", "name", user="data")
    assert "argo/" in done.out
    assert "looked in data, argo; you cannot list namespaces" in done.err


async def test_namespaces_can_be_named_in_the_settings(some: CommandLine) -> None:
    allowed = PolicyRule((ARGO,), ("workflows",), READ)
    some.cluster.directory.bindings.append(Binding("more", "data-team", "argo", (allowed,)))
    named = {"ARGOTUI_NAMESPACES": "argo, absent"}
    done = await some("list", "-A", "-o", "name", user="data", **named)
    assert "argo/" in done.out
    assert "absent" not in done.err


@pytest.mark.parametrize(
    "verb",
    [
        "list -n agro",
        "list -n agro -o json",
        "gates -n agro",
        "get -n agro some",
        "get agro/some",
        "get -n agro @latest",
        "logs -n agro some",
        "watch -n agro some",
        "watch -n agro --all",
        "approve agro/some/gate --yes",
        "deny -n agro some --reason no --yes",
        "policy check -n agro some",
    ],
)
async def test_a_namespace_that_is_not_there_is_an_error(some: CommandLine, verb: str) -> None:
    done = await some(*verb.split())
    assert done.code == exits.NOT_FOUND
    assert done.out == ""
    assert "There is no namespace agro; did you mean argo?" in done.err


async def test_an_empty_namespace_is_none(some: CommandLine) -> None:
    done = await some("list", "-n", "default")
    assert done.code == exits.OK
    assert done.err == "argotui: no workflow matches in namespace default\n"


async def test_a_namespace_that_nobody_tells_of_is_not_refused(some: CommandLine) -> None:
    everywhere = PolicyRule((ARGO,), ("workflows",), READ)
    some.cluster.directory.bindings.append(Binding("more", "data-team", "", (everywhere,)))
    done = await some("list", "-n", "agro", user="data")
    assert done.code == exits.OK
    assert "it is unknown whether namespace agro exists" in done.err


async def test_who_may_not_list_at_all_is_told_so(some: CommandLine) -> None:
    done = await some("list", "-n", "argo", user="data")
    assert done.code == exits.FORBIDDEN
    assert done.out == ""
    assert "data@example.com" in done.err


async def test_more_than_a_page_is_read_whole(argotui: CommandLine) -> None:
    argotui.put(*(workflow(f"wf-{number:04}", age=number) for number in range(1203)))
    found = (await argotui("list", "-o", "name", "took:<1h")).out.split()
    assert found == [f"wf-{number:04}" for number in range(1203)]


async def test_a_busy_server_is_asked_again(some: CommandLine) -> None:
    some.cluster.faults.answer(429, times=2, match="/workflows")
    assert (await some("list", "-o", "name", "--active")).out.split() == ["waits", "runs"]


async def test_an_expired_page_starts_the_list_again(argotui: CommandLine) -> None:
    argotui.put(*(workflow(f"wf-{number:04}", age=number) for number in range(700)))
    argotui.cluster.faults.answer(410, times=1, match="continue=")
    assert len((await argotui("list", "-o", "name", "took:<1h")).out.split()) == 700


async def test_no_server_is_told_with_its_own_code(argotui: CommandLine) -> None:
    await argotui.cluster.stop()
    for verb in (["list"], ["get", "x"], ["watch", "x"], ["version"]):
        done = await argotui(*verb)
        assert done.code == exits.UNREACHABLE, verb
        assert done.out == ""
        assert "Traceback" not in done.err


async def test_a_reader_that_takes_one_line_is_no_news(some: CommandLine) -> None:
    some.put(*(workflow(f"wf-{number:04}", message="x" * 500) for number in range(400)))
    kubeconfig = some.cluster.write_kubeconfig(some.folder / "admin.kubeconfig")
    process = await asyncio.create_subprocess_shell(
        f"{sys.executable} -m argotui list | head -n 1",
        env=some.environ | {"KUBECONFIG": str(kubeconfig)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), PATIENCE)
    assert out.split()[0] == b"NAME"
    assert err == b""


HOSTILE = "\x1b]52;c;eA==\x07\x9b31m\u202e[/x][red]"


async def test_no_escape_sequence_of_a_workflow_reaches_the_terminal(some: CommandLine) -> None:
    some.put(
        workflow(
            "hostile",
            "Failed",
            message=HOSTILE,
            arguments={"parameters": [{"name": "p", "value": HOSTILE}]},
        )
    )
    for arguments in (
        ["list"],
        ["list", "-o", "json"],
        ["list", "-o", "yaml"],
        ["get", "hostile"],
        ["get", "hostile", "-o", "json"],
        ["get", "hostile", "-o", "yaml"],
    ):
        out = (await some(*arguments)).out
        assert not {"\x1b", "\x9b", "\x07", "\u202e"} & set(out), arguments
        assert "[/x][red]" in out


async def test_a_workflow_as_text(some: CommandLine) -> None:
    out = (await some("get", "bad")).out
    facts = dict(line.split(":", 1) for line in out.split("\n\n")[0].splitlines() if ":" in line)
    assert facts["name"].strip() == "bad"
    assert facts["phase"].strip() == "✖ failed"
    assert facts["message"].strip() == "exit code 1"
    tree = out.split("\n\n")[1].splitlines()
    assert tree[0].split() == ["NODE", "TOOK", "MESSAGE"]
    assert tree[2].startswith("└─✖ one")


async def test_nodes_are_chosen_as_argo_chooses_them(some: CommandLine) -> None:
    whole = (await some("get", "bad")).out
    nodes = [line.split()[1] for line in whole.partition("NODE")[2].splitlines()[1:]]
    failed = (await some("get", "bad", "--status", "failed,Error")).out
    assert 0 < len(failed.splitlines()) <= len(whole.splitlines())
    none = (await some("get", "bad", "--node-field-selector", "displayName=nobody")).out
    assert not any(node in none.partition("NODE")[2] for node in nodes)
    by_id = (await some("get", "bad", "--node-field-selector", "id=bad")).out
    assert len(by_id.partition("NODE")[2].splitlines()) == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--status", "done"], "'done' is not a phase"),
        (["--node-field-selector", "displayName"], "not of the form FIELD=VALUE"),
        (["--node-field-selector", "colour=red"], "nodes have no field colour"),
    ],
)
@pytest.mark.parametrize("verb", ["get", "watch"])
async def test_a_choice_of_nodes_that_cannot_be_read_is_refused(
    some: CommandLine, verb: str, arguments: list[str], said: str
) -> None:
    done = await some(verb, "bad", *arguments)
    assert done.code == exits.USAGE
    assert said in done.err


async def test_a_workflow_as_the_server_has_it(some: CommandLine) -> None:
    document = (await some("get", "argo/bad", "-o", "json")).json
    assert document["metadata"]["labels"][LABEL + "phase"] == "Failed"
    assert yaml.safe_load((await some("get", "bad", "-o", "yaml")).out) == document


async def test_secrets_are_covered_as_text_and_whole_as_the_object(argotui: CommandLine) -> None:
    parameters = {"parameters": [{"name": "db-password", "value": "hunter2"}]}
    argotui.put(workflow("secret", arguments=parameters))
    assert "hunter2" not in (await argotui("get", "secret")).out
    assert "hunter2" not in (await argotui("get", "secret", "-o", "wide")).out
    document: dict[str, Any] = (await argotui("get", "secret", "-o", "json")).json
    assert document["spec"]["arguments"] == parameters


async def test_the_latest(some: CommandLine) -> None:
    assert (await some("get", "@latest")).out.splitlines()[0].split() == ["name:", "new-ok"]
    everywhere = await some("-A", "get", "@latest")
    assert everywhere.out.splitlines()[0].split() == ["name:", "elsewhere"]


async def test_what_is_not_there_has_its_own_code(argotui: CommandLine) -> None:
    for arguments in (["get", "none"], ["get", "@latest"], ["watch", "none"]):
        done = await argotui(*arguments)
        assert done.code == exits.NOT_FOUND, arguments
    for name in ("a/b/c", "/x", "Not_A_Name"):
        done = await argotui("get", name)
        assert done.code in (exits.USAGE, exits.NOT_FOUND), name
        assert "Traceback" not in done.err


async def test_without_utf8_no_glyph_is_printed(some: CommandLine) -> None:
    done = await some("list", PYTHONUTF8="0", LC_ALL="C", PYTHONIOENCODING="ascii")
    assert done.out.isascii()
    assert "failed" in done.out
    tree = await some("get", "bad", PYTHONUTF8="0", PYTHONIOENCODING="ascii")
    assert tree.out.isascii()


async def test_doctor_is_content_with_a_cluster_that_works(some: CommandLine) -> None:
    done = await some("doctor", "--cluster-only", "-o", "json")
    report = done.json
    assert list(report) == ["ok", "checks", "rights"]
    assert all(
        list(check) == ["id", "title", "status", "detail", "remedy"] for check in report["checks"]
    )
    assert list(report["rights"][0]) == [
        "verb",
        "resource",
        "namespace",
        "allowed",
        "required",
        "purpose",
        "reason",
    ]
    checks = {check["id"]: check for check in report["checks"]}
    assert report["ok"]
    assert done.code == exits.OK
    assert "workflows" in checks["argo"]["detail"]
    assert "system:masters" in checks["whoami"]["detail"]
    assert checks["clock"]["status"] == "warn", "the embedded clock stands in another year"
    assert checks["controller"]["status"] == "unknown"
    assert checks["enforcement"]["status"] == "warn"
    assert "admission install" in checks["enforcement"]["remedy"]


async def test_doctor_names_what_is_missing_and_what_to_do(some: CommandLine) -> None:
    done = await some("doctor", "--cluster-only", "-o", "json", "-n", "argo", user="data")
    assert done.code == exits.FORBIDDEN
    rights = next(check for check in done.json["checks"] if check["id"] == "rights")
    assert rights["status"] == "fail"
    assert "list workflows" in rights["detail"]
    assert "-n data" in rights["remedy"]
    denied = [right for right in done.json["rights"] if right["required"]]
    assert [right["allowed"] for right in denied] == [False, False, False]


async def test_doctor_tells_who_reads_one_namespace_how_the_console_will_look(
    some: CommandLine,
) -> None:
    done = await some("doctor", "--cluster-only", "-A", "-o", "json", user="data")
    rights = next(check for check in done.json["checks"] if check["id"] == "rights")
    assert rights["status"] == "warn"
    assert "data" in rights["detail"]
    assert done.code == exits.OK


async def test_doctor_without_a_terminal_says_so(some: CommandLine) -> None:
    done = await some("doctor", "-o", "json")
    checks = {check["id"]: check for check in done.json["checks"]}
    assert checks["terminal"]["status"] == "unknown"
    assert "the console needs one" in checks["terminal"]["detail"]
    assert done.code == exits.OK, "a script has none, and its verbs need none"


async def test_doctor_without_a_server_or_config(argotui: CommandLine) -> None:
    await argotui.cluster.stop()
    done = await argotui("doctor", "--cluster-only")
    assert done.code == exits.UNREACHABLE
    assert "API server" in done.out
    path = argotui.folder / "c.toml"
    path.write_text("mose = true")
    done = await argotui("doctor", "--cluster-only", ARGOTUI_CONFIG=str(path))
    assert done.code == exits.USAGE
    assert "did you mean mouse?" in done.out


async def test_versions(argotui: CommandLine) -> None:
    document = (await argotui("version", "-o", "json")).json
    assert list(document) == ["argotui", "kubernetes", "argo"]
    assert "workflows" in document["argo"]
