"""The gate service of the open session."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual.app import App

if TYPE_CHECKING:
    from argotui.backend.session import Session
    from argotui.config.settings import GateSettings
    from argotui.operations.gates.service import GateService


def wants_signals(settings: GateSettings) -> bool:
    """Return whether the settings ask for a signal when a gate opens."""
    return bool(settings.bell or settings.notify or settings.command)


class GateServiceHolder:
    """Creates the `GateService` of a session at first use, and passes the session's events to it.

    Its imports would delay the start of the console by a tenth.
    """

    def __init__(self, app: App[None]) -> None:
        self._app = app
        self.session: Session | None = None
        """The open session."""
        self._service: GateService | None = None

    @property
    def service(self) -> GateService:
        """The service of the open session; raises `RuntimeError` if no session is open."""
        if self.session is None:
            raise RuntimeError("no session is open")
        if self._service is None:
            from argotui.operations.gates.service import GateService
            from argotui.screens.gates.signals import signal_gates

            on_new = partial(signal_gates, self._app, self.session.settings.gates)
            self._service = GateService(self.session, on_new)
        return self._service

    def opened(self, session: Session) -> None:
        """Use `session` from now on; watch all gates if the settings ask for signals."""
        self.session = session
        if wants_signals(session.settings.gates):
            self.service.watch()

    async def close(self) -> None:
        """Release the session, after the decisions under way."""
        self.session = None
        service, self._service = self._service, None
        if service is not None:
            await service.close()

    def changed(self) -> None:
        """Update the gates after rows of the session or their freshness changed."""
        if self._service is not None:
            self._service.changed()

    def follow(self) -> None:
        """Update the feed after the session switched to another namespace."""
        if self._service is not None:
            self._service.follow()

    @property
    def deciding(self) -> int:
        """How many decisions are under way."""
        return self._service.deciding if self._service is not None else 0

    async def settled(self) -> None:
        """Wait until no decision is under way."""
        if self._service is not None:
            await self._service.settled()
