"""The ways to the screens of gates, and what those share while a session is open."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from textual.app import App

from argotui.model.argo import Key
from argotui.operations.gates.drafts import ReasonDrafts
from argotui.screens.console import InputProblem

if TYPE_CHECKING:
    from textual.screen import Screen

    from argotui.backend.session import Session
    from argotui.config.settings import GateSettings
    from argotui.model.gates.decision import Choice
    from argotui.operations.gates.decide import Result
    from argotui.operations.gates.review import Review
    from argotui.operations.gates.service import GateService


def wants_signals(settings: GateSettings) -> bool:
    """Say whether anything is to be done when a gate opens."""
    return bool(settings.bell or settings.notify or settings.command)


class GateNavigator:
    """The application's part in gates: one GateService for each session, and the screens.

    The service is made, and its modules imported, when gates are first needed: importing them at
    the start would delay it by a tenth of a second.
    """

    def __init__(self, app: App[None]) -> None:
        self._app = app
        self._session: Session | None = None
        self._gate_service: GateService | None = None
        self.drafts = ReasonDrafts()
        """Reasons that were typed and not sent; they outlive a session."""

    # The session.

    @property
    def gate_service(self) -> GateService:
        """What the screens of gates share; there is one while a session is open."""
        if self._session is None:
            raise RuntimeError("no session is open")
        if self._gate_service is None:
            from argotui.operations.gates.service import GateService
            from argotui.screens.gates.signals import signal_gates

            told = partial(signal_gates, self._app, self._session.settings.gates)
            self._gate_service = GateService(self._session, told)
        return self._gate_service

    @property
    def is_open(self) -> bool:
        """Whether a session is open."""
        return self._session is not None

    def opened(self, session: Session) -> None:
        """Take up a session; where the settings ask for signals, watch all gates from now on."""
        self._session = session
        if wants_signals(session.settings.gates):
            self.gate_service.watch()

    async def close(self) -> None:
        """Let go of the session, once what is being decided is decided."""
        self._session = None
        gate_service, self._gate_service = self._gate_service, None
        if gate_service is not None:
            await gate_service.close()

    def changed(self) -> None:
        """Take note that the session's store or its freshness changed."""
        if self._gate_service is not None:
            self._gate_service.changed()

    def follow(self) -> None:
        """Take note that the session shows another namespace."""
        if self._gate_service is not None:
            self._gate_service.follow()

    @property
    def deciding(self) -> int:
        """How many decisions are under way."""
        return self._gate_service.deciding if self._gate_service is not None else 0

    async def settled(self) -> None:
        """Wait until no decision is under way."""
        if self._gate_service is not None:
            await self._gate_service.settled()

    # The screens.

    def open(self, key: Key, node_id: str) -> None:
        """Open the screen of one gate; without a node that of the workflow's suspension."""
        from argotui.screens.gates.gate import GateScreen

        self._app.push_screen(GateScreen(self, key, node_id))

    def open_any(self, node_ids: Sequence[str], key: Key) -> None:
        """Open the only gate of a workflow, or the inbox with all of them."""
        if len(node_ids) == 1:
            self.open(key, node_ids[0])
        elif node_ids:
            self.open_inbox(f'ns:{key.namespace} name:"^{re.escape(key.name)}$"')

    def open_of(self, key: Key) -> str | None:
        """Open the gates that a workflow of the list waits at, or say why not."""
        row = self._session.store.get(key) if self._session else None
        gates = row.open_gates if row else ()
        self.open_any([item.gate.node_id for item in gates], key)
        if gates:
            return None
        return "it is still being read" if row and row.waits else "it waits at no gate"

    def decide_at(self, keys: Collection[Key]) -> str | None:
        """Go to the summary of all gates that these workflows wait at, or say why not.

        Nothing is decided by that: the summary shows what would be sent.
        """
        store = self._session.store if self._session else None
        rows = [store.get(key) for key in keys] if store is not None else []
        waiting = [row for row in rows if row is not None and row.waits]
        gates = [gate for row in waiting for gate in row.open_gates]
        if not gates:
            return "they are still being read" if waiting else "none of them waits at a gate"
        from argotui.model.gates.decision import Choice
        from argotui.model.gates.inbox import urgency
        from argotui.screens.gates.several import DecisionsScreen

        now = self.gate_service.session.clock.now()
        gates.sort(key=lambda gate: urgency(gate, now))
        self._app.push_screen(DecisionsScreen(self, gates, Choice.APPROVE))
        return None

    def open_inbox(self, filter_text: str = "") -> InputProblem | None:
        """Go to the gates that wait, of all namespaces."""
        if not self.is_open:
            return InputProblem("not connected")
        from argotui.model.gates.filter import parse_gate_filter
        from argotui.model.patterns import FilterError
        from argotui.screens.gates.inbox import GatesScreen

        try:
            parse_gate_filter(filter_text)
        except FilterError as error:
            return InputProblem(error.message, error.position)
        stack = self._app.screen_stack
        inbox = next((each for each in stack if isinstance(each, GatesScreen)), None)
        if inbox is None:
            self._app.push_screen(GatesScreen(filter_text))
            return None
        while self._app.screen_stack[-1] is not inbox:
            self._app.pop_screen()
        return inbox.apply_filter(filter_text)

    def open_audit(self, filter_text: str = "") -> InputProblem | None:
        """Go to the decisions made on this machine."""
        if not self.is_open:
            return InputProblem("not connected")
        from argotui.model.patterns import FilterError
        from argotui.operations.audit.decisions import parse_decision_filter
        from argotui.screens.audit.screen import AuditScreen

        try:
            parse_decision_filter(filter_text)
        except FilterError as error:
            return InputProblem(error.message, error.position)
        self._app.push_screen(AuditScreen(filter_text))
        return None

    # Deciding.

    def send(
        self,
        seen: Review,
        choice: Choice,
        values: Mapping[str, str],
        reason: str,
        asker: Screen[Any],
    ) -> asyncio.Task[Result]:
        """Send a decision that nothing cancels; where who asked is left, a toast tells the end."""
        from argotui.screens.gates.signals import tell_elsewhere

        task = self.gate_service.decide(seen, choice, values, reason)
        task.add_done_callback(partial(tell_elsewhere, self._app, asker, seen))
        return task
