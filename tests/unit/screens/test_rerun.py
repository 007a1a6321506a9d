"""Retry and resubmit by keys: what the dialogs name, what a second key does, what came of it."""

from __future__ import annotations

from typing import Any

import pytest

from argotui.demo.api.kinds import WORKFLOWS
from argotui.model.workflow.pod_name import node_id
from argotui.screens.operations.dialog import OperationScreen
from argotui.screens.operations.resubmit import ResubmitScreen
from argotui.screens.operations.retry import RetryScreen
from argotui.screens.operations.values import (
    ValuesScreen,
    line_of,
    parameters_of,
    read_values,
)
from argotui.screens.workflow.screen import WorkflowScreen
from argotui.screens.workflows.screen import WorkflowsScreen
from tests.support import until
from tests.unit.cli.cluster import workflow
from tests.unit.screens.console import ConsoleDriver, Opener, reason

STEPS = {"a": "Succeeded", "b": "Failed", "c": "Succeeded"}
ALL = ["report", "etl-1", "broken", "etl-2"]


def stored(opener: Opener, name: str) -> dict[str, Any]:
    entry = opener.embedded.objects.get(WORKFLOWS, "argo", name)
    assert entry is not None
    return entry.decode()


def put_broken(opener: Opener) -> None:
    arguments = {"parameters": [{"name": "size", "value": "1"}]}
    opener.put(workflow("broken", "Failed", age=60, steps=STEPS, arguments=arguments))


async def to_broken(console: ConsoleDriver) -> None:
    """Put the cursor on the failed workflow."""
    await console.listed(ALL)
    console.press("down", "down")
    await until(lambda: console.under_cursor == "broken", what="the cursor on broken")


async def looked(console: ConsoleDriver, kind: type[RetryScreen] | type[ResubmitScreen]) -> str:
    """Wait for a dialog and what it reads; return the screen."""
    await console.be_on(kind)
    screen = console.screen
    assert isinstance(screen, RetryScreen | ResubmitScreen)
    await until(lambda: screen.looked, what="the workflow to be read")
    await console.at_rest()
    return console.text


async def test_a_retry_names_each_node_and_pod_and_takes_a_second_key(opener: Opener) -> None:
    put_broken(opener)
    async with opener.console() as console:
        await to_broken(console)
        console.press("t")
        text = await looked(console, RetryScreen)
        assert "Retry argo/broken?" in text
        assert "1 node runs again, 1 goes on, 2 stay, 1 pod deleted" in text
        line = next(line for line in console.lines if "runs again  broken.b" in line)
        assert f"broken-b-{node_id('broken', 'broken.b').removeprefix('broken-')}" in line
        console.press("t", "enter", "space")  # none of these confirms
        await console.at_rest()
        assert stored(opener, "broken")["status"]["phase"] == "Failed"
        console.press("y")
        await console.see("Retry argo/broken: done")
        assert "phase" not in stored(opener, "broken")["status"]
        console.press("escape")
        await console.be_on(WorkflowsScreen)


async def test_a_workflow_that_changed_is_looked_at_again(opener: Opener) -> None:
    put_broken(opener)
    async with opener.console() as console:
        await to_broken(console)
        console.press("t")
        await looked(console, RetryScreen)
        document = stored(opener, "broken")
        document["metadata"]["labels"]["x"] = "y"
        opener.put(document)
        console.press("y")
        await console.see("look at the preview again")
        assert stored(opener, "broken")["status"]["phase"] == "Failed"
        console.press("r")
        await console.see("Retry argo/broken?")
        await looked(console, RetryScreen)
        console.press("y")
        await console.see("Retry argo/broken: done")


async def test_a_chosen_node_runs_again_with_other_values(opener: Opener) -> None:
    put_broken(opener)
    async with opener.console() as console:
        await to_broken(console)
        console.press("enter")
        await console.be_on(WorkflowScreen)
        await console.see("✔ c")
        screen = console.screen
        assert isinstance(screen, WorkflowScreen)
        screen.go_to(node_id("broken", "broken.c"))
        await console.at_rest()
        console.press("t")
        await looked(console, RetryScreen)
        console.press("f")
        await console.see("Retry argo/broken from broken.c?")
        text = await looked(console, RetryScreen)
        assert "1 node that succeeded runs again, and its results are lost: c." in text
        console.press("e")
        await console.be_on(ValuesScreen)
        await console.see("size=1")
        console.press(" ", "speed='very", " ", "fast'", "enter")
        await console.see("other values for speed")
        await looked(console, RetryScreen)
        console.press("y")
        await console.see("Retry argo/broken: done")
        document = stored(opener, "broken")
        assert document["spec"]["arguments"]["parameters"] == [
            {"name": "speed", "value": "very fast"},
            {"name": "size", "value": "1"},
        ]
        left = document["status"]["nodes"]
        assert not {node_id("broken", f"broken.{one}") for one in "bc"} & left.keys()


