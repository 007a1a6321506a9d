"""Each verb of `cron` once by `argo` and once by argotui: what they leave is the same."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.contract.lab import LABEL, Document, real_lab
from tests.contract.test_beside_argo import ARGO, INSTANCE, Both, Ran

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif("KUBECONFIG" not in os.environ, reason="needs KUBECONFIG"),
    pytest.mark.skipif(shutil.which("argo") is None, reason="needs argo"),
]

_SERVER = ("uid", "resourceVersion", "creationTimestamp", "managedFields", "generation")
_WHO = ("creator", "creator-email", "creator-preferred-username", "actor", "action")


class Crons:
    """CronWorkflows in a namespace of its own, that no controller acts on."""

    def __init__(self, both: Both, folder: Path) -> None:
        self.both = both
        self.path = both.path.replace("/workflows", "/cronworkflows")
        self._folder = folder

    def manifest(self, name: str, *schedules: str, **spec: Any) -> Path:
        """Write a CronWorkflow to a file."""
        inner = {
            "entrypoint": "main",
            "arguments": {"parameters": [{"name": "table", "value": "orders"}]},
            "templates": [{"name": "main", "suspend": {"duration": "1"}}],
        }
        document = {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "CronWorkflow",
            "metadata": {
                "name": name,
                "labels": {LABEL: self.both.lab.run, f"{ARGO}controller-instanceid": INSTANCE},
            },
            "spec": {"schedules": list(schedules), "workflowSpec": inner} | spec,
        }
        path = self._folder / f"{name}.yaml"
        path.write_text(yaml.safe_dump(document))
        return path

    async def put(self, name: str, *schedules: str, **spec: Any) -> None:
        """Create a CronWorkflow."""
        document = yaml.safe_load(self.manifest(name, *schedules, **spec).read_text())
        answer = await self.both.lab.request("POST", self.path, document)
        assert answer.status == 201, answer.text

    async def both_put(self, *schedules: str, **spec: Any) -> None:
        """Create one for each of the two programs."""
        for name in ("theirs", "ours"):
            await self.put(name, *schedules, **spec)

    async def left(self, name: str) -> Document | None:
        """Return what is left, without times, who did it, and what names it."""
        answer = await self.both.lab.get(f"{self.path}/{name}")
        return None if answer.status == 404 else cleaned(answer.json, name)

    async def workflows(self, cron: str) -> list[Document]:
        """Return the workflows of one of them."""
        selector = f"?labelSelector={ARGO}cron-workflow%3D{cron}"
        items: list[Document] = (await self.both.lab.get(self.both.path + selector)).json["items"]
        return items


def cleaned(document: Document, name: str) -> Document:
    """Return a document without times, who did it, what names it, and Go's empty values."""
    found: Document = _without_empty(json.loads(json.dumps(document).replace(name, "NAME")))
    meta = found["metadata"]
    for field in _SERVER:
        meta.pop(field, None)
    for who in _WHO:
        meta.get("labels", {}).pop(ARGO + who, None)
    meta.get("annotations", {}).pop("argotui.io/creator", None)
    found.pop("status", None)
    return found


def _without_empty(value: Any) -> Any:
    if isinstance(value, dict):
        inner = {key: _without_empty(each) for key, each in value.items()}
        return {key: each for key, each in inner.items() if each not in (None, {}, [], "")}
    return [_without_empty(each) for each in value] if isinstance(value, list) else value


@pytest.fixture
async def crons(tmp_path: Path) -> AsyncIterator[Crons]:
    lab = real_lab()
    both = Both(lab, tmp_path)
    try:
        await both.open()
        yield Crons(both, tmp_path)
    finally:
        await both.close()
        await lab.close()


def good(*ran: Ran) -> None:
    for each in ran:
        assert each.code == 0, each.err


async def test_create(crons: Crons) -> None:
    more = ["-p", "table=clicks", "--entrypoint", "main", "--serviceaccount", "runner"]
    more += ["--schedule", "@daily"]
    files = [crons.manifest(name, "0 2 * * *") for name in ("theirs", "ours")]
    theirs = await crons.both.argo("cron", "create", str(files[0]), *more)
    ours = await crons.both.argotui("cron", "create", str(files[1]), *more)
    good(theirs, ours)
    assert await crons.left("ours") == await crons.left("theirs")


async def test_update(crons: Crons) -> None:
    await crons.both_put("0 2 * * *")
    files = [crons.manifest(name, "0 3 * * *", suspend=True) for name in ("theirs", "ours")]
    theirs = await crons.both.argo("cron", "update", str(files[0]))
    ours = await crons.both.argotui("cron", "update", str(files[1]))
    good(theirs, ours)
    assert await crons.left("ours") == await crons.left("theirs")


async def test_suspend_and_resume(crons: Crons) -> None:
    await crons.both_put("0 2 * * *")
    for verb, suspended in (("suspend", True), ("resume", False)):
        theirs = await crons.both.argo("cron", verb, "theirs")
        ours = await crons.both.argotui("cron", verb, "ours")
        good(theirs, ours)
        left = await crons.left("ours")
        assert left == await crons.left("theirs")
        assert left is not None
        assert left["spec"]["suspend"] is suspended


