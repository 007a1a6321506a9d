"""Moving around with k9s' fingers: commands, pickers, marks, and where one is."""

from __future__ import annotations

import pytest

from argotui.config.settings import Settings
from argotui.demo.api.kinds import WORKFLOWS
from argotui.errors import ForbiddenError, UnreachableError
from argotui.screens.commands import COMMANDS
from argotui.screens.dialogs.help import HelpScreen
from argotui.screens.dialogs.picker import PickerScreen
from argotui.screens.dialogs.pickers import SortPicker, ThemePicker
from argotui.screens.doctor import DoctorScreen
from argotui.screens.gates.inbox import GatesScreen
from argotui.screens.logs.screen import LogsScreen
from argotui.screens.workflow.screen import WorkflowScreen
from argotui.screens.workflows.screen import WorkflowsScreen
from argotui.target import Target
from tests.support import until
from tests.unit.cli.cluster import workflow
from tests.unit.screens.console import Opener, reason, row_of_cursor

ALL = ["report", "etl-1", "broken", "etl-2"]


@pytest.mark.parametrize(
    ("typed", "screen"),
    [
        *((name, WorkflowsScreen) for name in ("wf", "workflows", "workflow")),
        *((name, GatesScreen) for name in ("gates", "gate", "inbox", "approvals")),
        *((name, PickerScreen) for name in ("ns", "namespaces", "ctx", "contexts")),
        *((name, ThemePicker) for name in ("themes", "theme", "skins")),
        *((name, HelpScreen) for name in ("help", "h", "?", "keys")),
        ("doctor", DoctorScreen),
        ("logs etl-1", LogsScreen),
    ],
)
async def test_every_alias_leads_somewhere(opener: Opener, typed: str, screen: type) -> None:
    async with opener.console() as desk:
        await desk.listed(ALL)
        desk.press("j", "enter")
        await desk.be_on(WorkflowScreen)
        desk.press(":", typed, "enter")
        await desk.be_on(screen)


@pytest.mark.parametrize("typed", ["q", "quit", "q!", "exit"])
async def test_it_is_left_by_name(opener: Opener, typed: str) -> None:
    async with opener.console() as desk:
        await desk.listed(ALL)
        desk.press(":", typed, "enter")
        await until(lambda: not desk.app.is_running)


@pytest.mark.parametrize(
    ("key", "view"), [("enter", "tree"), ("y", "yaml"), ("d", "summary"), ("e", "events")]
)
async def test_one_key_opens_each_view_and_escape_goes_back(
    opener: Opener, key: str, view: str
) -> None:
    async with opener.console() as desk:
        await desk.listed(ALL)
        desk.press(key)
        await desk.be_on(WorkflowScreen)
        screen = desk.screen
        assert isinstance(screen, WorkflowScreen)
        assert screen.body.view == view
        desk.press("escape")
        await desk.be_on(WorkflowsScreen)
        desk.press("l")
        await desk.be_on(LogsScreen)
        desk.press("escape")
        await desk.be_on(WorkflowsScreen)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("docter", "there is no command docter; did you mean doctor?"),
        ("gtaes", "there is no command gtaes; did you mean gates?"),
        ("zzzz", "there is no command zzzz; :help lists what there is"),
        ("ctx othr", "no context othr; did you mean other?"),
        ("theme lihgt", "there is no theme lihgt; did you mean light?"),
        ("theme zzzz", "there is no theme zzzz; there are dark, light"),
        ("doctor now", "doctor takes nothing"),
    ],
)
async def test_what_is_not_there_names_the_nearest(opener: Opener, typed: str, said: str) -> None:
    async with opener.console() as desk:
        await desk.listed(ALL)
        desk.press(":", typed, "enter")
        await desk.see(said)


