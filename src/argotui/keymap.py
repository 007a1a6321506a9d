"""Keys as people write them: names to show, and the remapping of any action by its id."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

from argotui.actions import (
    ACTIONS,
    CONSOLE,
    RENAMED,
    STANDALONE,
    actions_for,
)
from argotui.actions.action import Action
from argotui.errors import ConfigError
from argotui.model.nearest import nearest

_SHOWN = {
    "escape": "esc",
    "pagedown": "pgdn",
    "pageup": "pgup",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "ctrl+@": "ctrl-space",
    "ctrl+backslash": "ctrl-\\",
    "slash": "/",
    "colon": ":",
    "question_mark": "?",
    "minus": "-",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
}
_SHIFTED = re.compile(r"shift\+.")
_NAMES = {shown: name for name, shown in _SHOWN.items()} | {"ctrl-space": "ctrl+@,ctrl+space"}


def show_key(key: str) -> str:
    """Return a Textual key name as people write it: `question_mark` is `?`."""
    if key in _SHOWN:
        return _SHOWN[key]
    if len(key) > 1:
        try:
            char = unicodedata.lookup(key.replace("_", " "))
        except KeyError:
            char = ""
        # Control characters and the blank have names too (tab, delete, space): those are the keys'.
        if char.isprintable() and char.strip():
            return char
        head, plus, name = key.rpartition("+")
        return f"{head}-{_SHOWN.get(name, name)}".replace("+", "-") if plus else key
    return key


def parse_key(text: str) -> str:
    """Return the Textual name (or names, by comma) of a key as people write it."""
    text = text.strip()
    if text in _NAMES:
        return _NAMES[text]
    if len(text) == 1:
        if text.isalpha() and text.isupper():
            return f"{text},shift+{text.lower()}"
        if text.isalnum():
            return text
        return unicodedata.name(text).lower().replace("-", "_").replace(" ", "_")
    head, *rest = text.split("-")
    if rest and head in ("ctrl", "shift", "alt"):
        return "+".join([head, *(_NAMES.get(name, name) for name in rest)])
    return text


def keys_of(action: Action, keymap: Mapping[str, str] | None = None) -> list[str]:
    """Return the keys of an action as people write them, each once."""
    keys = (keymap or {}).get(action.id, action.keys).split(",")
    # `shift+l` is what some terminals send for `L`, which stands beside it.
    shown = [show_key(key) for key in keys if not _SHIFTED.fullmatch(key)]
    return list(dict.fromkeys(shown))


def read_keymap(keys: Mapping[str, str | Sequence[str]]) -> dict[str, str]:
    """Return a Textual keymap of a user's `[keys]` table: action id to key, or a list of keys.

    A former id means the present one, unless that is in the table too. Raises ConfigError for
    an unknown id (naming the nearest) and for a key given to two actions of one screen.
    """
    keymap: dict[str, str] = {}
    for name, written in keys.items():
        identity = RENAMED.get(name, name)
        if identity != name and identity in keys:
            continue
        if identity not in ACTIONS:
            near = nearest(identity, ACTIONS)
            hint = f"Did you mean {near}?" if near else "`argotui keys` lists them."
            raise ConfigError(f"There is no action {identity!r} to give a key to", hint=hint)
        names = written.split(",") if isinstance(written, str) else written
        keymap[identity] = ",".join(parse_key(name) for name in names if name.strip())
        if not keymap[identity]:
            raise ConfigError(f"No key is given for {identity}", hint="Write at least one key.")
    _refuse_clashes(keymap)
    return keymap


def _refuse_clashes(keymap: Mapping[str, str]) -> None:
    scopes = {scope for action in ACTIONS.values() for scope in action.scopes} - {CONSOLE}
    for scope in sorted(scopes | {CONSOLE}):
        owners: dict[str, str] = {}
        for action in actions_for(scope):
            for key in keymap.get(action.id, action.keys).split(","):
                other = owners.setdefault(key, action.id)
                if other != action.id and (other in keymap or action.id in keymap):
                    raise ConfigError(
                        f"The key {show_key(key)} would mean both {other} and {action.id}",
                        hint=f"Give one of them another key (screen: {scope}).",
                    )


def keys_markdown() -> str:
    """Return the table of all keys for the documentation, one section per screen."""
    scopes = list(dict.fromkeys(s for action in ACTIONS.values() for s in sorted(action.scopes)))
    scopes.sort(key=lambda scope: (scope in STANDALONE, scope == CONSOLE))
    lines = []
    for scope in scopes:
        title = "Everywhere" if scope == CONSOLE else scope.capitalize()
        lines += [f"### {title}", "", "| Keys | Does | Action id |", "|---|---|---|"]
        for action in ACTIONS.values():
            if scope in action.scopes:
                keys = " ".join(f"`{key}`" for key in keys_of(action))
                lines.append(
                    f"| {keys.replace('|', chr(92) + '|')} | {action.help} | `{action.id}` |"
                )
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"
