"""The differences between two reads of a gate, ready to show."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from argotui.model.gates.request import differences, material
from argotui.model.redact import (
    MASK,
    is_secret_name,
    redact_text,
    redact_tree,
)
from argotui.model.sanitise import clean_line

Difference = tuple[str, str, str]
"""A path, the value before, the value after."""

_STEP = re.compile(r"[^.\[\]]+|\[\d+\]")
_MOST = 200


def shown_differences(
    before: Mapping[str, Any], after: Mapping[str, Any], node_id: str
) -> tuple[Difference, ...]:
    """Return the differences as (path, before, after): one line each, cleaned, secrets covered.

    A value is a secret by the names on its path, and by the `name` of the list entry it is in.
    """
    sides = (material(before, node_id), material(after, node_id))
    found = []
    for path, old, new in differences(before, after, node_id):
        names = {name for side in sides for name in _names(path, side)}
        secret = any(is_secret_name(name) for name in names)
        found.append((clean_line(path), _text(old, secret), _text(new, secret)))
    return tuple(found)


def _text(value: object, secret: bool) -> str:
    if value is None:
        return "—"
    if secret:
        return MASK
    return redact_text(clean_line(str(redact_tree(value))))[:_MOST]


def _names(path: str, value: Any) -> set[str]:
    """Return the keys on a path, and the names of the list entries on it."""
    names: set[str] = set()
    for step in _STEP.findall(path):
        if step.startswith("["):
            index = int(step[1:-1])
            value = value[index] if isinstance(value, list) and index < len(value) else None
            if isinstance(value, Mapping):
                names.add(str(value.get("name") or ""))
        else:
            names.add(step)
            value = value.get(step) if isinstance(value, Mapping) else None
    return names
