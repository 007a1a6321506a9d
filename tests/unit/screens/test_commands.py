"""Commands, completion, footer and keys that mean nothing, on the list of workflows."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import pytest
from textual.events import Key

from argotui.backend.kube.cluster import KubeCluster
from argotui.config.settings import Settings
from argotui.screens.commands import (
    COMMANDS,
    ELSEWHERE,
    Actor,
    CommandLine,
)
from argotui.screens.dialogs.help import HelpScreen
from argotui.screens.workflow.screen import WorkflowScreen
from argotui.screens.workflows.screen import WorkflowsScreen
from argotui.themes import theme_id
from tests.support import until
from tests.unit.screens.console import Opener

ALL = ["report", "etl-1", "broken", "etl-2"]


class Silent:
    """What commands act on: nothing comes of any."""

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *_: None


async def test_tab_goes_through_what_could_be_meant(opener: Opener) -> None:
    async with opener.console() as console:
        await console.listed(ALL)
        console.press(":", "theme ", "tab")
        await console.see(":theme dark")
        await console.see("dark  light  contrast  colourblind  production  ansi")
        console.press("tab", "tab")
        await console.see(":theme contrast")
        console.press("shift+tab")
        await console.see(":theme light")
        console.press("backspace")
        await console.see("enter go")
        console.press("tab", "enter")
        await until(lambda: console.app.theme == theme_id("light"))


async def test_the_namespaces_of_the_cluster_are_completed(opener: Opener) -> None:
    async with opener.console() as console:
        await console.listed(ALL)
        console.press(":")
        await until(lambda: "ns default" in console.app.complete_command("ns "))
        assert console.app.complete_command("ns ") == ["ns argo", "ns data", "ns default", "ns all"]
        assert console.app.complete_command("wf d") == ["wf data", "wf default"]


BEGINNINGS = sorted(
    {name[:end] for each in COMMANDS for name in each.names for end in range(1, len(name) + 1)}
)


@pytest.mark.parametrize("typed", BEGINNINGS)
def test_what_is_suggested_is_what_the_answer_to_enter_says(typed: str) -> None:
    """Whoever types part of a name sees one suggestion, and enter speaks of no other."""
    line = CommandLine(cast("Actor", Silent()))
    names = {name: each for each in COMMANDS for name in each.names}
    first = line.completions(typed)[0]
    shown = [each.names[0] for each in COMMANDS if each.names[0].startswith(typed)]
    if typed in names:
        assert names[first] is names[typed]
        return
    assert not shown or first == shown[0]
    problem = line.run(typed)
    assert problem is not None
    if typed not in ELSEWHERE:
        assert problem.text == f"there is no command {typed}; did you mean {first}?"


def test_the_names_that_are_shown_come_before_the_others() -> None:
    complete = CommandLine(cast("Actor", Silent())).completions
    assert complete("d") == ["doctor", "decisions", "describe"]
    assert complete("l") == ["logs", "list"]


async def test_what_is_typed_is_there_after_a_look_at_older_commands(opener: Opener) -> None:
    async with opener.console() as console:
        await console.listed(ALL)
        console.press(":", "ns data", "enter")
        await until(lambda: console.names == ["elsewhere"])
        console.press(":", "theme", "down")
        await console.see(":theme")
        console.press("up")
        await console.see(":ns data")
        console.press("down")
        await console.see(":theme")


async def test_a_command_starts_without_the_filter_of_before(opener: Opener) -> None:
    async with opener.console() as console:
        await console.listed(ALL)
        console.press(":", "wf /etl", "enter")
        await until(lambda: console.names == ["etl-1", "etl-2"])
        console.press("/", "broken", "enter")
        await until(lambda: console.names == ["broken"])
        console.press("/", "right", "|report", "enter")
        await until(lambda: set(console.names) == {"broken", "report"})
        console.press("ctrl+z", ":", "wf", "enter")
        await until(lambda: console.names == ALL)


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("pods", "pods have no view of their own"),
        ("approve", "open a gate to decide it: :gates lists them"),
        ("submit", "open a template to submit it: :templates lists them"),
        ("terminate", "on a workflow, or with several marked, . lists terminate"),
        ("d", "there is no command d; did you mean doctor?"),
        ("qiut", "there is no command qiut; did you mean quit?"),
        ("get etl-3", "no workflow etl-3 is in the list; did you mean etl-"),
    ],
)
async def test_what_is_not_there_is_said_with_where_it_is(
    opener: Opener, typed: str, answer: str
) -> None:
    async with opener.console() as console:
        await console.listed(ALL)
        console.press(":", typed, "enter")
        await console.see(f"^ {answer}")


async def test_a_workflow_is_opened_by_its_name(opener: Opener) -> None:
    async with opener.console() as console:
        await console.listed(ALL)
        console.press(":", "get data/elsewhere", "enter")
        await console.be_on(WorkflowScreen)
        await console.see("elsewhere")


async def test_keys_that_mean_nothing_say_where_those_are_that_do(opener: Opener) -> None:
    async with opener.console() as console:
        await console.listed(ALL)
        console.press("v")
        await console.see("v does nothing here; ? lists the keys")
        console.press("q")
        await console.see("ctrl-c twice, or :q, leaves argotui")
        console.press("enter")
        await console.be_on(WorkflowScreen)
        console.press("q")
        await console.be_on(WorkflowsScreen)
        console.app.post_message(Key("f1", None))
        await console.be_on(HelpScreen)


async def test_the_footer_keeps_the_way_to_everything_on_a_narrow_screen(opener: Opener) -> None:
    async with opener.console(size=(80, 24)) as console:
        await console.listed(ALL)
        for hint in ("enter open", "/ filter", ": go to", "? keys"):
            assert hint in console.lines[-1]
        console.press("/")
        await until(lambda: "enter keep the filter" in console.lines[-1])
        assert "filter   : go to" not in console.lines[-1]
        console.press("escape")
        await until(lambda: "enter open" in console.lines[-1])
        console.press("y")
        await console.see("apiVersion")
        await until(lambda: "ctrl-s save" in console.lines[-1])
        assert "fold" not in console.lines[-1]
        assert "failed" not in console.lines[-1]
        console.press("e")
        await console.see("L all logs")
        assert "fold" not in console.lines[-1]


async def test_a_warning_of_the_connection_is_told_once_and_covers_nothing(
    opener: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(KubeCluster, "warnings", ("the file is open to all: chmod 600",))
    async with opener.console(size=(80, 24), notifications=True) as console:
        await console.listed(ALL)
        await console.see("! see :doctor: the file is open to all: chmod 600")
        await console.see("! 1 warning")
        assert "chmod" in console.lines[-2]  # the status line, above the keys
        assert len(console.app._notifications) == 0
        console.press("j")
        await until(lambda: "chmod" not in console.text)
        await console.see("! 1 warning")
        console.press(":", "ns data", "enter")
        await until(lambda: console.names == ["elsewhere"])
        assert "chmod" not in console.text
        console.press(":", "doctor", "enter")
        await console.see("chmod 600")


async def test_a_namespace_that_is_not_there_can_be_mended(opener: Opener) -> None:
    async with opener.console() as console:
        await console.listed(ALL)
        console.press(":", "ns dta", "enter")
        await console.see("^ there is no namespace dta; did you mean data?")
        await console.see(":ns dta")
        assert console.names == ALL
        console.press(*["backspace"] * 2, "ata", "enter")
        await until(lambda: console.names == ["elsewhere"])
        assert console.app.command_history() == ["ns data"]
        console.press(":", "wf nope /x", "enter")
        await console.see("^ there is no namespace nope")
        assert console.names == ["elsewhere"]


async def test_a_start_in_a_namespace_that_is_not_there_says_so(opener: Opener) -> None:
    async with opener.console(Settings(namespace="dta")) as console:
        await console.see("There is no namespace dta; did you mean data?")
        console.press(":", "ns data", "enter")
        await until(lambda: console.names == ["elsewhere"])
