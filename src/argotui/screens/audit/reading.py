"""The parts that the screens of the audit log share: the log, and what a decision opens."""

from __future__ import annotations

import asyncio

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


class Reader:
    """The log of a session, read again after each change of its file."""

    def __init__(self, screen: ConsoleScreen) -> None:
        settings = screen.console.session.settings
        self.log = AuditLog(audit_path(settings.gates))
        self.decision_log: DecisionLog | None = None
        self.error: BackendError | None = None
        self._stamp: Stamp | None = None

    async def read(self, *, anyway: bool = False) -> bool:
        """Read the log; return whether it changed."""
        stamp = await asyncio.to_thread(stamp_of, self.log)
        if stamp == self._stamp and self.decision_log is not None and not anyway:
            return False
        try:
            self.decision_log, self.error = (
                await asyncio.to_thread(read_decision_log, self.log),
                None,
            )
        except BackendError as error:
            self.error = error
        self._stamp = stamp
        return True


def other_cluster(screen: ConsoleScreen, each: Recorded) -> str | None:
    """Return why the gate of a decision cannot be opened here, None if it can."""
    session = screen.console.session_or_none
    if session is None:
        return "not connected"
    if each.cluster != session.cluster.server:
        return f"it was decided in another cluster: {each.where}"
    return None


async def look_at_effect(screen: ConsoleScreen, log: AuditLog, each: Recorded) -> None:
    """Look for the effect of a decision again, record a new one, and show the result."""
    session = screen.session
    try:
        (found,) = await look_again(session.backend.gates, log, session.clock, [each])
    except BackendError as error:
        screen.say(error.title, problem=True)
        return
    screen.say(found.effect.words if found.effect else found.problem)


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
