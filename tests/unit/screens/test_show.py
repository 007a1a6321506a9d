"""The console opened on one workflow."""

from __future__ import annotations

import pytest

from argotui.screens.workflow import WorkflowScreen
from argotui.screens.workflows import WorkflowsScreen
from tests.support import until
from tests.unit.screens.console import Opener


@pytest.mark.parametrize(
    ("first", "wanted"),
    [("etl-1", "etl-1"), ("data/elsewhere", "elsewhere"), ("etl-9", "etl-9")],
)
async def test_it_opens_on_the_workflow_and_leads_to_the_list(
    opener: Opener, first: str, wanted: str
) -> None:
    async with opener.console(first=first) as desk:
        await desk.be_on(WorkflowScreen)
        await desk.see(wanted)
        if first == "etl-9":
            await desk.see("no workflow")
        desk.press("escape")
        await desk.be_on(WorkflowsScreen)
        await until(lambda: "etl-1" in desk.names)
        desk.app.retry_connection()
        await until(lambda: "etl-1" in desk.names)
        assert isinstance(desk.screen, WorkflowsScreen)
