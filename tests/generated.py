"""The parts of the documents made from the code; `python -m tests.generated` writes them."""

from __future__ import annotations

import json
from pathlib import Path

from argotui.actions import ACTIONS, CONSOLE, STANDALONE
from argotui.cli.config_text import config_schema, settings_markdown
from argotui.keymap import keys_markdown, keys_of

ROOT = Path(__file__).parent.parent

KEYS_HEAD = """# Keys

Every key of the console. Each can be changed by its action id, in the
[configuration](configuration.md#keys). `argotui keys` prints the ones in force.

"""


def common_keys() -> str:
    """Return the keys that the footers show, a line each, for the README."""
    lines = ["| Screen | Keys | Does |", "|---|---|---|"]
    for action in ACTIONS.values():
        scopes = sorted(action.scopes - STANDALONE)
        if not action.footer or not scopes:
            continue
        where = "everywhere" if CONSOLE in scopes else ", ".join(scopes)
        keys = " ".join(f"`{key}`" for key in keys_of(action)).replace("|", "\\|")
        lines.append(f"| {where} | {keys} | {action.help} |")
    return "\n".join(lines) + "\n"


def between(text: str, name: str, content: str) -> str:
    """Return `text` with the part that is marked `name` replaced."""
    start, end = f"<!-- begin {name} -->\n", f"<!-- end {name} -->"
    head, found, rest = text.partition(start)
    _, closed, tail = rest.partition(end)
    if not found or not closed:
        raise ValueError(f"there is no part marked {name}")
    return f"{head}{start}{content}{end}{tail}"


def generated() -> dict[Path, str]:
    """Return what each document with generated parts should hold."""
    readme = ROOT / "README.md"
    configuration = ROOT / "docs" / "configuration.md"
    return {
        ROOT / "docs" / "config-schema.json": json.dumps(config_schema(), indent=2) + "\n",
        ROOT / "docs" / "keys.md": KEYS_HEAD + keys_markdown(),
        readme: between(readme.read_text("utf-8"), "keys", common_keys()),
        configuration: between(configuration.read_text("utf-8"), "settings", settings_markdown()),
    }


if __name__ == "__main__":
    for path, text in generated().items():
        path.write_text(text, "utf-8")
