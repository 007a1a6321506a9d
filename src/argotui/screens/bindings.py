"""Key bindings of screens and dialogs, made from the table of actions."""

from __future__ import annotations

from textual.binding import Binding, BindingType

from argotui.actions import actions_for


def bindings_for(scope: str) -> list[BindingType]:
    """Return the key bindings of the screens of `scope`, made from the table of actions.

    They have priority: Textual then acts on a key before it looks at the next one, so that of keys
    typed fast or pasted none is taken by what had the focus before. A prompt still gets its own:
    printable ones by Textual's rule, the others because `action_perform` leaves them to it.
    """
    return [
        Binding(
            action.keys,
            f"perform('{action.id}')",
            action.label,
            show=False,
            priority=True,
            id=action.id,
        )
        for action in actions_for(scope)
    ]
