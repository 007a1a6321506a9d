"""Label selectors of kubectl's `-l`, evaluated here instead of by the API server.

The grammar is that of `k8s.io/apimachinery/pkg/labels`: requirements separated by commas, each one
of `key`, `!key`, `key=value`, `key==value`, `key!=value`, `key in (a,b)`, `key notin (a,b)`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from argotui.model.patterns import FilterError

_SPACE = re.compile(r"\s*")
_KEY = re.compile(
    r"(?:[A-Za-z0-9](?:[-A-Za-z0-9.]*[A-Za-z0-9])?/)?[A-Za-z0-9](?:[-\w.]*[\w])?", re.A
)
_VALUE = re.compile(r"(?:[A-Za-z0-9](?:[-\w.]*[A-Za-z0-9])?)?", re.A)
MOST = 63
"""Characters of a label's value, and of the name in its key."""
_MOST_PREFIX = 253
_OPERATOR = re.compile(r"\s*(==|!=|=)\s*")
_SET = re.compile(r"\s+(in|notin)\s*\(")


class Requirement(NamedTuple):
    """One condition on one label: `operator` is exists, !, =, !=, in or notin."""

    key: str
    operator: str
    values: tuple[str, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Say whether labels meet it; a label that is absent meets `!=` and `notin`."""
        value = labels.get(self.key)
        match self.operator:
            case "exists":
                return value is not None
            case "!":
                return value is None
            case "=" | "in":
                return value in self.values
            case _:
                return value not in self.values

    def __str__(self) -> str:
        match self.operator:
            case "exists":
                return self.key
            case "!":
                return f"!{self.key}"
            case "in" | "notin":
                return f"{self.key} {self.operator} ({','.join(self.values)})"
            case _:
                return f"{self.key}{self.operator}{self.values[0]}"


class Selector(NamedTuple):
    """Requirements that must all be met."""

    requirements: tuple[Requirement, ...]

    def matches(self, labels: Mapping[str, str]) -> bool:
        return all(requirement.matches(labels) for requirement in self.requirements)

    def __str__(self) -> str:
        return ",".join(map(str, self.requirements))


def key_problem(key: str) -> str:
    """Return why no label or annotation can have a key, empty if one can."""
    prefix, _, name = key.rpartition("/")
    if _KEY.fullmatch(key) and len(name) <= MOST and len(prefix) <= _MOST_PREFIX:
        return ""
    return (
        f"{key!r} is no key: letters, digits, '-', '_' and '.', at most {MOST}, "
        "after a domain and '/' if it has one"
    )


def label_problem(key: str, value: str) -> str:
    """Return why an object cannot have a label, empty if it can."""
    if problem := key_problem(key):
        return problem
    if _VALUE.fullmatch(value) and len(value) <= MOST:
        return ""
    return (
        f"{value[:80]!r} is no value for the label {key}: letters, digits, '-', '_' and '.', at "
        f"most {MOST}, with a letter or digit at both ends"
    )


def _skip(text: str, position: int) -> int:
    space = _SPACE.match(text, position)
    return space.end() if space else position


def _read_set(text: str, position: int) -> tuple[tuple[str, ...], int]:
    """The values of `in (…)` from after the bracket, and the position after the closing one."""
    values: list[str] = []
    while True:
        position = _skip(text, position)
        value = _VALUE.match(text, position)
        values.append(value[0] if value else "")
        position = _skip(text, value.end() if value else position)
        if text.startswith(",", position):
            position += 1
        elif text.startswith(")", position):
            return tuple(sorted(set(values))), position + 1
        else:
            raise FilterError("a set of label values ends with “)”: key in (a,b)", position)


def _read_requirement(text: str, position: int) -> tuple[Requirement, int]:
    absent = text.startswith("!", position)
    start = _skip(text, position + 1) if absent else position
    key = _KEY.match(text, start)
    if key is None:
        raise FilterError("a label is expected here, for instance: -l app=web", start)
    if absent:
        return Requirement(key[0], "!"), key.end()
    if group := _SET.match(text, key.end()):
        values, end = _read_set(text, group.end())
        return Requirement(key[0], group[1], values), end
    if operator := _OPERATOR.match(text, key.end()):
        value = _VALUE.match(text, operator.end())
        end = value.end() if value else operator.end()
        kind = "!=" if operator[1] == "!=" else "="
        return Requirement(key[0], kind, (value[0] if value else "",)), end
    return Requirement(key[0], "exists"), key.end()


def read_selector(text: str, position: int = 0) -> tuple[Selector, int]:
    """Return the selector that begins at `position`, and the position after it.

    It goes on as long as commas join requirements, so it may hold spaces and still be followed by
    other text. Raises FilterError.
    """
    requirements: list[Requirement] = []
    while True:
        requirement, position = _read_requirement(text, _skip(text, position))
        requirements.append(requirement)
        comma = _skip(text, position)
        if not text.startswith(",", comma):
            return Selector(tuple(requirements)), position
        position = comma + 1
