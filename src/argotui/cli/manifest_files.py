"""Manifests of files, folders and standard input, for every verb that takes them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

if TYPE_CHECKING:
    import yaml

SUFFIXES = (".yaml", ".yml", ".json")
"""The files of a folder that are read, as `argo lint` reads them."""


class ManifestSource(NamedTuple):
    """A document with its source; `node` has the lines of a file."""

    target: str
    document: Any
    node: yaml.Node | None = None

    def line(self, path: Sequence[str | int]) -> int | None:
        """Return the line, from 1, on which the last part of a path that is there begins."""
        found = self.node
        if found is None:
            return None
        line = found.start_mark.line + 1
        for part in path:
            pairs = found.value if isinstance(found.value, list) else []
            if isinstance(part, int) and part < len(pairs):
                found = pairs[part]
                line = found.start_mark.line + 1
            else:
                for name, value in (each for each in pairs if isinstance(each, tuple)):
                    if name.value == part:
                        line, found = name.start_mark.line + 1, value
                        break
                else:
                    break
        return line

    def at(self, path: Sequence[str | int] = ()) -> str:
        line = self.line(path)
        return self.target if line is None else f"{self.target}:{line}"


def files_of(target: str) -> list[str]:
    """Return the target itself, or the YAML and JSON files in a folder and in those below it.

    Raises click.UsageError if a folder holds none.
    """
    if not Path(target).is_dir():
        return [target]
    paths = [path for path in Path(target).rglob("*") if path.suffix in SUFFIXES]
    if not paths:
        raise click.UsageError(f"{target} holds no file that ends in {', '.join(SUFFIXES)}")
    return sorted(str(path) for path in paths if not path.is_dir())


def read_file(name: str) -> list[ManifestSource]:
    """Return the YAML documents of a file; `-` is standard input. Raises click.UsageError."""
    import yaml

    from argotui.model.yaml_manifest import manifest_documents

    try:
        with click.open_file(name, encoding="utf-8") as file:
            text = file.read()
        return [ManifestSource(name, each.value, each.node) for each in manifest_documents(text)]
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError, ValueError) as error:
        raise click.UsageError(f"{name} cannot be read: {error}") from None


def read_objects(targets: Sequence[str]) -> list[ManifestSource]:
    """Return the objects of files and folders, those inside lists too, in their order.

    Raises click.UsageError for what cannot be read, for a document that is no object, and if there
    is none.
    """
    found = [
        each
        for target in dict.fromkeys(targets)
        for file in files_of(target)
        for source in read_file(file)
        for each in _objects_of(source)
    ]
    if not found:
        raise click.UsageError(f"there is no object in {', '.join(targets)}")
    return found


def _objects_of(source: ManifestSource) -> Iterator[ManifestSource]:
    if not isinstance(source.document, dict):
        raise click.UsageError(f"{source.at()}: this is no object of Kubernetes")
    items = source.document.get("items")
    if source.document.get("kind") != "List" or not isinstance(items, list):
        yield source
        return
    for item in items:
        yield from _objects_of(ManifestSource(source.target, item))
