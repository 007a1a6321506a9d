"""`stop`, `terminate`, `suspend`, `resume`, `delete`, `label`, `annotate` and `priority`."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from datetime import UTC, datetime
from typing import Any

import pexpect
import pytest
import yaml

from argotui.cli import exits
from argotui.cli.operating import command_again
from argotui.demo.api.kinds import WORKFLOWS
from argotui.model.argo import Key
from tests.lossy_proxy import lossy_proxy
from tests.support import EPOCH, PATIENCE, until
from tests.unit.cli.cluster import CommandLine, workflow

PREVIEW_FIELDS = ["apiVersion", "kind", "operation", "force", "lookedIn", "workflows", "impact"]
TARGET_FIELDS = [
    "namespace",
    "name",
    "uid",
    "phase",
    "completed",
    "suspended",
    "finished",
    "runningPods",
    "openGates",
    "reason",
]
IMPACT_FIELDS = ["workflows", "active", "runningPods", "openGates", "notRead"]
RESULT_FIELDS = ["apiVersion", "kind", "operation", "force", "cancelled", "workflows"]
OUTCOME_FIELDS = ["namespace", "name", "status", "detail", "created", "command"]
"""The fields that scripts rely on: add, never rename."""

DAY = 86_400


def stored(argotui: CommandLine, name: str, namespace: str = "argo") -> dict[str, Any] | None:
    entry = argotui.cluster.objects.get(WORKFLOWS, namespace, name)
    return None if entry is None else entry.decode()


def spec_of(argotui: CommandLine, name: str) -> dict[str, Any]:
    document = stored(argotui, name)
    assert document is not None
    spec: dict[str, Any] = document["spec"]
    return spec


async def test_stopping_says_what_ends(argotui: CommandLine) -> None:
    argotui.put(workflow("etl", "Running", steps={"a": "Running", "gate-b": "Running"}))
    done = await argotui("stop", "etl", "--yes")
    assert (done.code, done.err) == (exits.OK, "")
    assert "told to stop; 1 pod ending, 1 open gate about to fail" in done.out
    document = stored(argotui, "etl")
    assert document is not None
    assert document["spec"]["shutdown"] == "Stop"
    assert document["metadata"]["labels"]["workflows.argoproj.io/action"] == "Stop"
    again = await argotui("stop", "etl", "--yes")
    assert (again.code, "unchanged" in again.out) == (exits.OK, True)
    assert "it was told to stop before" in again.out


async def test_what_argo_ignores_is_said(argotui: CommandLine) -> None:
    argotui.put(workflow("held", "Running", suspend=True))
    done = await argotui("terminate", "held", "-y")
    assert done.code == exits.OK
    assert "suspended as a whole, and Argo does not end it before somebody resumes" in done.out
    assert "argotui resume argo/held" in done.out


async def test_resuming_lifts_the_suspension_and_opens_no_gate(argotui: CommandLine) -> None:
    argotui.put(workflow("held", "Running", steps={"gate-a": "Running"}, suspend=True))
    argotui.put(workflow("open", "Running", steps={"gate-a": "Running"}))
    done = await argotui("resume", "held")
    assert done.code == exits.OK
    assert "resumed; gate gate-a stays open: `argotui approve argo/held`" in done.out
    document = stored(argotui, "held")
    assert document is not None
    assert "suspend" not in document["spec"]
    gates = [n for n in document["status"]["nodes"].values() if n["type"] == "Suspend"]
    assert [gate["phase"] for gate in gates] == ["Running"]
    argotui.put(workflow("told", "Running", suspend=True, shutdown="Stop"))
    told = await argotui("resume", "told")
    assert "resumed; it ends now, as it was told to stop before" in told.out
    refused = await argotui("resume", "open")
    assert refused.code == exits.FAILURE
    assert "it is not suspended as a whole; gate gate-a stays open" in refused.out


async def test_a_suspension_that_names_approvers_is_theirs(argotui: CommandLine) -> None:
    document = workflow("release", "Running", suspend=True)
    document["metadata"]["annotations"] = {"argotui.io/approvers": "user:approver@example.com"}
    argotui.put(document)
    refused = await argotui("resume", "release")
    assert refused.code == exits.FAILURE
    assert (
        "letting it go on is a decision: approve it: `argotui approve argo/release`" in refused.out
    )
    assert spec_of(argotui, "release")["suspend"] is True


@pytest.mark.parametrize("verb", ["stop", "terminate", "suspend", "resume"])
async def test_nothing_can_be_done_to_what_has_ended(argotui: CommandLine, verb: str) -> None:
    argotui.put(workflow("old", "Failed"))
    before = stored(argotui, "old")
    done = await argotui(verb, "old", "--yes")
    assert (done.code, "it has ended (Failed)" in done.out) == (exits.FAILURE, True)
    assert stored(argotui, "old") == before


async def test_a_script_has_to_say_yes_to_what_is_dangerous(argotui: CommandLine) -> None:
    argotui.put(workflow("etl", "Running"))
    for verb in ("stop", "terminate", "delete"):
        done = await argotui(verb, "etl")
        assert (done.code, done.out) == (exits.USAGE, "")
        assert "give --yes" in done.err
    assert "shutdown" not in spec_of(argotui, "etl")
    assert (await argotui("suspend", "etl")).code == exits.OK
    assert spec_of(argotui, "etl")["suspend"] is True


async def test_nothing_is_chosen_by_accident(argotui: CommandLine) -> None:
    argotui.put(workflow("etl"))
    for arguments in ((), ("-A",), ("-n", "argo")):
        done = await argotui("delete", "--yes", *arguments)
        assert (done.code, done.out) == (exits.USAGE, "")
        assert "which workflows?" in done.err
    for wrong in (("--status", "Faild"), ("--older", "7"), ("-l", "a b"), ("Not_A_Name",)):
        done = await argotui("delete", "--yes", *wrong)
        assert (done.code, done.out) == (exits.USAGE, "")
    for verb, option in (("stop", "--message"), ("resume", "--node-field-selector")):
        done = await argotui(verb, "etl", option, "x")
        assert done.code == exits.USAGE
        assert "decides gates one by one" in done.err
    assert stored(argotui, "etl") is not None


def ago(seconds: float) -> float:
    """Return the age at the tests' epoch of what is so old by the clock of a process."""
    return seconds - (datetime.now(UTC) - EPOCH).total_seconds()


