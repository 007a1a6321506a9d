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
    async with opener.console() as console:
        await console.listed(ALL)
        console.press("j", "enter")
        await console.be_on(WorkflowScreen)
        console.press(":", typed, "enter")
        await console.be_on(screen)


@pytest.mark.parametrize("typed", ["q", "quit", "q!", "exit"])
async def test_it_is_left_by_name(opener: Opener, typed: str) -> None:
    async with opener.console() as console:
        await console.listed(ALL)
        console.press(":", typed, "enter")
        await until(lambda: not console.app.is_running)


@pytest.mark.parametrize(
    ("key", "view"), [("enter", "tree"), ("y", "yaml"), ("d", "summary"), ("e", "events")]
)
async def test_one_key_opens_each_view_and_escape_goes_back(
    opener: Opener, key: str, view: str
) -> None:
    async with opener.console() as console:
        await console.listed(ALL)
        console.press(key)
        await console.be_on(WorkflowScreen)
        screen = console.screen
        assert isinstance(screen, WorkflowScreen)
        assert screen.body.view == view
        console.press("escape")
        await console.be_on(WorkflowsScreen)
        console.press("l")
        await console.be_on(LogsScreen)
        console.press("escape")
        await console.be_on(WorkflowsScreen)


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
    async with opener.console() as console:
        await console.listed(ALL)
        console.press(":", typed, "enter")
        await console.see(said)


async def test_tab_completes_also_what_is_typed_fast(opener: Opener) -> None:
    async with opener.console() as console:
        await console.listed(ALL)
        console.press(":", "the", "tab", " li", "tab", "enter")
        await until(lambda: console.app.theme == "argotui-light")
        console.press(":", "zz", "tab")
        await until(lambda: console.workflows._prompt.text == "zz")


async def test_a_prompt_opened_while_a_screen_is_set_up_takes_the_keys(opener: Opener) -> None:
    async with opener.console() as console:
        await console.listed(ALL)
        screen = WorkflowsScreen()
        console.app.push_screen(screen)
        screen.open_prompt(":")
        await until(lambda: screen.is_mounted and screen.table.is_mounted)
        console.press("docter", "enter")
        await console.see("did you mean doctor?")
        console.press("escape")
        await until(lambda: screen._status.display and not screen._prompt.display)
        assert screen.focused is screen.table


async def test_up_and_down_go_through_what_was_typed(opener: Opener) -> None:
    async with opener.console() as console:
        await console.listed(ALL)
        prompt = console.workflows._prompt
        for command in ("theme light", "theme dark", "wf"):
            console.press(":", command, "enter")
        console.press(":", "up", "up")
        await until(lambda: prompt.text == "theme dark")
        console.press("up", "up")
        await until(lambda: prompt.text == "theme light")
        console.press("down", "down", "down")
        await until(lambda: prompt.text == "")
        console.press(
            "escape", "/", "etl", "enter", "/", "backspace", "x", "enter", "/", "up", "up"
        )
        await until(lambda: prompt.text == "etl")


async def test_help_names_every_command(opener: Opener) -> None:
    async with opener.console(size=(160, 60)) as console:
        await console.listed(ALL)
        console.press("?")
        await console.be_on(HelpScreen)
        for command in COMMANDS:
            await console.see(f":{command.names[0]}")
        await console.see(":ns, :ctx and 0 clear all marks")


# Marks.


async def test_marks_end_with_the_namespace(opener: Opener) -> None:
    async with opener.console() as console:
        await console.listed(ALL)
        console.press("space", "space")
        await console.see("2 marked")
        console.press("0")
        await console.listed(["report", "elsewhere", "etl-1", "broken", "etl-2"])
        assert not console.workflows.table.marks
        assert row_of_cursor(console.workflows.table) == 0
        console.press("space")
        await console.see("1 marked")
        console.press(":", "ns argo", "enter")
        await until(lambda: console.names == ALL)
        await console.see_no("marked")
        assert reason(console, "list.unmark") == "nothing is marked"


async def test_marks_end_with_the_context(opener: Opener) -> None:
    async with opener.console() as console:
        await console.listed(ALL)
        console.press("space")
        await console.see("1 marked")
        console.press(":", "ctx other", "enter")
        await until(lambda: opener.targets[-1].context == "other")
        await until(lambda: console.names == ALL)
        assert not console.workflows.table.marks


