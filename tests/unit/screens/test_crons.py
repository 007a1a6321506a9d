"""`:crons`: CronWorkflows in the console: the list, one of them, and what its keys do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from argotui.demo.api.kinds import CRON_WORKFLOWS, WORKFLOWS
from argotui.model.argo import Key
from argotui.model.cron.summary import LAST_SCHEDULE
from argotui.screens.crons.backfill import BackfillScreen
from argotui.screens.crons.cron import CronScreen
from argotui.screens.crons.screen import CronsScreen
from argotui.screens.dialogs.question import QuestionScreen
from argotui.screens.templates.submit import SubmitScreen
from argotui.screens.workflow.screen import WorkflowScreen
from tests.support import EPOCH, until
from tests.unit.cli.cluster import LABEL, at, workflow
from tests.unit.screens.console import ConsoleDriver, Opener


def cron(name: str, schedule: str, *, last: float | None = None, **spec: Any) -> dict[str, Any]:
    zone = f"CRON_TZ={spec['timezone']} " if "timezone" in spec else ""
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "CronWorkflow",
        "metadata": {
            "name": name,
            "namespace": "argo",
            "creationTimestamp": at(-86_400),
            "annotations": {LAST_SCHEDULE: zone + schedule},
        },
        "spec": {
            "schedules": [schedule],
            "workflowSpec": {"entrypoint": "main", "templates": [{"name": "main", "suspend": {}}]},
        }
        | spec,
        "status": {"phase": "Active"} | ({"lastScheduledTime": at(last)} if last else {}),
    }


def spec_of(opener: Opener, name: str) -> dict[str, Any]:
    entry = opener.embedded.objects.get(CRON_WORKFLOWS, "argo", name)
    assert entry is not None
    spec: dict[str, Any] = entry.decode()["spec"]
    return spec


@pytest.fixture
def crons(opener: Opener) -> Opener:
    """CronWorkflows of all sorts; the clock stands at noon UTC."""
    for document in (
        cron("nightly", "0 2 * * *", timezone="Europe/Berlin"),
        cron("often", "*/10 * * * *", concurrencyPolicy="Forbid"),
        cron("sundays", "0 0 * * 7"),
        cron("asleep", "* * * * *", suspend=True),
        cron("late", "0 * * * *", last=-5 * 3600.0),
    ):
        opener.embedded.objects.create(CRON_WORKFLOWS, document)
    labels = {LABEL + "cron-workflow": "often"}
    opener.put(
        workflow("often-1", "Running", age=100, labels=labels),
        workflow("often-2", "Failed", age=700, labels=labels),
    )
    return opener


@asynccontextmanager
async def listed(opener: Opener, count: int = 5, **more: Any) -> AsyncIterator[ConsoleDriver]:
    """The console on the list of CronWorkflows."""
    async with opener.console(**more) as console:
        await until(lambda: "often-1" in console.names, "the workflows")
        console.press(":", "crons", "enter")
        await until(lambda: isinstance(console.screen, CronsScreen), "the screen")
        await until(lambda: len(screen_of(console).table.rows) == count, "the rows")
        await console.at_rest()
        yield console


def screen_of(console: ConsoleDriver) -> CronsScreen:
    screen = console.screen
    assert isinstance(screen, CronsScreen)
    return screen


async def over(console: ConsoleDriver, kind: type[Any]) -> None:
    await until(lambda: isinstance(console.screen, kind), kind.__name__)
    await console.at_rest()


def names(console: ConsoleDriver) -> list[str]:
    return [key.name for key in screen_of(console).table.rows]


@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
async def test_the_list_begins_with_what_runs_next(crons: Opener, size: tuple[int, int]) -> None:
    async with listed(crons, size=size) as console:
        assert names(console) == ["often", "late", "nightly", "sundays", "asleep"]
        lines = {line.split()[0].strip("▸"): line for line in console.lines if line.split()}
        text = console.text
        assert "10m00s" in text
        assert "✖●" in text
        assert "refused" in text
        assert "suspended" in text
        if size[0] > 100:
            assert "4 missed" in lines["late"]
            assert "above maximum" in lines["sundays"]
            assert "Europe/Berlin" in lines["nightly"]


async def test_the_list_is_live_and_filtered(crons: Opener) -> None:
    async with listed(crons) as console:
        crons.embedded.objects.create(CRON_WORKFLOWS, cron("soon", "1 12 * * *"))
        await until(lambda: names(console)[0] == "soon", "the new one")
        crons.embedded.objects.delete(CRON_WORKFLOWS, "argo", "soon")
        await until(lambda: names(console)[0] == "often", "that it is gone")
        console.press("/", "refused", "enter")
        await until(lambda: names(console) == ["sundays"], "the filter")
        console.press("escape")
        await until(lambda: len(names(console)) == 5, "all of them again")


async def test_suspend_and_resume(crons: Opener) -> None:
    async with listed(crons) as console:
        console.press("p")
        await until(lambda: spec_of(crons, "often").get("suspend") is True, "the suspension")
        await until(lambda: "often: suspended" in console.text, "the answer")
        await until(lambda: names(console)[0] == "late", "its new place")
        assert "resume" in console.text
        console.press("p")
        await until(lambda: spec_of(crons, "often")["suspend"] is False, "that it was resumed")


async def test_deleting_names_what_goes_with_it(crons: Opener) -> None:
    async with listed(crons) as console:
        console.press("ctrl+d")
        await over(console, QuestionScreen)
        assert "Delete argo/often?" in console.text
        assert "deletes the 2 workflows that it started" in console.text
        assert "1 workflow of them still running" in console.text
        console.press("escape")
        await over(console, CronsScreen)
        assert crons.embedded.objects.get(CRON_WORKFLOWS, "argo", "often")
        console.press("ctrl+d")
        await over(console, QuestionScreen)
        console.press("y")
        await until(lambda: "often" not in [k.name for k in rows(console)], "that it is gone")
        assert crons.embedded.objects.get(CRON_WORKFLOWS, "argo", "often") is None


def rows(console: ConsoleDriver) -> list[Key]:
    screen = console.screen
    return list(screen.table.rows) if isinstance(screen, CronsScreen) else [Key("", "often")]


async def test_one_of_them_shows_its_next_runs_and_opens_its_last(crons: Opener) -> None:
    async with listed(crons, size=(120, 36)) as console:
        console.press("enter")
        await over(console, CronScreen)
        text = console.text
        assert "*/10 * * * *" in text
        assert text.count(" here  ") == 5
        assert "often-2" in text
        console.press("G")
        await console.at_rest()
        console.press("enter")
        await over(console, WorkflowScreen)
        console.press("escape")
        await over(console, CronScreen)
        console.press("escape")
        await over(console, CronsScreen)


async def test_run_now_opens_the_form(crons: Opener) -> None:
    async with listed(crons) as console:
        console.press("s")
        await over(console, SubmitScreen)
        await until(lambda: "often-" in console.text, "the form")


async def test_a_backfill_is_shown_before_it_is_created(crons: Opener) -> None:
    async with listed(crons, size=(120, 36)) as console:
        console.press("b")
        await over(console, BackfillScreen)
        console.press("ctrl+s")
        await until(lambda: "enter shows first" in console.text, "why not")
        console.press(f"{EPOCH - timedelta(minutes=25):%Y-%m-%dT%H:%M}", "enter")
        await until(lambda: "3 workflows, one after the other" in console.text, "the plan")
        await until(lambda: "concurrencyPolicy Forbid" in console.text, "the warning")
        stem = "often-backfill-"
        assert not [e for e in crons.embedded.objects.items(WORKFLOWS) if e.name.startswith(stem)]
        console.press("ctrl+s")
        await until(lambda: "3 of 3: 3 done" in console.text, "the results")
        made = [e.name for e in crons.embedded.objects.items(WORKFLOWS) if e.name.startswith(stem)]
        assert len(made) == 3
        console.press("escape")
        await over(console, CronsScreen)


async def test_edit_lets_the_editor_have_the_terminal(
    crons: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor = tmp_path / "editor.sh"
    editor.write_text("#!/bin/sh\nsed -i 's|\\*/10 |*/20 |' $1\n")
    editor.chmod(0o755)
    monkeypatch.setenv("KUBE_EDITOR", str(editor))
    async with listed(crons) as console:
        # Without a terminal nothing can step aside; the refusal names the file.
        console.press("E")
        await until(lambda: "What you typed is in" in console.text, "why not")
    assert spec_of(crons, "often")["schedules"] == ["*/10 * * * *"]


async def test_without_rights_the_keys_say_so(crons: Opener) -> None:
    crons.user = "viewer"
    async with listed(crons) as console:
        console.press("p")
        await until(lambda: "you may not" in console.text or "not permitted" in console.text, "it")
        assert "suspend" not in spec_of(crons, "often")
