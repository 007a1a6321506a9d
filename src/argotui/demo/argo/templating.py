"""Argo's `{{references}}`, conditions and loops, as the embedded controller supports them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

_REFERENCE = re.compile(r"\{\{\s*([^{}=][^{}]*?)\s*\}\}")
_TOKEN = re.compile(
    r"""\s*(?:(?P<op>\|\||&&|==|!=|<=|>=|=~|!~|[()<>!])
    |"(?P<double>(?:[^"\\]|\\.)*)"|'(?P<single>(?:[^'\\]|\\.)*)'
    |(?P<word>[^\s()<>!=|&"']+))""",
    re.VERBOSE,
)
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
Resolve = Callable[[str], object]


class ConditionError(ValueError):
    """A `when` or hook expression that cannot be evaluated."""


def substitute(value: Any, scope: Mapping[str, str]) -> Any:
    """Return a copy of a document with the references in `scope` replaced."""
    if isinstance(value, str):
        if "{{" not in value:
            return value
        return _REFERENCE.sub(lambda found: scope.get(found.group(1), found.group(0)), value)
    if isinstance(value, dict):
        return {key: substitute(item, scope) for key, item in value.items()}
    if isinstance(value, list):
        return [substitute(item, scope) for item in value]
    return value


def unresolved(value: Any, prefixes: tuple[str, ...]) -> str:
    """Return the first reference in a document that starts with one of `prefixes`."""
    if isinstance(value, str):
        for found in _REFERENCE.finditer(value):
            if found.group(1).startswith(prefixes):
                return found.group(1)
        return ""
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return next((name for item in items if (name := unresolved(item, prefixes))), "")


def evaluate(expression: str, resolve: Resolve | None = None) -> bool:
    """Return the value of a substituted `when`. A bare word is a text, or a name for `resolve`.

    Raises ConditionError for an invalid condition.
    """
    parser = _Condition(expression, resolve or (lambda word: word))
    result = parser.parse()
    if not isinstance(result, bool):
        raise ConditionError(f"Expected boolean evaluation for '{expression}'. Got {result}")
    return result


class _Condition:
    """Parses `or`, `and`, `not`, comparisons and literals, in this order of precedence."""

    def __init__(self, text: str, resolve: Resolve) -> None:
        self._text = text
        self._resolve = resolve
        self._tokens: list[tuple[str, str]] = []
        at = 0
        while text[at:].strip():
            found = _TOKEN.match(text, at)
            if found is None:
                raise ConditionError(f"Invalid 'when' expression '{text}'")
            kind = found.lastgroup or ""
            self._tokens.append((kind, found.group(kind)))
            at = found.end()
        self._at = 0

    def parse(self) -> object:
        result = self._either()
        if self._at < len(self._tokens):
            raise ConditionError(f"Invalid 'when' expression '{self._text}'")
        return result

    def _takes(self, *operators: str) -> str:
        if self._at < len(self._tokens):
            kind, text = self._tokens[self._at]
            if kind == "op" and text in operators:
                self._at += 1
                return text
        return ""

    def _either(self) -> object:
        left = self._both()
        while self._takes("||"):
            right = self._both()
            left = bool(left) or bool(right)
        return left

    def _both(self) -> object:
        left = self._comparison()
        while self._takes("&&"):
            right = self._comparison()
            left = bool(left) and bool(right)
        return left

    def _comparison(self) -> object:
        left = self._literal()
        operator = self._takes("==", "!=", "<=", ">=", "<", ">", "=~", "!~")
        return _compare(left, operator, self._literal()) if operator else left

    def _literal(self) -> object:
        if self._takes("!"):
            return not self._literal()
        if self._takes("("):
            inner = self._either()
            if not self._takes(")"):
                raise ConditionError(f"Unbalanced parenthesis in '{self._text}'")
            return inner
        if self._at >= len(self._tokens):
            raise ConditionError(f"Unexpected end of '{self._text}'")
        kind, text = self._tokens[self._at]
        self._at += 1
        if kind == "op":
            raise ConditionError(f"Invalid 'when' expression '{self._text}'")
        if kind != "word":
            return text
        if text in ("true", "false"):
            return text == "true"
        return float(text) if _NUMBER.fullmatch(text) else self._resolve(text)


def _compare(left: object, operator: str, right: object) -> bool:
    match operator:
        case "==":
            return left == right
        case "!=":
            return left != right
        case "=~":
            return re.search(str(right), str(left)) is not None
        case "!~":
            return re.search(str(right), str(left)) is None
    if isinstance(left, float) and isinstance(right, float):
        pair: tuple[Any, Any] = (left, right)
    elif isinstance(left, str) and isinstance(right, str):
        pair = (left, right)
    else:
        raise ConditionError(f"cannot compare {left!r} with {right!r}")
    first, second = pair
    outcomes = {
        "<": first < second,
        ">": first > second,
        "<=": first <= second,
        ">=": first >= second,
    }
    return bool(outcomes[operator])


def expand(step: dict[str, Any]) -> list[dict[str, Any]]:
    """Return one copy of a step or task per item of its withItems, withParam or withSequence.

    The copies are named `name(0:item)` as `generateNodeName` (operator.go) does.
    """
    plain = {k: v for k, v in step.items() if k not in ("withItems", "withParam", "withSequence")}
    expanded = []
    for index, item in enumerate(_items(step)):
        if isinstance(item, dict):
            scope = {f"item.{key}": _text(value) for key, value in item.items()}
            scope["item"] = json.dumps(item, separators=(",", ":"))
            label = ",".join(sorted(f"{key}:{_text(value)}" for key, value in item.items()))
        else:
            label = _text(item)
            scope = {"item": label}
        copy = substitute(plain, scope)
        label = label.replace("(", "").replace(")", "")
        copy["name"] = f"{step['name']}({index}:{label})"
        expanded.append(copy)
    return expanded


def loops(step: Mapping[str, Any]) -> bool:
    """Return whether a step or task is a loop."""
    return any(step.get(key) is not None for key in ("withItems", "withParam", "withSequence"))


def _items(step: Mapping[str, Any]) -> list[Any]:
    if (items := step.get("withItems")) is not None:
        return list(items)
    if (parameter := step.get("withParam")) is not None:
        try:
            loaded = json.loads(parameter)
        except ValueError:
            raise ConditionError(
                f"withParam value could not be parsed as a JSON list: {parameter}"
            ) from None
        return loaded if isinstance(loaded, list) else [loaded]
    sequence = step["withSequence"]
    start = int(sequence.get("start") or 0)
    if (end := sequence.get("end")) is None:
        end = start + int(sequence.get("count") or 0) - 1
    shown = str(sequence.get("format") or "%d")
    numbers = range(start, int(end) + 1) if start <= int(end) else range(start, int(end) - 1, -1)
    return [shown % number for number in numbers]


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
