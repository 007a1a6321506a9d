"""Text that leaves argotui again, on the screen: every character of it can be read off.

`sanitise` makes text safe by dropping and replacing, which is right for what is only read. A value
that is chosen, compared and written back is spelled instead: as it is where it is one plain line,
else as a JSON string whose escapes name what cannot be shown.
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
    """Return a named value spelled, or with its secrets covered.

    A control character may stand in the middle of a secret and hide it, so what is looked at is the
    text with them and without.
    """
    cleaned = clean_line(value)
    covered = redact_value(name, cleaned)
    if covered != cleaned:
        return covered
    return spelled(redact_value(name, value))
