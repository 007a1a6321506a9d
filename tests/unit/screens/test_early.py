"""What a screen is told before it is set up: a connection may come about faster than a screen."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from argotui.app import ArgoTUI
from argotui.backend.store import StoreChanges
from argotui.model.argo import Key
from argotui.model.gates.decision import Choice
from argotui.screens.audit.decision import DecisionScreen
from argotui.screens.audit.screen import AuditScreen
from argotui.screens.base import ConsoleScreen
from argotui.screens.doctor import DoctorScreen
from argotui.screens.gates.gate import GateScreen
from argotui.screens.gates.inbox import GatesScreen
from argotui.screens.gates.several import DecisionsScreen
from argotui.screens.logs.screen import LogsScreen
from argotui.screens.workflow.screen import WorkflowScreen
from argotui.screens.workflows.screen import WorkflowsScreen
from tests.support import until
from tests.unit.screens.console import Opener

KEY = Key("argo", "etl-1")
SCREENS: dict[str, Callable[[ArgoTUI, Opener], ConsoleScreen]] = {
    "workflows": lambda app, _: WorkflowsScreen(),
    "workflow": lambda app, _: WorkflowScreen(KEY),
    "yaml": lambda app, _: WorkflowScreen(KEY, "yaml"),
    "gate": lambda app, _: GateScreen(app.gates, Key("argo", "report"), ""),
    "gates": lambda app, _: GatesScreen(),
    "decisions": lambda app, _: DecisionsScreen(app.gates, (), Choice.APPROVE),
    "logs": lambda app, _: LogsScreen([KEY]),
    "audit": lambda app, _: AuditScreen(),
    "decision": lambda app, _: DecisionScreen("none"),
    "doctor": lambda app, opener: DoctorScreen(lambda: opener(opener.targets[0])),
}


@pytest.mark.parametrize("name", SCREENS)
async def test_a_screen_may_be_told_all_before_it_is_set_up(opener: Opener, name: str) -> None:
    async with opener.console() as console:
        await until(lambda: "etl-1" in console.names)
        session = console.app.session
        screen = SCREENS[name](console.app, opener)
        console.app.push_screen(screen)
        assert not screen.is_mounted
        for session.read_only in (True, False):  # which the header tells
            console.app._set_connection(console.app.connection)
            screen.store_changed(StoreChanges({KEY}))
            screen.place_changed()
            screen.ticked()
            console.app._tick()
        await until(lambda: screen.is_mounted)
        await console.see("demo / argo")
        await console.see("live")
