"""Fields of a manifest that its kind does not have, or that have the wrong shape."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

FieldPath = tuple[str | int, ...]


class UnknownField(msgspec.Struct, frozen=True):
    """A field that its type does not have; `known` are the fields that it has."""

    path: FieldPath
    owner: str
    known: tuple[str, ...]

    @property
    def name(self) -> str:
        return str(self.path[-1])


class WrongShape(msgspec.Struct, frozen=True):
    """A value of another shape than its field's: `wanted` is `an object` or `a list`."""

    path: FieldPath
    wanted: str


class FieldTypes:
    """Types and their fields. A field's type is a name, `[]` or `{}` and a name, or `any`."""

    def __init__(self, types: Mapping[str, Mapping[str, str]]) -> None:
        self._types = types

    def fields_of(self, name: str) -> Mapping[str, str]:
        """Return the fields of a type, empty for one without fields or an unknown one."""
        return self._types.get(name, {})

    def problems(self, kind: str, document: object) -> Iterator[UnknownField | WrongShape]:
        """Yield the problems of an object of a kind, in its order; none for an unknown kind."""
        if kind in self._types:
            yield from self._check((), kind, document)

    def _check(
        self, path: FieldPath, form: str, value: object
    ) -> Iterator[UnknownField | WrongShape]:
        if value is None or form == "any":
            return
        if form.startswith("[]"):
            if not isinstance(value, list):
                yield WrongShape(path, "a list")
                return
            for index, item in enumerate(value):
                yield from self._check((*path, index), form[2:], item)
        elif form.startswith("{}"):
            if not isinstance(value, Mapping):
                yield WrongShape(path, "an object")
                return
            for key, item in value.items():
                yield from self._check((*path, str(key)), form[2:], item)
        elif (fields := self._types.get(form)) is not None:
            if not isinstance(value, Mapping):
                yield WrongShape(path, "an object")
                return
            for key, item in value.items():
                if key in fields:
                    yield from self._check((*path, key), fields[key], item)
                else:
                    yield UnknownField((*path, str(key)), form, tuple(fields))
        elif isinstance(value, list | Mapping):
            yield WrongShape(path, "a single value")


def path_text(path: FieldPath) -> str:
    """Return a path as the API server writes it: `spec.templates[0].name`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text
