"""`retry` and `resubmit`."""

from __future__ import annotations

from typing import Any

import yaml

from argotui.cli import exits
from argotui.demo.api.kinds import WORKFLOWS
from argotui.model.workflow.pod_name import node_id
from tests.lossy_proxy import lossy_proxy
from tests.support import until
from tests.unit.cli.cluster import CommandLine, workflow

PREVIEW_FIELDS = [
    "namespace",
    "name",
    "uid",
    "phase",
    "reason",
    "runAgain",
    "goOn",
    "stay",
    "pods",
    "notes",
]
NODE_FIELDS = ["id", "name", "displayName", "type", "phase"]
"""The fields that scripts rely on: add, never rename."""

STEPS = {"a": "Succeeded", "b": "Failed", "c": "Succeeded"}


def stored(argotui: CommandLine, name: str) -> dict[str, Any]:
    entry = argotui.cluster.objects.get(WORKFLOWS, "argo", name)
    assert entry is not None
    return entry.decode()


def names_of(nodes: list[dict[str, Any]]) -> list[str]:
    return [node["displayName"] for node in nodes]


async def test_a_dry_run_names_each_node_and_each_pod_and_changes_nothing(
    argotui: CommandLine,
) -> None:
    argotui.put(workflow("etl", "Failed", steps=STEPS))
    before = stored(argotui, "etl")
    done = await argotui("retry", "etl", "--dry-run", "-o", "json")
    (found,) = done.json["workflows"]
    assert list(found) == PREVIEW_FIELDS
    assert names_of(found["runAgain"]) == ["b"]
    assert names_of(found["goOn"]) == ["etl"]
    assert sorted(names_of(found["stay"])) == ["a", "c"]
    assert list(found["stay"][0]) == NODE_FIELDS
    assert found["pods"] == [f"etl-b-{node_id('etl', 'etl.b').removeprefix('etl-')}"]
    done = await argotui("retry", "etl", "--dry-run")
    assert done.out.startswith("argo/etl: 1 node runs again, 1 goes on, 2 stay, 1 pod deleted\n")
    assert done.err == "argotui: dry run: nothing was changed\n"
    assert stored(argotui, "etl") == before


async def test_a_retry_says_what_it_did(argotui: CommandLine) -> None:
    argotui.put(workflow("etl", "Failed", steps=STEPS), workflow("fine"))
    done = await argotui("retry", "etl", "fine")
    assert done.code == exits.FAILURE
    assert "retried: 1 node runs again, 1 goes on, 2 stay, 1 pod deleted" in done.out
    assert "it succeeded: choose what runs again" in done.out
    nodes = stored(argotui, "etl")["status"]["nodes"]
    assert node_id("etl", "etl.b") not in nodes
    assert nodes[node_id("etl", "etl.a")]["phase"] == "Succeeded"


async def test_a_chosen_node_runs_again_with_other_values(argotui: CommandLine) -> None:
    argotui.put(workflow("etl", steps={"a": "Succeeded", "c": "Succeeded"}))
    done = await argotui(
        "retry",
        "etl",
        "--restart-successful",
        "--node-field-selector",
        "displayName=c",
        "-p",
        "size=3",
        "--dry-run",
    )
    assert "1 node that succeeded runs again, and its results are lost: c." in done.err
    assert "The workflow has no parameter size; it is added." in done.err
    done = await argotui(
        *("retry", "etl", "--restart-successful", "--node-field-selector", "displayName=c"),
        *("-p", "size=3", "-o", "name"),
    )
    assert (done.code, done.out) == (exits.OK, "etl\n")
    document = stored(argotui, "etl")
    assert document["spec"]["arguments"]["parameters"] == [{"name": "size", "value": "3"}]
    assert node_id("etl", "etl.c") not in document["status"]["nodes"]


async def test_a_denied_gate_is_said_to_stay_denied(argotui: CommandLine) -> None:
    argotui.put(workflow("etl", "Failed", steps={"gate-a": "Failed", "b": "Succeeded"}))
    done = await argotui("retry", "etl", "--dry-run")
    assert "No failed node runs again" in done.err
    assert "1 failed gate stays failed unless chosen: gate-a." in done.err
    done = await argotui(
        *("retry", "etl", "--dry-run", "-o", "json", "--restart-successful"),
        *("--node-field-selector", "displayName=gate-a"),
    )
    assert names_of(done.json["workflows"][0]["runAgain"]) == ["gate-a"]


