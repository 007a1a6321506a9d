"""`cron`: the CronWorkflows, and what their schedules mean."""

from __future__ import annotations

import importlib

import click

_VERBS = {
    "list": ("argotui.cli.cron_reading:list_all", "List CronWorkflows by their next run."),
    "get": ("argotui.cli.cron_reading:get", "Show CronWorkflows and their next runs."),
    "history": ("argotui.cli.cron_reading:history", "List the runs of a CronWorkflow."),
    "next": ("argotui.cli.cron_next:next_runs", "Print when a schedule runs next."),
    "create": ("argotui.cli.cron_writing:create", "Create CronWorkflows from files."),
    "update": ("argotui.cli.cron_writing:update", "Replace CronWorkflows by those of files."),
    "edit": ("argotui.cli.cron_edit:edit", "Edit a CronWorkflow in your editor."),
    "lint": ("argotui.cli.cron_writing:lint", "Check the CronWorkflows of files."),
    "suspend": ("argotui.cli.cron_writing:suspend", "Let CronWorkflows start no further run."),
    "resume": ("argotui.cli.cron_writing:resume", "Let suspended CronWorkflows run again."),
    "run": ("argotui.cli.cron_running:run_now", "Start a CronWorkflow now."),
    "backfill": ("argotui.cli.cron_running:backfill", "Make up for the runs in a range of time."),
    "delete": ("argotui.cli.cron_writing:delete", "Delete CronWorkflows and their runs."),
}
"""Every verb of the group, imported when it is called, and its line in the help."""


class _CronVerbs(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _VERBS:
            return None
        module, _, attribute = _VERBS[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Verbs"):
            formatter.write_dl([(name, text) for name, (_, text) in _VERBS.items()])


@click.group(cls=_CronVerbs, short_help="Work with CronWorkflows and their schedules.")
def cron() -> None:
    """Work with CronWorkflows and their schedules."""
