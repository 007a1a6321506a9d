"""`:doctor` in the console: the report of `argotui doctor`, live, whether connected or not."""

from __future__ import annotations

from textual.events import Key

from argotui.config.settings import Settings
from argotui.errors import UnreachableError
from argotui.operations.doctor.checks import Check, TerminalFacts
from argotui.operations.doctor.report import DoctorEnvironment
from argotui.screens.doctor import DoctorScreen
from argotui.screens.workflows.screen import WorkflowsScreen
from tests.support import until
from tests.unit.screens.console import Desk, Opener, reason

AROUND = DoctorEnvironment(
    Check("config", "Config file", detail="none (would be config.toml)"),
    TerminalFacts(attached=True, term="xterm-256color", encoding="utf-8"),
)


async def examined(desk: Desk) -> DoctorScreen:
    desk.press(":", "doctor", "enter")
    await desk.be_on(DoctorScreen)
    screen = desk.screen
    assert isinstance(screen, DoctorScreen)
    await until(lambda: screen._ended is not None, what="the end of the examination")
    await desk.see("checked ")
    await desk.at_rest()
    return screen


async def test_the_report_has_findings_rights_and_surroundings(opener: Opener) -> None:
    async with opener.console(environment=AROUND, size=(120, 50)) as desk:
        await desk.see("demo / argo")
        screen = await examined(desk)
        ids = [check.id for check in screen.report.checks]
        assert ids[:3] == ["config", "reach", "kubernetes"]
        assert ids[-3:] == ["terminal", "size", "encoding"]
        assert {"argo", "whoami", "rights"} <= set(ids)
        await desk.see("✔ ok")
        await desk.see("120 x 50 cells")
        await desk.see("Rights in namespace: argo")
        await desk.see("patch   workflows")
        await desk.see("no problem found")
        desk.press("escape")
        await desk.be_on(WorkflowsScreen)


async def test_it_is_copied_whole_and_scrolled(opener: Opener) -> None:
    async with opener.console(environment=AROUND, size=(80, 24)) as desk:
        await desk.see("demo / argo")
        screen = await examined(desk)
        assert len(screen.report.rows) > screen.report.page
        desk.press("c")
        await desk.see("copied the report")
        copied = desk.app.clipboard
        assert copied == screen.report.whole
        for check in screen.report.checks:
            assert check.title in copied
            assert check.detail in copied
        desk.press("G")
        await desk.see("deleting with other tools")
        desk.press("g")
        await desk.see("Config file")


async def test_what_keeps_the_console_from_connecting_is_told_and_checked_again(
    opener: Opener,
) -> None:
    opener.refuse = UnreachableError("No answer from x", "connection refused", "Is the VPN up?")
    async with opener.console() as desk:
        await desk.see(":doctor  find out why")
        screen = await examined(desk)
        await desk.see("No answer from x: connection refused")
        await desk.see("→ Is the VPN up?")
        await desk.see("✖ 1 failure")
        opener.refuse = None
        desk.press("ctrl+r")
        await desk.see("no problem found")
        assert "No answer" not in desk.text
        assert len(opener.targets) == 3
        desk.press(":", "doctor", "enter")
        await until(lambda: len(opener.targets) == 4)
        assert desk.screen is screen


async def test_it_says_what_someone_may_not(opener: Opener) -> None:
    opener.user = "data"
    async with opener.console(Settings(namespace="argo")) as desk:
        await desk.see("choose a namespace you may read")
        await examined(desk)
        await desk.see("not allowed in namespace argo")
        await desk.see("✖ 1 failure")
        assert reason(desk, "go.filter") == "there is nothing to filter here"


async def test_a_key_opens_it_and_the_palette_has_it(opener: Opener) -> None:
    async with opener.console(size=(120, 50)) as desk:
        await desk.see("etl-1")
        desk.press("ctrl+p")
        await desk.see("lists: open")
        desk.press("doctor")
        await desk.see("Whether all works here")
        assert " f9 " in next(line for line in desk.lines if "Whether all works here" in line)
        desk.press("escape", "escape")
        await desk.be_on(WorkflowsScreen)
        desk.app.post_message(Key("f9", None))
        await desk.be_on(DoctorScreen)
