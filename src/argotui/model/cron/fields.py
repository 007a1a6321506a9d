"""The five fields of a cron expression, by the rules of robfig/cron v3 (`parser.go`)."""

from __future__ import annotations

import re
from typing import NamedTuple

STAR = 1 << 63
"""Set in the bits of a field that has a `*` or `?` without a step above 1."""

_INTEGER = re.compile(r"[+-]?[0-9]+")
_MAX_INT = 2**63


class FieldError(ValueError):
    """A field that is refused; its message is that of robfig/cron."""


class Field(NamedTuple):
    """A field: its name, its least and greatest value, and the names of values."""

    name: str
    least: int
    greatest: int
    names: dict[str, int]


_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]

MINUTE = Field("minute", 0, 59, {})
HOUR = Field("hour", 0, 23, {})
DAY_OF_MONTH = Field("day of month", 1, 31, {})
MONTH = Field("month", 1, 12, {name: number for number, name in enumerate(_MONTHS, 1)})
DAY_OF_WEEK = Field("day of week", 0, 6, {name: number for number, name in enumerate(_DAYS)})

FIELDS = (MINUTE, HOUR, DAY_OF_MONTH, MONTH, DAY_OF_WEEK)


def parse_field(text: str, field: Field) -> int:
    """Return the values of a field as bits, and `STAR`. Raises FieldError.

    A field without any value, such as `,`, is accepted and never matches.
    """
    bits = 0
    for part in text.split(","):
        if part:
            bits |= _parse_range(part, field)
    return bits


def all_values(field: Field) -> int:
    """Return the bits of `*`."""
    return _bits(field.least, field.greatest, 1) | STAR


def _parse_range(text: str, field: Field) -> int:
    span, *steps = text.split("/")
    low, *high = span.split("-")
    star = 0
    if low in ("*", "?"):  # what follows a hyphen is not read
        first, last, star = field.least, field.greatest, STAR
    else:
        first = last = _number_or_name(low, field)
        if len(high) > 1:
            raise FieldError(f"too many hyphens: {text}")
        if high:
            last = _number_or_name(high[0], field)
    step = 1
    if len(steps) > 1:
        raise FieldError(f"too many slashes: {text}")
    if steps:
        step = _number(steps[0])
        if not high:  # `5/10` is `5-59/10`
            last = field.greatest
        if step > 1:
            star = 0
    if first < field.least:
        raise FieldError(f"beginning of range ({first}) below minimum ({field.least}): {text}")
    if last > field.greatest:
        raise FieldError(f"end of range ({last}) above maximum ({field.greatest}): {text}")
    if first > last:
        raise FieldError(f"beginning of range ({first}) beyond end of range ({last}): {text}")
    if step == 0:
        raise FieldError(f"step of range should be a positive number: {text}")
    return _bits(first, last, step) | star


def _bits(first: int, last: int, step: int) -> int:
    return sum(1 << value for value in range(first, last + 1, step))


def _number_or_name(text: str, field: Field) -> int:
    # Go lowers each character by itself: a capital I with a dot becomes one i.
    named = field.names.get("".join(char.lower()[0] for char in text)) if field.names else None
    return _number(text) if named is None else named


def _number(text: str) -> int:
    if not _INTEGER.fullmatch(text):
        raise FieldError(_not_parsed(text, "invalid syntax"))
    number = int(text)
    if not -_MAX_INT <= number < _MAX_INT:
        raise FieldError(_not_parsed(text, "value out of range"))
    if number < 0:
        raise FieldError(f"negative number ({number}) not allowed: {text}")
    return number


def _not_parsed(text: str, why: str) -> str:
    return f'failed to parse int from {text}: strconv.Atoi: parsing "{text}": {why}'