async def test_several_are_found_by_status(argotui: CommandLine) -> None:
    argotui.put(*(workflow(f"etl-{n}", "Failed", steps=STEPS) for n in range(3)), workflow("ok"))
    done = await argotui("retry", "--status", "Failed", "--yes", "-o", "json")
    assert done.code == exits.OK
    assert [each["status"] for each in done.json["workflows"]] == ["done"] * 3


async def test_a_lost_answer_is_looked_for(argotui: CommandLine) -> None:
    argotui.put(workflow("etl", "Failed", steps=STEPS))
    async with lossy_proxy(argotui.cluster.url) as proxy:
        config = argotui.cluster.kubeconfig()
        config["clusters"][0]["cluster"]["server"] = proxy.url
        path = argotui.folder / "proxied"
        path.write_text(yaml.safe_dump(config))
        proxy.lose(b"PUT ")
        done = await argotui("retry", "etl", "--kubeconfig", str(path))
        assert proxy.lost == 1
        # The lost answer is that of the server's dry run.
        assert (done.code, "it was not applied so far" in done.out) == (exits.UNKNOWN_OUTCOME, True)
        assert stored(argotui, "etl")["status"]["phase"] == "Failed"
        proxy.lose(b"POST /apis/argoproj.io")
        done = await argotui("resubmit", "etl", "--kubeconfig", str(path))
        assert proxy.lost == 2
        assert done.code == exits.UNKNOWN_OUTCOME
        assert "argotui list -n argo -l workflows.argoproj.io/resubmitted-from-workflow=etl" in (
            done.out
        )


async def test_a_resubmission_is_named(argotui: CommandLine) -> None:
    argotui.put(workflow("etl", "Failed", steps=STEPS))
    done = await argotui("resubmit", "etl", "--memoized", "--priority", "5", "-o", "json")
    assert done.code == exits.OK
    (result,) = done.json["workflows"]
    made = stored(argotui, result["created"])
    assert made["spec"]["priority"] == 5
    phases = {node["displayName"]: node["phase"] for node in made["status"]["nodes"].values()}
    assert (phases["a"], phases["b"]) == ("Skipped", "Pending")
    done = await argotui("resubmit", "etl", "-o", "name")
    assert done.out.startswith("etl-")


async def test_bad_input_is_refused_before_anything_is_read(argotui: CommandLine) -> None:
    for arguments, said in (
        (["retry"], "which workflows?"),
        (["retry", "a", "-p", "x"], "'x' is not NAME=VALUE"),
        (["retry", "a", "--node-field-selector", "id"], "is not of the form FIELD=VALUE"),
        (["retry", "a", "--node-field-selector", "id=1"], "needs --restart-successful"),
        (["resubmit", "a", "--priority", "high"], "--priority"),
    ):
        done = await argotui(*arguments)
        assert done.code == exits.USAGE
        assert said in done.err


async def test_who_may_not_is_told_in_advance(argotui: CommandLine) -> None:
    argotui.put(workflow("etl", "Failed", steps=STEPS))
    path = argotui.folder / "approver"
    path.write_text(yaml.safe_dump(argotui.cluster.kubeconfig("approver")))
    done = await argotui("retry", "etl", "--dry-run", "--kubeconfig", str(path))
    assert "argo/etl: you may not delete pods in argo" in done.err
    done = await argotui("retry", "etl", "--kubeconfig", str(path))
    assert (done.code, "not permitted" in done.out) == (exits.FORBIDDEN, True)
    done = await argotui("resubmit", "etl", "--kubeconfig", str(path))
    assert (done.code, "not permitted" in done.out) == (exits.FORBIDDEN, True)


async def test_a_retried_workflow_is_waited_for(argotui: CommandLine) -> None:
    argotui.put(workflow("etl", "Failed", steps=STEPS))
    process = await argotui.start("retry", "etl", "--wait")
    await until(lambda: "phase" not in stored(argotui, "etl")["status"], "the retry")
    argotui.put(workflow("etl", "Succeeded", steps=STEPS))
    out, _ = await process.communicate()
    assert process.returncode == exits.OK
    assert "etl Succeeded at " in out.decode()


async def test_what_follows_a_retry_is_one_thing(argotui: CommandLine) -> None:
    argotui.put(*(workflow(name, "Failed", steps=STEPS) for name in ("a", "b")))
    for options, said in (
        (["--wait", "--watch"], "exclude each other"),
        (["--wait", "--dry-run"], "starts nothing to wait for"),
        (["--log"], "one workflow can be watched"),
    ):
        done = await argotui("retry", "a", "b", *options)
        assert (done.code, said in done.err) == (exits.USAGE, True)
    assert stored(argotui, "a")["status"]["phase"] == "Failed"
