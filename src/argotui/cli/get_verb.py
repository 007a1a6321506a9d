"""`get`: one workflow, its facts and its nodes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import click

from argotui.cli import values
from argotui.cli.node_choice import choosing_nodes, node_choice
from argotui.cli.options import shared

if TYPE_CHECKING:
    from datetime import datetime

    from argotui.cli.connect import ClusterConnection
    from argotui.cli.output import Terminal
    from argotui.model.argo import Key, Node, Workflow


@click.command("get", short_help="Show a workflow and its nodes.")
@shared
@click.argument("name", metavar="[NAMESPACE/]NAME|@latest", shell_complete=values.workflows)
@click.option(
    "-o",
    "--output",
    type=click.Choice(["text", "wide", "json", "yaml"]),
    default="text",
    help="The output format; json and yaml are the object itself.",
)
@choosing_nodes
@click.pass_context
def get_workflow(
    context: click.Context, name: str, output: str, status: str | None, fields: str | None
) -> None:
    """Show a workflow and its nodes; `@latest` is the one created last.

    As text, values that look like secrets are covered, and large fan-outs are one line; in a
    terminal long values are cut. `-o wide` shows both whole. As JSON and YAML it is the object as
    the API server gives it, with nothing
    covered.
    """
    from argotui.cli.connect import find_named, run

    keep = node_choice(status, fields)

    async def read(connection: ClusterConnection) -> int:
        from argotui.cli.output import (
            as_json,
            as_yaml,
            terminal,
            write,
        )

        key = await find_named(name, connection)
        if output in ("json", "yaml"):
            document = await connection.cluster.get_raw_document(*key)
            write([as_json(document) if output == "json" else as_yaml(document)])
            return 0
        workflow = await connection.cluster.get_workflow(*key)
        now = connection.clock.now()
        write(describe(workflow, key, now, terminal(), wide=output == "wide", keep=keep))
        return 0

    context.exit(run(context, read))


def describe(
    workflow: Workflow,
    key: Key,
    now: datetime,
    where: Terminal,
    *,
    wide: bool,
    keep: Callable[[Node], bool] | None = None,
) -> Iterator[str]:
    """Yield the lines of a workflow as text: its facts, then its nodes as a tree.

    With `keep` the tree has those nodes only, and what contains them.
    """
    from argotui.drawing.cells import cut_middle
    from argotui.model.sanitise import clean_line
    from argotui.model.workflow.facts import workflow_facts

    room = where.width if where.width and not wide else 0
    yield _fact_line("name", key.name, "bold", where)
    yield _fact_line("namespace", key.namespace, "", where)
    above = ""
    for fact in workflow_facts(workflow, now):
        label = fact.label if fact.label != above else ""
        above = fact.label
        text = clean_line(fact.text)
        if not where.unicode and fact.label == "phase":
            text = text.split(" ", 1)[-1]
        if fact.name:
            text = f"{fact.name} = {text}" if text else fact.name
        # A value is one of many; a message is why somebody looks.
        lines = 1 if fact.name else _MESSAGE_LINES
        text = cut_middle(text, lines * room - _LABEL) if room > 2 * _LABEL else text
        yield _fact_line(label, text, fact.role, where)
    if workflow.nodes:
        yield ""
        yield from _node_lines(workflow, now, where, wide=wide, keep=keep)


_LABEL = 14
"""Cells of a fact's label."""
_MESSAGE_LINES = 5
"""Lines of a terminal that a fact may take which is no parameter."""


def _fact_line(label: str, text: str, role: str, where: Terminal) -> str:
    shown = f"{label}:" if label else ""
    return f"{shown:<{_LABEL - 1}} {where.paint(text, role)}".rstrip()


def _node_lines(
    workflow: Workflow,
    now: datetime,
    where: Terminal,
    *,
    wide: bool,
    keep: Callable[[Node], bool] | None,
) -> Iterator[str]:
    from argotui.cli.output import Cell, TextColumn, table
    from argotui.drawing.tree import Tree, draw_tree
    from argotui.model.durations import format_took
    from argotui.model.phases import look_of_root
    from argotui.model.redact import redact_text
    from argotui.model.sanitise import clean_line
    from argotui.model.workflow.fact import took
    from argotui.model.workflow.facts import template_source
    from argotui.model.workflow.pod_name import pod_name
    from argotui.model.workflows.why import is_stuck_now, why_of

    tree = Tree(workflow)
    rows = tree.rows(opened=tree.folds if wide else frozenset(), keep=keep)
    root = workflow.metadata.name
    stuck = root if is_stuck_now(workflow, why_of(workflow), now) else ""
    drawn = draw_tree(tree, rows, stuck=stuck, ascii_only=not where.unicode)
    columns = [TextColumn("NODE", least=20), TextColumn("TOOK", right=True)]
    if wide:
        columns += [
            TextColumn("TEMPLATE", least=10),
            TextColumn("POD", least=16),
            TextColumn("HOST", least=8),
        ]
    columns.append(TextColumn("MESSAGE", least=12))
    lines: list[list[Cell | str]] = []
    for row, text in zip(rows, drawn, strict=True):
        node = tree.nodes.get(row.node_id)
        if node is None:
            lines.append([text, *("" for _ in columns[1:])])
            continue
        seconds = took(node.started_at, node.finished_at, now)
        line: list[Cell | str] = [
            Cell(text, look_of_root(node, stuck=node.id == stuck).role),
            "" if seconds is None else format_took(seconds),
        ]
        if wide:
            line += [template_source(node), pod_name(workflow, node) or "", node.host_node_name]
        line.append(redact_text(clean_line(node.message)))
        lines.append(line)
    yield from table(columns, lines, where)
