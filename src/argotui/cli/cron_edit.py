"""`cron edit`: a CronWorkflow in the editor, written back if nobody changed it meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from argotui.cli import values
from argotui.cli.cron_reading import NAME
from argotui.cli.options import shared

if TYPE_CHECKING:
    from argotui.backend.editor import EditFile
    from argotui.backend.ports import Document
    from argotui.cli.connect import ClusterConnection
    from argotui.model.argo import Key


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
    from argotui.cli.connect import run, split_name

    async def act(connection: ClusterConnection) -> int:
        if connection.read_only and not dry_run:
            raise click.UsageError("read-only: the settings refuse every action that writes")
        return await _edit(connection, split_name(name, connection), dry_run=dry_run)

    context.exit(run(context, act))


async def _edit(connection: ClusterConnection, key: Key, *, dry_run: bool) -> int:
    from argotui.backend.editor import EditFile
    from argotui.cli import exits
    from argotui.cli.connect import remark
    from argotui.cli.main import tell
    from argotui.errors import BackendError
    from argotui.model.cron.edit import text_to_edit
    from argotui.model.kinds import CRON_WORKFLOW
    from argotui.operations.crons.edit import EditConflict, write_edited

    original = await connection.backend.objects.read(CRON_WORKFLOW, *key)
    file = EditFile(key.name, text_to_edit(original))
    try:
        edited = await _edited(connection, file, original)
        if edited is None:
            file.remove()
            remark("nothing was changed")
            return exits.OK
        if not dry_run:
            await write_edited(
                connection.backend.objects, original, edited, read_only=connection.read_only
            )
    except EditConflict as error:
        tell(error)
        remark(f"what you typed is in {file.path}")
        return exits.CHANGED
    except BackendError:
        if file.path.exists():
            remark(f"what you typed is in {file.path}")
        raise
    file.remove()
    remark(f"CronWorkflow {key} {'would be changed' if dry_run else 'changed'}")
    return exits.OK


async def _edited(
    connection: ClusterConnection, file: EditFile, original: Document
) -> Document | None:
    """Run the editor until its text can be used; None if it changes nothing.

    Raises InvalidError if a text that cannot be used is left as it is.
    """
    import asyncio

    from argotui.backend.argo_fields import argo_fields
    from argotui.errors import InvalidError
    from argotui.model.cron.edit import EditError, read_edited, with_problems
    from argotui.operations.crons.edit import write_edited

    refused, problems = "", ""
    while True:
        await asyncio.to_thread(file.edit)
        text = file.read()
        if refused and text == refused:
            raise InvalidError("The text cannot be used, and was left as it is", problems)
        try:
            edited = read_edited(text, original, argo_fields())
            if edited is not None:
                await write_edited(connection.backend.objects, original, edited, dry_run=True)
            return edited
        except EditError as error:
            problems = str(error)
        except InvalidError as error:
            problems = f"{error.title}: {error.detail}"
        refused = with_problems(text, problems.splitlines())
        file.write(refused)
