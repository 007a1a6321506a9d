"""`list`: the workflows of a namespace or of all, once."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import click

from argotui.cli import values
from argotui.cli.options import list_output, shared

if TYPE_CHECKING:
    from argotui.cli.connect import ClusterConnection
    from argotui.cli.output import Cell, Terminal, TextColumn
    from argotui.model.workflows.summary import Summary
    from argotui.operations.workflows.listing import ListedWorkflows

    CellOf = Callable[[Summary, datetime, Terminal], Cell | str]


@click.command("list", short_help="List workflows.")
@shared
@click.argument("filters", nargs=-1, metavar="[FILTER]...")
@click.option("-l", "--selector", metavar="LABELS", help="A label selector, as in kubectl.")
@click.option(
    "--field-selector",
    "fields",
    metavar="FIELDS",
    default="",
    help="As in kubectl: metadata.name=NAME.",
)
@click.option("--active", is_flag=True, help="Only workflows that have not ended.")
@click.option("--running", "active", is_flag=True, help="The same, as argo names it.")
@click.option("--completed", is_flag=True, help="Only workflows that have ended.")
@click.option(
    "--status",
    metavar="PHASE",
    multiple=True,
    help="Only those in this phase of Argo; several with commas.",
)
@click.option("--since", metavar="AGE", help="Only those created since: 10m, 3h, 7d.")
@click.option("--older", metavar="AGE", help="Only those that ended longer ago than this.")
@click.option("--prefix", metavar="TEXT", help="Only those whose name begins so.")
@click.option("--resubmitted", is_flag=True, help="Only those that were resubmitted from another.")
@click.option(
    "--sort",
    metavar="NAME",
    help="What to sort by, the least first; -NAME: the greatest first.",
    shell_complete=values.sorts,
)
@click.option("--limit", type=click.IntRange(min=0), default=0, help="At most this many; 0: all.")
@list_output
@click.pass_context
def list_workflows(
    context: click.Context,
    filters: tuple[str, ...],
    selector: str | None,
    fields: str,
    active: bool,
    completed: bool,
    status: tuple[str, ...],
    since: str | None,
    older: str | None,
    prefix: str | None,
    resubmitted: bool,
    sort: str | None,
    limit: int,
    output: str,
    no_headers: bool,
) -> None:
    """List workflows: those that wait for a person, stuck ones, running ones, then the newest.

    FILTER is what you type after `/` in the console, for instance:

    \b
      argotui list 'phase:failed age:<2h'
      argotui list --active -l app=web
      argotui list --status Failed,Error --since 2h
    """
    from argotui.cli.connect import read_filter, run
    from argotui.config.loading import check_choice
    from argotui.model.argo import RESUBMITTED
    from argotui.operations.workflows.listing import ListOptions, find_allowed

    if active and completed:
        raise click.UsageError("--active and --completed exclude each other")
    words = [f"-l {selector}"] if selector else []
    words += [f"-l {RESUBMITTED}"] if resubmitted else []
    words += ["phase:active"] if active else ["phase:completed"] if completed else []
    words += [f"phase:={','.join(status)}"] if status else []
    words += [f"age:<{since}"] if since else []
    words += [f"ended:>{older}"] if older else []
    words += [f'name:"^{re.escape(prefix)}"'] if prefix else []
    terms = read_filter(" ".join([*words, *filters]))

    async def read(connection: ClusterConnection) -> int:
        order = sort or connection.loaded.settings.sort
        check_choice("sort", order, "--sort")
        wanted = ListOptions(
            connection.namespace, terms, order, limit, shallow=output == "name", fields=fields
        )
        found = await find_allowed(connection.cluster, wanted, connection.clock, connection.known)
        if not found.rows and connection.namespace is not None:
            await connection.require_namespace(connection.namespace)
        connection.tell_scope(found)
        print_workflows(found, connection, output, headers=not no_headers)
        return 0

    context.exit(run(context, read))


def print_workflows(
    found: ListedWorkflows, connection: ClusterConnection, output: str, *, headers: bool
) -> None:
    """Print workflows in a format of the option `-o`."""
    from argotui.cli.connect import remark

    elsewhere = "those namespaces" if found.only_in else "any namespace"
    looked_in = f"namespace {connection.namespace}" if connection.namespace else elsewhere
    print_rows(
        found.rows,
        connection,
        output,
        headers=headers,
        empty=f"no workflow matches in {looked_in}",
        only_in=found.only_in.names if found.only_in else None,
    )
    if found.matched > len(found.rows) and output not in ("name", "json", "yaml"):
        remark(f"{len(found.rows)} of {found.matched} shown (--limit)")


def print_rows(
    found_rows: Sequence[Summary],
    connection: ClusterConnection,
    output: str,
    *,
    headers: bool,
    empty: str,
    only_in: Sequence[str] | None = None,
) -> None:
    """Print workflows in one of the formats of `list`; `empty` is the remark without any."""
    from argotui.cli.connect import remark
    from argotui.cli.documents import list_document
    from argotui.cli.output import (
        as_json,
        as_yaml,
        table,
        terminal,
        write,
    )

    now = connection.clock.now()
    if output == "name":
        write(str(row.key) if connection.namespace is None else row.key.name for row in found_rows)
        return
    if output in ("json", "yaml"):
        document = list_document(
            found_rows,
            now,
            context=connection.cluster.context,
            namespace=connection.namespace,
            looked_in=only_in,
        )
        write([as_json(document) if output == "json" else as_yaml(document)])
        return
    where = terminal()
    shown = _columns(everywhere=connection.namespace is None, wide=output == "wide")
    rows = [[cell(row, now, where) for _, cell in shown] for row in found_rows]
    if rows:
        write(table([column for column, _ in shown], rows, where, headers=headers))
    elif headers:
        remark(empty)


def _columns(*, everywhere: bool, wide: bool) -> list[tuple[TextColumn, CellOf]]:
    from argotui.cli.output import TextColumn

    columns: list[tuple[TextColumn, CellOf]] = []
    if everywhere:
        columns.append((TextColumn("NAMESPACE", least=9), _namespace))
    columns += [
        (TextColumn("NAME", least=20), _name),
        (TextColumn("PHASE"), _phase),
        (TextColumn("PROGRESS", right=True), _progress),
        (TextColumn("AGE", right=True), _age),
        (TextColumn("TOOK", right=True), _took),
    ]
    if wide:
        columns += [
            (TextColumn("TEMPLATE", least=12), _template),
            (TextColumn("CREATOR", least=10), _creator),
            (TextColumn("NODES"), _nodes),
            (TextColumn("CREATED"), _created),
        ]
    columns.append((TextColumn("MESSAGE", least=12), _message))
    return columns


def _namespace(row: Summary, now: datetime, where: Terminal) -> str:
    return row.key.namespace


def _name(row: Summary, now: datetime, where: Terminal) -> str:
    return row.key.name


def _phase(row: Summary, now: datetime, where: Terminal) -> Cell:
    from argotui.cli.output import Cell
    from argotui.model.workflows.row_texts import phase_words

    glyph, word, role = phase_words(row)
    return Cell(where.glyph(glyph) + word, role)


def _progress(row: Summary, now: datetime, where: Terminal) -> str:
    from argotui.model.workflows.row_texts import progress_words

    return progress_words(row)


def _age(row: Summary, now: datetime, where: Terminal) -> str:
    from argotui.model.workflows.row_texts import age_words

    return age_words(row, now)


def _took(row: Summary, now: datetime, where: Terminal) -> str:
    from argotui.model.workflows.row_texts import took_words

    return took_words(row, now)


def _template(row: Summary, now: datetime, where: Terminal) -> str:
    return row.template


def _creator(row: Summary, now: datetime, where: Terminal) -> str:
    return row.creator


def _nodes(row: Summary, now: datetime, where: Terminal) -> str:
    from argotui.model.workflows.row_texts import count_parts

    if where.unicode:
        return "".join(text for text, _ in count_parts(row.counts))
    counts = row.counts
    named = (
        ("failed", counts.failed),
        ("waiting", counts.waiting),
        ("running", counts.running),
        ("pending", counts.pending),
        ("succeeded", counts.succeeded),
    )
    return ",".join(f"{count} {name}" for name, count in named if count)


def _created(row: Summary, now: datetime, where: Terminal) -> str:
    return "" if row.created is None else f"{row.created:%Y-%m-%dT%H:%M:%SZ}"


def _message(row: Summary, now: datetime, where: Terminal) -> Cell:
    from argotui.cli.output import Cell
    from argotui.model.workflows.row_texts import message_parts

    parts = message_parts(row, now)
    return Cell("".join(text for text, _ in parts), parts[0][1] if parts else "")
