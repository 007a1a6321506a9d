"""`watch`: changes as lines, until a workflow ends."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import aclosing
from datetime import datetime
from typing import TYPE_CHECKING

import click

from argotui.cli import values
from argotui.cli.node_choice import choosing_nodes, node_choice
from argotui.cli.options import shared

if TYPE_CHECKING:
    from argotui.cli.connect import ClusterConnection
    from argotui.cli.output import Terminal
    from argotui.model.argo import Node
    from argotui.operations.workflows.watching import LinkMoved, Moved


@click.command(short_help="Print what changes until a workflow ends.")
@shared
@click.argument(
    "name",
    metavar="[NAMESPACE/]NAME|@latest",
    required=False,
    shell_complete=values.workflows,
)
@click.option("--all", "everything", is_flag=True, help="All workflows, until interrupted.")
@click.option(
    "--timeout", metavar="DURATION", help="Stop after this time, for instance 90s or 1h30m."
)
@click.option("-o", "--output", type=click.Choice(["text", "json"]), default="text")
@choosing_nodes
@click.pass_context
def watch(
    context: click.Context,
    name: str | None,
    everything: bool,
    timeout: str | None,
    output: str,
    status: str | None,
    fields: str | None,
) -> None:
    """Print what changes until a workflow ends; the exit code says how it ended.

    0 it succeeded, 1 it failed, 6 it ended in phase Error, 3 it was deleted, 124 --timeout. After a
    lost connection it reconnects, and prints what changed meanwhile.
    """
    from argotui.cli.connect import run

    if everything == bool(name):
        raise click.UsageError("name one workflow, or give --all")
    seconds = None if timeout is None else _seconds(timeout)
    keep = node_choice(status, fields)

    async def follow(connection: ClusterConnection) -> int:
        from argotui.cli import exits
        from argotui.cli.connect import find_named, remark
        from argotui.operations.workflows.watching import TimeIsOver, watch_all, watch_one

        rng = random.Random()
        if name:
            key = await find_named(name, connection)
            moves = watch_one(connection.cluster, key, connection.clock, rng, timeout=seconds)
        else:
            if connection.namespace is not None:
                await connection.require_namespace(connection.namespace)
            moves = watch_all(
                connection.cluster,
                connection.namespace,
                connection.clock,
                rng,
                known=connection.known,
                tell_scope=remark,
                timeout=seconds,
            )
        printer = WatchPrinter(output, connection, named=bool(name), keep=keep)
        try:
            async with aclosing(moves):
                async for moved in moves:
                    printer.print(moved)
        except TimeIsOver:
            remark(f"timed out after {timeout}")
            return exits.TIMEOUT
        return printer.code

    context.exit(run(context, follow))


def _seconds(text: str) -> float:
    from argotui.model.durations import DurationError, parse_argo_duration

    try:
        seconds = parse_argo_duration(text)
    except DurationError as error:
        raise click.UsageError(f"--timeout: {error}") from None
    if seconds <= 0:
        raise click.UsageError("--timeout: it must be longer than 0")
    return seconds


class WatchPrinter:
    """Prints each change at once, and determines the exit code."""

    def __init__(
        self,
        output: str,
        connection: ClusterConnection,
        *,
        named: bool,
        keep: Callable[[Node], bool] | None = None,
    ) -> None:
        from argotui.cli.output import terminal

        self.code = 0
        self._json = output == "json"
        self._clock = connection.clock
        self._named = named
        self._keep = keep
        self._where = terminal()

    def print(self, moved: Moved) -> None:
        """Print one fact; raises NotFoundError for a workflow that never was."""
        from argotui.cli import exits
        from argotui.cli.connect import remark
        from argotui.cli.documents import moved_document
        from argotui.cli.output import as_json_line
        from argotui.errors import NotFoundError
        from argotui.operations.workflows.watching import Gone, LinkMoved, NodeMoved, WorkflowMoved

        if isinstance(moved, NodeMoved) and self._keep is not None and not self._keep(moved.node):
            return
        if isinstance(moved, Gone) and self._named:
            if not moved.existed:
                raise NotFoundError(
                    f"There is no workflow {moved.key.name} in namespace {moved.key.namespace}",
                    hint="Look elsewhere with -n, or list them: argotui list",
                )
            self.code = exits.NOT_FOUND
        if isinstance(moved, WorkflowMoved) and self._named and moved.summary.completed:
            self.code = exits.code_of_phase(moved.summary.phase)
        now = self._clock.now()
        if self._json:
            print(as_json_line(moved_document(moved, now)), flush=True)
        elif isinstance(moved, LinkMoved):
            remark(_link_words(moved))
        else:
            print(_line(moved, now, self._where, named=self._named), flush=True)


def _link_words(moved: LinkMoved) -> str:
    from argotui.backend.freshness import Link

    if moved.freshness.link is Link.LIVE:
        return "connected again"
    title = moved.freshness.error.title if moved.freshness.error else "no answer"
    return f"the connection is lost ({title}); trying again"


def _line(moved: Moved, now: datetime, where: Terminal, *, named: bool) -> str:
    from argotui.model.durations import format_took
    from argotui.model.phases import PhaseLook, look_of_node, look_of_workflow
    from argotui.model.redact import redact_text
    from argotui.model.sanitise import clean_line
    from argotui.model.workflow.fact import took
    from argotui.model.workflows.row_texts import cause_text, seconds_taken
    from argotui.operations.workflows.watching import Gone, NodeMoved, WorkflowMoved

    match moved:
        case WorkflowMoved(summary):
            look, message = look_of_workflow(summary), cause_text(summary)
            moment = summary.finished or now
            seconds = seconds_taken(summary, now)
            what = str(summary.key) if not named else summary.key.name
            progress = (
                "" if summary.progress is None else f" {summary.progress[0]}/{summary.progress[1]}"
            )
        case NodeMoved(_, node):
            look, message = look_of_node(node), node.message
            moment = node.finished_at or node.started_at or now
            seconds = took(node.started_at, node.finished_at, now)
            what, progress = f"  {node.name.partition('.')[2] or node.name}", ""
        case Gone(key, _, replaced):
            look = PhaseLook("✖", "replaced" if replaced else "deleted", "failed", 0)
            moment, seconds, progress, what, message = now, None, "", str(key), ""
        case _:
            raise TypeError(type(moved).__name__)
    state = where.paint(f"{where.glyph(look.glyph)}{look.word:<10}", look.role)
    words = [f"{moment:%H:%M:%S}", state, what + progress]
    if seconds is not None and look.role in ("succeeded", "failed", "denied"):
        words.append(format_took(seconds))
    if message:
        words.append(redact_text(clean_line(message)))
    return "  ".join(words)
