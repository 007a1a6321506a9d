"""Escape sequences that change a terminal's style (SGR, ECMA-48 8.3.117), in few bytes."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import NamedTuple

_OFF = {"1": "22", "2": "22", "3": "23", "4": "24", "7": "27", "9": "29"}
"""The SGR parameters that end an attribute."""


class Look(NamedTuple):
    """SGR parameters apart: attributes, foreground, background."""

    attributes: frozenset[str]
    foreground: str
    background: str


@cache
def look_of(style: str) -> Look:
    attributes: set[str] = set()
    foreground = background = ""
    codes = iter(style.split(";") if style else ())
    for code in codes:
        number = int(code)
        if number in (38, 48):
            kind = next(codes)
            rest = [next(codes) for _ in range(3 if kind == "2" else 1)]
            code = ";".join([code, kind, *rest])
        if 30 <= number <= 39 or 90 <= number <= 97:
            foreground = code
        elif 40 <= number <= 49 or 100 <= number <= 107:
            background = code
        else:
            attributes.add(code)
    return Look(frozenset(attributes), foreground, background)


@lru_cache(maxsize=4096)
def blank_style(style: str) -> str:
    """Return the part of a style that blanks show: the background, or all if lines cross them."""
    look = look_of(style)
    if look.attributes & {"4", "5", "6", "7", "9", "21", "51", "52", "53"}:
        return style
    return look.background


@lru_cache(maxsize=4096)
def style_change(before: str, after: str) -> str:
    """Return the shortest SGR that turns one style into another."""
    if before == after:
        return ""
    old, new = look_of(before), look_of(after)
    ended = old.attributes - new.attributes
    if not after or not ended <= _OFF.keys():
        return f"\x1b[0;{after}m" if after else "\x1b[m"
    codes = sorted({_OFF[each] for each in ended})
    # What ends bold ends dim too.
    kept = new.attributes if "22" in codes else new.attributes - old.attributes
    codes += sorted(kept)
    if old.foreground != new.foreground:
        codes.append(new.foreground or "39")
    if old.background != new.background:
        codes.append(new.background or "49")
    return f"\x1b[{';'.join(codes)}m"
