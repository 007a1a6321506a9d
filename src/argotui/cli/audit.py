"""`audit`: the decisions made on this machine, and whether their record is whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from argotui.cli.options import shared, shared_config
from argotui.cli.settings import load

if TYPE_CHECKING:
    from argotui.backend.audit.chain import ChainProblem, Head
    from argotui.backend.audit.log import AuditLog
    from argotui.cli.connect import ClusterConnection


@click.group(short_help="Show, verify and export the decisions made here.")
def audit() -> None:
    """Show, verify and export the record of the decisions made on this machine."""


def _log(context: click.Context) -> AuditLog:
    from argotui.backend.audit.log import AuditLog
    from argotui.operations.gates.context import audit_path

    return AuditLog(audit_path(load(context).settings.gates))


@audit.command(short_help="Print the decisions, the newest last.")
@shared_config
@click.option("--last", type=click.IntRange(min=1), default=50, help="How many decisions.")
@click.option(
    "-o", "--output", type=click.Choice(["table", "wide", "json", "csv"]), default="table"
)
@click.pass_context
def show(context: click.Context, last: int, output: str) -> None:
    """Print the decisions with their outcomes and effects, the newest last.

    A narrow terminal gets fewer columns, with a remark; `-o wide` has all of them.
    """
    from argotui.backend.audit.record import recorded
    from argotui.cli.audit_documents import decisions_csv, decisions_document, lay_out
    from argotui.cli.connect import remark
    from argotui.cli.output import (
        as_json,
        table,
        terminal,
        write,
    )
    from argotui.model.counted import counted

    log = _log(context)
    decisions = recorded(log.entries())
    shown = decisions[-last:]
    if output == "json":
        write([as_json(decisions_document(shown))])
        return
    if output == "csv":
        write(decisions_csv(shown))
        return
    if not shown:
        remark(f"no decision was made here yet ({log.path})")
        return
    where = terminal()
    laid = lay_out(shown, where, whole=output == "wide")
    write(table(laid.columns, laid.rows, where._replace(width=None) if output == "wide" else where))
    for text in laid.remarks:
        remark(text)
    if len(shown) < len(decisions):
        total = counted(len(decisions), "decision")
        remark(f"the last {len(shown)} of {total}: --last N shows more")


@audit.command(short_help="Look again at what decisions led to.")
@shared
@click.option(
    "--last", type=click.IntRange(min=1), default=200, help="How many decisions to look at."
)
@click.pass_context
def effects(context: click.Context, last: int) -> None:
    """Look again at what the last decisions led to, and record what is new.

    Reads the workflows of decisions in this cluster whose effect is not completely known: nobody
    looked, or not everything behind the gate had started.
    """
    from argotui.backend.audit.record import recorded
    from argotui.cli.connect import remark, run
    from argotui.cli.output import write
    from argotui.model.counted import counted
    from argotui.operations.gates.effects import lacking, look_again

    log = _log(context)

    async def read(connection: ClusterConnection) -> int:
        missing = lacking(recorded(log.entries())[-last:])
        here = [each for each in missing if each.cluster == connection.cluster.server]
        found = await look_again(connection.backend.gates, log, connection.clock, here)
        write(
            f"{each.decision.gate_name}: {each.effect.words if each.effect else each.problem}"
            for each in found
        )
        written = sum(each.effect is not None for each in found)
        remark(f"{counted(written, 'effect')} written, {len(found) - written} without news")
        if others := len(missing) - len(here):
            remark(f"{counted(others, 'decision')} of other clusters not looked at")
        return 0

    context.exit(run(context, read))


@audit.command(short_help="Check that the log is complete and unchanged.")
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

    The chain alone cannot show that its last entries are missing. An annotation of each decided
    workflow holds the chain's head: --anchors reads those of all workflows that you can list. You
    can also note the head printed here, and compare with --anchor later.
    """
    from argotui.backend.audit.chain import parse_head
    from argotui.cli.connect import remark, run
    from argotui.model.counted import counted
    from argotui.operations.gates.anchors import read_anchors

    heads: list[Head] = []
    for text in given:
        head = parse_head(text.rpartition("/")[2])
        if head is None:
            raise click.UsageError(f"{text!r} is not a head: SEQ:HASH, as this verb prints it")
        heads.append(head)
    log = _log(context)
    elsewhere: list[ChainProblem] = []
    if anchors:

        async def read(connection: ClusterConnection) -> int:
            found = await read_anchors(connection.cluster, log, connection.namespace)
            heads.extend(found.heads)
            elsewhere.extend(found.problems)
            if found.others:
                count = len(found.others)
                logs = "another audit log has" if count == 1 else f"{count} other audit logs have"
                remark(f"{logs} anchors here, which do not concern this log")
            return 0

        run(context, read)
    head, problems = log.check(tuple(heads))
    problems += elsewhere
    for problem in problems:
        where = f"line {problem.line}: " if problem.line else ""
        click.echo(f"{where}{problem.damage.value}: {problem.detail}")
    found = counted(len(problems), "problem") if problems else "no problems"
    entries = counted(head.seq, "entry", "entries")
    remark(f"{entries}, {counted(len(heads), 'anchor')}, {found}")
    click.echo(str(head))
    context.exit(1 if problems else 0)


@audit.command(short_help="Print all entries as JSON lines, or the decisions as CSV.")
@shared_config
@click.option("--format", "form", type=click.Choice(["jsonl", "csv"]), default="jsonl")
@click.pass_context
def export(context: click.Context, form: str) -> None:
    """Print everything, the oldest first: the entries as JSON lines, which can be verified
    elsewhere, or the decisions as CSV, a row each."""
    from argotui.backend.audit.record import recorded
    from argotui.cli.audit_documents import decisions_csv
    from argotui.cli.output import write

    log = _log(context)
    if form == "jsonl":
        write(line.decode("ascii", "replace") for line in log.lines())
    else:
        write(decisions_csv(recorded(log.entries())))
