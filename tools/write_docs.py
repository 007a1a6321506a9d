"""Write the files and parts of files that are made from the code: `python -m tools.write_docs`."""

from __future__ import annotations

import json
from pathlib import Path

from argotui.actions import ACTIONS, CONSOLE, STANDALONE
from argotui.actions.action import Action
from argotui.cli.config_text import config_schema, to_toml
from argotui.config.loading import flatten, variable_keys, variable_of
from argotui.config.settings import TABLES, Settings
from argotui.keymap import keys_markdown, keys_of
from argotui.operations.admission.manifest import generate, yaml_text
from argotui.operations.admission.parameters import ApproverSource, Parameters
from tools.from_argo import from_argo

ROOT = Path(__file__).parent.parent

KEYS_HEAD = """# Keys

Every key of the console. Each can be changed by its action id, in the
[configuration](configuration.md#keys). `argotui keys` prints the ones in force.

## What the footers show

"""
KEYS_ALL = """
## All keys

"""


TEN = (
    "list.open",
    "list.logs",
    "go.gates",
    "list.gate",
    "go.filter",
    "list.failed",
    "go.command",
    "list.all-namespaces",
    "go.back",
    "go.help",
)
"""The actions whose keys the README tells."""


def ten_keys() -> str:
    """Return the keys to begin with, a line each."""
    lines = ["| Keys | Does |", "|---|---|"]
    lines += [f"| {_keys(ACTIONS[name])} | {ACTIONS[name].help} |" for name in TEN]
    return "\n".join(lines) + "\n"


def footer_keys() -> str:
    """Return the keys that the footers show, a line each."""
    lines = ["| Screen | Keys | Does |", "|---|---|---|"]
    for action in ACTIONS.values():
        scopes = sorted(action.scopes - STANDALONE)
        if not action.footer or not scopes:
            continue
        where = "everywhere" if CONSOLE in scopes else ", ".join(scopes)
        lines.append(f"| {where} | {_keys(action)} | {action.help} |")
    return "\n".join(lines) + "\n"


def _keys(action: Action) -> str:
    return " ".join(f"`{key}`" for key in keys_of(action)).replace("|", "\\|")


def settings_markdown() -> str:
    """Return the settings as a table for the documentation."""
    tables = config_schema()["$defs"]
    lines = ["| Key | Default | Variable | What it is |", "|---|---|---|---|"]
    for key, value in flatten(Settings()).items():
        table, _, name = key.rpartition(".")
        owner = TABLES[table].__name__ if table else "Settings"
        told = tables[owner]["properties"][name]["description"].replace("|", "\\|")
        shown = "" if value is None else f"`{to_toml(value)}`"
        variable = f"`{variable_of(key)}`" if key in variable_keys() else ""
        lines.append(f"| `{key}` | {shown} | {variable} | {told} |")
    return "\n".join(lines) + "\n"


def between(text: str, name: str, content: str) -> str:
    """Return `text` with the part that is marked `name` replaced."""
    start, end = f"<!-- begin {name} -->\n", f"<!-- end {name} -->"
    head, found, rest = text.partition(start)
    _, closed, tail = rest.partition(end)
    if not found or not closed:
        raise ValueError(f"there is no part marked {name}")
    return f"{head}{start}{content}{end}{tail}"


def admission_policies() -> dict[Path, str]:
    """Return the admission policies with the default parameters, by source of approvers."""
    return {
        ROOT / "admission" / f"{source.value}.yaml": yaml_text(generate(Parameters(source=source)))
        for source in ApproverSource
    }


def generated() -> dict[Path, str]:
    """Return what each document with generated parts should hold."""
    readme = ROOT / "README.md"
    configuration = ROOT / "docs" / "configuration.md"
    return {
        ROOT / "docs" / "config-schema.json": json.dumps(config_schema(), indent=2) + "\n",
        ROOT / "docs" / "keys.md": KEYS_HEAD + footer_keys() + KEYS_ALL + keys_markdown(),
        ROOT / "docs" / "from-argo.md": from_argo(),
        readme: between(readme.read_text("utf-8"), "keys", ten_keys()),
        **admission_policies(),
        configuration: between(configuration.read_text("utf-8"), "settings", settings_markdown()),
    }


if __name__ == "__main__":
    for path, text in generated().items():
        path.write_text(text, "utf-8")
