"""The console put together: settings, sessions and what is around the program."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from textual import on
from textual.driver import Driver

from argotui.app import ArgoTUI
from argotui.backend.session import Session
from argotui.cli.console_session import Opener
from argotui.target import Target
from argotui.themes import theme_id

if TYPE_CHECKING:
    from argotui.operations.doctor.report import DoctorEnvironment


class GuardedConsole(ArgoTUI):
    """The console, which ends quietly on a fault of its own and leaves telling it to the caller.

    Textual would print the values of all variables, which may be secrets of a cluster.
    """

    fault: Exception | None = None

    def _handle_exception(self, error: Exception) -> None:
        self.fault = self.fault or error
        super()._handle_exception(error)

    def _fatal_error(self) -> None:
        self._close_messages_no_wait()

    @on(Driver.SignalResume)
    def _draw_anew(self) -> None:
        """Draw all lines after a stop (SIGTSTP) and `fg`: the terminal has kept none of them, and
        Textual would draw those alone that changed meanwhile."""
        for screen in self.screen_stack:
            screen.refresh(layout=True)

    def panic(self, *renderables: object) -> None:
        self._close_messages_no_wait()


def make_console(opener: Opener, first: str = "") -> GuardedConsole:
    """Return the console as the settings say, not running yet; `first` is the workflow to show.

    A context with a theme of its own is shown in it.
    """
    settings = opener.loaded.settings
    shown_theme = settings.theme

    async def open_session(target: Target) -> Session:
        nonlocal shown_theme
        session = await opener.open(target)
        if session.settings.theme != shown_theme:
            shown_theme = session.settings.theme
            console.theme = theme_id(shown_theme)
        return session

    def environment() -> DoctorEnvironment:
        from argotui.cli.doctor import config_found, terminal_facts
        from argotui.operations.doctor.report import DoctorEnvironment

        # The console has put streams of its own in the place of these.
        terminal = terminal_facts((sys.__stdin__, sys.__stdout__, sys.__stderr__))
        return DoctorEnvironment(config_found(opener.loaded), terminal)

    console = GuardedConsole(settings, open_session, opener.contexts, opener.locate, environment)
    console.first = first
    return console
