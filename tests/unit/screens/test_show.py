"""The console opened on one workflow."""

from __future__ import annotations

import pytest

from argotui.app import ArgoTUI
from argotui.backend.freshness import Link
from argotui.backend.session import Session
from argotui.config.settings import Settings
from argotui.screens.workflow.screen import WorkflowScreen
from argotui.screens.workflows.screen import WorkflowsScreen
from argotui.target import Target
from tests.support import until
from tests.unit.screens.console import ConsoleDriver, Opener


@pytest.mark.parametrize(
    ("first", "wanted"),
    [("etl-1", "etl-1"), ("data/elsewhere", "elsewhere"), ("etl-9", "etl-9")],
)
async def test_it_opens_on_the_workflow_and_leads_to_the_list(
    opener: Opener, first: str, wanted: str
) -> None:
    async with opener.console(first=first) as console:
        await console.be_on(WorkflowScreen)
        await console.see(wanted)
        if first == "etl-9":
            await console.see("no workflow")
        console.press("escape")
        await console.be_on(WorkflowsScreen)
        await until(lambda: "etl-1" in console.names)
        console.app.retry_connection()
        await until(lambda: "etl-1" in console.names)
        assert isinstance(console.screen, WorkflowsScreen)


async def test_a_namespace_that_is_not_there_is_told_though_it_was_read_early(
    opener: Opener,
) -> None:
    async def open_early(target: Target) -> Session:
        session = await opener(target)
        session.start()
        await until(lambda: session.feed.freshness.link is Link.LIVE)
        return session

    app = ArgoTUI(Settings(namespace="dta"), open_early)
    async with app.run_test(size=(100, 30)) as pilot:
        await ConsoleDriver(app, pilot).see("There is no namespace dta; did you mean data?")
