"""Operations on workflows by keys: what the dialog names, what is done, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from argotui.config.settings import Settings
from argotui.demo.api.kinds import WORKFLOW_TEMPLATES, WORKFLOWS
from argotui.model.argo import Key
from argotui.model.workflow.copies import command_for, web_link
from argotui.model.workflow.operations import OperationKind
from argotui.screens.dialogs.picker import PickerScreen
from argotui.screens.operations.dialog import OperationScreen
from argotui.screens.operations.edit import EditScreen, read_edit
from argotui.screens.templates.submit import SubmitScreen
from argotui.screens.workflow.screen import WorkflowScreen
from argotui.screens.workflows.screen import WorkflowsScreen
from tests.support import until
from tests.unit.cli.cluster import workflow
from tests.unit.screens.console import ConsoleDriver, Opener, reason

ALL = ["report", "etl-1", "broken", "etl-2"]
"""What the list shows: report waits at a gate, etl-1 runs, the others have ended."""


def stored(opener: Opener, name: str) -> dict[str, Any] | None:
    entry = opener.embedded.objects.get(WORKFLOWS, "argo", name)
    return None if entry is None else entry.decode()


def spec(opener: Opener, name: str) -> dict[str, Any]:
    document = stored(opener, name)
    assert document is not None
    found: dict[str, Any] = document["spec"]
    return found


async def asked(console: ConsoleDriver) -> str:
    """Wait for the dialog, and return the screen once all that it looked up is there."""
    await console.be_on(OperationScreen)
    screen = console.screen
    assert isinstance(screen, OperationScreen)
    await until(lambda: screen._checked, what="the rights and the workflows to be read")
    await console.at_rest()
    return console.text


@pytest.mark.parametrize(
    ("key", "title", "impact", "field"),
    [
        ("ctrl+x", "Stop argo/report?", "exit handlers run", "Stop"),
        ("ctrl+k", "Terminate argo/report?", "no exit handler runs", "Terminate"),
    ],
)
async def test_ending_a_workflow_names_what_dies_and_takes_a_second_key(
    opener: Opener, key: str, title: str, impact: str, field: str
) -> None:
    async with opener.console() as console:
        await console.listed(ALL)
        console.press(key)
        text = await asked(console)
        assert title in text
        assert "1 open gate fails, undecided" in text
        assert impact in text
        console.press(key, "enter", "space")  # the same key again confirms nothing
        await console.at_rest()
        assert "shutdown" not in spec(opener, "report")
        console.press("escape")
        await console.be_on(WorkflowsScreen)
        assert "shutdown" not in spec(opener, "report")
        console.press(key)
        await asked(console)
        console.press("y")
        await console.see("1 done")
        assert spec(opener, "report")["shutdown"] == field
        await console.see("1 open gate about to fail")
        console.press("q")
        await console.be_on(WorkflowsScreen)


async def test_several_are_deleted_with_a_line_for_each(opener: Opener) -> None:
    async with opener.console() as console:
        await console.listed(ALL)
        console.press("space", "space", "space")
        console.press("ctrl+d")
        text = await asked(console)
        assert "Delete 3 workflows?" in text
        assert "1 running pod is killed" in text
        assert "1 open gate goes with it, undecided" in text
        opener.embedded.objects.delete(WORKFLOWS, "argo", "etl-1")
        console.press("y")
        await console.see("2 done, 1 not found")
        assert [stored(opener, name) for name in ALL[:3]] == [None] * 3
        assert stored(opener, "etl-2") is not None
        line = next(line for line in console.lines if "etl-1" in line and "not done" in line)
        assert "not found: there is no such workflow" in line
        opener.put(workflow("etl-1", "Running"))
        console.press("r")  # another one of the same name: it was not chosen
        await console.see("1 changed")
        assert stored(opener, "etl-1") is not None
        console.press("c")
        await until(
            lambda: "argo/etl-1\tnot done\tchanged: it was deleted" in console.app.clipboard
        )
        assert "argo/report\tdone\tdeleted" in console.app.clipboard


async def test_what_cannot_be_done_is_left_alone_with_the_reason(opener: Opener) -> None:
    async with opener.console() as console:
        await console.listed(ALL)
        console.press("space", "space", "space")
        console.press("ctrl+x")
        text = await asked(console)
        assert "Stop 2 workflows, 1 left alone?" in text
        assert "it has ended (Failed)" in text
        console.press("y")
        await console.see("2 done")
        assert spec(opener, "report")["shutdown"] == spec(opener, "etl-1")["shutdown"] == "Stop"
        assert "shutdown" not in spec(opener, "broken")


async def test_a_forced_deletion_is_said_and_done(opener: Opener) -> None:
    held = workflow("kept", "Succeeded", age=1)
    held["metadata"]["finalizers"] = ["workflows.argoproj.io/artifact-gc"]
    opener.put(held)
    async with opener.console() as console:
        await console.listed([*ALL[:2], "kept", *ALL[2:]])
        console.workflows.table.go_to(Key("argo", "kept"))
        console.press("ctrl+d")
        assert "Argo deletes the artifacts of 1 workflow" in await asked(console)
        console.press("y")
        await console.see("it is being deleted: it goes once Argo")
        assert stored(opener, "kept") is not None
        console.press("escape")
        await console.be_on(WorkflowsScreen)
        await console.see("kept")
        console.press("ctrl+d")
        await console.see("delete: it is being deleted")
        console.press(".")
        await console.be_on(PickerScreen)
        console.press("force", "enter")
        assert "the artifacts of 1 workflow may stay in the store" in await asked(console)
        console.press("y")
        await console.see("1 done")
        assert stored(opener, "kept") is None


async def test_a_run_can_be_cancelled(opener: Opener) -> None:
    names = [f"batch-{number:03}" for number in range(150)]
    opener.put(*(workflow(name, age=100) for name in names))
    async with opener.console() as console:
        await until(lambda: len(console.names) == 154)
        screen = console.workflows
        screen.table._marks.keys.update(Key("argo", name) for name in names)
        console.press("ctrl+d")
        await asked(console)
        console.press("y", "escape")
        dialog = console.screen
        assert isinstance(dialog, OperationScreen)
        await until(lambda: dialog._bulk is not None and not dialog._under_way, what="the end")
        await console.at_rest()
        assert isinstance(console.screen, OperationScreen)
        left = [name for name in names if stored(opener, name) is not None]
        assert f"{len(left)} not sent" in console.text
        console.press("r")
        await until(lambda: all(stored(opener, name) is None for name in names))
        await console.see(f"{len(left)} done")


async def test_suspending_and_resuming_need_no_dialog(opener: Opener) -> None:
    async with opener.console() as console:
        await console.listed(ALL)
        console.press("p")
        await console.see("report: suspended; no further step starts; gate gate stays open")
        assert spec(opener, "report")["suspend"] is True
        await console.see("gate gate, suspended: expiry")
        console.press("p")
        await console.see("report: resumed; gate gate stays open")
        assert "suspend" not in spec(opener, "report")
        document = stored(opener, "report")
        assert document is not None
        assert [
            node["phase"]
            for node in document["status"]["nodes"].values()
            if node["type"] == "Suspend"
        ] == ["Running"]


async def test_keys_are_grey_where_they_cannot_work(opener: Opener) -> None:
    async with opener.console() as console:
        await console.listed(ALL)
        assert reason(console, "operation.stop") is None
        console.workflows.table.go_to(Key("argo", "broken"))
        assert reason(console, "operation.stop") == "it has ended (Failed)"
        assert reason(console, "operation.pause") == "it has ended (Failed)"
        assert reason(console, "operation.delete") is None
        console.press("ctrl+x")
        await console.see("stop: it has ended (Failed)")
        console.press("space", "space")
        await until(lambda: len(console.workflows.table.marks) == 2)
        assert reason(console, "operation.stop") == "none of those marked: it has ended (Failed)"
        assert reason(console, "operation.copy") == "it takes one workflow: clear the marks"


async def test_a_viewer_is_told_before_and_nothing_is_sent(opener: Opener) -> None:
    opener.user = "viewer"
    async with opener.console() as console:
        await console.listed(ALL)
        console.press("ctrl+k")
        text = await asked(console)
        assert "there is nothing to do" in text
        assert "you may not change workflows in argo" in text
        console.press("y")
        await console.at_rest()
        assert "shutdown" not in spec(opener, "report")
        console.press("escape")
        await console.be_on(WorkflowsScreen)
        refused = "you may not change workflows in argo"
        await until(lambda: reason(console, "operation.terminate") == refused)
        console.press("p")
        await console.see(refused)
        assert "suspend" not in spec(opener, "report")


async def test_read_only_mode_offers_nothing(opener: Opener) -> None:
    opener.read_only = True
    async with opener.console() as console:
        await console.listed(ALL)
        for name in ("pause", "stop", "terminate", "delete"):
            said = reason(console, f"operation.{name}")
            assert said == "read-only mode: argotui changes nothing"
        console.press(".")
        await console.be_on(PickerScreen)
        await console.see("not now: read-only mode")
        console.press("label", "enter")
        await console.see("label: read-only mode: argotui changes nothing")
        assert reason(console, "operation.copy") is None


async def test_labels_annotations_and_priority_are_typed(opener: Opener) -> None:
    async with opener.console() as console:
        await console.listed(ALL)
        console.press(".", "label", "enter")
        await console.be_on(EditScreen)
        console.press("team", "enter")
        await console.see("'team' is not KEY=VALUE or KEY-")
        console.press("=web", "enter")
        await console.see("report: labelled")
        document = stored(opener, "report")
        assert document is not None
        assert document["metadata"]["labels"]["team"] == "web"
        console.press(".", "prio", "enter")
        await console.be_on(EditScreen)
        console.press("7", "enter")
        await console.see("report: priority set")
        assert spec(opener, "report")["priority"] == 7
        console.press(".", "anno", "enter")
        await console.be_on(EditScreen)
        console.press("escape")
        await console.be_on(WorkflowsScreen)


def test_what_is_typed_is_read_as_it_is_meant() -> None:
    found = read_edit(OperationKind.ANNOTATE, "a=1 'note=two words' x/y- b=c=d")
    assert found.changes == {"a": "1", "note": "two words", "x/y": None, "b": "c=d"}
    assert read_edit(OperationKind.PRIORITY, "-3").priority == -3
    for kind, text in (
        (OperationKind.LABEL, "x"),
        (OperationKind.LABEL, "=x"),
        (OperationKind.LABEL, "a=1 a-"),
        (OperationKind.LABEL, "'a=1"),
        (OperationKind.PRIORITY, "high"),
        (OperationKind.PRIORITY, str(2**31)),
    ):
        with pytest.raises(ValueError, match=r"\w"):
            read_edit(kind, text)


async def test_the_screen_of_a_workflow_has_the_same_keys(opener: Opener) -> None:
    async with opener.console() as console:
        await console.listed(ALL)
        console.press("enter")
        await console.be_on(WorkflowScreen)
        await until(lambda: reason(console, "operation.stop") is None)
        console.press("p")
        await console.see("report: suspended")
        console.press("ctrl+k")
        text = await asked(console)
        assert "Terminate argo/report?" in text
        assert "1 suspended workflow does not end before somebody resumes it" in text
        console.press("y")
        await console.see("1 done")
        assert spec(opener, "report")["shutdown"] == "Terminate"
        await console.see("Argo does not end it before somebody resumes it")


async def test_a_workflow_is_copied_as_yaml_command_and_link(opener: Opener) -> None:
    settings = Settings(web_url="https://argo.example.com/base/")
    async with opener.console(settings) as console:
        await console.listed(ALL)
        session = console.app.session
        session.settings = settings
        console.press("Y", "yaml", "enter")
        await console.see("copied the YAML")
        copied = yaml.safe_load(console.app.clipboard)
        assert copied["metadata"]["name"] == "report"
        console.press("Y", "link", "enter")
        await console.see("copied the link")
        uid = copied["metadata"]["uid"]
        link = f"https://argo.example.com/base/workflows/argo/report?uid={uid}"
        assert console.app.clipboard == link
        console.press("Y", "command", "enter")
        await console.see("copied the command")
        assert console.app.clipboard == "argotui resubmit argo/report"
        session.settings = Settings()
        console.press("Y", "link", "enter")
        await console.see("the setting web_url names no web UI")


def test_the_command_submits_from_the_template_with_the_same_values() -> None:
    document = {
        "metadata": {"namespace": "argo", "name": "x-1"},
        "spec": {
            "workflowTemplateRef": {"name": "etl", "clusterScope": True},
            "entrypoint": "main",
            "serviceAccountName": "runner",
            "priority": 0,
            "arguments": {
                "parameters": [
                    {"name": "day", "value": "it's 5"},
                    {"name": "n", "value": 3},
                    {"name": "unset"},
                ]
            },
        },
    }
    assert command_for(document) == (
        "argotui submit -n argo --from clusterworkflowtemplate/etl --entrypoint main "
        "--serviceaccount runner --priority 0 -p 'day=it'\"'\"'s 5' -p n=3"
    )
    assert (
        web_link("http://h/a", Key("n s", "x/y"), "u") == "http://h/a/workflows/n%20s/x%2Fy?uid=u"
    )


async def test_the_form_of_the_template_is_filled_with_the_values_of_a_run(opener: Opener) -> None:
    objects = opener.embedded.objects
    parameters = [{"name": "day", "value": "monday"}, {"name": "team", "value": "blue"}]
    spec = {"entrypoint": "main", "templates": [{"name": "main", "suspend": {}}]}
    template = {"name": "daily", "namespace": "argo"}
    objects.create(
        WORKFLOW_TEMPLATES,
        {"metadata": template, "spec": {**spec, "arguments": {"parameters": parameters}}},
    )
    document = stored(opener, "broken")
    assert document is not None
    document["spec"] = {
        "workflowTemplateRef": {"name": "daily"},
        "arguments": {"parameters": [{"name": "day", "value": "tuesday"}]},
    }
    objects.update(WORKFLOWS, document)
    async with opener.console() as console:
        await console.listed(ALL)
        console.press("ctrl+e")
        await console.see("new like this: it has no template; resubmit starts one")
        console.press("j", "j", "ctrl+e")
        await console.be_on(SubmitScreen)
        await console.see("tuesday")
        await console.see("blue")
