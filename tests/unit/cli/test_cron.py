"""`cron list`, `get`, `history`, `create`, `update`, `suspend`, `resume`, `delete`, `run`,
`backfill` and `edit`, on the embedded cluster."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from argotui.cli import exits
from argotui.demo.api.kinds import CRON_WORKFLOWS, WORKFLOWS
from argotui.model.cron.summary import LAST_SCHEDULE
from tests.support import until
from tests.unit.cli.cluster import LABEL, CommandLine, at, workflow

ITEM_FIELDS = [
    "namespace",
    "name",
    "uid",
    "created",
    "schedules",
    "timezone",
    "state",
    "suspended",
    "stopped",
    "refusal",
    "conditions",
    "nextRuns",
    "lastScheduled",
    "missed",
    "concurrency",
    "active",
    "startingDeadlineSeconds",
    "keep",
    "counts",
    "when",
    "stopStrategy",
    "template",
    "labels",
    "runs",
]
RESULT_FIELDS = ["apiVersion", "kind", "operation", "items"]
PLAN_FIELDS = [
    "apiVersion",
    "kind",
    "namespace",
    "name",
    "start",
    "end",
    "warnings",
    "workflows",
]
"""The fields that scripts rely on: add, never rename."""


def cron(name: str, *schedules: str, namespace: str = "argo", **spec: Any) -> dict[str, Any]:
    inner = {
        "entrypoint": "main",
        "arguments": {"parameters": [{"name": "table", "value": "orders"}]},
        "templates": [{"name": "main", "suspend": {}}],
    }
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "CronWorkflow",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "annotations": {LAST_SCHEDULE: ",".join(schedules)},
        },
        "spec": {"schedules": list(schedules), "workflowSpec": inner} | spec,
        "status": {"phase": "Active"},
    }


def put(argotui: CommandLine, *documents: dict[str, Any]) -> None:
    for document in documents:
        argotui.cluster.objects.create(CRON_WORKFLOWS, document)


def stored(argotui: CommandLine, name: str) -> dict[str, Any]:
    entry = argotui.cluster.objects.get(CRON_WORKFLOWS, "argo", name)
    assert entry is not None
    return entry.decode()


def run_of(name: str, number: int, phase: str) -> dict[str, Any]:
    labels = {LABEL + "cron-workflow": name}
    return workflow(f"{name}-{number}", phase, age=number * 100, labels=labels)


@pytest.fixture
def crons(argotui: CommandLine) -> CommandLine:
    """CronWorkflows of all sorts."""
    broken = cron("sundays", "0 0 * * 7")
    message = "cron schedule 0 0 * * 7 is malformed"
    broken["status"]["conditions"] = [{"type": "SpecError", "status": "True", "message": message}]
    put(
        argotui,
        broken,
        cron("yearly", "@yearly"),
        cron("often", "*/5 * * * *", timezone="Europe/Berlin", concurrencyPolicy="Forbid"),
        cron("asleep", "* * * * *", suspend=True),
        cron("elsewhere", "0 * * * *", namespace="data"),
    )
    argotui.put(
        run_of("often", 1, "Running"), run_of("often", 2, "Failed"), run_of("often", 3, "Succeeded")
    )
    return argotui


async def test_the_list_begins_with_what_runs_next(crons: CommandLine) -> None:
    done = await crons("cron", "list")
    assert (done.code, done.err) == (exits.OK, "")
    lines = done.out.splitlines()
    assert lines[0].split() == ["NAME", "NEXT", "LAST", "SCHEDULES", "TIMEZONE", "RUNS", "MESSAGE"]
    assert [line.split()[0] for line in lines[1:]] == ["often", "yearly", "sundays", "asleep"]
    assert "✔✖●" in lines[1]
    assert "Europe/Berlin" in lines[1]
    assert "refused" in lines[3]
    assert "end of range (7) above maximum (6): 7" in lines[3]
    assert "suspended" in lines[4]

    assert (await crons("cron", "list", "-o", "name")).out.split()[0] == "often"
    everywhere = (await crons("cron", "list", "-A", "-o", "name")).out.split()
    assert set(everywhere) == {
        "argo/often",
        "argo/yearly",
        "argo/sundays",
        "argo/asleep",
        "data/elsewhere",
    }
    document = (await crons("cron", "list", "-o", "json")).json
    assert document["kind"] == "CronList"
    assert [list(each) for each in document["items"]] == [ITEM_FIELDS] * 4
    assert [each["phase"] for each in document["items"][0]["runs"]] == [
        "Running",
        "Failed",
        "Succeeded",
    ]
    done = await crons("cron", "list", "-n", "empty")
    assert done.out == ""


async def test_get_shows_next_and_last_runs(crons: CommandLine) -> None:
    done = await crons("cron", "get", "often")
    assert (done.code, done.err) == (exits.OK, "")
    assert "timezone:        Europe/Berlin\n" in done.out
    assert "NEXT RUN (UTC)" in done.out
    assert done.out.count("+01:00") + done.out.count("+02:00") == 5
    assert "often-1    ● running" in done.out

    done = await crons("cron", "get", "sundays")
    assert "SpecError:       cron schedule 0 0 * * 7 is malformed\n" in done.out
    assert "Sunday is 0 or SUN." in done.out
    assert "NEXT RUN" not in done.out
    document = yaml.safe_load((await crons("cron", "get", "yearly", "-o", "yaml")).out)
    assert document["spec"]["schedules"] == ["@yearly"]
    assert (await crons("cron", "get", "absent")).code == exits.NOT_FOUND


async def test_the_history_is_a_list_of_workflows(crons: CommandLine) -> None:
    done = await crons("cron", "history", "often")
    assert done.out.splitlines()[0].split()[:2] == ["NAME", "PHASE"]
    assert [line.split()[0] for line in done.out.splitlines()[1:]] == [
        "often-1",
        "often-2",
        "often-3",
    ]
    done = await crons("cron", "history", "argo/often", "--limit", "1", "-o", "name")
    assert done.out == "often-1\n"
    assert (await crons("cron", "history", "absent")).code == exits.NOT_FOUND


async def test_suspend_and_resume(crons: CommandLine) -> None:
    done = await crons("cron", "suspend", "often", "asleep", "absent")
    assert done.code == exits.NOT_FOUND
    assert [line.split()[:2] for line in done.out.splitlines()[1:]] == [
        ["argo/often", "done"],
        ["argo/asleep", "unchanged"],
        ["argo/absent", "not"],
    ]
    assert stored(crons, "often")["spec"]["suspend"] is True
    done = await crons("cron", "resume", "often", "-o", "json")
    assert list(done.json) == RESULT_FIELDS
    assert done.json["items"][0]["status"] == "done"
    assert stored(crons, "often")["spec"]["suspend"] is False
    done = await crons("cron", "suspend", "often", "--dry-run")
    assert done.out == "argo/often: would be suspended\n"
    assert stored(crons, "often")["spec"]["suspend"] is False


async def test_a_viewer_may_not(crons: CommandLine) -> None:
    done = await crons("cron", "suspend", "often", user="viewer")
    assert done.code == exits.FORBIDDEN
    assert "not permitted" in done.out
    done = await crons("cron", "suspend", "often", ARGOTUI_READ_ONLY="true")
    assert done.code == exits.USAGE
    assert "suspend" not in stored(crons, "often")["spec"]


async def test_deleting_says_what_goes_with_it(crons: CommandLine) -> None:
    done = await crons("cron", "delete", "often", "--dry-run")
    assert "with 3 workflows that it started, 1 of them still running" in done.out
    assert (await crons("cron", "delete", "often")).code == exits.USAGE
    assert (await crons("cron", "delete")).code == exits.USAGE
    done = await crons("cron", "delete", "often", "--yes")
    assert done.code == exits.OK
    assert crons.cluster.objects.get(CRON_WORKFLOWS, "argo", "often") is None
    done = await crons("cron", "delete", "--all", "--yes", "-o", "name")
    assert sorted(done.out.split()) == ["asleep", "sundays", "yearly"]


async def test_create_and_update(argotui: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "cron.yaml"
    document = cron("nightly", "0 2 * * *")
    for part in ("annotations", "namespace"):
        del document["metadata"][part]
    del document["status"]
    file.write_text(yaml.safe_dump(document))
    done = await argotui(
        "cron", "create", str(file), "--schedule", "@daily", "-p", "table=clicks", "--name", "daily"
    )
    assert done.code == exits.OK, done.err
    assert done.out.startswith("CronWorkflow daily created; next run: in ")
    made = stored(argotui, "daily")
    assert made["spec"]["schedules"] == ["@daily"]
    parameters = made["spec"]["workflowSpec"]["arguments"]["parameters"]
    assert parameters == [{"name": "table", "value": "clicks"}]

    done = await argotui("cron", "create", str(file), "--schedule", "0 0 0 * * *")
    assert done.code == exits.USAGE
    assert "expected exactly 5 fields" in done.err

    assert (await argotui("cron", "create", str(file), "--dry-run")).code == exits.OK
    assert argotui.cluster.objects.get(CRON_WORKFLOWS, "argo", "nightly") is None
    await argotui("cron", "create", str(file))
    status = {"lastScheduledTime": at(0), "phase": "Active"}
    argotui.cluster.objects.update(CRON_WORKFLOWS, stored(argotui, "nightly") | {"status": status})
    document["spec"]["schedules"] = ["0 3 * * *"]
    file.write_text(yaml.safe_dump(document))
    done = await argotui("cron", "update", str(file), "-o", "name")
    assert (done.code, done.out) == (exits.OK, "nightly\n"), done.err
    now = stored(argotui, "nightly")
    assert now["spec"]["schedules"] == ["0 3 * * *"]
    assert now["status"] == status, "the controller's status stays"


async def test_lint_knows_schedules(argotui: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "cron.yaml"
    file.write_text(yaml.safe_dump(cron("sundays", "0 0 * * 7")))
    done = await argotui("cron", "lint", str(file))
    assert done.code == exits.FAILURE
    assert "end of range (7) above maximum (6): 7" in done.out
    file.write_text(yaml.safe_dump(cron("zoned", "TZ=UTC 0 0 * * *")))
    done = await argotui("cron", "lint", str(file), "--strict")
    assert done.code == exits.FAILURE
    assert "the schema of Argo 4.1" in done.out


async def test_run_now_with_other_values(crons: CommandLine) -> None:
    done = await crons("cron", "run", "often", "-p", "table=clicks", "-o", "name")
    assert done.code == exits.OK, done.err
    entry = crons.cluster.objects.get(WORKFLOWS, "argo", done.out.strip())
    assert entry is not None
    made = entry.decode()
    assert made["metadata"]["labels"][LABEL + "cron-workflow"] == "often"
    (owner,) = made["metadata"]["ownerReferences"]
    assert (owner["kind"], owner["name"]) == ("CronWorkflow", "often")
    assert owner["uid"] == stored(crons, "often")["metadata"]["uid"]
    assert made["spec"]["arguments"]["parameters"] == [{"name": "table", "value": "clicks"}]
    assert (await crons("cron", "run", "often", "-p", "tabel=x")).code == exits.USAGE
    done = await crons("cron", "run", "data/elsewhere", "--dry-run")
    assert yaml.safe_load(done.out)["metadata"]["namespace"] == "data"


async def test_a_backfill_is_shown_then_created_once(crons: CommandLine) -> None:
    wanted = ["often", "--start", "2026-01-05T10:00:00Z", "--end", "2026-01-05T10:15:00Z"]
    done = await crons("cron", "backfill", *wanted, "--dry-run", "-o", "json")
    assert done.code == exits.OK, done.err
    assert list(done.json) == PLAN_FIELDS
    assert [each["scheduled"] for each in done.json["workflows"]] == [
        "2026-01-05T10:05:00Z",
        "2026-01-05T10:10:00Z",
        "2026-01-05T10:15:00Z",
    ]
    names = [each["name"] for each in done.json["workflows"]]
    assert names[0] == "often-backfill-1767607500"
    assert "Forbid" in done.err + json.dumps(done.json["warnings"])
    assert crons.cluster.objects.get(WORKFLOWS, "argo", names[0]) is None

    assert (await crons("cron", "backfill", *wanted)).code == exits.USAGE
    done = await crons("cron", "backfill", *wanted, "--yes", "-o", "name")
    assert (done.code, done.out.split()) == (exits.OK, names), done.err
    entry = crons.cluster.objects.get(WORKFLOWS, "argo", names[1])
    assert entry is not None
    made = entry.decode()
    assert made["metadata"]["annotations"][LABEL + "scheduled-time"] == "2026-01-05T10:10:00Z"
    assert made["metadata"]["labels"][LABEL + "backfill"] == "often"
    assert made["spec"]["synchronization"] == {"mutexes": [{"name": "often-backfill"}]}

    done = await crons("cron", "backfill", *wanted, "--yes")
    assert done.code == exits.OK
    assert done.out.count("it exists already") == 3


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--start", "2026-01-05", "--end", "2026-01-05"], "not after its start"),
        (["--start", "2020-01-05"], "more than 1,000 runs"),
        (["--start", "yesterday"], "is not a time"),
        (["--start", "2026-11-05", "--end", "2026-11-05T01:00", "--argname", "when"], "when"),
    ],
    ids=["empty", "many", "no-time", "no-parameter"],
)
async def test_a_backfill_that_cannot_be(
    crons: CommandLine, arguments: list[str], words: str
) -> None:
    done = await crons("cron", "backfill", "often", *arguments, "--dry-run")
    assert done.code == exits.USAGE
    assert words in done.err


def kept_files(folder: Path) -> list[Path]:
    return list(folder.glob("argotui-often-*.yaml"))


def editor(tmp_path: Path, script: str) -> dict[str, str]:
    """An editor that runs a shell script on the file `$1`."""
    path = tmp_path / "editor.sh"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return {"KUBE_EDITOR": str(path), "TMPDIR": str(tmp_path)}


async def test_edit_writes_what_was_changed(crons: CommandLine, tmp_path: Path) -> None:
    done = await crons("cron", "edit", "often", **editor(tmp_path, "true"))
    assert (done.code, done.err) == (exits.OK, "argotui: nothing was changed\n")
    before = stored(crons, "often")
    script = r"sed -i 's|\*/5 \* \* \* \*|*/10 * * * *|' $1"
    done = await crons("cron", "edit", "often", **editor(tmp_path, script))
    assert done.code == exits.OK, done.err
    now = stored(crons, "often")
    assert now["spec"]["schedules"] == ["*/10 * * * *"]
    assert now["spec"] == before["spec"] | {"schedules": ["*/10 * * * *"]}
    assert now["status"] == before["status"]
    assert now["metadata"]["annotations"] == before["metadata"]["annotations"]
    assert kept_files(tmp_path) == []


async def test_edit_opens_again_with_what_is_wrong(crons: CommandLine, tmp_path: Path) -> None:
    script = r"cp $1 $1.seen; sed -i 's|\*/5 |*/0 |' $1"
    done = await crons("cron", "edit", "often", **editor(tmp_path, script))
    assert done.code == exits.USAGE
    assert "step of range should be a positive number" in done.err
    (kept,) = kept_files(tmp_path)
    assert str(kept) in done.err
    assert "# ! Argo refuses it: step of range" in kept.read_text()
    assert stored(crons, "often")["spec"]["schedules"] == ["*/5 * * * *"]


async def test_edit_never_overwrites_a_change_of_somebody(
    crons: CommandLine, tmp_path: Path
) -> None:
    go, gone = tmp_path / "go", tmp_path / "gone"
    script = rf"sed -i 's|\*/5 |*/10 |' $1; touch {go}; while [ ! -e {gone} ]; do sleep 0.05; done"
    process = await crons.start("cron", "edit", "often", **editor(tmp_path, script))
    await until(go.exists, "the editor")
    changed = stored(crons, "often")
    changed["spec"]["concurrencyPolicy"] = "Replace"
    crons.cluster.objects.update(CRON_WORKFLOWS, changed)
    gone.touch()
    _, err = await process.communicate()
    assert process.returncode == exits.CHANGED
    assert "-  concurrencyPolicy: Forbid" in err.decode()
    assert "+  concurrencyPolicy: Replace" in err.decode()
    assert stored(crons, "often")["spec"]["schedules"] == ["*/5 * * * *"]
    (kept,) = kept_files(tmp_path)
    assert "*/10 * * * *" in kept.read_text()
