"""The parts that the screens of the audit log share: the log, and what a decision opens."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from argotui.backend.audit.log import AuditLog
from argotui.backend.audit.record import Recorded
from argotui.errors import BackendError
from argotui.model.argo import Key
from argotui.operations.audit.decisions import (
    DecisionLog,
    Stamp,
    read_decision_log,
    stamp_of,
)
from argotui.operations.gates.context import audit_path
from argotui.operations.gates.effects import look_again
from argotui.screens.base import ConsoleScreen
from argotui.widgets.background import run_in_background


class Reader:
    """The log of a session from `start` on, read again after each change of its file.

    `on_read` shows what was read, while the screen is there. Before `start` nothing is read.
    """

    def __init__(self, screen: ConsoleScreen, on_read: Callable[[], None]) -> None:
        self.log: AuditLog | None = None
        self.decision_log: DecisionLog | None = None
        """The log as of the last read; None before it."""
        self.error: BackendError | None = None
        self._screen = screen
        self._on_read = on_read
        self._stamp: Stamp | None = None

    def start(self) -> None:
        """Open the log that the settings of the session name, and read it."""
        self.log = AuditLog(audit_path(self._screen.session.settings.gates))
        self.read()

    def read(self, *, anyway: bool = False) -> None:
        """Read the log in the background, if its file changed or `anyway`."""
        if self.log is not None:
            work = self._read(self.log, anyway=anyway)
            run_in_background(self._screen, work, "audit", exclusive=True)

    def look_at_effect(self, each: Recorded) -> None:
        """Look for the effect of a decision again in the background, record it, and say it."""
        if self.log is not None:
            work = self._look_at_effect(self.log, each)
            run_in_background(self._screen, work, "effect", exclusive=True)

    async def _read(self, log: AuditLog, *, anyway: bool) -> None:
        stamp = await asyncio.to_thread(stamp_of, log)
        if stamp == self._stamp and self.decision_log is not None and not anyway:
            return
        try:
            self.decision_log = await asyncio.to_thread(read_decision_log, log)
            self.error = None
        except BackendError as error:
            self.error = error
        self._stamp = stamp
        if self._screen.is_attached:
            self._on_read()

    async def _look_at_effect(self, log: AuditLog, each: Recorded) -> None:
        session = self._screen.session
        try:
            (found,) = await look_again(session.backend.gates, log, session.clock, [each])
        except BackendError as error:
            self._screen.say(error.title, problem=True)
        else:
            self._screen.say(found.effect.words if found.effect else found.problem)
        self.read()


def other_cluster(screen: ConsoleScreen, each: Recorded) -> str | None:
    """Return why the gate of a decision cannot be opened here, None if it can."""
    session = screen.console.session_or_none
    if session is None:
        return "not connected"
    if each.cluster != session.cluster.server:
        return f"it was decided in another cluster: {each.where}"
    return None


def why_not(screen: ConsoleScreen, verb: str, each: Recorded) -> str | None:
    """Return why an action on a decision is impossible, None if it is possible."""
    if verb == "effect":
        if not each.decided:
            return "it was not carried out, so it led to nothing"
        if each.effect and each.effect.complete:
            return "all is known of it"
    if verb in ("workflow", "gate", "effect"):
        return other_cluster(screen, each)
    return None


def open_workflow(screen: ConsoleScreen, each: Recorded) -> None:
    screen.console.open_workflow(Key(each.namespace, each.workflow), node=each.node)


def open_gate(screen: ConsoleScreen, each: Recorded) -> None:
    screen.console.gates.open(Key(each.namespace, each.workflow), each.node)
