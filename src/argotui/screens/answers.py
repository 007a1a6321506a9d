"""Say how a change came out, on the screen that began it or over the one that replaced it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argotui.screens.base import ConsoleScreen


def tell(screen: ConsoleScreen, text: str, *, problem: bool = False) -> None:
    """Say something on a screen, or as a notification if another screen replaced it."""
    if screen.is_attached and screen.is_current:
        screen.say(text, problem=problem)
    elif screen.app.is_running:
        screen.app.notify(text, severity="error" if problem else "information", markup=False)
