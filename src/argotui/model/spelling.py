"""Values on the screen that argotui writes back: every character is visible.

`sanitise` drops and replaces characters, which is right for text that is only read. A value that a
person chooses and argotui writes back is spelled: unchanged if it is one plain line, else as a JSON
string with escapes.
"""

from __future__ import annotations

import json

from argotui.model.redact import redact_value
from argotui.model.sanitise import clean_line, escape_json


def spelled(text: str) -> str:
    """Return `text` as one safe line, the same for no other text."""
    if text and text == clean_line(text) and text == text.strip() and text[0] != '"':
        return text
    return escape_json(json.dumps(text, ensure_ascii=False))


def read_spelled(line: str) -> str:
    """Return the text that a line spells: the reverse of `spelled`."""
    if line[:1] == '"':
        try:
            text = json.loads(line)
        except ValueError:
            return line
        if isinstance(text, str):
            return text
    return line


def shown_value(name: str, value: str) -> str:
    """Return a named value spelled, or with its secrets hidden.

    A control character within a secret could conceal it, so the text is searched with and without
    them.
    """
    cleaned = clean_line(value)
    covered = redact_value(name, cleaned)
    if covered != cleaned:
        return covered
    return spelled(redact_value(name, value))
