"""Every function, class and constant of a module is used by the sources themselves."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "src").rglob("*.py"))
ENTRY_POINTS = {("argotui.cli.kubectl_complete", "main")}
"""The names that `pyproject.toml` alone names."""
_NAMED = re.compile(r"([\w.]+):(\w+)")
"""A `module:name`, imported when it is needed."""


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT / "src").with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def defined(tree: ast.Module) -> Iterator[str]:
    """Yield the names that a module defines; a decorator may register what it decorates."""
    for node in tree.body:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                if not node.decorator_list:
                    yield node.name
            case ast.Assign():
                yield from (each.id for each in node.targets if isinstance(each, ast.Name))
            case ast.AnnAssign(target=ast.Name(id=name)):
                yield name


def unused(trees: dict[str, ast.Module]) -> list[str]:
    """Return the names, as `module.name`, that no module of `trees` (by name) reads."""
    used: set[tuple[str, str]] = set()
    attributes: set[tuple[str, str]] = set()
    for module, tree in trees.items():
        for node in ast.walk(tree):
            match node:
                case ast.ImportFrom(module=str(source)):
                    used |= {(source, alias.name) for alias in node.names}
                case ast.Name(id=name, ctx=ast.Load()):
                    used.add((module, name))
                case ast.Constant(value=str(text)) if named := _NAMED.fullmatch(text):
                    used.add((named[1], named[2]))
                case ast.Attribute(value=ast.Name(id=owner), attr=name):
                    attributes.add((owner, name))
    return [
        f"{module}.{name}"
        for module, tree in trees.items()
        for name in defined(tree)
        if not name.startswith("__")
        and (module, name) not in used
        and (module.rpartition(".")[2], name) not in attributes
        and (module, name) not in ENTRY_POINTS
    ]


def test_the_sources_use_all_that_they_define() -> None:
    assert unused({module_of(path): ast.parse(path.read_text("utf-8")) for path in SOURCES}) == []


def test_the_check_finds_what_it_is_for() -> None:
    texts = {
        "a.b": "def used(): ...\ndef by_module(): ...\ndef left(): ...\nFREE = 1\nTAKEN = 2\nTAKEN",
        "a.c": "from a import b\nfrom a.b import used\nb.by_module()",
    }
    found = unused({name: ast.parse(text) for name, text in texts.items()})
    assert found == ["a.b.left", "a.b.FREE"]
