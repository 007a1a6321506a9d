"""`logs`: the lines of a workflow, a node and all it contains, or a pod, in the order of time."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

import click

from argotui.cli import values
from argotui.cli.node_choice import node_choice
from argotui.cli.options import shared
from argotui.model.counted import counted

if TYPE_CHECKING:
    from argotui.cli.connect import ClusterConnection
    from argotui.model.argo import Key, Node, Workflow
    from argotui.model.patterns import Matcher
    from argotui.operations.logs.container_log import LogOptions, LogStream
    from argotui.operations.logs.merge import LogBatch
    from argotui.operations.logs.targets import LogTarget
    from argotui.operations.logs.workflow_log import WorkflowLog

_COLOURS = ("36", "33", "32", "35", "34", "96", "93", "92", "95", "94")


_REASONS = 5
"""So many lines at most say why there is no log."""


class Style(NamedTuple):
    """How lines are printed: `prefix` None leaves it to whether several logs can come, `colour`
    None to whether it is for a terminal."""

    json: bool = False
    times: bool = False
    prefix: bool | None = None
    colour: bool | None = None


@click.command(short_help="Read the logs of a workflow, node or pod.")
@shared
@click.argument("name", metavar="[NAMESPACE/]NAME|@latest", shell_complete=values.workflows)
@click.argument(
    "target", metavar="[NODE|POD]", required=False, default="", shell_complete=values.nodes
)
@click.option(
    "--node-field-selector",
    "fields",
    metavar="FIELDS",
    help="The node with these fields, such as displayName=NAME, instead of NODE.",
)
@click.option("-f", "--follow", is_flag=True, help="Follow until every log has ended.")
@click.option(
    "-c",
    "--container",
    metavar="NAME",
    default="main",
    show_default=True,
    help="A container, or: main, all, init, wait, sidecars.",
    shell_complete=values.containers,
)
@click.option("--tail", metavar="N", type=click.IntRange(min=0), help="The last N lines of each.")
@click.option("--since", metavar="AGE", help="Only lines of the last 10m, 2h and so on.")
@click.option("--since-time", metavar="TIME", help="Only lines since a time (RFC 3339).")
@click.option("--timestamps", is_flag=True, help="Print the time of each line, in UTC.")
@click.option("-p", "--previous", is_flag=True, help="The run before the last restart.")
@click.option("--grep", metavar="PATTERN", help="Only these lines: a regex, !regex, or -f letters.")
@click.option(
    "--prefix/--no-prefix",
    default=None,
    help="Print the source of each line; default: if there are several.",
)
@click.option(
    "--color/--no-color",
    default=None,
    help="Colours of names and lines; default: in a terminal, and not with NO_COLOR.",
)
@click.option("-o", "--output", type=click.Choice(["text", "json"]), default="text")
@click.pass_context
def logs(
    context: click.Context,
    name: str,
    target: str,
    fields: str | None,
    follow: bool,
    container: str,
    tail: int | None,
    since: str | None,
    since_time: str | None,
    timestamps: bool,
    previous: bool,
    grep: str | None,
    prefix: bool | None,
    color: bool | None,
    output: str,
) -> None:
    """Read the logs of a workflow, of a node and all it contains, or of a pod.

    Lines are in the order of their time. With -f it reconnects without losing or repeating a line,
    reads new pods too, and ends with the last log. Escape sequences and control characters never
    reach the output, not even in a pipe; the colours of lines are set again. A terminal shows the
    last state of a progress bar, a pipe gets every state. Remarks about the logs (a pod is deleted,
    a log is forbidden) go to stderr.
    """
    from argotui.cli.connect import run

    if fields and target:
        raise click.UsageError("name a NODE, or give --node-field-selector: not both")
    choice = node_choice(None, fields)
    matcher = _matcher(grep)
    style = Style(output == "json", timestamps, prefix, color)
    oldest = _since_time(since, since_time)

    async def read(connection: ClusterConnection) -> int:
        from argotui.cli.connect import find_named
        from argotui.cli.output import terminal
        from argotui.operations.logs.container_log import LogOptions

        key = await find_named(name, connection)
        node = target if choice is None else await _chosen_node(connection, key, choice)
        moment = connection.clock.now() - oldest if isinstance(oldest, timedelta) else oldest
        ask = LogOptions(follow, previous, tail, moment, ends=terminal().width is not None)
        return await print_logs(connection, key, node, container, ask, style, matcher)

    context.exit(run(context, read))


async def _chosen_node(
    connection: ClusterConnection, key: Key, choice: Callable[[Node], bool]
) -> str:
    """Return the id of the one node that is chosen, or that contains all others.

    Raises UsageError.
    """
    from argotui.operations.logs.targets import contained

    workflow = await connection.cluster.get_workflow(*key)
    found = [node for node in workflow.nodes.values() if choice(node)]
    for node in found:
        if {other.id for other in found} <= contained(workflow, node.id):
            return node.id
    names = ", ".join(sorted(node.name for node in found)[:_REASONS])
    said = f"finds {counted(len(found), 'node')}: {names}" if found else "finds no node"
    raise click.UsageError(f"--node-field-selector {said}")


async def print_logs(
    connection: ClusterConnection,
    key: Key,
    target: str,
    container: str,
    ask: LogOptions,
    style: Style,
    matcher: Matcher | None,
) -> int:
    """Print the logs of a workflow, or of a node or pod of it; return the exit code."""
    from argotui.operations.logs.targets import find_target
    from argotui.operations.logs.workflow_log import WorkflowLog

    workflow = await connection.cluster.get_workflow(*key)
    meant = find_target(workflow, target, container)
    reading = WorkflowLog(
        connection.cluster, meant, ask, connection.clock, random.Random(), workflow=workflow
    )
    printer = LogPrinter(reading, style, matcher, several=_several(workflow, meant))
    await (_follow if ask.follow else _read)(reading, printer, connection)
    return printer.code(connection.clock.now())


def _matcher(pattern: str | None) -> Matcher | None:
    if pattern is None:
        return None
    from argotui.model.patterns import FilterError, parse_pattern

    try:
        return parse_pattern(pattern)
    except FilterError as error:
        raise click.UsageError(f"--grep: {error.message}") from None


def _since_time(since: str | None, moment: str | None) -> datetime | timedelta | None:
    from argotui.model.durations import DurationError, parse_age

    if since is not None and moment is not None:
        raise click.UsageError("--since and --since-time exclude each other")
    if since is not None:
        try:
            return timedelta(seconds=parse_age(since))
        except (DurationError, OverflowError) as error:
            raise click.UsageError(f"--since: {error}") from None
    if moment is None:
        return None
    try:
        parsed = datetime.fromisoformat(moment)
    except ValueError:
        parsed = None
    if parsed is None or parsed.tzinfo is None:
        raise click.UsageError("--since-time: write it like 2026-01-05T12:00:00Z")
    return parsed.astimezone(UTC)


def _several(workflow: Workflow, target: LogTarget) -> bool:
    """Whether more than one log can come: a single pod's one container is one."""
    node = workflow.nodes.get(target.node_id)
    if node is None or node.type not in ("Pod", "Container"):
        return True
    inside = [
        other
        for other in workflow.nodes.values()
        if other.type == "Container" and other.boundary_id == node.id
    ]
    return bool(inside) or target.container in ("all", "init", "sidecars")


