"""`cron`: the CronWorkflows, and what their schedules mean."""

from __future__ import annotations

import importlib

import click

_VERBS = {
    "next": "argotui.cli.cron_next:next_runs",
}
"""Every verb of the group with its module, imported when it is called."""


class _CronVerbs(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _VERBS:
            return None
        module, _, attribute = _VERBS[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command


@click.group(cls=_CronVerbs, short_help="Work with CronWorkflows and their schedules.")
def cron() -> None:
    """Work with CronWorkflows and their schedules."""