async def test_tab_completes_also_what_is_typed_fast(opener: Opener) -> None:
    async with opener.console() as desk:
        await desk.listed(ALL)
        desk.press(":", "the", "tab", " li", "tab", "enter")
        await until(lambda: desk.app.theme == "argotui-light")
        desk.press(":", "zz", "tab")
        await until(lambda: desk.workflows._prompt.text == "zz")


async def test_a_prompt_opened_while_a_screen_is_set_up_takes_the_keys(opener: Opener) -> None:
    async with opener.console() as desk:
        await desk.listed(ALL)
        screen = WorkflowsScreen()
        desk.app.push_screen(screen)
        screen.open_prompt(":")
        await until(lambda: screen.is_mounted and screen.table.is_mounted)
        desk.press("docter", "enter")
        await desk.see("did you mean doctor?")
        desk.press("escape")
        await until(lambda: screen._status.display and not screen._prompt.display)
        assert screen.focused is screen.table


async def test_up_and_down_go_through_what_was_typed(opener: Opener) -> None:
    async with opener.console() as desk:
        await desk.listed(ALL)
        prompt = desk.workflows._prompt
        for command in ("theme light", "theme dark", "wf"):
            desk.press(":", command, "enter")
        desk.press(":", "up", "up")
        await until(lambda: prompt.text == "theme dark")
        desk.press("up", "up")
        await until(lambda: prompt.text == "theme light")
        desk.press("down", "down", "down")
        await until(lambda: prompt.text == "")
        desk.press("escape", "/", "etl", "enter", "/", "backspace", "x", "enter", "/", "up", "up")
        await until(lambda: prompt.text == "etl")


async def test_help_names_every_command(opener: Opener) -> None:
    async with opener.console(size=(160, 60)) as desk:
        await desk.listed(ALL)
        desk.press("?")
        await desk.be_on(HelpScreen)
        for command in COMMANDS:
            await desk.see(f":{command.names[0]}")
        await desk.see(":ns, :ctx and 0 clear all marks")


# Marks.


async def test_marks_end_with_the_namespace(opener: Opener) -> None:
    async with opener.console() as desk:
        await desk.listed(ALL)
        desk.press("space", "space")
        await desk.see("2 marked")
        desk.press("0")
        await desk.listed(["report", "elsewhere", "etl-1", "broken", "etl-2"])
        assert not desk.workflows.table.marks
        assert row_of_cursor(desk.workflows.table) == 0
        desk.press("space")
        await desk.see("1 marked")
        desk.press(":", "ns argo", "enter")
        await until(lambda: desk.names == ALL)
        await desk.see_no("marked")
        assert reason(desk, "list.unmark") == "nothing is marked"


async def test_marks_end_with_the_context(opener: Opener) -> None:
    async with opener.console() as desk:
        await desk.listed(ALL)
        desk.press("space")
        await desk.see("1 marked")
        desk.press(":", "ctx other", "enter")
        await until(lambda: opener.targets[-1].context == "other")
        await until(lambda: desk.names == ALL)
        assert not desk.workflows.table.marks


async def test_marks_outlast_a_filter_but_not_their_workflow(opener: Opener) -> None:
    async with opener.console() as desk:
        await desk.listed(ALL)
        desk.press("space", "space", "/", "broken", "enter")
        await until(lambda: desk.names == ["broken"])
        await desk.see("2 marked")
        for name in ("report", "etl-1", "etl-2"):
            opener.embedded.objects.delete(WORKFLOWS, "argo", name)
        await desk.see_no("marked")


# Where one is.


async def test_a_failed_connection_says_where_it_would_have_led(opener: Opener) -> None:
    opener.refuse = UnreachableError("No answer from x", "connection refused")

    def locate(target: Target) -> tuple[str, str]:
        return target.context or "prod-eu", target.namespace or "argo"

    async with opener.console(locate=locate) as desk:
        await desk.see("argotui  prod-eu / argo")
        assert "…" not in desk.lines[0]
        await desk.see("r tries again")
        desk.press(":", "ctx other", "enter")
        await desk.see("argotui  other / argo")
        opener.refuse = ForbiddenError("Not allowed here")
        desk.press("r")
        await desk.see("Not allowed here")
        await desk.see("other / argo")
        opener.refuse = None
        desk.press("r")
        await until(lambda: desk.names == ALL)