async def _read(reading: WorkflowLog, printer: LogPrinter, connection: ClusterConnection) -> None:
    from contextlib import aclosing

    async with aclosing(reading.batches()) as batches:
        async for batch in batches:
            printer.print(batch)


async def _follow(reading: WorkflowLog, printer: LogPrinter, connection: ClusterConnection) -> None:
    """Read while the workflow is watched, for the pods to come and the end."""
    import asyncio

    from argotui.backend.backoff import cancel
    from argotui.backend.freshness import Link
    from argotui.backend.workflow_feed import WorkflowFeed

    feed = WorkflowFeed(connection.cluster, reading.target.key, connection.clock, random.Random())
    before = Link.CONNECTING

    def changed() -> None:
        nonlocal before
        link = feed.freshness.link
        if before is Link.STALE and link is Link.LIVE:
            reading.reconnect()
        before = link
        if feed.gone:
            reading.workflow_deleted()
        elif feed.workflow is not None:
            reading.tell(feed.workflow)

    feed.on_change = changed
    task = asyncio.create_task(feed.run())
    try:
        await _read(reading, printer, connection)
    finally:
        feed.on_change = None
        await cancel(task)


class LogPrinter:
    """Prints batches at once, and determines the exit code."""

    def __init__(
        self, reading: WorkflowLog, style: Style, matcher: Matcher | None, *, several: bool
    ) -> None:
        from argotui.cli.output import terminal

        self._reading = reading
        self._style = style
        self._matches = matcher.matches if matcher is not None else None
        self._prefix = several if style.prefix is None else style.prefix
        self._colour = terminal().colour if style.colour is None else style.colour
        # A terminal shows the last state of a progress bar; a pipe gets every state.
        self._last_state = terminal().width is not None and not style.json
        self._prefixes: list[str] = []
        self._missing = False
        self._read = self._printed = 0

    def print(self, batch: LogBatch) -> None:
        """Print lines to stdout, and what concerns the logs themselves to stderr."""
        from argotui.cli.connect import remark
        from argotui.model.logs.text import last_state, log_text
        from argotui.operations.logs.save import stamp_text

        sources = self._reading.sources
        self._name(sources)
        lines: list[str] = []
        for stamp, source, written in zip(*batch, strict=True):
            raw = last_state(written) if self._last_state else written
            text = log_text(raw)
            if source < 0:
                self._missing = True
                whose = sources[~source].name if self._prefix and ~source < len(sources) else ""
                remark(f"{whose}: {text}" if whose else text)
                continue
            self._read += 1
            if self._matches is not None and not self._matches(text):
                continue
            self._printed += 1
            if self._colour and b"\x1b" in raw and not self._style.json:
                text = coloured(raw)
            if self._style.json:
                lines.append(_json_line(stamp, sources[source], text))
                continue
            if self._style.times:
                text = f"{stamp_text(stamp)} {text}"
            lines.append(self._prefixes[source] + text if self._prefix else text)
        if lines:
            sys.stdout.write("\n".join(lines) + "\n")
            sys.stdout.flush()

    def _name(self, sources: Sequence[LogStream]) -> None:
        for source in sources[len(self._prefixes) :]:
            name = f"{source.name}: "
            if self._colour:
                name = f"\x1b[{_COLOURS[source.index % len(_COLOURS)]}m{name}\x1b[0m"
            self._prefixes.append(name)

    def code(self, now: datetime) -> int:
        """Return the exit code: that of the first failed log; 3 if no pod is left."""
        from argotui.cli import exits
        from argotui.cli.connect import remark
        from argotui.model.counted import none_of
        from argotui.operations.logs.targets import NO_POD_RAN, NO_POD_YET, why_no_pod

        if self._reading.failures:
            return exits.code_of(self._reading.failures[0])
        if self._reading.logs:
            if self._matches is not None and not self._printed:
                what = "what --grep asks for"
                none = none_of(self._read, "line", f"is {what}", f"is not {what}")
                remark(none[0].lower() + none[1:] if self._read else "there are no lines")
            return exits.OK
        if self._missing:
            return exits.NOT_FOUND
        workflow = self._reading.workflow
        over = workflow is not None and workflow.completed
        said = NO_POD_RAN if over else NO_POD_YET
        remark(said[0].lower() + said[1:])
        if workflow is not None:
            for line in why_no_pod(workflow, self._reading.target, now)[:_REASONS]:
                remark(line)
        return exits.OK


