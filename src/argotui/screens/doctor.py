"""`:doctor`: the report of `argotui doctor` inside the console."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar

import msgspec
from textual.app import ComposeResult
from textual.widget import Widget

from argotui.model.counted import counted
from argotui.operations.doctor.checks import (
    FAIL,
    UNKNOWN,
    WARN,
    Check,
    RightAnswer,
    check_terminal,
)
from argotui.operations.doctor.report import DoctorEnvironment, run_checks
from argotui.screens.base import ConsoleScreen
from argotui.screens.bindings import bindings_for
from argotui.widgets.background import background
from argotui.widgets.doctor.report import ReportView
from argotui.widgets.header import coarse_age

if TYPE_CHECKING:
    from argotui.backend.session import Session
    from argotui.widgets.status import Parts


class DoctorScreen(ConsoleScreen):
    """Runs the checks over its own connection, as the verb does, so it can explain a failed one."""

    SCOPE = "doctor"
    BINDINGS = bindings_for(SCOPE)
    CSS: ClassVar[str] = "DoctorScreen > ReportView { height: 1fr; }"

    def __init__(
        self,
        connect: Callable[[], Awaitable[Session]],
        environment: DoctorEnvironment | None = None,
    ) -> None:
        super().__init__()
        self._connect = connect
        self._environment = environment
        self._checks: list[Check] = []
        self._answers: list[RightAnswer] = []
        self._ended: datetime | None = None
        self.report = ReportView()

    def compose_body(self) -> ComposeResult:
        yield self.report

    def on_mount(self) -> None:
        self.run_checks()

    def main_widget(self) -> Widget | None:
        return self.report

    def run_checks(self) -> None:
        """Run all checks again."""
        self._checks, self._answers, self._ended = [], [], None
        self._run_checks()
        self.refresh_chrome()

    @background("doctor", exclusive=True)
    async def _run_checks(self) -> None:
        environment = self._environment
        if environment is not None:
            self._found(environment.config)
        self._answers = await run_checks(self._opening(), self._found)
        if environment is not None:
            columns, lines = self.app.size
            terminal = msgspec.structs.replace(environment.terminal, columns=columns, lines=lines)
            self._checks += check_terminal(terminal)
        self._ended = self._now()
        self._draw()

    @asynccontextmanager
    async def _opening(self) -> AsyncIterator[Session]:
        session = await self._connect()
        try:
            yield session
        finally:
            await session.close()

    def _found(self, check: Check) -> None:
        self._checks.append(check)
        self._draw()

    def _draw(self) -> None:
        if self.is_attached:
            self.report.set_report(self._checks, self._answers)
            self.refresh_chrome()

    def status_parts(self) -> tuple[Parts, Parts]:
        if self._ended is None:
            return (("checking …", "chrome"),), ()
        failures = sum(check.status == FAIL for check in self._checks)
        warnings = sum(check.status == WARN for check in self._checks)
        said = f"✖ {counted(failures, 'failure')}" if failures else "✔ no problem found"
        if warnings:
            said += f", {counted(warnings, 'warning')}"
        if unseen := sum(check.status == UNKNOWN for check in self._checks):
            said += f", {unseen} not seen"
        left: Parts = ((said, "problem" if failures else "text"),)
        age = coarse_age(max(0.0, (self._now() - self._ended).total_seconds()))
        return left, ((f"checked {age} ago", "chrome"),)

    def _now(self) -> datetime:
        session = self.console.session_or_none
        return session.clock.now() if session else datetime.now(UTC)

    # What can be done.

    def action_doctor_refresh(self) -> None:
        self.run_checks()

    def action_doctor_copy(self) -> None:
        self.console.copy(self.report.whole)
        self.say("copied the report")
