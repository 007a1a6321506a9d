"""`gates`: the open gates."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

import click

from argotui.cli.options import shared

if TYPE_CHECKING:
    from argotui.cli.connect import ClusterConnection
    from argotui.cli.output import Cell, Terminal
    from argotui.model.gates.gate import Gate
    from argotui.model.gates.inbox import OpenGate
    from argotui.model.gates.permission import Rules
    from argotui.operations.admission.enforcement import Enforcement
    from argotui.operations.gates.review import DecisionContext, Review

AT_ONCE = 8
READ_ONLY = "read-only"
"""The reason why nobody may decide with read-only settings."""


class CellContext(NamedTuple):
    """What the cells of all gates are made from, beside the gate itself."""

    rules: Rules
    now: datetime
    read_only: bool = False


@click.command(short_help="List the gates that wait for a person.")
@shared
@click.option("--no-verdict", is_flag=True, help="Ask no policy and no rights: faster.")
@click.option(
    "-o", "--output", type=click.Choice(["table", "wide", "json", "name"]), default="table"
)
@click.option("--no-headers", is_flag=True, help="Do not print the header line.")
@click.pass_context
def gates(context: click.Context, no_verdict: bool, output: str, no_headers: bool) -> None:
    """List the gates that wait for a person, the most urgent first.

    Looks in all namespaces that you can read, or in the one of -n.
    """
    from argotui.cli.connect import run
    from argotui.cli.gate_documents import gates_document
    from argotui.cli.output import as_json, write
    from argotui.operations.gates.context import rules_of

    namespace = context.find_root().ensure_object(dict).get("namespace")

    async def read(connection: ClusterConnection) -> int:
        items, looked_in = await waiting(connection, namespace)
        reviews: Sequence[tuple[Review | None, str]] = [(None, "")] * len(items)
        if items and not no_verdict and output != "name":
            reviews = await review_all(connection, items)
        enforcement: Sequence[Enforcement | None] = [None] * len(items)
        if items and not no_verdict and output != "name":
            enforcement = await enforcement_of_all(connection, items, reviews)
        settings = connection.loaded.settings
        if output == "json":
            found = gates_document(
                items, reviews, enforcement, looked_in, read_only=settings.read_only
            )
            write([as_json(found)])
            return 0
        known = CellContext(
            rules_of(settings.gates), connection.clock.now(), read_only=settings.read_only
        )
        _print(items, reviews, enforcement, known, output, headers=not no_headers)
        return 0

    context.exit(run(context, read))


async def waiting(
    connection: ClusterConnection, namespace: str | None
) -> tuple[list[OpenGate], Sequence[str] | None]:
    """Return the open gates that the user can read, the most urgent first, and the searched
    namespaces if a cluster-wide list was not allowed."""
    from argotui.model.gates.inbox import urgency
    from argotui.model.workflows.filters import parse_filter
    from argotui.operations.workflows.listing import ListOptions, find_allowed

    wanted = ListOptions(namespace, parse_filter("phase:active"))
    found = await find_allowed(connection.cluster, wanted, connection.clock, connection.known)
    if not found.rows and namespace is not None:
        await connection.require_namespace(namespace)
    connection.tell_scope(found)
    now = connection.clock.now()
    items = [item for row in found.rows for item in row.open_gates]
    items.sort(key=lambda item: urgency(item, now))
    return items, found.only_in.names if found.only_in else None


def context_at(connection: ClusterConnection) -> DecisionContext:
    """Return the decision context of a connection, as its settings say."""
    from argotui.operations.gates.context import open_context

    return open_context(connection.backend.gates, connection.loaded.settings, connection.clock)


async def review_all(
    connection: ClusterConnection, items: Sequence[OpenGate]
) -> list[tuple[Review | None, str]]:
    """Return each gate's review, or why there is none."""
    from argotui.errors import BackendError
    from argotui.operations.gates.review import review_gate

    decision_context, slots = context_at(connection), asyncio.Semaphore(AT_ONCE)

    async def one(item: OpenGate) -> tuple[Review | None, str]:
        async with slots:
            try:
                return await review_gate(decision_context, item.gate.key, item.gate.node_id), ""
            except BackendError as error:
                return None, error.title

    try:
        return await asyncio.gather(*(one(item) for item in items))
    finally:
        await decision_context.policy.close()