async def test_what_succeeded_is_retried_from_a_node_only(opener: Opener) -> None:
    async with opener.console() as console:
        await console.listed(ALL)
        console.press("down", "down", "down")
        await until(lambda: console.under_cursor == "etl-2", what="the cursor on etl-2")
        assert "it succeeded: choose what runs again" in (reason(console, "operation.retry") or "")
        console.press("enter")
        await console.be_on(WorkflowScreen)
        await console.see("✔ one")
        screen = console.screen
        assert isinstance(screen, WorkflowScreen)
        screen.go_to(node_id("etl-2", "etl-2.one"))
        await console.at_rest()
        console.press("t")
        text = await looked(console, RetryScreen)
        assert "Retry argo/etl-2 from etl-2.one?" in text
        console.press("y")
        await console.see("Retry argo/etl-2: done")


async def test_several_are_retried_with_a_line_for_each(opener: Opener) -> None:
    put_broken(opener)
    async with opener.console() as console:
        await console.listed(ALL)
        console.press("space", "space", "space")
        console.press("t")
        await console.be_on(OperationScreen)
        await console.see("Retry 1 workflow, 2 left alone?")
        await console.see("what failed runs again; the pods of these nodes are deleted")
        console.press("y")
        await console.see("1 done")
        await console.see("retried: 1 node runs again")


async def test_a_resubmission_takes_a_second_key_and_is_opened(opener: Opener) -> None:
    put_broken(opener)
    async with opener.console() as console:
        await to_broken(console)
        console.press("ctrl+t")
        text = await looked(console, ResubmitScreen)
        assert "Resubmit argo/broken?" in text
        console.press("m")
        await console.see("2 pods are taken over with its outputs, 1 run again")
        console.press("e")
        await console.be_on(ValuesScreen)
        console.press("2", "enter")
        await console.see("size = 12")
        console.press("y")
        await console.see("resubmitted as broken-")
        console.press("escape")
        await console.be_on(WorkflowScreen)
        screen = console.screen
        assert isinstance(screen, WorkflowScreen)
        made = stored(opener, screen.key.name)
        assert made["spec"]["arguments"]["parameters"] == [{"name": "size", "value": "12"}]
        assert made["status"]["nodes"]


async def test_who_may_not_is_told_why(opener: Opener) -> None:
    put_broken(opener)
    opener.user = "approver"
    async with opener.console() as console:
        await to_broken(console)
        console.press("t")
        text = await looked(console, RetryScreen)
        assert "you may not delete pods in argo" in text
        console.press("y")
        await console.at_rest()
        assert "Retry argo/broken?" in console.text  # nothing was begun
        assert stored(opener, "broken")["status"]["phase"] == "Failed"
        console.press("escape")
        await console.be_on(WorkflowsScreen)
        await until(
            lambda: reason(console, "operation.retry") == "you may not delete pods in argo",
            what="the reason",
        )


async def test_read_only_changes_nothing(opener: Opener) -> None:
    put_broken(opener)
    opener.read_only = True
    async with opener.console() as console:
        await to_broken(console)
        assert reason(console, "operation.retry")
        assert reason(console, "operation.resubmit")


def test_values_are_one_line() -> None:
    values = {"a": "1", "b": "two words", "c": "x=y", "d": "several\nlines", "e": "\x1b[31m"}
    assert line_of(values) == "a=1 b='two words' c=x=y"
    assert read_values(line_of(values)) == {"a": "1", "b": "two words", "c": "x=y"}
    document = {
        "spec": {"arguments": {"parameters": [{"name": "a", "value": 2}, {"name": "b"}]}},
        "status": {
            "storedWorkflowTemplateSpec": {
                "arguments": {"parameters": [{"name": "a", "value": "1"}, {"name": "z"}]}
            }
        },
    }
    assert parameters_of(document) == {"a": "2", "z": "", "b": ""}


@pytest.mark.parametrize("text", ["a", "=1", "a=1 a=2", "a='"])
def test_what_is_no_value_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # of shlex too
        read_values(text)
