"""The YAML of a workflow, made off the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from argotui.model.redact import redact_tree
from argotui.model.yaml_text import YamlText, dump_yaml, structure


async def make_yaml(document: Mapping[str, object], *, covered: bool) -> tuple[YamlText, int]:
    """Return an object as YAML, its secrets covered or not, and how many there are; large ones keep
    a thread busy."""
    return await asyncio.to_thread(_make, document, covered)


def _make(document: Mapping[str, object], covered: bool) -> tuple[YamlText, int]:
    redacted = redact_tree(dict(document))
    shown = redacted if covered and isinstance(redacted, dict) else document
    return structure(dump_yaml(shown)), _differences(redacted, document)


def _differences(one: object, other: object) -> int:
    """Count the values by which two objects of the same structure differ."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return sum(_differences(value, other.get(key)) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return sum(_differences(*pair) for pair in zip(one, other, strict=False))
    return int(one != other)
