"""JSON in the one form that RFC 8785 (JSON Canonicalization Scheme) gives a value."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from decimal import Decimal

_STRING = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"')
_NAME = re.compile(_STRING.pattern + "(?=:)")
_FRACTION = re.compile(r"(?:^|[\[,:])-?(?:[0-9]+[.e]|[NI])")
"""The beginning of a number that is not an integer, outside of strings."""
_ASTRAL = re.compile("[\U00010000-\U0010ffff]")
"""UTF-16 sorts these before some others, Python after all."""
_HALF_PAIR = re.compile("[\ud800-\udfff]")


def canonical_json(value: object) -> bytes:
    """Return a value as RFC 8785 writes it: no space, members by UTF-16 order, numbers as
    ECMAScript writes them, UTF-8.

    The RFC treats all numbers as doubles, so many integers above 2**53 - 1 would be equal. Here
    they keep all their digits. Half a surrogate pair is U+FFFD, as in Go. Values may be nested to
    any depth.
    """
    try:
        text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    except RecursionError:
        return write_canonical(value)
    # What Python writes, a dozen times as fast, is the RFC's form but for these.
    if _FRACTION.search(text) and _FRACTION.search(_STRING.sub("", text)):
        return write_canonical(value)
    if _HALF_PAIR.search(text):
        return write_canonical(value)
    if _ASTRAL.search(text) and any(map(_ASTRAL.search, _NAME.findall(text))):
        return write_canonical(value)
    return text.encode()


def write_canonical(value: object) -> bytes:
    """Return the same as `canonical_json`, written piece by piece."""
    pieces: list[str] = []
    pending: list[tuple[bool, object]] = [(False, value)]
    while pending:
        is_text, item = pending.pop()
        if is_text:
            pieces.append(str(item))
        elif isinstance(item, Mapping):
            names = sorted(item, key=_utf16)
            pending.append((True, "}"))
            for index in range(len(names) - 1, -1, -1):
                pending.append((False, item[names[index]]))
                pending.append((True, f"{',' if index else ''}{_string(names[index])}:"))
            pending.append((True, "{"))
        elif isinstance(item, list | tuple):
            pending.append((True, "]"))
            for index in range(len(item) - 1, -1, -1):
                pending.append((False, item[index]))
                if index:
                    pending.append((True, ","))
            pending.append((True, "["))
        else:
            pieces.append(_scalar(item))
    return "".join(pieces).encode()


def _utf16(name: str) -> bytes:
    return name.encode("utf-16-be", "surrogatepass")


def _string(text: str) -> str:
    return json.dumps(_HALF_PAIR.sub("\ufffd", text), ensure_ascii=False)


def _scalar(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return number(value) if math.isfinite(value) else str(value)
        case _:
            return _string(str(value))


def number(value: float) -> str:
    """Return a finite number as ECMAScript's Number::toString does (ECMA-262, 6.1.6.1.20)."""
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    # Python's shortest digits are ECMAScript's; only where the point goes differs.
    _, figures, exponent = Decimal(repr(value)).as_tuple()
    digits = "".join(map(str, figures)).rstrip("0")
    point = len(figures) + int(exponent)  # the value is 0.DIGITS times ten to this
    count = len(digits)
    if count <= point <= 21:
        return sign + digits + "0" * (point - count)
    if 0 < point <= 21:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    more = f".{digits[1:]}" if count > 1 else ""
    return f"{sign}{digits[0]}{more}e{point - 1:+d}"
