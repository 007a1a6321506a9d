"""The form of an approval: one field for each supplied output of a gate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from argotui.model.argo import Parameter
from argotui.model.gates.gate import Gate, Supplied
from argotui.model.sanitise import clean_tree
from argotui.model.spelling import shown_value, spelled

REFUSALS = frozenset(
    {"no", "false", "deny", "denied", "reject", "rejected", "refuse", "0", "n", "stop", "abort"}
)
"""Values, in lower case, that mean no: an approval only sends one that was chosen."""


def beginning(supplied: Supplied) -> str | None:
    """Return the value that a gate has for a field: the requested one, else the default."""
    return supplied.default if supplied.given is None else supplied.given


def prefilled(supplied: Supplied) -> str | None:
    """Return the initial value of a field: the gate's own, unless it means no or is not a choice.

    Nothing replaces it: if `us` was requested and is not a choice, the field does not take `eu`.
    """
    value = beginning(supplied)
    if value is None or value.lower() in REFUSALS:
        return None
    return value if not supplied.enum or value in supplied.enum else None


def asked_otherwise(supplied: Supplied) -> bool:
    """Whether the requested value differs from the default, so that it has to be visible."""
    return supplied.given is not None and supplied.given != supplied.default


def shown_values(values: Mapping[str, str]) -> str:
    """Return the values to write as `NAME=VALUE NAME=VALUE`, spelled, secrets covered."""
    return " ".join(f"{spelled(name)}={shown_value(name, value)}" for name, value in values.items())


def to_show(gate: Gate) -> list[Parameter]:
    """Return the inputs of a gate to show: all but those that a field shows completely.

    That is an input of the same name as a field whose value is the default, or the JSON of the
    choices.
    """
    fields = {supplied.name: supplied for supplied in gate.supplied}
    return [
        parameter
        for parameter in gate.inputs
        if (field := fields.get(parameter.name)) is None or asked_otherwise(field)
    ]


def cleaned(parameter: Parameter) -> Parameter:
    """Return a parameter with cleaned texts, ready to show."""
    return msgspec.convert(clean_tree(msgspec.to_builtins(parameter)), Parameter)


class Form:
    """The fields of a gate with their values so far; one of them is the current one."""

    def __init__(self, fields: Sequence[Supplied], values: Mapping[str, str] | None = None) -> None:
        self.fields = tuple(fields)
        self.current = 0
        self._values: dict[str, str] = {}
        for supplied in self.fields:
            value = (values or {}).get(supplied.name, prefilled(supplied))
            if value is not None and (not supplied.enum or value in supplied.enum):
                self._values[supplied.name] = value

    @property
    def field(self) -> Supplied | None:
        """The current field, None without fields."""
        return self.fields[self.current] if self.fields else None

    @property
    def values(self) -> dict[str, str]:
        """The values so far, by name."""
        return dict(self._values)

    def value(self, name: str) -> str | None:
        return self._values.get(name)

    def step(self, by: int) -> None:
        """Make another field the current one; the first follows the last."""
        if self.fields:
            self.current = (self.current + by) % len(self.fields)

    def turn(self, by: int) -> bool:
        """Select the next or previous choice of the current field; return False without choices."""
        field = self.field
        if field is None or not field.enum:
            return False
        value = self._values.get(field.name)
        if value is None:
            index = 0 if by > 0 else len(field.enum) - 1
        else:
            index = (field.enum.index(value) + by) % len(field.enum)
        self._values[field.name] = field.enum[index]
        return True

    def choose(self, index: int) -> bool:
        """Select a choice by its index from 0; return False for an unknown index."""
        field = self.field
        if field is None or index >= len(field.enum):
            return False
        self._values[field.name] = field.enum[index]
        return True

    def write(self, text: str) -> None:
        """Set the text of the current field."""
        if self.field is not None:
            self._values[self.field.name] = text

    def go_to_problem(self) -> str:
        """Make the first field without a value the current one; return its question."""
        for index, field in enumerate(self.fields):
            if field.name in self._values:
                continue
            self.current = index
            name = spelled(field.name)
            if field.enum:
                choices = " or ".join(shown_value(field.name, choice) for choice in field.enum)
                return f"choose {name} first: {choices}"
            return f"fill in {name} first"
        return ""
