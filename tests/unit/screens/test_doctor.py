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
from tests.unit.screens.console import ConsoleDriver, Opener, reason

AROUND = DoctorEnvironment(
    Check("config", "Config file", detail="none (would be config.toml)"),
    TerminalFacts(attached=True, term="xterm-256color", encoding="utf-8"),
)


async def examined(console: ConsoleDriver) -> DoctorScreen:
    console.press(":", "doctor", "enter")
    await console.be_on(DoctorScreen)
    screen = console.screen
    assert isinstance(screen, DoctorScreen)
    await until(lambda: screen._ended is not None, what="the end of the checks")
    await console.see("checked ")
    await console.at_rest()
    return screen


async def test_the_report_has_findings_rights_and_surroundings(opener: Opener) -> None:
    async with opener.console(environment=AROUND, size=(120, 50)) as console:
        await console.see("demo / argo")
        screen = await examined(console)
        ids = [check.id for check in screen.report.checks]
        assert ids[:3] == ["config", "reach", "kubernetes"]
        assert ids[-3:] == ["terminal", "size", "encoding"]
        assert {"argo", "whoami", "rights"} <= set(ids)
        await console.see("✔ ok")
        await console.see("120 x 50 cells")
        await console.see("Rights in namespace: argo")
        await console.see("patch   workflows")
        await console.see("no problem found")
        console.press("escape")
        await console.be_on(WorkflowsScreen)


async def test_it_is_copied_whole_and_scrolled(opener: Opener) -> None:
    async with opener.console(environment=AROUND, size=(80, 24)) as console:
        await console.see("demo / argo")
        screen = await examined(console)
        assert len(screen.report.rows) > screen.report.page
        console.press("c")
        await console.see("copied the report")
        copied = console.app.clipboard
        assert copied == screen.report.whole
        for check in screen.report.checks:
            assert check.title in copied
            assert check.detail in copied
        console.press("G")
        await console.see("deleting with other tools")
        console.press("g")
        await console.see("Config file")


async def test_what_keeps_the_console_from_connecting_is_told_and_checked_again(
    opener: Opener,
) -> None:
    opener.refuse = UnreachableError("No answer from x", "connection refused", "Is the VPN up?")
    async with opener.console() as console:
        await console.see(":doctor  find out why")
        screen = await examined(console)
        await console.see("No answer from x: connection refused")
        await console.see("→ Is the VPN up?")
        await console.see("✖ 1 failure")
        opener.refuse = None
        console.press("ctrl+r")
        await console.see("no problem found")
        assert "No answer" not in console.text
        assert len(opener.targets) == 3
        console.press(":", "doctor", "enter")
        await until(lambda: len(opener.targets) == 4)
        assert console.screen is screen


async def test_it_says_what_someone_may_not(opener: Opener) -> None:
    opener.user = "data"
    async with opener.console(Settings(namespace="argo")) as console:
        await console.see("choose a namespace you can read")
        await examined(console)
        await console.see("not allowed in namespace argo")
        await console.see("✖ 1 failure")
        assert reason(console, "go.filter") == "there is nothing to filter here"


async def test_a_key_opens_it_and_the_palette_has_it(opener: Opener) -> None:
    async with opener.console(size=(120, 50)) as console:
        await console.see("etl-1")
        console.press("ctrl+p")
        await console.see("lists: open")
        console.press("doctor")
        await console.see("Whether all works here")
        assert " f9 " in next(line for line in console.lines if "Whether all works here" in line)
        console.press("escape", "escape")
        await console.be_on(WorkflowsScreen)
        console.app.post_message(Key("f9", None))
        await console.be_on(DoctorScreen)
