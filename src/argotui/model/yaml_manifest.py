"""Manifests read from YAML by the rules of kubectl and argo, not by those of PyYAML.

Both use Go's parser (sigs.k8s.io/yaml over goyaml.v2, `resolve.go`): `12:30` and `2026-01-31` are
texts, `1e3` and `08` are numbers, `y` and `off` are truth values, and a key may not come twice.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator
from typing import Any, NamedTuple

import yaml

_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_BOOL = re.compile(
    r"(?:y|Y|yes|Yes|YES|n|N|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)\Z"
)
_TRUE = frozenset({"y", "yes", "true", "on"})
_NULL = re.compile(r"(?:~|null|Null|NULL|)\Z")
_NUMBER = re.compile(
    r"[-+]?(?:0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|[0-9][0-9_]*"
    r"|(?:\.[0-9_]+|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:[eE][-+]?[0-9]+)?)\Z"
)
_SIGNS = "+-0123456789."
_TAG = "tag:yaml.org,2002:"


class ManifestDocument(NamedTuple):
    """A YAML document and its node, which has the lines."""

    value: Any
    node: yaml.Node


class _Loader(_Base):  # type: ignore[misc]  # the C loader has no types
    """Reads as Go does, into what JSON can hold: keys are texts."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key_node, _ in node.value:
            key = _key_of(self.construct_object(key_node, deep=True), key_node)
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key} comes twice", key_node.start_mark
                )
            seen.add(key)
        self.flatten_mapping(node)  # what is merged comes first, and may come again
        return {
            _key_of(self.construct_object(key_node, deep=True), key_node): self.construct_object(
                value_node, deep=True
            )
            for key_node, value_node in node.value
        }


def _key_of(key: object, node: yaml.Node) -> str:
    match key:
        case str():
            return key
        case bool() | None:
            return {True: "true", False: "false", None: "null"}[key]
        case int() | float():
            return str(key)
        case _:
            raise yaml.constructor.ConstructorError(None, None, "a key is a text", node.start_mark)


def _map(loader: Any, node: yaml.MappingNode) -> dict[Hashable, Any]:
    found: dict[Hashable, Any] = loader.construct_mapping(node, deep=True)
    return found


def _bool(loader: Any, node: yaml.ScalarNode) -> bool:
    return node.value.lower() in _TRUE


def _number(loader: Any, node: yaml.ScalarNode) -> int | float | str:
    """Return what `ParseInt` with base 0 makes of a text, else `ParseFloat`."""
    text = node.value.replace("_", "")
    sign, digits = (text[0], text[1:]) if text[:1] in "+-" else ("", text)
    try:
        if re.fullmatch(r"0[0-7]+", digits):
            return int(f"{sign}{digits}", 8)
        whole = int(text, 0)
        return whole if -(1 << 63) <= whole < 1 << 64 else float(whole)
    except ValueError:
        pass
    try:
        return float(text)
    except (ValueError, OverflowError):
        return str(node.value)


for _first in (*"yYnNtTfFoO",):
    _Loader.add_implicit_resolver(f"{_TAG}bool", _BOOL, [_first])
_Loader.add_implicit_resolver(f"{_TAG}null", _NULL, ["~", "n", "N", ""])
_Loader.add_implicit_resolver(f"{_TAG}float", _NUMBER, list(_SIGNS))
_Loader.add_implicit_resolver(f"{_TAG}merge", re.compile(r"<<\Z"), ["<"])
_Loader.add_constructor(f"{_TAG}map", _map)
_Loader.add_constructor(f"{_TAG}merge", _Loader.construct_yaml_str)
_Loader.add_constructor(f"{_TAG}bool", _bool)
_Loader.add_constructor(f"{_TAG}float", _number)
_Loader.add_constructor(f"{_TAG}int", _number)
_Loader.add_constructor(f"{_TAG}timestamp", _Loader.construct_yaml_str)


def manifest_documents(text: str) -> Iterator[ManifestDocument]:
    """Yield the documents of a YAML or JSON text; empty ones are left out.

    Raises yaml.YAMLError, ValueError or RecursionError.
    """
    loader = _Loader(text)
    try:
        while loader.check_node():
            node = loader.get_node()
            value = loader.construct_document(node)
            if value is not None:
                yield ManifestDocument(value, node)
    finally:
        loader.dispose()
