"""The command palette: the same actions as the keys, those that can be done now."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from argotui.actions import CONSOLE, actions_for
from argotui.drawing.cells import cell_len
from argotui.keymap import keys_of
from argotui.screens.dialogs.picker import PickerItem, PickerScreen
from argotui.widgets.cells import pad

if TYPE_CHECKING:
    from argotui.screens.base import ConsoleScreen
    from argotui.screens.console import Console

_SILENT = frozenset({"go.palette"})
_COMMAND = ":"
"""What a choice begins with that is a command and not an action."""


def action_palette(screen: ConsoleScreen) -> PickerScreen:
    """Return the list of the actions of a screen, and of the themes; it gives what `run` takes."""
    console = cast("Console", screen.app)
    possible = [
        (action, next(iter(keys_of(action, console.keymap)), ""))
        for action in actions_for(screen.SCOPE)
        if action.id not in _SILENT
        and not action.id.startswith("move.")
        and not screen.why_not(action)
    ]
    room = max((cell_len(shown) for _, shown in possible), default=0)
    choices = []
    for action, shown in possible:
        group = "" if CONSOLE in action.scopes else f"{action.group.lower()}: "
        note = f"{pad(shown, room)}  {action.help}"
        choices.append(PickerItem(action.id, f"{group}{action.label}", note))
    choices += [
        PickerItem(f"{_COMMAND}theme {name}", f"theme: {name}", "Change the colours")
        for name in console.known("theme")
    ]
    return PickerScreen("What can be done now", choices, in_notes=True)


async def run(screen: ConsoleScreen, value: str) -> None:
    """Do what was picked from the palette of a screen."""
    if value.startswith(_COMMAND):
        screen.console.run_command(value.removeprefix(_COMMAND))
    else:
        await screen.perform(value)


def open_palette(screen: ConsoleScreen) -> None:
    """Open the palette over a screen, and do what is picked."""

    async def picked(value: str | None) -> None:
        if value is not None:
            await run(screen, value)

    screen.app.push_screen(action_palette(screen), picked)
