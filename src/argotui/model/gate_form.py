"""What whoever approves fills in: one field for each supplied output of a gate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from argotui.model.gate import Supplied

REFUSALS = frozenset(
    {"no", "false", "deny", "denied", "reject", "rejected", "refuse", "0", "n", "stop", "abort"}
)
"""Defaults, in lower case, that say no: approving must not send one that nobody chose."""


def prefilled(supplied: Supplied) -> str | None:
    """Return what a field begins with: its default, unless that says no or is no choice."""
    default = supplied.default
    if default is None or default.lower() in REFUSALS:
        return None
    return default if not supplied.enum or default in supplied.enum else None


class Form:
    """The fields of a gate with what is filled in so far; one of them is the current one."""

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
        """The current field, None where there is nothing to fill in."""
        return self.fields[self.current] if self.fields else None

    @property
    def values(self) -> dict[str, str]:
        """The values filled in, by name."""
        return dict(self._values)

    def value(self, name: str) -> str | None:
        return self._values.get(name)

    def step(self, by: int) -> None:
        """Make another field the current one, round and round."""
        if self.fields:
            self.current = (self.current + by) % len(self.fields)

    def turn(self, by: int) -> bool:
        """Choose the next or previous choice of the current field; False where it has none."""
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
        """Choose by place, the first is 0; False where there is no such choice."""
        field = self.field
        if field is None or index >= len(field.enum):
            return False
        self._values[field.name] = field.enum[index]
        return True

    def write(self, text: str) -> None:
        """Put a text into the current field."""
        if self.field is not None:
            self._values[self.field.name] = text

    def go_to_problem(self) -> str:
        """Make the first field that is not filled in the current one; return what it asks for."""
        for index, field in enumerate(self.fields):
            if field.name in self._values:
                continue
            self.current = index
            if field.enum:
                return f"choose {field.name} first: {' or '.join(field.enum)}"
            return f"fill in {field.name} first"
        return ""