async def test_marks_outlast_a_filter_but_not_their_workflow(opener: Opener) -> None:
    async with opener.console() as console:
        await console.listed(ALL)
        console.press("space", "space", "/", "broken", "enter")
        await until(lambda: console.names == ["broken"])
        await console.see("2 marked")
        for name in ("report", "etl-1", "etl-2"):
            opener.embedded.objects.delete(WORKFLOWS, "argo", name)
        await console.see_no("marked")


# Where one is.


async def test_a_failed_connection_says_where_it_would_have_led(opener: Opener) -> None:
    opener.refuse = UnreachableError("No answer from x", "connection refused")

    def locate(target: Target) -> tuple[str, str]:
        return target.context or "prod-eu", target.namespace or "argo"

    async with opener.console(locate=locate) as console:
        await console.see("argotui  prod-eu / argo")
        assert "…" not in console.lines[0]
        await console.see("r tries again")
        console.press(":", "ctx other", "enter")
        await console.see("argotui  other / argo")
        opener.refuse = ForbiddenError("Not allowed here")
        console.press("r")
        await console.see("Not allowed here")
        await console.see("other / argo")
        opener.refuse = None
        console.press("r")
        await until(lambda: console.names == ALL)


async def test_a_connection_without_any_context_says_so(opener: Opener) -> None:
    opener.refuse = UnreachableError("There is no kubeconfig")
    async with opener.console() as console:
        await console.see("argotui  no context")


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
    async with opener.console(settings) as console:
        await console.see(says)
        assert "then the newest" not in console.text


async def test_a_filter_that_hides_all_says_how_to_clear_it(opener: Opener) -> None:
    async with opener.console() as console:
        await console.listed(ALL)
        console.press("/", "zzzz", "enter")
        await console.see("/zzzz   esc shows all")


async def test_the_filter_stays_in_view_beside_an_answer(opener: Opener) -> None:
    async with opener.console() as console:
        await console.listed(ALL)
        console.press("/", "etl", "enter")
        await until(lambda: console.names == ["etl-1", "etl-2"])
        console.press("c")
        await console.see("/etl   copied etl-1")
        console.press(":", "the")
        await until(lambda: " :theme" in console.lines[-2] and console.lines[-2].endswith(" /etl"))
        console.press("escape", "/")
        await until(lambda: console.lines[-2].rstrip() == " /etl")


# Choosing with the keyboard.


async def test_themes_are_shown_under_the_cursor_and_given_up_by_escape(opener: Opener) -> None:
    async with opener.console() as console:
        await console.listed(ALL)
        console.press(":", "themes", "enter")
        await console.be_on(ThemePicker)
        await console.see("✔ dark")
        console.press("down")
        await until(lambda: console.app.theme == "argotui-light")
        console.press("colour")
        await until(lambda: console.app.theme == "argotui-colourblind")
        console.press("escape")
        await console.be_on(WorkflowsScreen)
        await until(lambda: console.app.theme == "argotui-dark")
        console.press(":", "theme", "enter")
        await console.be_on(ThemePicker)
        console.press("down", "down", "enter")
        await console.be_on(WorkflowsScreen)
        await until(lambda: console.app.theme == "argotui-contrast")


async def test_what_sorts_is_picked_at_any_width(opener: Opener) -> None:
    opener.put(workflow("etl-2", "Succeeded", age=300, labels={TEMPLATE: "aaa"}))
    async with opener.console(size=(80, 24)) as console:
        await console.listed(ALL)
        assert "TEMPLATE" not in console.text
        console.press("O")
        await console.be_on(SortPicker)
        await console.see("✔ attention  what waits, what is stuck")
        console.press("templ", "enter")
        await until(lambda: console.names[0] == "etl-2")
        await console.see("by TEMPLATE ↑")
        console.press("O")
        await console.be_on(SortPicker)
        await console.see("▸  ✔ TEMPLATE")
        console.press("enter")
        await console.see("by TEMPLATE ↓")
        console.press("/", "etl", "enter")
        await console.see("/etl   by TEMPLATE ↓")
        console.press("O", "escape", "escape")
        await console.see_no("/etl")
        console.press("U")
        await until(lambda: console.names == ALL)


TEMPLATE = "workflows.argoproj.io/workflow-template"
