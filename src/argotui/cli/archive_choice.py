"""Which archived workflows a command line means."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from argotui.cli.connect import ClusterConnection
    from argotui.operations.archive.archived import Archived

F = TypeVar("F", bound=Callable[..., Any])


def naming(function: F) -> F:
    """Give a command the options that say what its arguments are."""
    for option in (
        click.option("--uid", "as_uid", is_flag=True, help="Take the arguments for uids."),
        click.option("--name", "as_name", is_flag=True, help="Take the arguments for names."),
    ):
        function = option(function)
    return function


def run_with_archive(
    context: click.Context, verb: Callable[[ClusterConnection], Awaitable[int]]
) -> None:
    from argotui.cli.connect import run

    async def with_archive(connection: ClusterConnection) -> int:
        if why := connection.backend.archive.unavailable:
            raise click.UsageError(f"{why}: name one with --argo-server or ARGO_SERVER")
        return await verb(connection)

    context.exit(run(context, with_archive))


def need_writable(connection: ClusterConnection) -> None:
    if connection.read_only:
        raise click.UsageError("read-only: the settings refuse every action that writes")


async def found_in_archive(
    connection: ClusterConnection, workflows: tuple[str, ...], *, as_uid: bool, as_name: bool
) -> list[Archived]:
    from argotui.operations.archive.archived import find_several

    return await find_several(
        connection.backend.archive, connection.home, workflows, as_uid=as_uid, as_name=as_name
    )