async def test_a_connection_without_any_context_says_so(opener: Opener) -> None:
    opener.refuse = UnreachableError("There is no kubeconfig")
    async with opener.console() as desk:
        await desk.see("argotui  no context")


@pytest.mark.parametrize(
    ("settings", "user", "says"),
    [
        (Settings(namespace="default"), "admin", "0 shows all namespaces, :ns another"),
        (Settings(namespace="argo"), "data", ":ns and :ctx lead elsewhere"),
    ],
)
async def test_a_list_without_rows_names_what_to_do_and_no_order(
    opener: Opener, settings: Settings, user: str, says: str
) -> None:
    opener.user = user
    async with opener.console(settings) as desk:
        await desk.see(says)
        assert "then the newest" not in desk.text


async def test_a_filter_that_hides_all_says_how_to_clear_it(opener: Opener) -> None:
    async with opener.console() as desk:
        await desk.listed(ALL)
        desk.press("/", "zzzz", "enter")
        await desk.see("/zzzz   esc shows all")


async def test_the_filter_stays_in_view_beside_an_answer(opener: Opener) -> None:
    async with opener.console() as desk:
        await desk.listed(ALL)
        desk.press("/", "etl", "enter")
        await until(lambda: desk.names == ["etl-1", "etl-2"])
        desk.press("c")
        await desk.see("/etl   copied etl-1")
        desk.press(":", "the")
        await until(lambda: " :theme" in desk.lines[-2] and desk.lines[-2].endswith(" /etl"))
        desk.press("escape", "/")
        await until(lambda: desk.lines[-2].rstrip() == " /etl")


# Choosing with the keyboard.


async def test_themes_are_shown_under_the_cursor_and_given_up_by_escape(opener: Opener) -> None:
    async with opener.console() as desk:
        await desk.listed(ALL)
        desk.press(":", "themes", "enter")
        await desk.be_on(ThemePicker)
        await desk.see("✔ dark")
        desk.press("down")
        await until(lambda: desk.app.theme == "argotui-light")
        desk.press("colour")
        await until(lambda: desk.app.theme == "argotui-colourblind")
        desk.press("escape")
        await desk.be_on(WorkflowsScreen)
        await until(lambda: desk.app.theme == "argotui-dark")
        desk.press(":", "theme", "enter")
        await desk.be_on(ThemePicker)
        desk.press("down", "down", "enter")
        await desk.be_on(WorkflowsScreen)
        await until(lambda: desk.app.theme == "argotui-contrast")


async def test_what_sorts_is_picked_at_any_width(opener: Opener) -> None:
    opener.put(workflow("etl-2", "Succeeded", age=300, labels={TEMPLATE: "aaa"}))
    async with opener.console(size=(80, 24)) as desk:
        await desk.listed(ALL)
        assert "TEMPLATE" not in desk.text
        desk.press("O")
        await desk.be_on(SortPicker)
        await desk.see("✔ attention  what waits, what is stuck")
        desk.press("templ", "enter")
        await until(lambda: desk.names[0] == "etl-2")
        await desk.see("by TEMPLATE ↑")
        desk.press("O")
        await desk.be_on(SortPicker)
        await desk.see("▸  ✔ TEMPLATE")
        desk.press("enter")
        await desk.see("by TEMPLATE ↓")
        desk.press("/", "etl", "enter")
        await desk.see("/etl   by TEMPLATE ↓")
        desk.press("O", "escape", "escape")
        await desk.see_no("/etl")
        desk.press("U")
        await until(lambda: desk.names == ALL)


TEMPLATE = "workflows.argoproj.io/workflow-template"
