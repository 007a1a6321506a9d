"""The list of workflows, on an embedded cluster."""

from __future__ import annotations

import dataclasses

import pytest

from argotui.actions import ACTIONS
from argotui.app import ArgoTUI
from argotui.backend.kube.cluster import KubeCluster
from argotui.backend.session import Session
from argotui.backend.store import StoreChanges
from argotui.config.settings import Settings
from argotui.demo.api.kinds import WORKFLOWS
from argotui.errors import UnreachableError
from argotui.model.argo import Key
from argotui.screens.dialogs.help import HelpScreen
from argotui.screens.dialogs.picker import ColumnPicker, PickerScreen
from argotui.screens.workflow.screen import WorkflowScreen
from argotui.screens.workflows.screen import WorkflowsScreen
from argotui.target import Target
from argotui.themes import theme_id
from tests.driven import text_of
from tests.support import ManualClock, until
from tests.unit.cli.cluster import workflow
from tests.unit.screens.console import Opener, reason

ALL = ["report", "etl-1", "broken", "etl-2"]


async def test_rows_totals_and_freshness_are_on_the_screen(opener: Opener) -> None:
    async with opener.console() as console:
        await console.listed(ALL)
        await console.see("✖1")
        await until(lambda: console.lines[0].endswith("live"), what="both streams to be live")
        top = console.lines[0]
        assert "demo / argo" in top
        assert "● 1 running" in top
        assert "✖ 1 failed" in top
        assert "‖ 1 gate waits" in top
        row = next(line for line in console.lines if "report" in line)
        assert "‖ waiting" in row
        assert "1/2" in row
        assert "20m" in row
        assert "pod [/x] failed [@click=app.exit]" in console.text


async def test_a_change_reaches_its_row_and_the_totals(opener: Opener) -> None:
    async with opener.console() as console:
        await console.listed(ALL)
        opener.put(workflow("etl-1", "Failed", age=600, message="now it failed"))
        await console.see("now it failed")
        await console.see("✖ 2 failed")
        opener.put(workflow("brand-new", "Running", age=0))
        await console.see("brand-new")
        assert console.names == ["report", "brand-new", "broken", "etl-2", "etl-1"]


