"""What a log line says, once nothing in it can reach the terminal but text and its colours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from argotui.model.sanitise import clean

CARRIAGE_RETURN = "␍"
"""Stands for a carriage return in a line that is shown with all its states."""

# ECMA-48 8.3.117 with the colon form of ISO 8613-6. Longer ones are left to the sanitiser.
_SGR = re.compile(r"\x1b\[([0-9;:]{0,64})m")

_FLAGS = {1: "bold", 2: "dim", 3: "italic", 4: "underline", 7: "reverse", 9: "strike"}
_OFF = {22: ("bold", "dim"), 23: ("italic",), 24: ("underline",), 27: ("reverse",), 29: ("strike",)}


class TextLook(NamedTuple):
    """How a piece of a line is drawn; a colour is 0..255, `(red, green, blue)`, or None."""

    flags: frozenset[str] = frozenset()
    foreground: int | tuple[int, int, int] | None = None
    background: int | tuple[int, int, int] | None = None


PLAIN = TextLook()


class TextPiece(NamedTuple):
    """A run of `text` drawn as `look`."""

    text: str
    look: TextLook


def last_state(raw: bytes) -> bytes:
    """Return the part of a raw line after its last carriage return, which a terminal would show.

    Programs draw a progress bar again and again in one line.
    """
    if b"\r" not in raw:
        return raw
    return raw.rstrip(b"\r\n").rpartition(b"\r")[2]


def log_text(raw: bytes) -> str:
    """Return a raw log line as clean text of one line, its colours left out; tabs stay."""
    text = raw.decode("utf-8", "replace")
    if text.isascii() and text.isprintable():
        return text
    text = text.rstrip("\r\n")
    if "\x1b" not in text:
        return _clean(text)
    return "".join(_clean(part) for part in _SGR.split(text)[::2])


def log_pieces(raw: bytes) -> list[TextPiece]:
    """Return a raw log line as clean runs; their texts joined are `log_text(raw)`.

    Each run is sanitised separately, so parts around a removed colour cannot join into a sequence.
    """
    text = raw.decode("utf-8", "replace").rstrip("\r\n")
    if "\x1b" not in text:
        return [TextPiece(_clean(text), PLAIN)]
    pieces: list[TextPiece] = []
    look, start = PLAIN, 0
    for match in _SGR.finditer(text):
        if match.start() > start:
            pieces.append(TextPiece(_clean(text[start : match.start()]), look))
        look, start = _apply(look, match[1]), match.end()
    pieces.append(TextPiece(_clean(text[start:]), look))
    return [piece for piece in pieces if piece.text] or [TextPiece("", PLAIN)]


def _clean(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    return clean(text.replace("\r", CARRIAGE_RETURN).replace("\n", " "))


def _apply(look: TextLook, parameters: str) -> TextLook:
    """Return `look` changed by the parameters of one SGR; unknown ones are ignored."""
    flags, foreground, background = set(look.flags), look.foreground, look.background
    rest = iter(parameters.split(";"))
    for parameter in rest:
        head, *sub = (int(code) if code else 0 for code in parameter.split(":"))
        if head == 0:
            flags, foreground, background = set(), None, None
        elif head in _FLAGS and sub[:1] != [0]:
            flags.add(_FLAGS[head])
        elif head in _OFF:
            flags.difference_update(_OFF[head])
        elif head in (38, 48):
            colour = _colour(sub or _following(rest))
            foreground, background = (colour, background) if head == 38 else (foreground, colour)
        elif head in (39, 49):
            foreground, background = (None, background) if head == 39 else (foreground, None)
        elif 30 <= head <= 37 or 90 <= head <= 97:
            foreground = head - (30 if head < 90 else 82)
        elif 40 <= head <= 47 or 100 <= head <= 107:
            background = head - (40 if head < 100 else 92)
    return TextLook(frozenset(flags), foreground, background)


def _following(rest: Iterator[str]) -> list[int]:
    """Take the parameters that belong to a 38 or 48 written with semicolons."""
    taken: list[int] = []
    for parameter in rest:
        taken.append(int(parameter) if parameter.isdigit() else 0)
        if len(taken) == {5: 2, 2: 4}.get(taken[0], 1):
            break
    return taken


def _colour(codes: list[int]) -> int | tuple[int, int, int] | None:
    """Read `5, n` or `2, [space,] r, g, b`; what does not fit is no colour."""
    if codes[:1] == [5] and len(codes) >= 2 and codes[1] < 256:
        return codes[1]
    if codes[:1] == [2] and len(codes) >= 4 and max(codes[-3:]) < 256:
        red, green, blue = codes[-3:]
        return red, green, blue
    return None