def fill(argotui: CommandLine) -> None:
    week = ago(9 * DAY)
    again = {"workflows.argoproj.io/resubmitted-from-workflow": "etl-1"}
    argotui.put(
        workflow("etl-1", "Failed", age=week, took=600),
        workflow("etl-2", "Succeeded", age=week, took=600, labels={"app": "web"}),
        workflow("etl-3", "Succeeded", age=ago(3600), took=600, labels=again),
        workflow("long", "Succeeded", age=week, took=8 * DAY),
        workflow("etl-4", "Running", age=week, steps={"a": "Running", "gate": "Running"}),
        workflow("other", "Error", age=week, took=60, namespace="data"),
    )


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (("--all",), "etl-1 etl-2 etl-3 etl-4 long"),
        (("--completed",), "etl-1 etl-2 etl-3 long"),
        (("--completed", "--older", "7d"), "etl-1 etl-2"),
        (("--older", "30m"), "etl-1 etl-2 etl-3 long"),
        (("--status", "failed,Running"), "etl-1 etl-4"),
        (("--prefix", "etl", "--status", "Succeeded"), "etl-2 etl-3"),
        (("-l", "app=web"), "etl-2"),
        (("-l", "app!=web", "--completed"), "etl-1 etl-3 long"),
        (("--field-selector", "metadata.name=long"), "long"),
        (("--resubmitted",), "etl-3"),
        (("--resubmitted", "etl-1", "etl-3"), "etl-1 etl-3"),
        (("--status", "Error"), ""),
        (("-A", "--status", "Error"), "data/other"),
        (("@latest",), "etl-3"),
    ],
)
async def test_choosing(argotui: CommandLine, choice: tuple[str, ...], expected: str) -> None:
    fill(argotui)
    done = await argotui("delete", "--dry-run", "-o", "name", *choice)
    assert done.code == exits.OK
    assert done.out.split() == expected.split()
    assert "nothing was changed" in done.err
    assert stored(argotui, "etl-1") is not None


async def test_a_dry_run_shows_what_would_be_touched_and_what_dies(argotui: CommandLine) -> None:
    fill(argotui)
    done = await argotui("terminate", "--all", "--dry-run", "-o", "json")
    preview = done.json
    assert list(preview) == PREVIEW_FIELDS
    assert list(preview["impact"]) == IMPACT_FIELDS
    assert all(list(each) == TARGET_FIELDS for each in preview["workflows"])
    assert preview["impact"] == {
        "workflows": 1,
        "active": 1,
        "runningPods": 1,
        "openGates": 1,
        "notRead": 0,
    }
    reasons = {each["name"]: each["reason"] for each in preview["workflows"]}
    assert reasons["etl-4"] is None
    assert reasons["etl-1"] == "it has ended (Failed)"
    text = await argotui("terminate", "--all", "--dry-run")
    assert "Running, 1 running pod, 1 open gate" in text.out
    assert "1 running pod is killed" in text.err
    assert "1 open gate fails, undecided" in text.err
    assert "terminate 1 workflow, 4 left as they are; nothing was changed" in text.err
    assert "shutdown" not in spec_of(argotui, "etl-4")


