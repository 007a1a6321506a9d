"""`archive`: the archive of completed workflows, through an Argo server."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click

from argotui.cli.decide import assignments
from argotui.cli.following import following, take_following
from argotui.cli.options import shared

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


def _naming(function: F) -> F:
    """Give a command the options that say what its arguments are."""
    for option in (
        click.option("--uid", "as_uid", is_flag=True, help="Take the arguments for uids."),
        click.option("--name", "as_name", is_flag=True, help="Take the arguments for names."),
    ):
        function = option(function)
    return function


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
@click.option(
    "-o",
    "--output",
    type=click.Choice(["table", "wide", "json", "yaml", "name"]),
    default="table",
    help="The output format.",
)
@click.option("--no-headers", is_flag=True, help="Do not print the header line.")
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

    _run(context, read)


@archive.command("get", short_help="Show an archived workflow and its nodes.")
@shared
@click.argument("workflow")
@_naming
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

    _run(context, read)


@archive.command("delete", short_help="Delete archived workflows.")
@shared
@click.argument("workflows", nargs=-1, required=True, metavar="WORKFLOW...")
@_naming
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

        found = await _found(connection, workflows, as_uid=as_uid, as_name=as_name)
        if dry_run:
            write(f"would delete {each.key} ({each.uid})" for each in found)
            return 0
        _writable(connection)
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

    _run(context, act)


def _again(function: F) -> F:
    """Give a command the options of a new run."""
    for option in (
        click.option(
            "-o",
            "--output",
            type=click.Choice(["table", "name", "json", "yaml"]),
            default="table",
            help="The output format of the new workflow.",
        ),
        click.option(
            "-p",
            "--parameter",
            "parameters",
            multiple=True,
            callback=assignments,
            metavar="NAME=VALUE",
            help="Another value of a parameter.",
        ),
        click.option(
            "-l", "--selector", default="", metavar="LABELS", help="Those with these labels."
        ),
    ):
        function = option(function)
    return following(function)


@archive.command("retry", short_help="Run archived workflows again where they failed.")
@shared
@click.argument("workflows", nargs=-1, metavar="[WORKFLOW]...")
@_naming
@_again
@click.option("--restart-successful", is_flag=True, help="Nodes of the selector run again, too.")
@click.option(
    "--node-field-selector",
    "node_selector",
    metavar="FIELDS",
    default="",
    help="Which nodes run again.",
)
@click.pass_context
def retry_archived(context: click.Context, /, **given: Any) -> None:
    """Create archived workflows in the cluster again, and run what failed in them."""
    from argotui.backend.ports import RetryOptions

    chosen = _taken(given)
    options = RetryOptions(**given)

    async def retry(connection: ClusterConnection, archived: Archived) -> Document:
        port = connection.backend.archive
        return await port.retry_archived(archived.key, archived.uid, options)

    _run_again(context, "retried", chosen, retry)


@archive.command("resubmit", short_help="Submit workflows like archived ones.")
@shared
@click.argument("workflows", nargs=-1, metavar="[WORKFLOW]...")
@_naming
@_again
@click.option("--priority", type=int, metavar="N", help="The priority of the new workflow.")
@click.option("--memoized", is_flag=True, help="Keep the results of nodes that succeeded.")
@click.pass_context
def resubmit_archived(context: click.Context, /, **given: Any) -> None:
    """Create new workflows like archived ones."""
    from argotui.backend.ports import ResubmitOptions

    chosen = _taken(given)
    options = ResubmitOptions(**given)

    async def resubmit(connection: ClusterConnection, archived: Archived) -> Document:
        port = connection.backend.archive
        return await port.resubmit_archived(archived.key, archived.uid, options)

    _run_again(context, "resubmitted", chosen, resubmit)


class _Chosen(NamedTuple):
    """Which archived workflows run again, how to print the new ones, and how to follow them."""

    workflows: tuple[str, ...]
    as_uid: bool
    as_name: bool
    selector: str
    output: str
    after: str


def _taken(given: dict[str, Any]) -> _Chosen:
    """Remove what both verbs have from the parameters of a command, and return it."""
    after = take_following(given)
    names = ("workflows", "as_uid", "as_name", "selector", "output")
    chosen = _Chosen(**{name: given.pop(name) for name in names}, after=after)
    if bool(chosen.workflows) == bool(chosen.selector):
        raise click.UsageError("name workflows, or choose them with -l")
    return chosen


def _run_again(
    context: click.Context,
    done: str,
    chosen: _Chosen,
    run_one: Callable[[ClusterConnection, Archived], Awaitable[Document]],
) -> None:
    """Run archived workflows again, print the new ones, and follow them if that is asked for."""

    async def act(connection: ClusterConnection) -> int:
        from argotui.backend.object_feed import key_of
        from argotui.backend.ports import ArchiveQuery
        from argotui.cli.following import follow
        from argotui.operations.archive.archived import find_all

        _writable(connection)
        if chosen.selector:
            query = ArchiveQuery(connection.namespace, chosen.selector)
            found = await find_all(connection.backend.archive, query)
        else:
            found = await _found(
                connection, chosen.workflows, as_uid=chosen.as_uid, as_name=chosen.as_name
            )
        started = []
        for each in found:
            made = await run_one(connection, each)
            _tell(done, each, made, chosen.output)
            started.append(key_of(made))
        if not chosen.after or not started:
            return 0
        return await follow(connection, started, chosen.after)

    _run(context, act)


@archive.command("list-label-keys", short_help="List the label keys of the archive.")
@shared
@click.pass_context
def list_label_keys(context: click.Context) -> None:
    """List the label keys of archived workflows."""

    async def read(connection: ClusterConnection) -> int:
        from argotui.cli.output import write

        write(await connection.backend.archive.label_keys())
        return 0

    _run(context, read)


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

    _run(context, read)


def _run(context: click.Context, verb: Callable[[ClusterConnection], Awaitable[int]]) -> None:
    from argotui.cli.connect import run

    async def with_archive(connection: ClusterConnection) -> int:
        if why := connection.backend.archive.unavailable:
            raise click.UsageError(f"{why}: name one with --argo-server or ARGO_SERVER")
        return await verb(connection)

    context.exit(run(context, with_archive))


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


def _writable(connection: ClusterConnection) -> None:
    if connection.read_only:
        raise click.UsageError("read-only: the settings refuse every action that writes")


async def _found(
    connection: ClusterConnection, workflows: tuple[str, ...], *, as_uid: bool, as_name: bool
) -> list[Archived]:
    from argotui.operations.archive.archived import find_several

    return await find_several(
        connection.backend.archive, connection.home, workflows, as_uid=as_uid, as_name=as_name
    )


def _tell(done: str, archived: Archived, made: Document, output: str) -> None:
    from argotui.cli.output import as_json, as_yaml, write
    from argotui.model.sanitise import clean_line

    meta = made.get("metadata") or {}
    name = clean_line(f"{meta.get('namespace')}/{meta.get('name')}")
    match output:
        case "json":
            write([as_json(made)])
        case "yaml":
            write([as_yaml(made)])
        case "name":
            write([name])
        case _:
            write([f"{done} {archived.key} as {name}"])


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
