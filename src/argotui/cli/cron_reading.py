"""`cron list`, `cron get` and `cron history`: CronWorkflows, their next runs and their last."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from argotui.cli import values
from argotui.cli.options import list_output, shared

if TYPE_CHECKING:
    from datetime import datetime

    from argotui.cli.connect import ClusterConnection
    from argotui.cli.output import Cell, Terminal
    from argotui.model.argo import Key
    from argotui.model.cron.summary import CronSummary
    from argotui.model.workflows.summary import Summary

    Runs = Mapping[Key, Sequence[Summary]]

NAME = "[NAMESPACE/]NAME"


@click.command("list", short_help="List CronWorkflows by their next run.")
@shared
@click.option("-l", "--selector", metavar="LABELS", default="", help="A label selector.")
@list_output
@click.pass_context
def list_all(context: click.Context, selector: str, output: str, no_headers: bool) -> None:
    """List CronWorkflows: the next to run first, with their last runs and what is wrong."""
    from argotui.cli.connect import run

    async def read(connection: ClusterConnection) -> int:
        from argotui.operations.crons.listing import by_next_run, list_allowed
        from argotui.operations.workflows.listing import ListedWorkflows

        found, only_in = await list_allowed(
            connection.cluster,
            connection.backend.objects,
            connection.namespace,
            selector,
            connection.known,
        )
        connection.tell_scope(ListedWorkflows([], 0, only_in))
        if not found and connection.namespace is not None:
            await connection.require_namespace(connection.namespace)
        rows = by_next_run(found, connection.clock.now())
        runs: dict[Key, list[Summary]] = {}
        if output != "name" and rows:
            for place in only_in.names if only_in else (connection.namespace,):
                runs |= await _runs(connection, place)
        _print_list(rows, runs, connection, output, headers=not no_headers)
        return 0

    context.exit(run(context, read))


async def _runs(
    connection: ClusterConnection, namespace: str | None, cron: str = ""
) -> dict[Key, list[Summary]]:
    """Return the runs, or none with a remark if workflows cannot be read."""
    from argotui.cli.connect import remark
    from argotui.errors import BackendError
    from argotui.operations.crons.listing import runs_by_cron

    try:
        return await runs_by_cron(connection.cluster, namespace, connection.clock, cron)
    except BackendError as error:
        remark(f"without their runs: {error.title}")
        return {}


def _print_list(
    rows: Sequence[CronSummary],
    runs: Runs,
    connection: ClusterConnection,
    output: str,
    *,
    headers: bool,
) -> None:
    from argotui.cli.connect import remark
    from argotui.cli.cron_documents import crons_document
    from argotui.cli.output import TextColumn, as_json, as_yaml, table, terminal, write

    everywhere, now = connection.namespace is None, connection.clock.now()
    if output == "name":
        write(str(row.key) if everywhere else row.key.name for row in rows)
        return
    if output in ("json", "yaml"):
        context = connection.cluster.context
        document = crons_document(rows, runs, now, context=context, namespace=connection.namespace)
        write([as_json(document) if output == "json" else as_yaml(document)])
        return
    where, wide = terminal(), output == "wide"
    columns = [TextColumn("NAMESPACE", least=9)] if everywhere else []
    columns += [
        TextColumn("NAME", least=16),
        TextColumn("NEXT", right=True),
        TextColumn("LAST", right=True),
        TextColumn("SCHEDULES", least=11),
        TextColumn("TIMEZONE", least=8),
        TextColumn("RUNS"),
    ]
    if wide:
        columns += [TextColumn("CONCURRENCY"), TextColumn("AGE"), TextColumn("TEMPLATE", least=10)]
    columns.append(TextColumn("MESSAGE", least=12))
    lines = [_cells(row, runs.get(row.key, ()), now, where, everywhere, wide) for row in rows]
    if lines:
        write(table(columns, lines, where, headers=headers))
    elif headers:
        place = f"namespace {connection.namespace}" if connection.namespace else "any namespace"
        remark(f"no CronWorkflow matches in {place}")


def _cells(
    row: CronSummary,
    runs: Sequence[Summary],
    now: datetime,
    where: Terminal,
    everywhere: bool,
    wide: bool,
) -> list[Cell | str]:
    from argotui.cli.output import Cell
    from argotui.model.cron.texts import (
        last_words,
        mark_letters,
        mark_parts,
        message_words,
        next_words,
        zone_words,
    )
    from argotui.model.durations import format_age

    marks = "".join(glyph for glyph, _ in mark_parts(runs)) if where.unicode else mark_letters(runs)
    cells: list[Cell | str] = [row.key.namespace] if everywhere else []
    cells += [
        row.key.name,
        Cell(*next_words(row, row.next_run(now), now)),
        last_words(row, now),
        row.schedule_text,
        zone_words(row),
        marks,
    ]
    if wide:
        age = format_age((now - row.created).total_seconds()) if row.created else ""
        cells += [row.concurrency or "Allow", age, row.template]
    cells.append(Cell(*message_words(row, row.missed(now))))
    return cells


@click.command("get", short_help="Show CronWorkflows and their next runs.")
@shared
@click.argument("names", nargs=-1, required=True, metavar=f"{NAME}...", shell_complete=values.crons)
@click.option(
    "-o",
    "--output",
    type=click.Choice(["text", "wide", "name", "json", "yaml"]),
    default="text",
    help="The output format; json and yaml are the object itself.",
)
@click.pass_context
def get(context: click.Context, names: tuple[str, ...], output: str) -> None:
    """Show CronWorkflows: their next five runs, their last ones, and what is wrong."""
    from argotui.cli.connect import run, split_name

    async def read(connection: ClusterConnection) -> int:
        from argotui.cli.output import terminal, write
        from argotui.cli.submit import print_objects
        from argotui.model.cron.summary import summarise_cron
        from argotui.model.kinds import CRON_WORKFLOW

        objects = connection.backend.objects
        keys = [split_name(name, connection) for name in names]
        documents = [await objects.read(CRON_WORKFLOW, *key) for key in keys]
        if output in ("json", "yaml", "name"):
            print_objects(documents, output)
            return 0
        for number, document in enumerate(documents):
            row = summarise_cron(document)
            runs = (await _runs(connection, row.key.namespace, row.key.name)).get(row.key, ())
            now = connection.clock.now()
            if number:
                write([""])
            write(_describe(row, runs, now, terminal()))
        return 0

    context.exit(run(context, read))


def _describe(
    row: CronSummary, runs: Sequence[Summary], now: datetime, where: Terminal
) -> Iterator[str]:
    """Yield the lines of a CronWorkflow as text."""
    from argotui.cli.cron_documents import NEXT
    from argotui.cli.output import Cell, TextColumn, table
    from argotui.model.cron.texts import cron_facts, local_time, own_time
    from argotui.model.durations import format_took
    from argotui.model.sanitise import clean_line
    from argotui.model.workflows.row_texts import age_words, phase_words, took_words

    def line(label: str, text: str, role: str = "") -> str:
        shown = f"{label}:" if label else ""
        return f"{shown:<16} {where.paint(clean_line(text), role)}".rstrip()

    yield line("name", row.key.name, "bold")
    yield line("namespace", row.key.namespace)
    above = ""
    for fact in cron_facts(row, now):
        yield line("" if fact.label == above else fact.label, fact.text, fact.role)
        above = fact.label
    coming = row.next_runs(now, NEXT)
    if coming and row.timetable:
        zone = row.timetable.zone
        yield ""
        columns = [TextColumn("NEXT RUN (UTC)"), TextColumn(zone.name.upper())]
        columns += [TextColumn("HERE"), TextColumn("IN")]
        lines: list[list[Cell | str]] = [
            [
                f"{run:%Y-%m-%dT%H:%M:%SZ}",
                local_time(run, zone),
                own_time(run),
                format_took((run - now).total_seconds()),
            ]
            for run in coming
        ]
        yield from table(columns, lines, where)
    if runs:
        yield ""
        columns = [TextColumn("LAST RUNS", least=20), TextColumn("PHASE")]
        columns += [TextColumn("AGE", right=True), TextColumn("TOOK", right=True)]
        lines = []
        for run in runs[:10]:
            glyph, word, role = phase_words(run)
            phase = Cell(where.glyph(glyph) + word, role)
            lines.append([run.key.name, phase, age_words(run, now), took_words(run, now)])
        yield from table(columns, lines, where)


@click.command("history", short_help="List the runs of a CronWorkflow.")
@shared
@click.argument("name", metavar=NAME, shell_complete=values.crons)
@click.option("--limit", type=click.IntRange(min=0), default=0, help="At most this many; 0: all.")
@click.option(
    "-o",
    "--output",
    type=click.Choice(["table", "wide", "json", "yaml", "name"]),
    default="table",
    help="The output format, as of `argotui list`.",
)
@click.option("--no-headers", is_flag=True, help="Do not print the header line.")
@click.pass_context
def history(context: click.Context, /, name: str, **options: Any) -> None:
    """List the workflows that a CronWorkflow started, the newest first, as `argotui list`."""
    from argotui.cli.connect import run, split_name

    async def read(connection: ClusterConnection) -> int:
        from argotui.cli.list_verb import print_workflows
        from argotui.model.argo import CRON_WORKFLOW as CRON_LABEL
        from argotui.model.workflows.filters import parse_filter
        from argotui.operations.crons.operate import read_cron
        from argotui.operations.workflows.listing import ListOptions, find

        key = split_name(name, connection)
        await read_cron(connection.backend.objects, key)
        terms = parse_filter(f"-l {CRON_LABEL}={key.name}")
        wanted = ListOptions(key.namespace, terms, "age", options["limit"])
        found = await find(connection.cluster, wanted, connection.clock)
        headers = not options["no_headers"]
        print_workflows(
            found, connection._replace(namespace=key.namespace), options["output"], headers=headers
        )
        return 0

    context.exit(run(context, read))