async def test_deleting_many_has_a_line_for_each(argotui: CommandLine) -> None:
    fill(argotui)
    done = await argotui("delete", "-A", "--completed", "--older", "7d", "-y", "-o", "json")
    assert done.code == exits.OK
    assert list(done.json) == RESULT_FIELDS
    assert all(list(each) == OUTCOME_FIELDS for each in done.json["workflows"])
    assert [each["name"] for each in done.json["workflows"]] == ["etl-1", "etl-2", "other"]
    assert {each["status"] for each in done.json["workflows"]} == {"done"}
    assert stored(argotui, "etl-1") is None
    assert stored(argotui, "long") is not None
    assert "3 done" in done.err


async def test_a_delete_that_waits_for_finalizers_says_so(argotui: CommandLine) -> None:
    document = workflow("kept")
    document["metadata"]["finalizers"] = ["workflows.argoproj.io/artifact-gc"]
    argotui.put(document)
    done = await argotui("delete", "kept", "-y")
    assert done.code == exits.OK
    assert "it is being deleted: it goes once Argo has deleted its artifacts; by force" in done.out
    again = await argotui("delete", "kept", "-y")
    assert (again.code, "unchanged" in again.out) == (exits.OK, True)
    forced = await argotui("delete", "kept", "-y", "--force")
    assert (forced.code, stored(argotui, "kept")) == (exits.OK, None)


async def test_names_that_are_not_there(argotui: CommandLine) -> None:
    argotui.put(workflow("there"))
    done = await argotui("delete", "there", "gone", "-y")
    assert done.code == exits.NOT_FOUND
    assert "argo/gone" in done.out or "gone" in done.out
    assert "1 done, 1 not found" in done.err
    assert stored(argotui, "there") is None
    nothing = await argotui("delete", "--prefix", "x", "-y")
    assert (nothing.code, "no workflow matches in namespace argo" in nothing.err) == (0, True)


async def test_what_is_not_permitted_is_known_before(argotui: CommandLine) -> None:
    argotui.put(workflow("etl", "Running"))
    tried = await argotui("stop", "etl", "--dry-run", user="viewer")
    assert "you may not change workflows in argo" in tried.out
    done = await argotui("stop", "etl", "-y", user="viewer")
    assert done.code == exits.FORBIDDEN
    assert 'User "viewer@example.com" cannot patch' in done.out
    for user, verb in (("approver", "delete"), ("developer", "suspend")):
        assert (await argotui(verb, "etl", "-y", user=user)).code == exits.FORBIDDEN
    assert "shutdown" not in spec_of(argotui, "etl")


async def test_read_only_settings_refuse_all_but_a_dry_run(argotui: CommandLine) -> None:
    argotui.put(workflow("etl", "Running"))
    for verb in ("stop", "suspend", "delete"):
        done = await argotui(verb, "etl", "-y", ARGOTUI_READ_ONLY="true")
        assert (done.code, "read-only" in done.err) == (exits.USAGE, True)
    assert (await argotui("stop", "etl", "--dry-run", ARGOTUI_READ_ONLY="true")).code == exits.OK
    assert spec_of(argotui, "etl") == {"entrypoint": "main"}


async def test_labels_and_annotations(argotui: CommandLine) -> None:
    argotui.put(workflow("etl", labels={"team": "a", "old": "x"}))
    done = await argotui("label", "etl", "example.com/tier=1", "old-")
    assert done.code == exits.OK
    document = stored(argotui, "etl")
    assert document is not None
    labels = document["metadata"]["labels"]
    assert (labels["example.com/tier"], labels["team"], "old" in labels) == ("1", "a", False)
    refused = await argotui("label", "etl", "team=b")
    assert refused.code == exits.FAILURE
    assert "its label team has another value; --overwrite replaces it" in refused.out
    assert (await argotui("label", "etl", "team=b", "--overwrite")).code == exits.OK
    bad = await argotui("label", "etl", "team=not a label!", "--overwrite")
    assert (bad.code, "failed" in bad.out) == (exits.FAILURE, True)
    noted = await argotui("annotate", "-l", "team=b", "note=a = <b>", "-o", "name")
    assert (noted.code, noted.out) == (exits.OK, "etl\n")
    document = stored(argotui, "etl")
    assert document is not None
    assert document["metadata"]["annotations"] == {"note": "a = <b>"}
    for wrong in (("etl",), ("etl", "=x"), ("etl", "a=1", "a-"), ("a=1",)):
        assert (await argotui("label", *wrong)).code == exits.USAGE


