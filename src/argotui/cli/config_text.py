"""The configuration as text: its schema, a first file, and the settings in force."""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec

from argotui.config.loading import (
    Loaded,
    flatten,
    variable_keys,
    variable_of,
)
from argotui.config.settings import TABLES, Settings

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def config_schema() -> dict[str, Any]:
    """Return the JSON Schema of the config file."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The config file of argotui",
        **msgspec.json.schema(Settings),
    }


def template() -> str:
    """Return a config file with every setting and its default as a comment."""
    tables = config_schema()["$defs"]
    lines = ["# The settings of argotui. A line that is commented out shows the default.", ""]
    plain = (name for name in Settings.__struct_fields__ if name not in _TABLES)
    lines += _commented(plain, Settings(), tables["Settings"]["properties"])
    lines += [
        "# Keys by action id; `argotui keys` lists them.",
        "[keys]",
        '# "list.open" = ["enter", "o"]',
        "",
    ]
    for name, kind in TABLES.items():
        described = tables[kind.__name__]["properties"]
        lines += [f"[{name}]", *_commented(kind.__struct_fields__, kind(), described)]
    lines += [
        "# What differs in one context of the kubeconfig.",
        '# [contexts."prod"]',
        "# read_only = true",
        '# theme = "production"',
    ]
    return "\n".join(lines) + "\n"


_TABLES = (*TABLES, "keys", "contexts")


def _commented(names: Any, defaults: msgspec.Struct, described: dict[str, Any]) -> list[str]:
    lines = []
    for name in names:
        value = getattr(defaults, name)
        shown = to_toml("" if value is None else value)
        lines += [f"# {described[name]['description']}", f"# {name} = {shown}", ""]
    return lines


def show_toml(loaded: Loaded, context: str, *, origin: bool) -> str:
    """Return the settings in force as TOML, with their origins if requested."""
    tables: dict[str, list[tuple[str, str]]] = {"": [], **{name: [] for name in TABLES}}
    for key, value in flatten(loaded.settings).items():
        if key == "keys":
            continue
        table, _, name = key.rpartition(".")
        line = f"# {name} is not set" if value is None else f"{name} = {to_toml(value)}"
        tables[table].append((line, loaded.origins[key]))
    lines = []
    for table, content in tables.items():
        lines += ["", f"[{table}]"] if table else []
        lines += _aligned(content, origin)
    if keys := loaded.settings.keys:
        lines += ["", "[keys]", *(f"{to_toml(name)} = {to_toml(keys[name])}" for name in keys)]
    for name, own in loaded.settings.contexts.items():
        lines += ["", f"[contexts.{_name(name)}]"]
        lines += [
            f"{key} = {to_toml(value)}"
            for key, value in msgspec.structs.asdict(own).items()
            if value is not None
        ]
    where = str(loaded.path) if loaded.exists else f"{loaded.path} (does not exist)"
    told = context or "none: the settings of no context in particular"
    return "\n".join([f"# config file: {where}", f"# context: {told}", "", *lines])


def _aligned(lines: list[tuple[str, str]], origin: bool) -> list[str]:
    if not origin:
        return [line for line, _ in lines]
    width = max(len(line) for line, _ in lines)
    return [f"{line:<{width}}  # {where}" for line, where in lines]


def show_json(loaded: Loaded, context: str) -> str:
    """Return the settings in force as JSON: each with its value, origin and variable."""
    document = {
        "path": str(loaded.path),
        "exists": loaded.exists,
        "context": context or None,
        "settings": {
            key: {
                "value": value,
                "origin": loaded.origins[key],
                "variable": variable_of(key) if key in variable_keys() else None,
            }
            for key, value in flatten(loaded.settings).items()
        },
        "contexts": msgspec.to_builtins(loaded.settings.contexts),
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def _name(key: str) -> str:
    return key if _BARE.fullmatch(key) else to_toml(key)


def to_toml(value: object) -> str:
    """Return a plain value as TOML writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "[" + ", ".join(map(to_toml, value)) + "]"
    if isinstance(value, dict):
        pairs = (f"{_name(key)} = {to_toml(one)}" for key, one in value.items())
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return str(value)
