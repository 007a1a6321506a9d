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
    async with opener.console() as desk:
        await desk.listed(ALL)
        await desk.see("✖1")
        await until(lambda: desk.lines[0].endswith("live"), what="both streams to be live")
        top = desk.lines[0]
        assert "demo / argo" in top
        assert "● 1 running" in top
        assert "✖ 1 failed" in top
        assert "‖ 1 gate waits" in top
        row = next(line for line in desk.lines if "report" in line)
        assert "‖ waiting" in row
        assert "1/2" in row
        assert "20m" in row
        assert "pod [/x] failed [@click=app.exit]" in desk.text


async def test_a_change_reaches_its_row_and_the_totals(opener: Opener) -> None:
    async with opener.console() as desk:
        await desk.listed(ALL)
        opener.put(workflow("etl-1", "Failed", age=600, message="now it failed"))
        await desk.see("now it failed")
        await desk.see("✖ 2 failed")
        opener.put(workflow("brand-new", "Running", age=0))
        await desk.see("brand-new")
        assert desk.names == ["report", "brand-new", "broken", "etl-2", "etl-1"]


async def test_rows_keep_their_places_while_keys_are_pressed(
    opener: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opener.console() as desk:
        await desk.listed(ALL)
        monkeypatch.setattr("argotui.screens.table_screen.STILL_SECONDS", 3600.0)
        desk.press("j")
        await until(lambda: desk.under_cursor == "etl-1")
        opener.put(workflow("etl-1", "Failed", age=600, message="now it failed"))
        await desk.see("now it failed")
        await desk.see("new order in a moment")
        assert desk.names == ALL
        desk.workflows.store_changed(StoreChanges({Key("argo", name) for name in ALL}))
        assert desk.names == ALL
        monkeypatch.setattr("argotui.screens.table_screen.STILL_SECONDS", 0.0)
        opener.put(workflow("etl-2", "Succeeded", age=300, message="hello"))
        await desk.see("hello")
        desk.workflows._reorder_now()
        await until(lambda: desk.names == ["report", "broken", "etl-2", "etl-1"])
        assert desk.under_cursor == "etl-1"


async def test_keys_typed_at_once_are_all_taken(opener: Opener) -> None:
    async with opener.console() as desk:
        await desk.listed(ALL)
        desk.press("/", "j", "k", "enter", "escape", "j", "j")
        await until(lambda: desk.under_cursor == "broken")
        assert desk.workflows.filter_text == ""


async def test_a_filter_is_applied_as_it_is_typed_and_cleared_by_escape(opener: Opener) -> None:
    async with opener.console() as desk:
        await desk.listed(ALL)
        desk.press("/", "etl")
        await until(lambda: desk.names == ["etl-1", "etl-2"])
        desk.press("enter")
        await desk.see("2 of 4 shown")
        assert "/etl" in desk.lines[-2]
        desk.press("escape")
        await until(lambda: desk.names == ALL)
        await desk.see("4 workflows")


async def test_escape_in_the_prompt_brings_the_filter_before_back(opener: Opener) -> None:
    async with opener.console() as desk:
        await desk.listed(ALL)
        desk.press("/", "etl", "enter")
        await until(lambda: desk.names == ["etl-1", "etl-2"])
        desk.press("/", "backspace", "backspace", "backspace", "broken")
        await until(lambda: desk.names == ["broken"])
        desk.press("escape")
        await until(lambda: desk.names == ["etl-1", "etl-2"])


async def test_a_mistake_in_a_filter_is_pointed_at(opener: Opener) -> None:
    async with opener.console() as desk:
        await desk.listed(ALL)
        desk.press("/", "age:2h", "enter")
        await desk.see("needs < or >")
        await until(lambda: desk.lines[-1].find("^") == desk.lines[-2].find("2h") > 0)
        assert desk.names == ALL


async def test_a_filter_that_shows_nothing_says_so(opener: Opener) -> None:
    async with opener.console() as desk:
        await desk.listed(ALL)
        desk.press("/", "nosuch", "enter")
        await desk.see("None of the 4 workflows of argo matches the filter.")
        await desk.see("esc  show all of them again")
        desk.press("escape")
        await until(lambda: desk.names == ALL)


async def test_only_what_failed(opener: Opener) -> None:
    async with opener.console() as desk:
        await desk.listed(ALL)
        desk.press("ctrl+z")
        await until(lambda: desk.names == ["broken"])
        await desk.see("only failed")
        desk.press("escape")
        await until(lambda: desk.names == ALL)


async def test_columns_sort_and_sort_the_other_way(opener: Opener) -> None:
    async with opener.console() as desk:
        await desk.listed(ALL)
        desk.press("N")
        await until(lambda: desk.names == ["broken", "etl-1", "etl-2", "report"])
        await desk.see("NAME↑")
        desk.press("shift+n")
        await until(lambda: desk.names == ["report", "etl-2", "etl-1", "broken"])
        await desk.see("NAME↓")
        desk.press("A")
        await until(lambda: desk.names == ["broken", "etl-2", "etl-1", "report"])
        desk.press("U")
        await until(lambda: desk.names == ALL)


async def test_all_namespaces_and_back_to_one(opener: Opener) -> None:
    async with opener.console() as desk:
        await desk.listed(ALL)
        assert "NAMESPACE" not in desk.text
        desk.press("0")
        await until(lambda: "elsewhere" in desk.names)
        await desk.see("demo / all namespaces")
        await desk.see("NAMESPACE")
        desk.press("0")
        await desk.see("demo / argo")
        await until(lambda: desk.names == ALL)
        desk.press(":", "ns data", "enter")
        await until(lambda: desk.names == ["elsewhere"])
        desk.press("[")
        await until(lambda: len(opener.targets) == 1)


async def test_the_namespace_picker_lists_what_may_be_read(opener: Opener) -> None:
    async with opener.console() as desk:
        await desk.listed(ALL)
        desk.press(":", "ns", "enter")
        await desk.be_on(PickerScreen)
        await desk.see("data")
        desk.press("data")
        await desk.see("▸    data")
        desk.press("enter")
        await until(lambda: desk.names == ["elsewhere"])


async def test_a_namespace_without_workflows_says_what_to_do(opener: Opener) -> None:
    async with opener.console(Settings(namespace="default")) as desk:
        await desk.see("There are no workflows in default.")
        await desk.see(":ns")


async def test_a_failed_connection_is_explained_and_tried_again(opener: Opener) -> None:
    opener.refuse = UnreachableError("No answer from x", "connection refused", "Is the VPN up?")
    async with opener.console() as desk:
        await desk.see("No answer from x")
        await desk.see("connection refused")
        await desk.see("Is the VPN up?")
        await desk.see("not connected")
        assert reason(desk, "list.open") == "not connected"
        desk.press("c")
        await until(lambda: "connection refused" in desk.app.clipboard)
        opener.refuse = None
        desk.press("r")
        await until(lambda: desk.names == ALL)


async def test_a_first_list_that_failed_can_be_tried_again(opener: Opener) -> None:
    opener.embedded.faults.answer(503, times=1000, match="/workflows")
    async with opener.console() as desk:
        await desk.see("argotui tries again by itself")
        assert reason(desk, "list.retry") is None
        opener.embedded.faults.clear()
        desk.press("r")
        await desk.listed(ALL)
        await until(lambda: reason(desk, "list.retry") == "connected")


@pytest.mark.parametrize("width", [60, 80, 160])
async def test_losing_the_cluster_keeps_the_rows_and_says_how_old_they_are(
    opener: Opener, clock: ManualClock, width: int
) -> None:
    async with opener.console(size=(width, 30)) as desk:
        await desk.listed(ALL)
        await opener.embedded.stop()
        await desk.see("! Data is ")
        await desk.see(": the connection ")
        await desk.see("stale")
        assert desk.names == ALL
        assert "etl-1" in desk.text


async def test_someone_who_may_read_nothing_is_told_so(opener: Opener) -> None:
    opener.user = "data"
    async with opener.console(Settings(namespace="argo")) as desk:
        await desk.see("forbidden")
        await desk.see("choose a namespace you may read")
        await desk.see("show every namespace you may read")
        desk.press(":", "ns data", "enter")
        await until(lambda: desk.names == ["elsewhere"])


async def test_what_is_not_listed_is_said_before_any_warning(
    opener: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(KubeCluster, "warnings", ("a long warning " * 9,))
    opener.user = "data"
    async with opener.console(Settings(all_namespaces=True), size=(120, 36)) as desk:
        await until(lambda: desk.names == ["elsewhere"])
        await desk.see("! Showing data. You cannot list namespaces; :ns NAME adds one")


async def test_read_only_greys_what_is_dangerous(
    opener: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    dangerous = dataclasses.replace(ACTIONS["list.copy"], danger=True)
    monkeypatch.setitem(ACTIONS, "list.copy", dangerous)
    opener.read_only = True
    async with opener.console() as desk:
        await desk.listed(ALL)
        await desk.see("read-only")
        desk.press("c")
        await desk.see("copy name: read-only")
        assert desk.app.clipboard == ""


async def test_the_name_is_copied(opener: Opener) -> None:
    async with opener.console() as desk:
        await desk.listed(ALL)
        desk.press("j", "c")
        await until(lambda: desk.app.clipboard == "etl-1")
        await desk.see("copied etl-1")


async def test_marks_are_counted(opener: Opener) -> None:
    async with opener.console() as desk:
        await desk.listed(ALL)
        desk.press("space", "j", "ctrl+@")
        await desk.see("3 marked")
        opener.embedded.objects.delete(WORKFLOWS, "argo", "report")
        await desk.see("2 marked")
        desk.press("ctrl+backslash")
        await desk.see_no("marked")


async def test_enter_opens_the_workflow_under_the_cursor(opener: Opener) -> None:
    async with opener.console() as desk:
        await desk.listed(ALL)
        desk.press("j", "enter")
        await desk.be_on(WorkflowScreen)
        await desk.see("etl-1")
        desk.press("escape")
        await desk.be_on(WorkflowsScreen)
        assert desk.under_cursor == "etl-1"


async def test_a_command_that_is_none_names_the_nearest(opener: Opener) -> None:
    async with opener.console() as desk:
        await desk.listed(ALL)
        desk.press(":", "thme", "enter")
        await desk.see("there is no command thme; did you mean theme?")
        desk.press("escape", ":", "theme light", "enter")
        await until(lambda: desk.app.theme == "argotui-light")


async def test_a_command_may_filter_what_it_goes_to(opener: Opener) -> None:
    async with opener.console() as desk:
        await desk.listed(ALL)
        desk.press(":", "wf /etl-2", "enter")
        await until(lambda: desk.names == ["etl-2"])
        desk.press(":", "wf data", "enter")
        await desk.see("demo / data")


async def test_commands_are_suggested(opener: Opener) -> None:
    async with opener.console() as desk:
        await desk.listed(ALL)
        complete = desk.app.complete_command
        assert complete("the") == ["theme"]
        assert complete("w") == ["workflows", "watch"]
        assert complete("theme li") == ["theme light"]
        assert complete("theme ")[:2] == ["theme dark", "theme light"]
        assert complete("ctx ") == ["ctx demo", "ctx other"]
        assert complete("logs etl") == ["logs etl-1", "logs etl-2"]
        assert complete("zzz") == []
        assert complete("quit x") == []


async def test_another_context_is_connected_to(opener: Opener) -> None:
    async with opener.console() as desk:
        await desk.listed(ALL)
        desk.press(":", "ctx nosuch", "enter")
        await desk.see("the kubeconfig has no context nosuch")
        desk.press("escape", ":", "ctx other", "enter")
        await until(lambda: opener.targets[-1].context == "other")
        await until(lambda: desk.names == ALL)


async def test_the_help_lists_the_keys_as_they_are(opener: Opener) -> None:
    async with opener.console(Settings(keys={"list.logs": "f3"}), size=(160, 50)) as desk:
        await desk.listed(ALL)
        await desk.see("f3 logs")
        desk.press("question_mark")
        await desk.be_on(HelpScreen)
        await desk.see("Read the logs of the workflow, or of all marked")
        assert any(line.strip().startswith("f3") for line in desk.lines)
        desk.press("q")
        await desk.be_on(WorkflowsScreen)


@pytest.mark.parametrize("size", [(80, 120), (120, 80)])
async def test_the_help_cuts_no_word(opener: Opener, size: tuple[int, int]) -> None:
    async with opener.console(size=size) as desk:
        await desk.listed(ALL)
        desk.press("question_mark")
        await desk.be_on(HelpScreen)
        await desk.see("To the last row; a list reads older ones")
        assert "…" not in desk.text


async def test_the_palette_lists_what_can_be_done_now(opener: Opener) -> None:
    async with opener.console(size=(120, 90)) as desk:
        await desk.listed(ALL)
        desk.press("ctrl+p")
        await desk.see("lists: open")
        await desk.see("Press twice")
        assert "clear marks" not in desk.text
        helps = ("Open the workflow", "Mark all between", "Show all keys", "Press twice")
        lines = [next(line for line in desk.lines if text in line) for text in helps]
        places = [line.index(text) for line, text in zip(lines, helps, strict=True)]
        assert len(set(places)) == 1, "what a key does begins in one column"
        desk.press("theme: contrast", "enter")
        await until(lambda: desk.app.theme == theme_id("contrast"))
        desk.press("ctrl+p")
        await desk.be_on(PickerScreen)
        desk.press("sort age", "enter")
        await until(lambda: desk.names == ["broken", "etl-2", "etl-1", "report"])


async def test_columns_can_be_hidden_and_shown(opener: Opener) -> None:
    async with opener.console() as desk:
        await desk.listed(ALL)
        desk.press("o")
        await desk.be_on(ColumnPicker)
        desk.press("template", "enter")
        await until(lambda: "template" not in desk.workflows.columns and desk.workflows.columns)
        desk.press("escape")
        await desk.be_on(WorkflowsScreen)
        await desk.see_no("TEMPLATE")


async def test_one_ctrl_c_asks_and_two_leave(opener: Opener) -> None:
    async with opener.console() as desk:
        await desk.listed(ALL)
        desk.press("ctrl+c")
        await desk.see("Press again to leave")
        assert desk.app.is_running
        desk.press("ctrl+c")
        await until(lambda: not desk.app.is_running)


async def test_what_is_looked_at_is_read_in_full(opener: Opener) -> None:
    async with opener.console() as desk:
        await desk.listed(ALL)
        row = desk.app.session.store.get(Key("argo", "broken"))
        assert row is not None
        await until(
            lambda: (
                (found := desk.app.session.store.get(row.key)) is not None and found.counts.failed
            )
        )


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (300, 100)])
@pytest.mark.parametrize(
    "theme", ["dark", "light", "contrast", "colourblind", "ansi", "production"]
)
async def test_every_theme_and_size_draws(
    opener: Opener, theme: str, size: tuple[int, int]
) -> None:
    async with opener.console(Settings(theme=theme), size) as desk:
        await desk.listed(ALL)
        await desk.see("‖ waiting")
        assert max(len(line) for line in desk.lines) <= size[0]
        assert "? keys" in desk.lines[-1]


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
