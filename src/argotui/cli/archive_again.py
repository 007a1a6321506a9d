"""`archive retry` and `archive resubmit`: archived workflows run again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from argotui.cli.archive_choice import (
    found_in_archive,
    naming,
    need_writable,
    run_with_archive,
)
from argotui.cli.following import following, take_following
from argotui.cli.options import shared
from argotui.cli.parameters import parameter_option

if TYPE_CHECKING:
    from argotui.backend.ports import Document
    from argotui.cli.connect import ClusterConnection
    from argotui.operations.archive.archived import Archived

F = TypeVar("F", bound=Callable[..., Any])


def _again(function: F) -> F:
    """Give a command the options that choose archived workflows, and those of a new run."""
    for option in (
        following,
        click.option(
            "-o",
            "--output",
            type=click.Choice(["table", "name", "json", "yaml"]),
            default="table",
            help="The output format of the new workflow.",
        ),
        parameter_option("Another value of a parameter."),
        click.option("--field-selector", metavar="FIELDS", help="metadata.name or .namespace."),
        click.option("-l", "--selector", metavar="LABELS", help="All that a label selector finds."),
        click.argument("workflows", nargs=-1, metavar="[WORKFLOW]..."),
    ):
        function = option(function)
    return naming(function)


@click.command("retry", short_help="Run archived workflows again where they failed.")
@shared
@_again
@click.option("--restart-successful", is_flag=True, help="Nodes of the selector run again, too.")
@click.option("--node-field-selector", metavar="FIELDS", default="", help="Which nodes run again.")
@click.pass_context
def retry_archived(
    context: click.Context,
    /,
    restart_successful: bool,
    node_field_selector: str,
    **given: Any,
) -> None:
    """Create archived workflows in the cluster again, and run what failed in them."""
    parameters = given["parameters"]

    async def again(connection: ClusterConnection, each: Archived) -> Document:
        from argotui.backend.ports import RetryOptions

        options = RetryOptions(node_field_selector, restart_successful, parameters)
        return await connection.backend.archive.retry_archived(each.key, each.uid, options)

    _run(context, "retried", given, again)


@click.command("resubmit", short_help="Submit workflows like archived ones.")
@shared
@_again
@click.option("--memoized", is_flag=True, help="Keep the results of nodes that succeeded.")
@click.option("--priority", type=int, help="The priority of the new workflow.")
@click.pass_context
def resubmit_archived(
    context: click.Context, /, memoized: bool, priority: int | None, **given: Any
) -> None:
    """Create new workflows like archived ones."""
    parameters = given["parameters"]

    async def again(connection: ClusterConnection, each: Archived) -> Document:
        from argotui.backend.ports import ResubmitOptions

        options = ResubmitOptions(memoized, parameters, priority)
        return await connection.backend.archive.resubmit_archived(each.key, each.uid, options)

    _run(context, "resubmitted", given, again)


def _run(
    context: click.Context,
    done: str,
    given: dict[str, Any],
    again: Callable[[ClusterConnection, Archived], Awaitable[Document]],
) -> None:
    """Run chosen workflows again, print the new ones, and follow them if asked to."""
    after = take_following(given)
    if not (given["workflows"] or given["selector"] or given["field_selector"]):
        raise click.UsageError("name an archived workflow, or choose some with -l")

    async def act(connection: ClusterConnection) -> int:
        from argotui.cli import exits
        from argotui.cli.following import follow
        from argotui.model.argo import key_of_document

        need_writable(connection)
        chosen = await _chosen(connection, given)
        if len(chosen) > 1 and after in ("watch", "log"):
            raise click.UsageError("one workflow can be watched: give --wait for several")
        keys = []
        for each in chosen:
            made = await again(connection, each)
            keys.append(key_of_document(made))
            _tell(done, each, made, given["output"])
        return await follow(connection, keys, after) if after and keys else exits.OK

    run_with_archive(context, act)


async def _chosen(connection: ClusterConnection, given: dict[str, Any]) -> list[Archived]:
    from argotui.operations.archive.archived import Archived, archived_pages

    found = await found_in_archive(
        connection, given["workflows"], as_uid=given["as_uid"], as_name=given["as_name"]
    )
    if given["selector"] or given["field_selector"]:
        query = _query(connection, given["selector"] or "", given["field_selector"] or "")
        async for page in archived_pages(connection.backend.archive, query):
            found += [Archived(row.key, row.uid) for row in page]
    return list({each.uid: each for each in found}.values())


def _query(connection: ClusterConnection, labels: str, fields: str) -> Any:
    from argotui.backend.ports import ArchiveQuery

    namespace, name = connection.namespace, ""
    for term in filter(None, fields.split(",")):
        field, equals, value = term.replace("==", "=").partition("=")
        if not equals or not value or field not in ("metadata.name", "metadata.namespace"):
            raise click.BadParameter(
                f"{term!r} is neither metadata.name=NAME nor metadata.namespace=NAMESPACE",
                param_hint="--field-selector",
            )
        if field == "metadata.name":
            name = value
        else:
            namespace = value
    return ArchiveQuery(namespace, labels, name)


def _tell(done: str, archived: Archived, made: Document, output: str) -> None:
    from argotui.cli.output import as_json, as_yaml, write
    from argotui.model.sanitise import clean_line

    meta = made["metadata"]
    name = clean_line(f"{meta['namespace']}/{meta['name']}")
    match output:
        case "json":
            write([as_json(made)])
        case "yaml":
            write([as_yaml(made)])
        case "name":
            write([name])
        case _:
            write([f"{done} {archived.key} as {name}"])
