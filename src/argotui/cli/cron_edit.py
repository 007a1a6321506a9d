"""`cron edit`: a CronWorkflow in the editor, written back if nobody changed it meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from argotui.cli import values
from argotui.cli.cron_reading import NAME
from argotui.cli.options import shared

if TYPE_CHECKING:
    from argotui.cli.connect import ClusterConnection


@click.command("edit", short_help="Edit a CronWorkflow in your editor.")
@shared
@click.argument("name", metavar=NAME, shell_complete=values.crons)
@click.option("--dry-run", is_flag=True, help="Let the server try it; nothing changes.")
@click.pass_context
def edit(context: click.Context, name: str, dry_run: bool) -> None:
    """Edit a CronWorkflow in KUBE_EDITOR, VISUAL or EDITOR.

    What Argo or the server would refuse opens the editor again, with the reason. If somebody
    changed the object meanwhile, nothing is written: the change is shown, the exit code is 11, and
    what you typed stays in a file.
    """
    from argotui.cli.connect import remark, run, split_name

    async def act(connection: ClusterConnection) -> int:
        import asyncio

        from argotui.backend.editor import EditFile
        from argotui.cli import exits
        from argotui.cli.main import tell
        from argotui.operations.crons.edit import EditConflict, edit_cron

        if connection.read_only and not dry_run:
            raise click.UsageError("read-only: the settings refuse every action that writes")
        key = split_name(name, connection)
        try:
            said = await edit_cron(
                connection.backend.objects,
                key,
                lambda file: asyncio.to_thread(EditFile.edit, file),
                dry_run=dry_run,
                read_only=connection.read_only,
            )
        except EditConflict as error:
            tell(error)
            return exits.CHANGED
        remark(said)
        return exits.OK

    context.exit(run(context, act))
