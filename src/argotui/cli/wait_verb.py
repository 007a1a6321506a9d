"""`wait`: until workflows have ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from argotui.cli import values
from argotui.cli.decide import seconds_of
from argotui.cli.options import shared

if TYPE_CHECKING:
    from argotui.cli.connect import ClusterConnection


@click.command("wait", short_help="Wait until workflows have ended.")
@shared
@click.argument(
    "names",
    nargs=-1,
    required=True,
    metavar="[NAMESPACE/]NAME|@latest...",
    shell_complete=values.workflows,
)
@click.option("--ignore-not-found", is_flag=True, help="One that does not exist has ended.")
@click.option("--timeout", metavar="DURATION", callback=seconds_of, help="Stop after this time.")
@click.pass_context
def wait(
    context: click.Context, names: tuple[str, ...], ignore_not_found: bool, timeout: float | None
) -> None:
    """Wait until workflows have ended; the exit code says how, as for `watch`.

    With several, it is the code of the first, in the order given, that did not succeed. After a
    lost connection it goes on waiting.
    """
    from argotui.cli.connect import run

    async def act(connection: ClusterConnection) -> int:
        from argotui.cli import exits
        from argotui.cli.connect import find_named, remark
        from argotui.cli.following import wait_for_all
        from argotui.operations.workflows.watching import TimeIsOver

        keys = [await find_named(name, connection) for name in dict.fromkeys(names)]
        try:
            return await wait_for_all(
                connection, keys, timeout=timeout, ignore_missing=ignore_not_found
            )
        except TimeIsOver:
            remark("timed out")
            return exits.TIMEOUT

    context.exit(run(context, act))
