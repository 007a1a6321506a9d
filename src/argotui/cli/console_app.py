"""The console with its settings, sessions and environment."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from argotui.app import ArgoTUI
from argotui.backend.session import Session
from argotui.cli.console_session import Opener
from argotui.target import Target
from argotui.themes import theme_id

if TYPE_CHECKING:
    from argotui.operations.doctor.report import DoctorEnvironment


def make_console(opener: Opener, first: str = "") -> ArgoTUI:
    """Return the console for the settings, not running yet; `first` is the workflow to show.

    A context may have its own theme.
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

        # The console has replaced the streams of `sys`.
        terminal = terminal_facts((sys.__stdin__, sys.__stdout__, sys.__stderr__))
        return DoctorEnvironment(config_found(opener.loaded), terminal)

    console = ArgoTUI(settings, open_session, opener.contexts, opener.locate, environment)
    console.first = first
    return console
