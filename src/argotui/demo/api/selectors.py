"""Label and field selectors, with the grammar and the errors of the API server.

`model/labels.py` is not used here: it reads a selector out of a longer filter line, reports
mistakes by position, and has no `<` and `>`. This parser refuses with the words of an API server.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from argotui.demo.api.kinds import ResourceType
from argotui.demo.api.objects import StoredObject
from argotui.demo.api.status import bad_request

_TOKEN = re.compile(r"\s*(!=|==|=|!|,|\(|\)|<|>|[^\s!=,()<>]+)")
_OPERATORS = "in, notin, =, ==, !=, gt, lt"


class ObjectRequirement(NamedTuple):
    """`values` is empty for the presence (exists) and the absence (!) of a key."""

    key: str
    operator: str
    values: frozenset[str]

    def matches(self, labels: dict[str, str]) -> bool:
        match self.operator:
            case "exists":
                return self.key in labels
            case "!":
                return self.key not in labels
            case "in":
                return labels.get(self.key) in self.values
            case "notin":
                return labels.get(self.key) not in self.values
        try:
            found, bound = int(labels[self.key]), int(next(iter(self.values)))
        except (KeyError, ValueError):
            return False
        return found > bound if self.operator == "gt" else found < bound


class ObjectSelector:
    """The selectors of a list or a watch; without any it matches everything.

    Raises a 400 `ApiError` for a selector that the API server refuses.
    """

    def __init__(self, kind: ResourceType, labels: str = "", fields: str = "") -> None:
        self._requirements = _Parser(labels).parse() if labels.strip() else []
        self._terms = _parse_fields(kind, fields) if fields else []

    def __bool__(self) -> bool:
        return bool(self._requirements or self._terms)

    def matches(self, entry: StoredObject) -> bool:
        return all(need.matches(entry.labels) for need in self._requirements) and all(
            (_field(entry, path) == value) is equal for path, equal, value in self._terms
        )


def _field(entry: StoredObject, path: str) -> str:
    if path == "metadata.name":
        return entry.name
    if path == "metadata.namespace":
        return entry.namespace
    return entry.fields.get(path, "")


def _parse_fields(kind: ResourceType, text: str) -> list[tuple[str, bool, str]]:
    terms = []
    for part in re.split(r"(?<!\\),", text):
        if not part:
            continue
        found = re.match(r"(.*?)(!=|==|=)(.*)", part, re.DOTALL)
        if found is None:
            raise bad_request(f"invalid selector: '{text}'; can't understand '{part}'")
        path, operator, value = found.groups()
        if path not in ("metadata.name", "metadata.namespace", *kind.fields):
            raise bad_request(f"field label not supported: {path}")
        value = re.sub(r"\\([\\,=])", r"\1", value)
        terms.append((path, operator != "!=", value))
    return terms


class _Parser:
    """A recursive-descent parser of the grammar of `labels.Parse`."""

    def __init__(self, text: str) -> None:
        self._tokens = [*(found.group(1) for found in _TOKEN.finditer(text)), ""]
        self._at = 0

    def parse(self) -> list[ObjectRequirement]:
        requirements = [self._requirement()]
        while (token := self._next()) == ",":
            if self._peek() in (",", ""):
                raise _unexpected(self._peek(), "identifier after ','")
            requirements.append(self._requirement())
        if token:
            raise _unexpected(token, "',' or 'end of string'", prefix="")
        return requirements

    def _requirement(self) -> ObjectRequirement:
        negated = self._peek() == "!"
        if negated:
            self._next()
        key = self._next()
        if not key or not _is_word(key):
            raise _unexpected(key, "!, identifier, or 'end of string'")
        if negated:
            return ObjectRequirement(key, "!", frozenset())
        if self._peek() in (",", ""):
            return ObjectRequirement(key, "exists", frozenset())
        operator = self._next()
        match operator:
            case "=" | "==" | "!=":
                value = self._next() if self._peek() not in (",", "") else ""
                return ObjectRequirement(
                    key, "notin" if operator == "!=" else "in", frozenset([value])
                )
            case "in" | "notin":
                return ObjectRequirement(key, operator, self._values())
            case ">" | "<":
                value = self._next()
                if not re.fullmatch(r"-?\d+", value):
                    raise bad_request(
                        "unable to parse requirement: values[0][" + key + "]: Invalid value: "
                        f"\"{value}\": for 'Gt', 'Lt' operators, the value must be an integer"
                    )
                return ObjectRequirement(key, "gt" if operator == ">" else "lt", frozenset([value]))
        raise _unexpected(operator, _OPERATORS)

    def _values(self) -> frozenset[str]:
        if (token := self._next()) != "(":
            raise _unexpected(token, "'('")
        values = set()
        while True:
            values.add(self._next() if _is_word(self._peek()) else "")
            mark = self._next()
            if mark == ")":
                return frozenset(values)
            if mark != ",":
                raise _unexpected(mark, "',' or ')'")

    def _peek(self) -> str:
        return self._tokens[self._at]

    def _next(self) -> str:
        token = self._tokens[self._at]
        self._at = min(self._at + 1, len(self._tokens) - 1)
        return token


def _is_word(token: str) -> bool:
    return bool(token) and token[0] not in "!=,()<>"


def _unexpected(
    found: str, expected: str, *, prefix: str = "unable to parse requirement: "
) -> Exception:
    return bad_request(f"{prefix}found '{found}', expected: {expected}")