async def test_delete(crons: Crons) -> None:
    await crons.both_put("0 2 * * *")
    theirs = await crons.both.argo("cron", "delete", "theirs")
    ours = await crons.both.argotui("cron", "delete", "ours", "--yes")
    good(theirs, ours)
    assert await crons.left("ours") is None
    assert await crons.left("theirs") is None


async def test_run_now(crons: Crons) -> None:
    meta = {"labels": {"team": "data"}, "annotations": {"note": "x"}}
    await crons.both_put("0 2 * * *", workflowMetadata=meta)
    source = ["submit", "--from", "cronwf/theirs", "-p", "table=clicks"]
    theirs = await crons.both.argo(*source)
    ours = await crons.both.argotui("cron", "run", "ours", "-p", "table=clicks")
    good(theirs, ours)
    made = []
    for name in ("theirs", "ours"):
        (workflow,) = await crons.workflows(name)
        workflow["metadata"]["annotations"].pop(f"{ARGO}scheduled-time")
        (owner,) = workflow["metadata"]["ownerReferences"]
        assert owner.pop("uid")
        workflow["metadata"].pop("name")
        made.append(cleaned(workflow, name))
    assert made[0] == made[1]


SCHEDULES = [
    ("0 2 * * *", ""),
    ("30 2 * * *", "America/New_York"),
    ("*/7 1-5 * * mon-fri", "Australia/Lord_Howe"),
    ("0 0 29 2 *", "Europe/Dublin"),
    ("@weekly", "Asia/Tokyo"),
    ("15 10 13 * fri", ""),
]


async def test_the_next_run_is_the_same(crons: Crons) -> None:
    for number, (schedule, zone) in enumerate(SCHEDULES):
        name = f"next-{number}"
        more = {"timezone": zone} if zone else {}
        await crons.put(name, schedule, **more)
        theirs = await crons.both.argo("cron", "get", name)
        good(theirs)
        found = re.search(r"NextScheduledTime: +(\w+ \w+ +\d+ [\d:]+) ([+-]\d{4})", theirs.out)
        assert found, theirs.out
        ours = await crons.both.argotui("cron", "list", "-o", "json")
        (row,) = (each for each in json.loads(ours.out)["items"] if each["name"] == name)
        run = datetime.fromisoformat(row["nextRuns"][0])
        said = datetime.strptime(f"{found[1]} {run.year} {found[2]}", "%a %b %d %H:%M:%S %Y %z")
        assert run == said, schedule


async def test_what_argo_refuses_argotui_refuses(crons: Crons) -> None:
    for number, (schedule, zone) in enumerate(
        [("0 0 * * 7", ""), ("0 0 0 * * *", ""), ("0 0 L * *", ""), ("@daily", "Europe/Belin")]
    ):
        more = {"timezone": zone} if zone else {}
        file = str(crons.manifest(f"refused-{number}", schedule, **more))
        theirs = await crons.both.argo("cron", "create", file)
        ours = await crons.both.argotui("cron", "create", file)
        assert theirs.code != 0
        assert ours.code == 2


async def test_a_backfill_makes_up_for_the_same_runs(crons: Crons) -> None:
    await crons.both_put("*/10 * * * *")
    end = datetime.now(UTC).replace(second=0, microsecond=0)
    start = end - timedelta(minutes=35)
    times = [
        f"--{name}={moment:%a, %d %b %Y %H:%M:%S} UTC"
        for name, moment in (("start", start), ("end", end))
    ]
    theirs = await crons.both.argo("cron", "backfill", "theirs", *times, "--name", "once")
    ours = await crons.both.argotui("cron", "backfill", "ours", *times, "--name", "once", "--yes")
    good(theirs, ours)
    selector = f"?labelSelector={ARGO}backfill%3Dtheirs"
    (monitor,) = (await crons.both.lab.get(crons.both.path + selector)).json["items"]
    main, create = monitor["spec"]["templates"]
    asked = json.loads(main["steps"][0][0]["withParam"])
    wanted = yaml.safe_load(create["resource"]["manifest"])

    made = sorted(await crons.workflows("ours"), key=lambda each: str(each["metadata"]["name"]))
    note = f"{ARGO}scheduled-time"
    runs = [each["metadata"]["annotations"][note] for each in made]
    assert runs == [f"{text[:10]}T{text[11:19]}Z" for text in asked]
    for each in made:
        assert each["metadata"]["name"].startswith("ours-backfill-once-")
        ours_spec = cleaned(each, "ours")["spec"]
        theirs_spec = cleaned(wanted, "theirs")["spec"]
        # Argo's passes the time on as a parameter that the workflow may not have, and has the
        # greatest priority.
        theirs_spec["arguments"]["parameters"].pop()
        theirs_spec.pop("priority")
        assert theirs_spec.pop("synchronization") == {"mutexes": [{"name": "once"}]}
        assert ours_spec.pop("synchronization") == {"mutexes": [{"name": "NAME-backfill-once"}]}
        assert ours_spec == theirs_spec
