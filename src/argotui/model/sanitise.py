"""The one way text from outside becomes text that may reach a terminal."""

from __future__ import annotations

import re

REPLACEMENT = "\ufffd"

# ECMA-48 control sequences and strings in their 7-bit and 8-bit forms. The payload of a control
# string may hold no other control, so a string that is never closed cannot swallow what follows it.
_SEQUENCE = re.compile(
    r"""
    (?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]                        # CSI
  | (?:\x1b[PX\]^_]|[\x90\x98\x9d-\x9f])                    # DCS SOS OSC PM APC
    [^\x00-\x08\x0a-\x1f\x7f-\x9f]*(?:\x07|\x1b\\|\x9c)
  | \x1b[ -/]*[0-~]                                         # the other escapes
    """,
    re.VERBOSE,
)

# Sequences nested deeper than this are made harmless all the same, but leave some text behind. A
# loop to the end would take the square of the length on a text made for it.
_PASSES = 4

# What a terminal or a reader could be misled by: C0 (but newline and tab), DEL, C1, zero-width and
# bidirectional controls, line and paragraph separators, invisible operators, variation-selector
# supplements, tags, interlinear and shorthand marks, and lone surrogates (which cannot be sent to a
# UTF-8 terminal).
_UNSAFE_CLASS = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f"
    "\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0d\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
    "\ud800-\udfff"
)
_UNSAFE = re.compile(f"[{_UNSAFE_CLASS}]")

_NOT_ASCII = re.compile(r"[^\x00-\x7f]")

# Whether a JSON document can hold anything of the above, raw or escaped; a miss makes the walk over
# its strings unnecessary. They may say yes too often, never no. Three expressions, each of which
# begins with bytes the search can skip to: five times as fast as one with all the alternatives.
# Go's encoder writes <, > and & as \u003c, \u003e and \u0026: those are harmless and everywhere.
_SUSPECT_JSON = (
    re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"),
    re.compile(rb"\\(?:[bfr]|u(?!00(?:3[ce]|26)))"),
    re.compile(
        rb"""
        \xc2[\x80-\x9f\xad] | \xd8\x9c
      | \xe1(?:\x85[\x9f\xa0] | \x9e[\xb4\xb5] | \xa0[\x8b-\x8f])
      | \xe2(?:\x80[\x8b-\x8f\xa8-\xae] | \x81[\xa0-\xaf])
      | \xe3\x85\xa4 | \xef(?:\xb8[\x80-\x8d] | \xbb\xbf | \xbe\xa0 | \xbf[\xb0-\xbb])
      | \xed[\xa0-\xbf] | \xf0(?:\x9b\xb2[\xa0-\xa3] | \x9d\x85[\xb3-\xba]) | \xf3\xa0
        """,
        re.VERBOSE,
    ),
)


def clean(text: str) -> str:
    """Return `text` without escape sequences and with every deceptive character made visible.

    Newlines and tabs stay; a carriage return before a newline goes; escape sequences vanish; each
    other control, bidirectional, zero-width or invisible character becomes U+FFFD. Idempotent.
    """
    if text.isascii() and text.isprintable():
        return text
    text = text.replace("\r\n", "\n")
    for _ in range(_PASSES):
        stripped = _SEQUENCE.sub("", text)
        if stripped == text:
            break
        text = stripped  # the parts around a removed sequence may join into another one
    return _UNSAFE.sub(REPLACEMENT, text)


def is_clean(text: str) -> bool:
    """Say whether a text holds no character by which a terminal or a reader could be misled."""
    return (text.isascii() and text.isprintable()) or not _UNSAFE.search(text)


def clean_line(text: str) -> str:
    """Return `clean(text)` as one line: newlines and tabs become single spaces."""
    cleaned = clean(text)
    if "\n" in cleaned or "\t" in cleaned:
        return " ".join(cleaned.split())
    return cleaned


def escape_json(document: str, *, all_but_ascii: bool = False) -> str:
    """Return JSON with an escape for every character that `clean` would drop or replace, and with
    `all_but_ascii` for every other one.

    A JSON reader gets the same value, and a terminal may show it. In well-formed JSON such
    characters are in strings only; newlines between lines stay.
    """
    if all_but_ascii and not document.isascii():
        document = _NOT_ASCII.sub(_json_escape, document)
    return _UNSAFE.sub(_json_escape, document)


def _json_escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code <= 0xFFFF:
        return f"\\u{code:04x}"
    code -= 0x10000
    return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"


def escape_yaml(document: str) -> str:
    """Return YAML with an escape for every such character; all that hold one are double-quoted."""
    return _UNSAFE.sub(lambda match: f"\\U{ord(match[0]):08x}", document)


def is_suspect_json(document: bytes | memoryview) -> bool:
    """Say whether a JSON document may hold a character that `clean` would change."""
    return any(pattern.search(document) for pattern in _SUSPECT_JSON)


def clean_tree(value: object) -> object:
    """Return a decoded JSON value with every string in it, keys too, cleaned."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [clean_tree(item) for item in value]
    if isinstance(value, dict):
        return {clean(str(key)): clean_tree(item) for key, item in value.items()}
    return value
