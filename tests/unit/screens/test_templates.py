"""`:templates`, one template, and the form: from the list to the live view of a new workflow."""

from __future__ import annotations

import pytest

from argotui.demo.api.kinds import WORKFLOW_TEMPLATES, WORKFLOWS
from argotui.screens.dialogs.error import ErrorScreen
from argotui.screens.dialogs.picker import PickerScreen
from argotui.screens.templates.preview import PreviewScreen
from argotui.screens.templates.screen import TemplatesScreen
from argotui.screens.templates.submit import SubmitScreen
from argotui.screens.templates.template import TemplateScreen
from argotui.screens.workflow.screen import WorkflowScreen
from argotui.screens.workflows.screen import WorkflowsScreen
from tests.support import until
from tests.unit.screens.console import ConsoleDriver, Opener, reason
from tests.unit.screens.template_documents import RELEASE, furnish, runs


@pytest.fixture
def filled(opener: Opener) -> Opener:
    """A console on a cluster with templates and runs of them."""
    furnish(opener.embedded)
    opener.put(*runs())
    return opener


async def opened(
    console: ConsoleDriver, count: int = 3, *, filter_text: str = ""
) -> TemplatesScreen:
    await console.see("live")
    console.press(":", f"templates {filter_text}".strip(), "enter")
    await console.be_on(TemplatesScreen)
    screen = console.screen
    assert isinstance(screen, TemplatesScreen)
    await until(lambda: len(screen.table.rows) == count, what=f"{count} templates")
    await console.see("✔✔✔✖●") if not filter_text else None
    await console.at_rest()
    return screen


async def form(console: ConsoleDriver, name: str = "release") -> SubmitScreen:
    """Open the form of a template from the list."""
    screen = await opened(console)
    (wanted,) = (each for each in screen.table.rows if each[1].name == name)
    screen.table.go_to(wanted)
    await console.at_rest()
    console.press("s")
    await console.be_on(SubmitScreen)
    shown = console.screen
    assert isinstance(shown, SubmitScreen)
    await until(lambda: shown.form is not None and shown.focused is not None, what="the form")
    await console.at_rest()
    return shown


def line_of(console: ConsoleDriver, word: str) -> str:
    """Return the first line with a word."""
    return next((line for line in console.lines if word in line), "")


@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
async def test_the_list_says_how_runs_go(filled: Opener, size: tuple[int, int]) -> None:
    async with filled.console(size=size) as console:
        await opened(console)
        line = line_of(console, "release")
        assert "✔✔✔✖●" in line
        assert "75%" in line
        assert "3m20s" in line  # the median of 100, 200 and 300 s
        assert "cluster" in line_of(console, " base") or size == (80, 24)
        await console.see("3 templates")


async def test_the_list_is_live_and_follows_runs(filled: Opener) -> None:
    async with filled.console() as console:
        screen = await opened(console)
        meta = {"name": "another", "namespace": "argo"}
        filled.embedded.objects.create(
            WORKFLOW_TEMPLATES, {"metadata": meta, "spec": RELEASE["spec"]}
        )
        await until(lambda: len(screen.table.rows) == 4)
        *_, last = runs()
        last["status"]["phase"] = "Failed"
        last["metadata"]["labels"]["workflows.argoproj.io/phase"] = "Failed"
        filled.put(last)
        await console.see("✔✔✔✖✖")
        filled.embedded.objects.delete(WORKFLOW_TEMPLATES, "argo", "another")
        await until(lambda: len(screen.table.rows) == 3)


async def test_the_list_is_filtered_and_grouped(filled: Opener) -> None:
    async with filled.console() as console:
        screen = await opened(console, 2, filter_text="/team=web")
        assert [each[1].name for each in screen.table.rows] == ["hostile", "release"]
        await console.see("2 of 3 templates")
        console.press("escape")
        await until(lambda: len(screen.table.rows) == 3)
        console.press("b")
        await console.be_on(PickerScreen)
        await console.see("team")
        console.press("team", "enter")
        await console.be_on(TemplatesScreen)
        await console.see("by team, then name")
        assert [each[1].name for each in screen.table.rows] == ["base", "hostile", "release"]
        console.press("/", "nothing", "enter")
        await console.see("None of the 3 templates matches the filter.")


