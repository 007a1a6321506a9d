"""`audit`: the decisions made on this machine, and whether their record is whole."""

from __future__ import annotations

import csv
import json
import sys
from typing import TYPE_CHECKING, Any

import click

from argotui.cli.options import load, shared, shared_config

if TYPE_CHECKING:
    from argotui.backend.audit.chain import Head, Problem
    from argotui.backend.audit.log import AuditLog
    from argotui.cli.connect import Place

FIELDS = (
    "seq",
    "time",
    "kind",
    "actor",
    "choice",
    "namespace",
    "workflow",
    "gate",
    "node",
    "digest",
    "outcome",
    "detail",
    "reason",
    "audit_id",
    "decision",
    "hash",
)


@click.group(short_help="Show, verify and export the decisions made here.")
def audit() -> None:
    """Show, verify and export the record of the decisions made on this machine."""


def _log(context: click.Context) -> AuditLog:
    from argotui.backend.audit.log import AuditLog
    from argotui.operations.desk import audit_path

    return AuditLog(audit_path(load(context).settings.gates))


@audit.command(short_help="Print the decisions, the newest last.")
@shared_config
@click.option("--last", type=click.IntRange(min=1), default=50, help="How many entries.")
@click.pass_context
def show(context: click.Context, last: int) -> None:
    """Print the decisions and how they came out, the newest last."""
    from collections import deque

    from argotui.cli.connect import remark
    from argotui.cli.output import Cell, Column, table, terminal, write
    from argotui.model.sanitise import clean_line

    log = _log(context)
    entries = deque(log.entries(), maxlen=last)
    columns = [
        Column("SEQ", right=True),
        Column("TIME"),
        Column("KIND"),
        Column("WHO", least=10),
        Column("CHOICE"),
        Column("GATE", least=16),
        Column("REQUEST"),
        Column("OUTCOME", least=10),
    ]

    def cell(entry: dict[str, Any], name: str) -> str:
        return clean_line(str(entry.get(name) or ""))

    # Only what was intended names the gate; how it came out refers to that.
    names = {
        cell(e, "decision"): cell(e, "gate") for e in entries if e.get("node") and e.get("gate")
    }
    rows: list[list[Cell | str]] = [
        [
            cell(entry, "seq"),
            cell(entry, "time")[:19],
            cell(entry, "kind"),
            cell(entry, "actor"),
            cell(entry, "choice"),
            "/".join(
                part
                for part in (
                    cell(entry, "namespace"),
                    cell(entry, "workflow"),
                    names.get(cell(entry, "decision")) or cell(entry, "node"),
                )
                if part
            ),
            cell(entry, "digest")[:8],
            cell(entry, "outcome") or cell(entry, "reason"),
        ]
        for entry in entries
    ]
    if rows:
        write(table(columns, rows, terminal()))
    else:
        remark(f"no decision was made here yet ({log.path})")


@audit.command(short_help="Check that the record is whole.")
@shared
@click.option(
    "--anchors",
    is_flag=True,
    help="Compare with the heads that decided workflows keep in the cluster, which is read.",
)
@click.option(
    "--anchor",
    "given",
    multiple=True,
    metavar="HEAD",
    help="Compare with a head written down elsewhere: what this verb printed then. Repeatable.",
)
@click.pass_context
def verify(context: click.Context, anchors: bool, given: tuple[str, ...]) -> None:
    """Check that no entry was edited, removed or swapped; with anchors, that none is missing.

    The chain alone cannot show that its last entries are gone. Each decided workflow keeps the
    chain's head in an annotation: --anchors reads those of all workflows that you may list. The
    head printed here can be kept anywhere else, for --anchor to compare with.
    """
    from argotui.backend.audit.chain import parse_head
    from argotui.cli.connect import remark, run
    from argotui.operations.anchors import read_anchors

    heads: list[Head] = []
    for text in given:
        head = parse_head(text.rpartition("/")[2])
        if head is None:
            raise click.UsageError(f"{text!r} is not a head: SEQ:HASH, as this verb prints it")
        heads.append(head)
    log = _log(context)
    elsewhere: list[Problem] = []
    if anchors:

        async def read(place: Place) -> int:
            found = await read_anchors(place.cluster, log, place.namespace)
            heads.extend(found.heads)
            elsewhere.extend(found.problems)
            if found.others:
                count = len(found.others)
                logs = "another audit log has" if count == 1 else f"{count} other audit logs have"
                remark(f"{logs} anchors here, which say nothing of this one")
            return 0

        run(context, read)
    head, problems = log.check(tuple(heads))
    problems += elsewhere
    for problem in problems:
        where = f"line {problem.line}: " if problem.line else ""
        click.echo(f"{where}{problem.damage.value}: {problem.detail}")
    remark(f"{head.seq} entries, {len(heads)} anchors, {len(problems) or 'no'} problems")
    click.echo(str(head))
    context.exit(1 if problems else 0)


@audit.command(short_help="Print all entries as JSON lines or CSV.")
@shared_config
@click.option("--format", "form", type=click.Choice(["jsonl", "csv"]), default="jsonl")
@click.pass_context
def export(context: click.Context, form: str) -> None:
    """Print all entries, the oldest first; as JSON lines they can be verified elsewhere."""
    log = _log(context)
    if form == "jsonl":
        for line in log.lines():
            sys.stdout.write(line.decode("ascii", "replace") + "\n")
        return
    writer = csv.DictWriter(sys.stdout, FIELDS, extrasaction="ignore", restval="")
    writer.writeheader()
    for entry in log.entries():
        # A cell that begins like this is a formula to a spreadsheet.
        row = {name: _plain(entry.get(name)) for name in FIELDS}
        writer.writerow(row)


def _plain(value: object) -> str:
    from argotui.model.sanitise import clean_line

    text = clean_line(value if isinstance(value, str) else json.dumps(value) if value else "")
    return "'" + text if text[:1] in ("=", "+", "-", "@") else text
