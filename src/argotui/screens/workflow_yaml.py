"""The YAML of a workflow: made off the event loop, and saved to a file."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path

from argotui.model.redact import redact_tree
from argotui.model.yaml_text import YamlText, dump_yaml, structure


async def make_yaml(document: Mapping[str, object], *, covered: bool) -> YamlText:
    """Return an object as YAML, its secrets covered or not; large ones keep a thread busy."""
    return await asyncio.to_thread(_make, document, covered)


def _make(document: Mapping[str, object], covered: bool) -> YamlText:
    shown = redact_tree(dict(document)) if covered else document
    return structure(dump_yaml(shown if isinstance(shown, dict) else document))


async def save_text(name: str, text: str, directory: Path | None = None) -> Path:
    """Write a new file `name.yaml`, `name-2.yaml` ... readable by its owner only; return its path.

    Raises OSError.
    """
    return await asyncio.to_thread(_save, name, text, directory or Path.cwd())


def _save(name: str, text: str, directory: Path) -> Path:
    number = 1
    while True:
        path = directory / (f"{name}.yaml" if number == 1 else f"{name}-{number}.yaml")
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            number += 1
            continue
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        return path
