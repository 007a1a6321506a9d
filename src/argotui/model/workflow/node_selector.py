"""Field selectors over the nodes of a workflow: `displayName=build,phase!=Succeeded`.

The grammar is that of `k8s.io/apimachinery/pkg/fields`, the fields are those of
`SelectorMatchesNode` (workflow/util/util.go).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

NODE_FIELDS = (
    "displayName",
    "id",
    "name",
    "phase",
    "templateName",
    "templateRef.name",
    "templateRef.template",
)
"""The fields of a node that a selector may name, beside `inputs.parameters.NAME.value`."""

_TERM = re.compile(r"(?:\\.|[^\\,]|\\\Z)+", re.DOTALL)
_OPERATOR = re.compile(r"!=|==|=")
_INPUT = re.compile(r"inputs\.parameters\..+\.value", re.DOTALL)
_SPECIAL = re.compile(r"[\\,=]")


class SelectorError(ValueError):
    """A text is not a field selector."""


class FieldTerm(NamedTuple):
    """One condition: a field has the value, or has not."""

    field: str
    value: str
    equal: bool


class NodeSelector(NamedTuple):
    """Terms that all must hold; without any it matches every node."""

    terms: tuple[FieldTerm, ...] = ()

    def matches(self, node: Mapping[str, Any]) -> bool:
        """Say whether a node of a document has the values; an absent field is empty."""
        return all((_value(node, term.field) == term.value) is term.equal for term in self.terms)

    @property
    def unknown_fields(self) -> list[str]:
        """The fields that no node has: Argo takes them for empty."""
        return [
            term.field
            for term in self.terms
            if term.field not in NODE_FIELDS and not _INPUT.fullmatch(term.field)
        ]


def parse_node_selector(selector: str) -> NodeSelector:
    """Return a field selector. Raises SelectorError with the reason."""
    terms = []
    for term in _TERM.findall(selector):
        operator = _OPERATOR.search(term)
        if operator is None:
            raise SelectorError(f"{term!r} is not of the form FIELD=VALUE or FIELD!=VALUE")
        value = _unescaped(term[operator.end() :])
        terms.append(FieldTerm(term[: operator.start()], value, operator[0] != "!="))
    return NodeSelector(tuple(terms))


def escaped_value(value: str) -> str:
    """Return a value as a field selector spells it."""
    return _SPECIAL.sub(r"\\\g<0>", value)


def _unescaped(value: str) -> str:
    letters = []
    rest = iter(value)
    for letter in rest:
        if letter == "\\":
            escaped = next(rest, "")
            if not escaped or escaped not in "\\,=":
                raise SelectorError(f"unknown escape in {value!r}: write \\\\, \\, or \\=")
            letters.append(escaped)
        elif letter in ",=":
            raise SelectorError(f"a {letter!r} in the value {value!r} needs a \\ before it")
        else:
            letters.append(letter)
    return "".join(letters)


def _value(node: Mapping[str, Any], field: str) -> str:
    reference = node.get("templateRef")
    reference = reference if isinstance(reference, Mapping) else None
    match field:
        case "templateName" if reference is not None:
            return any_string(reference.get("template"))
        case "displayName" | "templateName" | "phase" | "name" | "id":
            return any_string(node.get(field))
        case "templateRef.name" | "templateRef.template":
            return any_string((reference or {}).get(field.partition(".")[2]))
    return _input(node, field) if _INPUT.fullmatch(field) else ""


def _input(node: Mapping[str, Any], field: str) -> str:
    inputs = node.get("inputs")
    parameters = inputs.get("parameters") if isinstance(inputs, Mapping) else None
    found = ""
    for one in parameters if isinstance(parameters, list) else ():
        if isinstance(one, Mapping) and field == f"inputs.parameters.{one.get('name')}.value":
            found = any_string(one.get("value"))
    return found


def any_string(value: object) -> str:
    """Return a value of a document as Argo's AnyString: a number or a boolean as its text."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)
