"""The keys that act while a line is typed or a decision is counted down: the footer's then."""

from __future__ import annotations

from collections.abc import Mapping

from argotui.screens.messages import key
from argotui.widgets.footer import Hint


def deciding_hints(action: str, does: str, keymap: Mapping[str, str]) -> tuple[Hint, ...]:
    """Return the two keys there are: that of `action`, which `does` what its word says, and the
    one that takes it back."""
    return (
        Hint(action, key(action, keymap), does),
        Hint("go.back", key("go.back", keymap), "cancel"),
    )