async def test_priority(argotui: CommandLine) -> None:
    argotui.put(workflow("etl", "Pending"), workflow("old", "Failed"))
    assert (await argotui("priority", "-5", "etl")).code == exits.OK
    assert spec_of(argotui, "etl")["priority"] == -5
    assert (await argotui("priority", "-5", "etl")).out.count("unchanged") == 1
    assert (await argotui("priority", "3", "old")).code == exits.FAILURE
    for wrong in ("x", str(2**31)):
        assert (await argotui("priority", wrong, "etl")).code == exits.USAGE


def shell(argotui: CommandLine, *arguments: str) -> Any:
    """Start `argotui` in a terminal."""
    kubeconfig = argotui.cluster.write_kubeconfig(argotui.folder / "kubeconfig")
    return pexpect.spawn(
        sys.executable,
        ["-m", "argotui", *arguments],
        env=argotui.environ | {"KUBECONFIG": str(kubeconfig), "NO_COLOR": "1"},
        encoding="utf-8",
        timeout=PATIENCE,
        dimensions=(40, 100),
    )


@pytest.mark.parametrize(("answer", "left"), [("y", False), ("n", True), ("\x03", True)])
async def test_a_terminal_is_asked_and_told_what_dies(
    argotui: CommandLine, answer: str, left: bool
) -> None:
    fill(argotui)

    def converse() -> tuple[str, int | None]:
        with shell(argotui, "delete", "--prefix", "etl-4") as child:
            child.expect(r"Delete this workflow\? \[y/N\]: ")
            asked = str(child.before)
            child.send(answer + ("" if answer == "\x03" else "\r"))
            child.expect(pexpect.EOF)
            child.close()
            return asked, child.exitstatus

    asked, code = await asyncio.to_thread(converse)
    assert "argo/etl-4   Running, 1 running pod, 1 open gate" in asked
    assert "1 running pod is killed" in asked
    assert "1 open gate goes with it, undecided" in asked
    assert "no exit handler runs" in asked
    assert (stored(argotui, "etl-4") is not None) is left
    if not left:
        assert code == exits.OK


async def test_a_lost_answer_is_found_again(argotui: CommandLine) -> None:
    argotui.put(workflow("etl", "Running"))
    async with lossy_proxy(argotui.cluster.url) as proxy:
        config = argotui.cluster.kubeconfig()
        config["clusters"][0]["cluster"]["server"] = proxy.url
        path = argotui.folder / "proxied"
        path.write_text(yaml.safe_dump(config))
        proxy.lose(b"PATCH ")
        done = await argotui("stop", "etl", "-y", "--kubeconfig", str(path))
        assert proxy.lost == 1
        assert (done.code, "its answer was lost" in done.out) == (exits.OK, True)
        proxy.lose(b"DELETE ")
        done = await argotui("delete", "etl", "-y", "--kubeconfig", str(path))
        assert proxy.lost == 2
        assert (done.code, "deleted; its answer was lost" in done.out) == (exits.OK, True)
        argotui.put(workflow("etl", "Running"))
        proxy.lose(b"PATCH ", and_block=True)
        done = await argotui("stop", "etl", "-y", "--kubeconfig", str(path))
        assert (done.code, "unknown" in done.out) == (exits.UNKNOWN_OUTCOME, True)


async def test_ctrl_c_says_what_was_done_and_what_was_not(argotui: CommandLine) -> None:
    argotui.put(*(workflow(f"etl-{number:03}") for number in range(400)))
    process = await argotui.start("delete", "--all", "--yes", "-o", "json")

    def some_are_gone() -> bool:
        return stored(argotui, "etl-000") is None

    await until(some_are_gone, "the first to be deleted")
    process.send_signal(signal.SIGINT)
    out, err = await asyncio.wait_for(process.communicate(), PATIENCE)
    said = json.loads(out)["workflows"]
    assert len(said) == 400
    for each in said:
        assert (stored(argotui, each["name"]) is None) == (each["status"] == "done")
    if process.returncode == exits.INTERRUPTED:
        assert "cancelling" in err.decode()
        assert "run the same command again" in err.decode()
        assert {each["status"] for each in said} == {"done", "not sent"}
    else:
        assert {each["status"] for each in said} == {"done"}  # it was faster than the signal


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (
            "--context prod delete -A --completed --older 7d -y",
            "argotui --context prod delete -y argo/a data/b",
        ),
        ("delete -lapp=web --status=Failed x y --force", "argotui delete --force argo/a data/b"),
        (
            "label -n x --prefix etl team=b old- one --overwrite",
            "argotui label -n x team=b old- --overwrite argo/a data/b",
        ),
        ("priority -5 --all", "argotui priority -5 argo/a data/b"),
    ],
)
def test_the_command_to_repeat_names_what_was_not_done(arguments: str, expected: str) -> None:
    keys = [Key("argo", "a"), Key("data", "b")]
    assert command_again(arguments.split(), keys) == expected