_SGR = {"bold": 1, "dim": 2, "italic": 3, "underline": 4, "reverse": 7, "strike": 9}


def coloured(raw: bytes) -> str:
    """Return a raw log line as sanitised text, with its colours set again and reset at the end."""
    from argotui.model.logs.text import PLAIN, log_pieces

    parts = []
    for text, look in log_pieces(raw):
        codes = [str(_SGR[flag]) for flag in sorted(look.flags, key=_SGR.__getitem__)]
        if look.foreground is not None:
            codes.append(_colour_code(38, look.foreground))
        if look.background not in (None, look.foreground):  # text must not be hidden
            codes.append(_colour_code(48, look.background))
        parts.append(text if look == PLAIN else f"\x1b[{';'.join(codes)}m{text}\x1b[0m")
    return "".join(parts)


def _colour_code(ground: int, colour: int | tuple[int, int, int] | None) -> str:
    if isinstance(colour, tuple):
        return f"{ground};2;{';'.join(map(str, colour))}"
    if isinstance(colour, int) and colour < 16:
        return str(ground - 8 + colour if colour < 8 else ground + 52 + colour - 8)
    return f"{ground};5;{colour}"


def _json_line(stamp: int, source: LogStream, text: str) -> str:
    from argotui.cli.output import as_json_line
    from argotui.operations.logs.save import stamp_text

    return as_json_line(
        {
            "time": stamp_text(stamp),
            "node": source.name,
            "nodeId": source.node_id,
            "pod": source.pod,
            "container": source.container,
            "text": text,
        }
    )
