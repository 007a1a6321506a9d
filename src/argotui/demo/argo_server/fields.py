"""The parameter `fields` of the Argo server (`util/fields/fields.go`)."""

from __future__ import annotations

from typing import Any


class FieldChoice:
    """The fields that an answer keeps, or leaves out after a leading `-`."""

    def __init__(self, text: str) -> None:
        self.exclude = text.startswith("-")
        self.names = frozenset(name for name in text.removeprefix("-").split(",") if name)

    def without_prefix(self, prefix: str) -> FieldChoice:
        """Return the choice for a part of the answer."""
        inner = FieldChoice("")
        inner.exclude = self.exclude
        inner.names = frozenset(name.removeprefix(prefix) for name in self.names)
        return inner

    def clean(self, value: Any, path: str = "") -> Any:
        """Return a document with the chosen fields; lists have no place in a path."""
        if not self.names:
            return value
        if isinstance(value, list):
            return [self.clean(item, path) for item in value]
        if not isinstance(value, dict):
            return value
        kept = {}
        for key, inner in value.items():
            place = f"{path}.{key}" if path else key
            named = place in self.names
            above = named or any(name.startswith(place) for name in self.names)
            if (self.exclude and not named) or (not self.exclude and above):
                kept[key] = inner if named else self.clean(inner, place)
        return kept
