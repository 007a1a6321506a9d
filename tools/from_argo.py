"""The table from Argo's commands to ours, for the documents."""

from __future__ import annotations

import json

import click

from argotui.cli.from_argo import COUNTERPARTS
from argotui.cli.main import cli
from tools.write_argo_commands import FILE

INSTEAD: dict[str, str] = {
    "no-color": "the variable NO_COLOR",
    "no-utf8": "a locale without UTF-8, such as LC_ALL=C",
    "chunk-size": "not needed: argotui reads in pages",
    "logs selector": "mark workflows in the console and press `l`",
    "strict": "not needed: argotui always refuses what Argo does not know",
    "cron backfill format": "not needed: Argo's `--argname` takes RFC 3339",
    "submit status": "`watch --status`",
    "submit node-field-selector": "`watch --node-field-selector`",
    "node node-field-selector": "the name: WORKFLOW/GATE",
    "node phase": "`approve` or `deny`",
    "node message": "`--reason TEXT`",
    "node output-parameter": "`--set NAME=VALUE`",
}
"""What stands in for a flag of `argo` that argotui has not, by `flag` or `command flag`."""

_HEAD = """# From argo

Each command of `argo` 4.1, and the verb of argotui that does the same. Flags have argo's names
where both have them.

| argo | argotui | What differs |
|---|---|---|
"""
_FLAGS = """
## Flags that argotui does not have

| argo | Instead |
|---|---|
"""


def from_argo() -> str:
    """Return the table from Argo's commands to the verbs."""
    commands: dict[str, list[str]] = json.loads(FILE.read_text("utf-8"))
    lines = []
    for command in commands:
        verb, note = COUNTERPARTS[command]
        lines.append(f"| `argo {command}` | {f'`argotui {verb}`' if verb else ''} | {note} |")
    flags = [
        f"| `argo {command} --{flag}` | {instead} |"
        for command in commands
        for flag, instead in missing_flags(command, commands[command]).items()
    ]
    return _HEAD + "\n".join(lines) + "\n" + _FLAGS + "\n".join(flags) + "\n"


def missing_flags(command: str, flags: list[str]) -> dict[str, str]:
    """Return the flags of a command of argo that its counterpart has not, with what to use."""
    verb = COUNTERPARTS[command].verb
    if not verb:
        return {}
    found: click.Command | None = cli
    with click.Context(cli) as context:
        for word in verb.split():
            found = found.get_command(context, word) if isinstance(found, click.Group) else None
    if found is None:
        raise LookupError(f"argotui has no verb {verb!r}")
    own = {
        name.removeprefix("--")
        for each in found.params
        for name in [*each.opts, *each.secondary_opts]
    }
    return {
        flag: INSTEAD.get(f"{command} {flag}") or INSTEAD[flag] for flag in flags if flag not in own
    }