async def enforcement_of_all(
    connection: ClusterConnection,
    items: Sequence[OpenGate],
    reviews: Sequence[tuple[Review | None, str]],
) -> list[Enforcement]:
    """Return the enforcement of each gate; each namespace is asked about once."""
    from argotui.operations.admission.enforcement import (
        NamespaceEnforcement,
        namespace_enforcement,
        sets_or_why,
    )

    port, slots = connection.backend.admission, asyncio.Semaphore(AT_ONCE)
    sets = await sets_or_why(port)
    trying = not connection.read_only

    async def one(namespace: str, workflow: str) -> NamespaceEnforcement:
        async with slots:
            return await namespace_enforcement(
                port, namespace, workflow=workflow, trying=trying, sets=sets
            )

    places = {item.gate.key.namespace: item.gate.key.name for item in items}
    found = await asyncio.gather(*(one(*each) for each in places.items()))
    enforcement_cache = {enforcement.namespace: enforcement for enforcement in found}
    return [
        enforcement_cache[item.gate.key.namespace].for_gate(
            seen.raw if seen else None, item.gate.node_id
        )
        for item, (seen, _) in zip(items, reviews, strict=True)
    ]


def enforcement_cell(enforcement: Enforcement | None) -> Cell:
    """Return whether the cluster enforces a gate, in a word."""
    from argotui.cli.output import Cell
    from argotui.operations.admission.enforcement import EnforcementState

    if enforcement is None:
        return Cell("")
    return Cell(
        enforcement.state.value, "waiting" if enforcement.state is EnforcementState.ADVISORY else ""
    )


def _to_fill_in(gate: Gate, output: str) -> str:
    """Return the fields of a gate; if wide, with the value that each begins with, `?` for none."""
    from argotui.model.gates.form import prefilled
    from argotui.model.spelling import shown_value, spelled
    from argotui.operations.gates.cell_texts import fill_in_cell

    if output != "wide":
        return fill_in_cell(gate)
    words = []
    for supplied in gate.supplied:
        value = prefilled(supplied)
        shown = "?" if value is None else shown_value(supplied.name, value)
        words.append(f"{spelled(supplied.name)}={shown}")
    return " ".join(words)


def _print(
    items: Sequence[OpenGate],
    reviews: Sequence[tuple[Review | None, str]],
    enforcement: Sequence[Enforcement | None],
    known: CellContext,
    output: str,
    *,
    headers: bool,
) -> None:
    from argotui.cli.connect import remark
    from argotui.cli.gate_names import name_of
    from argotui.cli.output import (
        Cell,
        TextColumn,
        table,
        terminal,
        write,
    )
    from argotui.model.durations import format_age
    from argotui.operations.gates.cell_texts import asked_cell, expiry_cell, gate_cell

    if output == "name":
        every = [item.gate for item in items]
        write(name_of(gate, every) for gate in every)
        return
    where = terminal()
    columns = [
        TextColumn("WAITED", right=True),
        TextColumn("EXPIRES", least=16),
        TextColumn("GATE", least=10),
        TextColumn("WORKFLOW", least=14),
        TextColumn("ASKED BY", least=8),
        TextColumn("VERDICT", least=12),
        TextColumn("FILL IN", least=7),
    ]
    if output == "wide":
        columns += [
            TextColumn("DIGEST"),
            TextColumn("YOU", least=12),
            TextColumn("ENFORCEMENT"),
            TextColumn("APPROVERS", least=12),
        ]
    you = next((seen.person.user for seen, _ in reviews if seen), "")
    rows = []
    for item, (seen, problem), how in zip(items, reviews, enforcement, strict=True):
        gate = item.gate
        waited = item.waited(known.now)
        row: list[Cell | str] = [
            "" if waited is None else format_age(waited),
            Cell(*expiry_cell(item, known.now)),
            Cell(*gate_cell(gate)),
            str(gate.key),
            Cell(*asked_cell(gate, you)),
            _verdict(seen, problem, how, known, where),
            _to_fill_in(seen.gate if seen else gate, output),
        ]
        if output == "wide":
            row += [seen.request.short if seen else "", _you(seen, how, known)]
            row += [enforcement_cell(how), how.who if how else ""]
        rows.append(row)
    if rows:
        write(table(columns, rows, where, headers=headers))
        if known.read_only and headers:
            remark("read-only: nothing can be approved or denied with these settings")
    elif headers:
        remark("no gate waits")


def _verdict(
    seen: Review | None,
    problem: str,
    enforcement: Enforcement | None,
    known: CellContext,
    where: Terminal,
) -> Cell:
    from argotui.cli.output import Cell
    from argotui.operations.gates.cell_texts import verdict_cell

    if seen is None and not problem:
        return Cell("")
    found = verdict_cell(seen, problem, known.rules, known.now, enforcement)
    return Cell(where.glyph(found.glyph) + found.words, found.role)


def _you(seen: Review | None, enforcement: Enforcement | None, known: CellContext) -> str:
    """Return whether the person who asks may approve, or why not."""
    if seen is None:
        return ""
    blocked = [*([READ_ONLY] if known.read_only else []), *seen.approve.blocked]
    if (
        not blocked
        and enforcement
        and enforcement.names(seen.person.user, seen.person.groups) is False
    ):
        blocked = ["none of its approvers"]
    return "; ".join(blocked) or "may approve"
