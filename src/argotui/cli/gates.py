"""`gates`: what waits for a person."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

import click

from argotui.cli.options import shared

if TYPE_CHECKING:
    from argotui.cli.connect import Place
    from argotui.cli.output import Cell, Terminal
    from argotui.model.gates.gate import Gate
    from argotui.model.gates.inbox import OpenGate
    from argotui.model.gates.permission import Rules
    from argotui.operations.admission.enforcement import Enforcement
    from argotui.operations.gates.review import Desk, Review

AT_ONCE = 8
READ_ONLY = "read-only"
"""Why nobody may decide where the settings say so."""


class Known(NamedTuple):
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
@click.option("--no-headers", is_flag=True, help="Leave out the line of titles.")
@click.pass_context
def gates(context: click.Context, no_verdict: bool, output: str, no_headers: bool) -> None:
    """List the gates that wait for a person, the most urgent first.

    Looks in all namespaces that you may read, or in the one of -n.
    """
    from argotui.cli.connect import run
    from argotui.cli.gate_documents import gates_document
    from argotui.cli.output import as_json, write
    from argotui.operations.gates.context import rules_of

    namespace = context.find_root().ensure_object(dict).get("namespace")

    async def read(place: Place) -> int:
        items, looked_in = await waiting(place, namespace)
        reviews: Sequence[tuple[Review | None, str]] = [(None, "")] * len(items)
        if items and not no_verdict and output != "name":
            reviews = await review_all(place, items)
        kept: Sequence[Enforcement | None] = [None] * len(items)
        if items and not no_verdict and output != "name":
            kept = await kept_all(place, items, reviews)
        settings = place.loaded.settings
        if output == "json":
            found = gates_document(items, reviews, kept, looked_in, read_only=settings.read_only)
            write([as_json(found)])
            return 0
        known = Known(rules_of(settings.gates), place.clock.now(), read_only=settings.read_only)
        _print(items, reviews, kept, known, output, headers=not no_headers)
        return 0

    context.exit(run(context, read))


async def waiting(
    place: Place, namespace: str | None
) -> tuple[list[OpenGate], Sequence[str] | None]:
    """Return the open gates one may read, the most urgent first, and the namespaces they were
    looked for in where not all of them could be listed at once."""
    from argotui.model.workflows.filters import parse_filter
    from argotui.model.gates.inbox import urgency
    from argotui.operations.workflows.listing import Wanted, find_allowed

    wanted = Wanted(namespace, parse_filter("phase:active"))
    found = await find_allowed(place.cluster, wanted, place.clock, place.known)
    if not found.rows and namespace is not None:
        await place.require_namespace(namespace)
    place.tell_scope(found)
    now = place.clock.now()
    items = [item for row in found.rows for item in row.open_gates]
    items.sort(key=lambda item: urgency(item, now))
    return items, found.only_in.names if found.only_in else None


def desk_at(place: Place) -> Desk:
    """Return the desk that the settings have for a place."""
    from argotui.backend.kube.gates import KubeGates
    from argotui.operations.gates.context import open_desk

    return open_desk(KubeGates(place.cluster), place.loaded.settings, place.clock)


async def review_all(place: Place, items: Sequence[OpenGate]) -> list[tuple[Review | None, str]]:
    """Return each gate's review, or why there is none."""
    from argotui.backend.errors import BackendError
    from argotui.operations.gates.review import review

    desk, slots = desk_at(place), asyncio.Semaphore(AT_ONCE)

    async def one(item: OpenGate) -> tuple[Review | None, str]:
        async with slots:
            try:
                return await review(desk, item.gate.key, item.gate.node_id), ""
            except BackendError as error:
                return None, error.title

    try:
        return await asyncio.gather(*(one(item) for item in items))
    finally:
        await desk.policy.close()


async def kept_all(
    place: Place, items: Sequence[OpenGate], reviews: Sequence[tuple[Review | None, str]]
) -> list[Enforcement]:
    """Return how each gate is kept; each namespace is asked about once."""
    from argotui.backend.kube.admission import KubeAdmission
    from argotui.operations.admission.enforcement import Guard, guard_of, sets_or_why

    port, slots = KubeAdmission(place.cluster), asyncio.Semaphore(AT_ONCE)
    sets = await sets_or_why(port)
    trying = not place.read_only

    async def one(namespace: str, workflow: str) -> Guard:
        async with slots:
            return await guard_of(port, namespace, workflow=workflow, trying=trying, sets=sets)

    places = {item.gate.key.namespace: item.gate.key.name for item in items}
    found = await asyncio.gather(*(one(*each) for each in places.items()))
    guards = {guard.namespace: guard for guard in found}
    return [
        guards[item.gate.key.namespace].over(seen.raw if seen else None, item.gate.node_id)
        for item, (seen, _) in zip(items, reviews, strict=True)
    ]


def kept_cell(kept: Enforcement | None) -> Cell:
    """Return whether the cluster enforces a gate, in a word."""
    from argotui.cli.output import Cell
    from argotui.operations.admission.enforcement import State

    if kept is None:
        return Cell("")
    return Cell(kept.state.value, "waiting" if kept.state is State.ADVISORY else "")


def _to_fill_in(gate: Gate, output: str) -> str:
    """Return the fields of a gate; with what each begins with, `?` for nothing, where wide."""
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
    kept: Sequence[Enforcement | None],
    known: Known,
    output: str,
    *,
    headers: bool,
) -> None:
    from argotui.cli.connect import remark
    from argotui.cli.gate_names import name_of
    from argotui.cli.output import (Cell, Column, table, terminal, write,)
    from argotui.model.durations import format_age
    from argotui.operations.gates.cell_texts import asked_cell, expiry_cell, gate_cell

    if output == "name":
        every = [item.gate for item in items]
        write(name_of(gate, every) for gate in every)
        return
    where = terminal()
    columns = [
        Column("WAITED", right=True),
        Column("EXPIRES", least=16),
        Column("GATE", least=10),
        Column("WORKFLOW", least=14),
        Column("ASKED BY", least=8),
        Column("VERDICT", least=12),
        Column("FILL IN", least=7),
    ]
    if output == "wide":
        columns += [
            Column("DIGEST"),
            Column("YOU", least=12),
            Column("ENFORCEMENT"),
            Column("APPROVERS", least=12),
        ]
    you = next((seen.person.user for seen, _ in reviews if seen), "")
    rows = []
    for item, (seen, problem), how in zip(items, reviews, kept, strict=True):
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
            row += [kept_cell(how), how.who if how else ""]
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
    kept: Enforcement | None,
    known: Known,
    where: Terminal,
) -> Cell:
    from argotui.cli.output import Cell
    from argotui.operations.gates.cell_texts import verdict_cell

    if seen is None and not problem:
        return Cell("")
    found = verdict_cell(seen, problem, known.rules, known.now, kept)
    return Cell(where.glyph(found.glyph) + found.words, found.role)


def _you(seen: Review | None, kept: Enforcement | None, known: Known) -> str:
    """Return whether the person who asks may approve, or why not."""
    if seen is None:
        return ""
    blocked = [*([READ_ONLY] if known.read_only else []), *seen.approve.blocked]
    if not blocked and kept and kept.names(seen.person.user, seen.person.groups) is False:
        blocked = ["none of its approvers"]
    return "; ".join(blocked) or "may approve"