async def test_what_cannot_be_read_is_said(filled: Opener) -> None:
    filled.user = "data"
    async with filled.console() as console:
        console.press(":", "ns argo", "enter")
        await console.see("Not allowed to list the workflows of namespace argo")
        console.press(":", "templates", "enter")
        await console.be_on(TemplatesScreen)
        await console.see("Not allowed to list workflowtemplates")


async def test_who_may_not_read_cluster_templates_sees_the_others(filled: Opener) -> None:
    filled.user = "approver"
    async with filled.console() as console:
        await opened(console, 2)
        await console.see("without ClusterWorkflowTemplates: not allowed")


async def test_a_template_is_shown_as_facts_graph_and_yaml(filled: Opener) -> None:
    async with filled.console(size=(120, 40)) as console:
        screen = await opened(console)
        screen.table.go_to(next(each for each in screen.table.rows if each[1].name == "release"))
        await console.at_rest()
        console.press("enter")
        await console.be_on(TemplateScreen)
        await console.see("Build, test and roll out a version.")
        assert "needs a value" in line_of(console, "version ")
        assert "one of safe, fast" in line_of(console, "mode ")
        assert "any of eu, us, ap" in line_of(console, "regions ")
        assert "hunter2" not in console.text
        await console.see("75% of the last 4 that ended")
        await console.see("about 2m30s left")
        console.press("2")
        await console.see("build")
        assert "▶" in console.text
        assert "roll-out" in console.text
        console.press("3")
        await console.see("kind: WorkflowTemplate")
        assert "hunter2" not in console.text
        console.press("1")
        shown = console.screen
        assert isinstance(shown, TemplateScreen)
        await until(lambda: shown.view == "facts")
        while shown.facts.fact is None or shown.facts.fact.workflow is None:
            console.press("j")
            await console.at_rest()
        console.press("enter")
        await console.be_on(WorkflowScreen)


async def test_a_hostile_template_is_shown_as_text_with_its_findings(filled: Opener) -> None:
    async with filled.console(size=(140, 40)) as console:
        screen = await opened(console)
        screen.table.go_to(next(each for each in screen.table.rows if each[1].name == "hostile"))
        await console.at_rest()
        console.press("enter")
        await console.be_on(TemplateScreen)
        await console.see("[bold]x[/]")
        await console.see("spec.backoffLimit is no field of WorkflowSpec")
        await console.see("there is no template absent")
        await console.see("the schema of p is not used")
        console.press("2")
        await console.see("[/x]")


async def test_a_form_says_what_is_wrong_as_one_types(filled: Opener) -> None:
    async with filled.console(size=(110, 36)) as console:
        await form(console)
        await console.see("1 field to mend")
        await console.see("needs a value")
        assert reason(console, "submit.try") == "version needs a value"
        console.press("tab", "2.0")
        await console.see("must match ^v[0-9.]+$")
        console.press("backspace", "backspace", "backspace", "v2.0")
        await console.see("sets 1 parameter")
        assert reason(console, "submit.try") is None
        console.press("tab", "tab", "right", "space")  # regions: us beside eu
        await console.see("[x] eu  [x] us  [ ] ap")
        await console.see("sets 2 parameters")
        console.press("tab", "x")
        await console.see("must be a whole number")
        assert "hunter2" not in console.text


async def test_another_entrypoint_has_other_fields(filled: Opener) -> None:
    async with filled.console(size=(110, 36)) as console:
        screen = await form(console)
        console.press("tab", "v3", "up", "right", "right", "right")
        await console.see("Why?")
        await console.see("( rollback )")
        assert screen.form is not None
        assert screen.form.entrypoint == "rollback"
        assert screen.form.parameters == {"version": "v3"}
        await console.see("1 field to mend")


async def test_values_of_an_earlier_run_are_taken(filled: Opener) -> None:
    async with filled.console(size=(110, 36)) as console:
        screen = await form(console)
        await console.pilot.press("ctrl+e")
        await console.be_on(PickerScreen)
        console.press("release-2", "enter")
        await console.see("took the values of release-2")
        assert screen.form is not None
        assert screen.form.parameters == {"version": "v1.9"}
        await console.see("v1.9")
        await console.pilot.press("tab", "ctrl+d")
        await console.see("1 field to mend")


