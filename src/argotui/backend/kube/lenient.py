"""Converting JSON that does not quite fit a struct: keep what fits, name what does not."""

from __future__ import annotations

import functools
import types
import typing
from typing import Any, TypeVar

import msgspec

_S = TypeVar("_S", bound=msgspec.Struct)
_MISFIT = object()
_BAD = (msgspec.ValidationError, ValueError, OverflowError, RecursionError, TypeError)


def decode_leniently(tree: dict[str, Any], kind: type[_S]) -> tuple[_S, list[str]]:
    """Return a struct of what fits it, scalars converted if they can be, and the paths that did
    not fit. Nulls count as absent, as in Go. Every field of `kind` needs a default. Never fails.
    """
    try:
        return msgspec.convert(tree, kind, strict=False), []
    except _BAD:
        lost: list[str] = []
        return _struct(tree, kind, "", lost), lost


def _struct(tree: dict[str, Any], kind: type[_S], path: str, lost: list[str]) -> _S:
    values = {}
    for name, (key, field_type) in _fields(kind).items():
        if tree.get(key) is None:
            continue
        value = _value(tree[key], field_type, f"{path}.{key}" if path else key, lost)
        if value is not _MISFIT:
            values[name] = value
    return kind(**values)


def _value(value: Any, kind: Any, path: str, lost: list[str]) -> Any:
    """Return `value` as `kind`, as much of it as fits; the parts that do not go to `lost`."""
    try:
        return msgspec.convert(value, kind, strict=False)
    except _BAD:
        pass
    for arm in _arms(kind):
        origin, arguments = typing.get_origin(arm), typing.get_args(arm)
        if isinstance(value, dict) and isinstance(arm, type) and issubclass(arm, msgspec.Struct):
            return _struct(value, arm, path, lost)
        if isinstance(value, dict) and origin is dict:
            items = {
                key: _value(item, arguments[1], f"{path}[{key}]", lost)
                for key, item in value.items()
                if item is not None
            }
            return {key: item for key, item in items.items() if item is not _MISFIT}
        if isinstance(value, list) and origin is list:
            converted = [
                _value(item, arguments[0], f"{path}[{index}]", lost)
                for index, item in enumerate(value)
                if item is not None
            ]
            return [item for item in converted if item is not _MISFIT]
    lost.append(path)
    return _MISFIT


def _arms(kind: Any) -> tuple[Any, ...]:
    if typing.get_origin(kind) in (types.UnionType, typing.Union):
        return typing.get_args(kind)
    return (kind,)


@functools.cache
def _fields(kind: type[msgspec.Struct]) -> dict[str, tuple[str, Any]]:
    return {field.name: (field.encode_name, field.type) for field in msgspec.structs.fields(kind)}
