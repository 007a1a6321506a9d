"""Durations as Go, Argo and people write them, and as argotui shows them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR
WEEK = 7 * DAY
YEAR = 365 * DAY

_GO_UNITS = {
    "ns": 1,
    "us": 1_000,
    "\u00b5s": 1_000,
    "\u03bcs": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
}
"""Nanoseconds."""
_HUMAN_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": float(DAY), "w": float(WEEK)}

_PART = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)([^0-9.]+)")
_INTEGER = re.compile(r"[+-]?[0-9]+")

_MAX_NANOSECONDS = 2**63 - 1
_MAX_SECONDS = _MAX_NANOSECONDS / 1e9
"""What Go's int64 of nanoseconds can hold."""


class DurationError(ValueError):
    """A text that is no duration; its message says why."""


def _parts(text: str, units: Mapping[str, float], example: str) -> Iterator[tuple[str, str]]:
    """Yield the numbers and units of a duration."""
    position = 0
    while position < len(text):
        part = _PART.match(text, position)
        if part is None:
            raise DurationError(f"“{text}” is not a duration; write it like {example}")
        if part[2] not in units:
            known = ", ".join(unit for unit in units if unit.isascii())
            raise DurationError(f"“{part[2]}” is not a unit of time; there are {known}")
        yield part[1], part[2]
        position = part.end()


def _too_long(text: str) -> DurationError:
    return DurationError(f"“{text}” is longer than 292 years")


def parse_go_nanoseconds(text: str) -> int:
    """Return the nanoseconds of a Go duration such as `1h30m`, `1.5h` or `-300ms`.

    Grammar, rounding and limits are those of `time.ParseDuration`; raises DurationError.
    """
    sign = -1 if text.startswith("-") else 1
    body = text[1:] if text[:1] in ("+", "-") else text
    if body == "0":
        return 0
    if not body:
        raise DurationError("an empty text is not a duration")
    total = 0
    for number, unit in _parts(body, _GO_UNITS, "1h30m"):
        whole, _, fraction = number.partition(".")
        scale = _GO_UNITS[unit]
        total += int(whole or "0") * scale
        if fraction:
            digits, divisor = _go_fraction(fraction)
            total += int(float(digits) * (float(scale) / divisor))
        if total > _MAX_NANOSECONDS + (sign < 0):
            raise _too_long(body)
    return sign * total


def _go_fraction(text: str) -> tuple[int, float]:
    """Return the digits after a point and what divides them, as `leadingFraction` of Go does."""
    value, scale = 0, 1.0
    for digit in text:
        if value > _MAX_NANOSECONDS // 10 or value * 10 + int(digit) > 2**63:
            break
        value = value * 10 + int(digit)
        scale *= 10
    return value, scale


def parse_go_duration(text: str) -> float:
    """Return the seconds of a Go duration such as `1h30m`, `1.5h` or `-300ms`.

    The grammar is that of `time.ParseDuration`; raises DurationError.
    """
    return parse_go_nanoseconds(text) / 1e9


def parse_argo_duration(text: str) -> float:
    """Return the seconds of a duration of Argo: a bare integer is seconds, all else is Go's.

    The rule is `ParseStringToDuration` of argoproj.io/v1alpha1 (suspend, timeouts, back-off);
    raises DurationError.
    """
    if _INTEGER.fullmatch(text):
        seconds = float(text)
        if abs(seconds) > _MAX_SECONDS:
            raise DurationError(f"“{text}” seconds are longer than 292 years")
        return seconds
    return parse_go_duration(text)


def parse_age(text: str) -> float:
    """Return the seconds of an age as people write it: `30s`, `2h`, `1d12h`, `1w`.

    A number needs a unit; raises DurationError.
    """
    if not text:
        raise DurationError("an age is missing; write it like 2h or 3d")
    if _INTEGER.fullmatch(text):
        raise DurationError(f"“{text}” needs a unit: s, m, h, d or w")
    parts = _parts(text, _HUMAN_UNITS, "2h or 1d12h")
    total = sum(float(number) * _HUMAN_UNITS[unit] for number, unit in parts)
    if total > _MAX_SECONDS:
        raise _too_long(text)
    return total


_WHOLE_DAYS = 2 * DAY
"""From this many days on, hours are left out."""


def _age_step(seconds: float) -> tuple[int, str]:
    """The unit in which an age of so many seconds is counted, and how it is written."""
    if seconds < MINUTE:
        return 10, "s"
    if seconds < DAY:
        return MINUTE, "m"
    if seconds < _WHOLE_DAYS:
        return HOUR, "h"
    if seconds < 2 * YEAR:
        return DAY, "d"
    return YEAR, "y"


def format_age(seconds: float) -> str:
    """Return an age of at most six cells that changes seldom: `<10s`, `20s`, `3m`, `2h58m`, `5d`.

    Under a minute it moves in steps of ten seconds. From an hour to a day it has two units, and so
    it has to two days (`1d04h`): rounded to one it could be wrong by half. A second unit that is
    nothing is left out (`2h`). A negative age, of clocks that differ, is the smallest.
    """
    if seconds < 10:
        return "<10s"
    step, unit = _age_step(seconds)
    count = int(seconds // step)
    if unit == "s":
        return f"{count * 10}s"
    if unit == "m" and count >= 60:
        return _two_units(count, 60, "h", "m")
    if unit == "h":
        return _two_units(count, 24, "d", "h")
    return f"{count}{unit}"


def _two_units(count: int, whole: int, great: str, small: str) -> str:
    rest = count % whole
    return f"{count // whole}{great}{rest:02d}{small}" if rest else f"{count // whole}{great}"


def format_took(seconds: float) -> str:
    """Return how long something took, with the two units that matter: `41s`, `4m12s`, `3d04h`."""
    whole = max(0, int(seconds))
    if whole < MINUTE:
        return f"{whole}s"
    if whole < HOUR:
        return f"{whole // MINUTE}m{whole % MINUTE:02d}s"
    if whole < DAY:
        return f"{whole // HOUR}h{whole % HOUR // MINUTE:02d}m"
    return f"{whole // DAY}d{whole % DAY // HOUR:02d}h"
