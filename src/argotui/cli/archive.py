"""`archive`: the archive of completed workflows, through an Argo server."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

import click

from argotui.cli.archive_again import resubmit_archived, retry_archived
from argotui.cli.archive_choice import (
    found_in_archive,
    naming,
    need_writable,
    run_with_archive,
)
from argotui.cli.options import list_output, shared

if TYPE_CHECKING:
    from argotui.backend.ports import ArchiveQuery, Document
    from argotui.cli.connect import ClusterConnection
    from argotui.model.workflows.summary import Summary
    from argotui.operations.archive.archived import Archived

F = TypeVar("F", bound=Callable[..., Any])


@click.group(short_help="List, read and bring back archived workflows.")
def archive() -> None:
    """List, read, delete, retry and resubmit workflows of Argo's archive.

    The archive is in a database that only an Argo server reads: name one with --argo-server or
    ARGO_SERVER. A WORKFLOW is a uid, or a name: then the last started one of that name is meant.
    """


def _selecting(function: F) -> F:
    """Give a command the options that choose archived workflows."""
    for option in (
        click.option("--started-before", metavar="TIME", help="Only those before (RFC 3339)."),
        click.option("--started-after", metavar="TIME", help="Only those since (RFC 3339)."),
        click.option("--since", metavar="AGE", help="Only those of the last 10m, 2h and so on."),
        click.option("--prefix", metavar="TEXT", help="Only names that begin so."),
        click.option("-l", "--selector", metavar="LABELS", help="A label selector."),
    ):
        function = option(function)
    return function


@archive.command("list", short_help="List archived workflows.")
@shared
@_selecting
@click.option("--limit", type=click.IntRange(min=0), default=100, help="At most this many; 0: all.")
@click.option("--chunk-size", type=click.IntRange(min=0), hidden=True, expose_value=False)
@list_output
@click.pass_context
def list_archived(
    context: click.Context,
    /,
    limit: int,
    output: str,
    no_headers: bool,
    **chosen: str | None,
) -> None:
    """List archived workflows, the last started first."""

    async def read(connection: ClusterConnection) -> int:
        from argotui.operations.archive.archived import archived_pages

        query = _query(connection, chosen)
        rows: list[Summary] = []
        # One more than is shown tells whether there are more.
        asked = limit + 1 if limit else 0
        async for page in archived_pages(connection.backend.archive, query, asked):
            rows += page
        more = bool(limit) and len(rows) > limit
        _print(rows[:limit] if limit else rows, connection, output, headers=not no_headers)
        if more:
            from argotui.cli.connect import remark

            remark(f"the first {limit}; --limit 0 shows all")
        return 0

    run_with_archive(context, read)


@archive.command("get", short_help="Show an archived workflow and its nodes.")
@shared
@click.argument("workflow")
@naming
@click.option(
    "-o",
    "--output",
    type=click.Choice(["text", "wide", "json", "yaml", "name"]),
    default="text",
    help="The output format; json and yaml are the object itself.",
)
@click.pass_context
def get_archived(
    context: click.Context, workflow: str, as_uid: bool, as_name: bool, output: str
) -> None:
    """Show an archived workflow and its nodes, as `get` does."""

    async def read(connection: ClusterConnection) -> int:
        from argotui.cli.output import as_json, as_yaml, write
        from argotui.operations.archive.archived import find_one

        port = connection.backend.archive
        found = await find_one(port, connection.home, workflow, as_uid=as_uid, as_name=as_name)
        if output == "name":
            write([str(found.key)])
            return 0
        document = await port.read_archived(found.uid)
        if output in ("json", "yaml"):
            write([as_json(document) if output == "json" else as_yaml(document)])
            return 0
        _describe(document, found, connection, wide=output == "wide")
        return 0

    run_with_archive(context, read)


@archive.command("delete", short_help="Delete archived workflows.")
@shared
@click.argument("workflows", nargs=-1, required=True, metavar="WORKFLOW...")
@naming
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.option("--dry-run", is_flag=True, help="Show what would be deleted, and end.")
@click.pass_context
def delete_archived(
    context: click.Context,
    workflows: tuple[str, ...],
    as_uid: bool,
    as_name: bool,
    yes: bool,
    dry_run: bool,
) -> None:
    """Delete workflows from the archive. Nothing brings them back."""

    async def act(connection: ClusterConnection) -> int:
        from argotui.cli.output import write
        from argotui.operations.archive.archived import delete_one

        found = await found_in_archive(connection, workflows, as_uid=as_uid, as_name=as_name)
        if dry_run:
            write(f"would delete {each.key} ({each.uid})" for each in found)
            return 0
        need_writable(connection)
        if not yes:
            from argotui.cli.asking import confirm, need_answers

            need_answers("give --yes, and --dry-run before it to see what is deleted")
            for each in found:
                click.echo(f"  {each.key} ({each.uid})", err=True)
            confirm(f"Delete these {len(found)} for ever?")
        for each in found:
            await delete_one(connection.backend.archive, each)
            write([f"deleted {each.key} ({each.uid})"])
        return 0

    run_with_archive(context, act)


archive.add_command(retry_archived)
archive.add_command(resubmit_archived)


@archive.command("list-label-keys", short_help="List the label keys of the archive.")
@shared
@click.pass_context
def list_label_keys(context: click.Context) -> None:
    """List the label keys of archived workflows."""

    async def read(connection: ClusterConnection) -> int:
        from argotui.cli.output import write

        write(await connection.backend.archive.label_keys())
        return 0

    run_with_archive(context, read)


@archive.command("list-label-values", short_help="List the values of a label in the archive.")
@shared
@click.option("-l", "--selector", "key", required=True, metavar="KEY", help="The label's key.")
@click.pass_context
def list_label_values(context: click.Context, key: str) -> None:
    """List the values of one label of archived workflows."""
    if any(mark in key for mark in "=!,() "):
        raise click.UsageError("-l takes one label key, without a value")

    async def read(connection: ClusterConnection) -> int:
        from argotui.cli.output import write

        write(await connection.backend.archive.label_values(key))
        return 0

    run_with_archive(context, read)


def _query(connection: ClusterConnection, chosen: dict[str, str | None]) -> ArchiveQuery:
    from argotui.backend.ports import ArchiveQuery
    from argotui.model.durations import DurationError, parse_age

    since = _time("--started-after", chosen["started_after"])
    if age := chosen["since"]:
        if since is not None:
            raise click.UsageError("--since and --started-after exclude each other")
        try:
            since = connection.clock.now() - timedelta(seconds=parse_age(age))
        except DurationError as error:
            raise click.BadParameter(str(error), param_hint="--since") from None
    return ArchiveQuery(
        connection.namespace,
        chosen["selector"] or "",
        name_prefix=chosen["prefix"] or "",
        since=since,
        until=_time("--started-before", chosen["started_before"]),
    )


def _time(option: str, text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter("a time such as 2026-01-05T12:00:00Z", param_hint=option) from None
    if moment.tzinfo is None:
        raise click.BadParameter("the time needs a zone, such as Z", param_hint=option)
    return moment


def _describe(
    document: Document, archived: Archived, connection: ClusterConnection, *, wide: bool
) -> None:
    from argotui.cli.get_verb import describe
    from argotui.cli.output import terminal, write
    from argotui.operations.gates.review import workflow_of

    workflow = workflow_of(document)
    now = connection.clock.now()
    write(describe(workflow, archived.key, now, terminal(), wide=wide))


def _print(
    rows: list[Summary], connection: ClusterConnection, output: str, *, headers: bool
) -> None:
    from argotui.cli.list_verb import print_rows

    print_rows(rows, connection, output, headers=headers, empty="no archived workflow matches")
