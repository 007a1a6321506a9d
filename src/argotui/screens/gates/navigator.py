"""Navigation to the screens of gates."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from textual.app import App

from argotui.model.argo import Key
from argotui.model.gates.drafts import ReasonDrafts
from argotui.screens.console import InputProblem
from argotui.screens.gates.service_holder import GateServiceHolder

if TYPE_CHECKING:
    from textual.screen import Screen

    from argotui.model.gates.decision import Choice
    from argotui.operations.gates.decide import Result
    from argotui.operations.gates.review import Review
    from argotui.operations.gates.service import GateService


class GateNavigator:
    """Opens the screens of gates, and sends the decisions of their screens."""

    def __init__(
        self, app: App[None], open_view: Callable[[str, str], InputProblem | None]
    ) -> None:
        self._app = app
        self._open_view = open_view
        self.services = GateServiceHolder(app)
        """The gate service of each session; the application tells it what happens to them."""
        self.drafts = ReasonDrafts()
        """Reasons that were typed and not sent; they outlive a session."""

    @property
    def gate_service(self) -> GateService:
        """The service of the open session; raises `RuntimeError` if no session is open."""
        return self.services.service

    def open(self, key: Key, node_id: str) -> None:
        """Open the screen of one gate; an empty node id means the workflow's suspension."""
        from argotui.screens.gates.gate import GateScreen

        self._app.push_screen(GateScreen(self, key, node_id))

    def open_any(self, node_ids: Sequence[str], key: Key) -> None:
        """Open the only gate of a workflow, or the inbox with all of them."""
        if len(node_ids) == 1:
            self.open(key, node_ids[0])
        elif node_ids:
            self._open_view("gates", f'ns:{key.namespace} name:"^{re.escape(key.name)}$"')

    def open_of(self, key: Key) -> str | None:
        """Open the gates of a listed workflow, or return why not."""
        session = self.services.session
        row = session.store.get(key) if session else None
        gates = row.open_gates if row else ()
        self.open_any([item.gate.node_id for item in gates], key)
        if gates:
            return None
        return "it is still being read" if row and row.waits else "it waits at no gate"

    def decide_at(self, keys: Collection[Key]) -> str | None:
        """Open the screen that decides all gates of these workflows, or return why not.

        Opening it sends nothing: it shows what it would send.
        """
        session = self.services.session
        rows = [session.store.get(key) for key in keys] if session else []
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

    def send(
        self,
        review: Review,
        choice: Choice,
        values: Mapping[str, str],
        reason: str,
        asker: Screen[Any],
    ) -> asyncio.Task[Result]:
        """Send a decision that nothing cancels; a toast shows its outcome if `asker` was left."""
        from argotui.screens.gates.signals import tell_elsewhere

        task = self.gate_service.decide(review, choice, values, reason)
        task.add_done_callback(partial(tell_elsewhere, self._app, asker, review))
        return task