async def test_rows_keep_their_places_while_keys_are_pressed(
    opener: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opener.console() as console:
        await console.listed(ALL)
        monkeypatch.setattr("argotui.screens.table_screen.STILL_SECONDS", 3600.0)
        console.press("j")
        await until(lambda: console.under_cursor == "etl-1")
        opener.put(workflow("etl-1", "Failed", age=600, message="now it failed"))
        await console.see("now it failed")
        await console.see("new order in a moment")
        assert console.names == ALL
        console.workflows.store_changed(StoreChanges({Key("argo", name) for name in ALL}))
        assert console.names == ALL
        monkeypatch.setattr("argotui.screens.table_screen.STILL_SECONDS", 0.0)
        opener.put(workflow("etl-2", "Succeeded", age=300, message="hello"))
        await console.see("hello")
        console.workflows._reorder_now()
        await until(lambda: console.names == ["report", "broken", "etl-2", "etl-1"])
        assert console.under_cursor == "etl-1"


async def test_keys_typed_at_once_are_all_taken(opener: Opener) -> None:
    async with opener.console() as console:
        await console.listed(ALL)
        console.press("/", "j", "k", "enter", "escape", "j", "j")
        await until(lambda: console.under_cursor == "broken")
        assert console.workflows.filter_text == ""


async def test_a_filter_is_applied_as_it_is_typed_and_cleared_by_escape(opener: Opener) -> None:
    async with opener.console() as console:
        await console.listed(ALL)
        console.press("/", "etl")
        await until(lambda: console.names == ["etl-1", "etl-2"])
        console.press("enter")
        await console.see("2 of 4 shown")
        assert "/etl" in console.lines[-2]
        console.press("escape")
        await until(lambda: console.names == ALL)
        await console.see("4 workflows")


async def test_escape_in_the_prompt_brings_the_filter_before_back(opener: Opener) -> None:
    async with opener.console() as console:
        await console.listed(ALL)
        console.press("/", "etl", "enter")
        await until(lambda: console.names == ["etl-1", "etl-2"])
        console.press("/", "backspace", "backspace", "backspace", "broken")
        await until(lambda: console.names == ["broken"])
        console.press("escape")
        await until(lambda: console.names == ["etl-1", "etl-2"])


async def test_a_mistake_in_a_filter_is_pointed_at(opener: Opener) -> None:
    async with opener.console() as console:
        await console.listed(ALL)
        console.press("/", "age:2h", "enter")
        await console.see("needs < or >")
        await until(lambda: console.lines[-1].find("^") == console.lines[-2].find("2h") > 0)
        assert console.names == ALL


async def test_a_filter_that_shows_nothing_says_so(opener: Opener) -> None:
    async with opener.console() as console:
        await console.listed(ALL)
        console.press("/", "nosuch", "enter")
        await console.see("None of the 4 workflows of argo matches the filter.")
        await console.see("esc  show all of them again")
        console.press("escape")
        await until(lambda: console.names == ALL)


async def test_only_what_failed(opener: Opener) -> None:
    async with opener.console() as console:
        await console.listed(ALL)
        console.press("ctrl+z")
        await until(lambda: console.names == ["broken"])
        await console.see("only failed")
        console.press("escape")
        await until(lambda: console.names == ALL)


async def test_columns_sort_and_sort_the_other_way(opener: Opener) -> None:
    async with opener.console() as console:
        await console.listed(ALL)
        console.press("N")
        await until(lambda: console.names == ["broken", "etl-1", "etl-2", "report"])
        await console.see("NAME↑")
        console.press("shift+n")
        await until(lambda: console.names == ["report", "etl-2", "etl-1", "broken"])
        await console.see("NAME↓")
        console.press("A")
        await until(lambda: console.names == ["broken", "etl-2", "etl-1", "report"])
        console.press("U")
        await until(lambda: console.names == ALL)


async def test_all_namespaces_and_back_to_one(opener: Opener) -> None:
    async with opener.console() as console:
        await console.listed(ALL)
        assert "NAMESPACE" not in console.text
        console.press("0")
        await until(lambda: "elsewhere" in console.names)
        await console.see("demo / all namespaces")
        await console.see("NAMESPACE")
        console.press("0")
        await console.see("demo / argo")
        await until(lambda: console.names == ALL)
        console.press(":", "ns data", "enter")
        await until(lambda: console.names == ["elsewhere"])
        console.press("[")
        await until(lambda: len(opener.targets) == 1)


async def test_the_namespace_picker_lists_what_may_be_read(opener: Opener) -> None:
    async with opener.console() as console:
        await console.listed(ALL)
        console.press(":", "ns", "enter")
        await console.be_on(PickerScreen)
        await console.see("data")
        console.press("data")
        await console.see("▸    data")
        console.press("enter")
        await until(lambda: console.names == ["elsewhere"])


async def test_a_namespace_without_workflows_says_what_to_do(opener: Opener) -> None:
    async with opener.console(Settings(namespace="default")) as console:
        await console.see("There are no workflows in default.")
        await console.see(":ns")


async def test_a_failed_connection_is_explained_and_tried_again(opener: Opener) -> None:
    opener.refuse = UnreachableError("No answer from x", "connection refused", "Is the VPN up?")
    async with opener.console() as console:
        await console.see("No answer from x")
        await console.see("connection refused")
        await console.see("Is the VPN up?")
        await console.see("not connected")
        assert reason(console, "list.open") == "not connected"
        console.press("c")
        await until(lambda: "connection refused" in console.app.clipboard)
        opener.refuse = None
        console.press("r")
        await until(lambda: console.names == ALL)


async def test_a_first_list_that_failed_can_be_tried_again(opener: Opener) -> None:
    opener.embedded.faults.answer(503, times=1000, match="/workflows")
    async with opener.console() as console:
        await console.see("argotui tries again by itself")
        assert reason(console, "list.retry") is None
        opener.embedded.faults.clear()
        console.press("r")
        await console.listed(ALL)
        await until(lambda: reason(console, "list.retry") == "connected")


@pytest.mark.parametrize("width", [60, 80, 160])
async def test_losing_the_cluster_keeps_the_rows_and_says_how_old_they_are(
    opener: Opener, clock: ManualClock, width: int
) -> None:
    async with opener.console(size=(width, 30)) as console:
        await console.listed(ALL)
        await opener.embedded.stop()
        await console.see("! Data is ")
        await console.see(": the connection ")
        await console.see("stale")
        assert console.names == ALL
        assert "etl-1" in console.text


async def test_someone_who_may_read_nothing_is_told_so(opener: Opener) -> None:
    opener.user = "data"
    async with opener.console(Settings(namespace="argo")) as console:
        await console.see("forbidden")
        await console.see("choose a namespace you can read")
        await console.see("show every namespace you can read")
        console.press(":", "ns data", "enter")
        await until(lambda: console.names == ["elsewhere"])


async def test_what_is_not_listed_is_said_before_any_warning(
    opener: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(KubeCluster, "warnings", ("a long warning " * 9,))
    opener.user = "data"
    async with opener.console(Settings(all_namespaces=True), size=(120, 36)) as console:
        await until(lambda: console.names == ["elsewhere"])
        await console.see("! Showing data. You cannot list namespaces; :ns NAME adds one")


async def test_read_only_greys_what_is_dangerous(
    opener: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    dangerous = dataclasses.replace(ACTIONS["list.copy"], danger=True)
    monkeypatch.setitem(ACTIONS, "list.copy", dangerous)
    opener.read_only = True
    async with opener.console() as console:
        await console.listed(ALL)
        await console.see("read-only")
        console.press("c")
        await console.see("copy name: read-only")
        assert console.app.clipboard == ""


async def test_the_name_is_copied(opener: Opener) -> None:
    async with opener.console() as console:
        await console.listed(ALL)
        console.press("j", "c")
        await until(lambda: console.app.clipboard == "etl-1")
        await console.see("copied etl-1")


async def test_marks_are_counted(opener: Opener) -> None:
    async with opener.console() as console:
        await console.listed(ALL)
        console.press("space", "j", "ctrl+@")
        await console.see("3 marked")
        opener.embedded.objects.delete(WORKFLOWS, "argo", "report")
        await console.see("2 marked")
        console.press("ctrl+backslash")
        await console.see_no("marked")


async def test_enter_opens_the_workflow_under_the_cursor(opener: Opener) -> None:
    async with opener.console() as console:
        await console.listed(ALL)
        console.press("j", "enter")
        await console.be_on(WorkflowScreen)
        await console.see("etl-1")
        console.press("escape")
        await console.be_on(WorkflowsScreen)
        assert console.under_cursor == "etl-1"


async def test_a_command_that_is_none_names_the_nearest(opener: Opener) -> None:
    async with opener.console() as console:
        await console.listed(ALL)
        console.press(":", "thme", "enter")
        await console.see("there is no command thme; did you mean theme?")
        console.press("escape", ":", "theme light", "enter")
        await until(lambda: console.app.theme == "argotui-light")


async def test_a_command_may_filter_what_it_goes_to(opener: Opener) -> None:
    async with opener.console() as console:
        await console.listed(ALL)
        console.press(":", "wf /etl-2", "enter")
        await until(lambda: console.names == ["etl-2"])
        console.press(":", "wf data", "enter")
        await console.see("demo / data")


async def test_commands_are_suggested(opener: Opener) -> None:
    async with opener.console() as console:
        await console.listed(ALL)
        complete = console.app.complete_command
        assert complete("the") == ["theme"]
        assert complete("w") == ["workflows", "wftmpl", "watch"]
        assert complete("theme li") == ["theme light"]
        assert complete("theme ")[:2] == ["theme dark", "theme light"]
        assert complete("ctx ") == ["ctx demo", "ctx other"]
        assert complete("logs etl") == ["logs etl-1", "logs etl-2"]
        assert complete("zzz") == []
        assert complete("quit x") == []


async def test_another_context_is_connected_to(opener: Opener) -> None:
    async with opener.console() as console:
        await console.listed(ALL)
        console.press(":", "ctx nosuch", "enter")
        await console.see("the kubeconfig has no context nosuch")
        console.press("escape", ":", "ctx other", "enter")
        await until(lambda: opener.targets[-1].context == "other")
        await until(lambda: console.names == ALL)


async def test_the_help_lists_the_keys_as_they_are(opener: Opener) -> None:
    async with opener.console(Settings(keys={"list.logs": "f3"}), size=(160, 50)) as console:
        await console.listed(ALL)
        await console.see("f3 logs")
        console.press("question_mark")
        await console.be_on(HelpScreen)
        await console.see("Read the logs of the workflow, or of all marked")
        assert any(line.strip().startswith("f3") for line in console.lines)
        console.press("q")
        await console.be_on(WorkflowsScreen)


@pytest.mark.parametrize("size", [(80, 120), (120, 80)])
async def test_the_help_cuts_no_word(opener: Opener, size: tuple[int, int]) -> None:
    async with opener.console(size=size) as console:
        await console.listed(ALL)
        console.press("question_mark")
        await console.be_on(HelpScreen)
        await console.see("To the last row; a list reads older ones")
        assert "…" not in console.text


async def test_the_palette_lists_what_can_be_done_now(opener: Opener) -> None:
    async with opener.console(size=(120, 90)) as console:
        await console.listed(ALL)
        console.press("ctrl+p")
        await console.see("lists: open")
        await console.see("Press twice")
        assert "clear marks" not in console.text
        helps = ("Open the workflow", "Mark all between", "Show all keys", "Press twice")
        lines = [next(line for line in console.lines if text in line) for text in helps]
        places = [line.index(text) for line, text in zip(lines, helps, strict=True)]
        assert len(set(places)) == 1, "what a key does begins in one column"
        console.press("theme: contrast", "enter")
        await until(lambda: console.app.theme == theme_id("contrast"))
        console.press("ctrl+p")
        await console.be_on(PickerScreen)
        console.press("sort age", "enter")
        await until(lambda: console.names == ["broken", "etl-2", "etl-1", "report"])


async def test_columns_can_be_hidden_and_shown(opener: Opener) -> None:
    async with opener.console() as console:
        await console.listed(ALL)
        console.press("o")
        await console.be_on(ColumnPicker)
        console.press("template", "enter")
        await until(
            lambda: "template" not in console.workflows.columns and console.workflows.columns
        )
        console.press("escape")
        await console.be_on(WorkflowsScreen)
        await console.see_no("TEMPLATE")


async def test_one_ctrl_c_asks_and_two_leave(opener: Opener) -> None:
    async with opener.console() as console:
        await console.listed(ALL)
        console.press("ctrl+c")
        await console.see("Press again to leave")
        assert console.app.is_running
        console.press("ctrl+c")
        await until(lambda: not console.app.is_running)


async def test_what_is_looked_at_is_read_in_full(opener: Opener) -> None:
    async with opener.console() as console:
        await console.listed(ALL)
        row = console.app.session.store.get(Key("argo", "broken"))
        assert row is not None
        await until(
            lambda: (
                (found := console.app.session.store.get(row.key)) is not None
                and found.counts.failed
            )
        )


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (300, 100)])
@pytest.mark.parametrize(
    "theme", ["dark", "light", "contrast", "colourblind", "ansi", "production"]
)
async def test_every_theme_and_size_draws(
    opener: Opener, theme: str, size: tuple[int, int]
) -> None:
    async with opener.console(Settings(theme=theme), size) as console:
        await console.listed(ALL)
        await console.see("‖ waiting")
        assert max(len(line) for line in console.lines) <= size[0]
        assert "? keys" in console.lines[-1]


async def test_an_internal_error_while_connecting_is_shown_and_can_be_tried_again() -> None:
    asked: list[Target] = []

    async def fails(target: Target) -> Session:
        asked.append(target)
        raise RuntimeError("a token")

    app = ArgoTUI(Settings(), fails)
    async with app.run_test(size=(100, 24)):
        await until(lambda: app.connection.state == "failed")
        await until(lambda: "Internal error while connecting" in text_of(app))
        assert "RuntimeError" in text_of(app)
        assert "a token" not in text_of(app)
        app.simulate_key("r")
        await until(lambda: len(asked) == 2 and app.connection.state == "failed")
