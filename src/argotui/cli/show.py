"""`show`: the console, opened on one workflow."""

from __future__ import annotations

import click

from argotui.cli import values
from argotui.cli.options import console_only, shared


@click.command(short_help="Open the console on a workflow.")
@shared
@console_only
@click.argument("name", metavar="[NAMESPACE/]NAME", shell_complete=values.workflows)
@click.pass_context
def show(context: click.Context, name: str) -> None:
    """Open the console on a workflow; esc goes to its list.

    For other programs, such as a plugin of k9s, which open the selected workflow.
    """
    from argotui.cli.console import open_console

    parts = name.split("/")
    if len(parts) > 2 or not all(parts):
        raise click.UsageError(f"{name!r} is not a workflow: give NAME or NAMESPACE/NAME")
    given = context.find_root().ensure_object(dict)
    if len(parts) == 2 and not given.get("all_namespaces"):
        # The list behind it is that of its namespace.
        given.setdefault("namespace", parts[0])
    context.exit(open_console(context, name))