async def test_the_server_tries_it_and_then_it_is_created_and_shown(filled: Opener) -> None:
    store = filled.embedded.objects
    before = {entry.name for entry in store.items(WORKFLOWS)}
    async with filled.console(size=(110, 40)) as console:
        await form(console)
        console.press("tab", "v2.0")
        await console.see("sets 1 parameter")
        await console.pilot.press("ctrl+s")
        await console.be_on(PreviewScreen)
        await console.see("the server would create this")
        await console.see("argotui.io/creator: admin")
        await console.see("value: v2.0")
        assert {entry.name for entry in store.items(WORKFLOWS)} == before
        console.press("S")
        await console.be_on(WorkflowScreen)
        (made,) = {entry.name for entry in store.items(WORKFLOWS)} - before
        await console.see(made)
        console.press("escape")
        await console.be_on(TemplatesScreen)
        spec = store.need(WORKFLOWS, "argo", made).decode()["spec"]
        assert spec["arguments"] == {"parameters": [{"name": "version", "value": "v2.0"}]}


async def test_a_refusal_of_the_server_is_shown_and_nothing_is_sent(filled: Opener) -> None:
    async with filled.console(size=(110, 36)) as console:
        await form(console)
        console.press("tab", "v2.0", "down", "down", "down", "down", "down", "etl-1")
        await console.see("sets 1 parameter")
        await console.pilot.press("ctrl+s")
        await console.be_on(PreviewScreen)
        await console.see('workflows.argoproj.io "etl-1" already exists')
        assert reason(console, "preview.send") == "the server refuses it"
        console.press("S")
        await console.see("the server refuses it")
        console.press("escape")
        await console.be_on(SubmitScreen)
        await console.see("etl-1")


async def test_a_lost_answer_is_said_with_what_to_do(filled: Opener) -> None:
    async with filled.console(size=(110, 36)) as console:
        await form(console)
        console.press("tab", "v2.0")
        await console.see("sets 1 parameter")
        await console.pilot.press("ctrl+s")
        await console.be_on(PreviewScreen)
        await console.see("the server would create this")
        filled.embedded.faults.drop(match="/workflows?")
        console.press("S")
        await console.be_on(ErrorScreen)
        await console.see("look before you submit it again")


async def test_who_may_not_create_sees_why(filled: Opener) -> None:
    filled.user = "approver"
    async with filled.console() as console:
        screen = await opened(console, 2)
        screen.table.go_to(next(each for each in screen.table.rows if each[1].name == "release"))
        await console.at_rest()
        console.press("s")
        await console.be_on(SubmitScreen)
        shown = console.screen
        assert isinstance(shown, SubmitScreen)
        await until(lambda: shown.form is not None)
        assert reason(console, "submit.try") == "you may not create workflows in argo"


async def test_read_only_greys_the_form(filled: Opener) -> None:
    filled.read_only = True
    async with filled.console() as console:
        await opened(console)
        assert "read-only" in (reason(console, "templates.submit") or "")
        console.press("s")
        await console.see("read-only mode: argotui changes nothing")


async def test_the_runs_of_a_template_are_one_key_away(filled: Opener) -> None:
    async with filled.console() as console:
        screen = await opened(console)
        screen.table.go_to(next(each for each in screen.table.rows if each[1].name == "release"))
        await console.at_rest()
        console.press("w")
        await console.be_on(WorkflowsScreen)
        await until(lambda: sorted(console.names) == [f"release-{n}" for n in range(1, 6)])


async def test_a_template_that_is_gone_is_said(filled: Opener) -> None:
    async with filled.console() as console:
        await form(console, "release")
        console.press("escape")
        await console.be_on(TemplatesScreen)
        console.press("enter")
        await console.be_on(TemplateScreen)
        await console.see("entrypoint")
        filled.embedded.objects.delete(WORKFLOW_TEMPLATES, "argo", "release")
        await console.see("it was deleted")
        assert reason(console, "template.submit") == "the template is not there"
