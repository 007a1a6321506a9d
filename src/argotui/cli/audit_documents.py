"""Decisions of the audit log as table, JSON and CSV; the names of fields are stable."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from argotui.backend.audit.record import Recorded, done
from argotui.cli.documents import API
from argotui.cli.gate_documents import effect_document
from argotui.cli.output import Cell, Terminal, TextColumn
from argotui.drawing.cells import cell_len

_ROLES = {"decided": "", "already decided": "waiting", "changed since you looked": "waiting"}

CSV_FIELDS = (
    "time",
    "actor",
    "cluster",
    "context",
    "namespace",
    "workflow",
    "gate",
    "node",
    "choice",
    "values",
    "reason",
    "outcome",
    "detail",
    "effect",
    "asked_by",
    "verdict",
    "policy",
    "override",
    "inputs",
    "digest",
    "ended",
    "audit_id",
    "decision",
    "uid",
    "entries",
)


def decisions_document(decisions: Sequence[Recorded]) -> dict[str, Any]:
    """Return decisions, the newest last."""
    return {
        "apiVersion": API,
        "kind": "DecisionList",
        "decisions": [decision_document(each) for each in decisions],
    }


def decision_document(each: Recorded) -> dict[str, Any]:
    """Return one decision; a value that an older argotui did not record, or that is unknown, is
    null."""
    effect = each.effect
    return {
        "time": each.time,
        "actor": each.actor,
        "cluster": each.cluster or None,
        "context": each.context or None,
        "namespace": each.namespace,
        "workflow": each.workflow,
        "uid": each.uid,
        "gate": each.gate or None,
        "node": each.node,
        "choice": each.choice,
        "values": each.values,
        "reason": each.reason,
        "outcome": each.outcome,
        "detail": each.detail,
        "ended": each.ended,
        "askedBy": each.asked_by or None,
        "inputs": each.inputs,
        "verdict": each.verdict or None,
        "policy": each.policy or None,
        "override": each.override,
        "digest": each.digest,
        "auditId": each.audit_id or None,
        "effect": {**effect_document(effect), "at": effect.at} if effect else None,
        "decision": each.decision,
        "entries": list(each.entries),
    }


def decisions_csv(decisions: Sequence[Recorded]) -> Iterator[str]:
    """Yield decisions as lines of CSV, a line of titles first."""
    text = io.StringIO()
    writer = csv.DictWriter(text, CSV_FIELDS, lineterminator="\n")
    writer.writeheader()
    for each in decisions:
        row = {
            "time": _moment(each, "time"),
            "values": pairs(each.values),
            "inputs": pairs(each.inputs),
            "effect": each.effect_words,
            "override": "yes" if each.override else "no",
            "ended": _moment(each, "ended"),
            "entries": " ".join(map(str, each.entries)),
        }
        writer.writerow({name: _plain(row.get(name) or getattr(each, name)) for name in CSV_FIELDS})
    yield from text.getvalue().splitlines()


def _moment(each: Recorded, name: str) -> str:
    moment = getattr(each, name)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else ""


def _plain(value: object) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    text = value if isinstance(value, str) else ""
    return "'" + text if text[:1] in ("=", "+", "-", "@") else text


def pairs(values: dict[str, str]) -> str:
    """Return values as one text: `stage=canary, count=3`."""
    return ", ".join(f"{name}={value}" for name, value in values.items())


class TableLayout(NamedTuple):
    """The columns of the table, and how much of the time and of the outcome is in them."""

    titles: tuple[str, ...]
    short: bool = False
    """Without the year and the seconds, and with the outcome in the column of the decision."""


_LEAST = {
    "WHEN (UTC)": 0,
    "WHO": 20,
    "DECISION": 22,
    "GATE": 21,
    "REASON": 12,
    "OUTCOME": 9,
    "EFFECT": 18,
    "CLUSTER": 10,
}
_LAYOUTS = (
    TableLayout(
        ("WHEN (UTC)", "WHO", "DECISION", "GATE", "REASON", "OUTCOME", "EFFECT", "CLUSTER")
    ),
    TableLayout(("WHEN (UTC)", "WHO", "DECISION", "GATE", "REASON", "OUTCOME", "CLUSTER")),
    TableLayout(("WHEN (UTC)", "WHO", "DECISION", "GATE", "REASON", "CLUSTER"), short=True),
    TableLayout(("WHEN (UTC)", "WHO", "DECISION", "GATE", "CLUSTER"), short=True),
    TableLayout(("WHEN (UTC)", "WHO", "DECISION", "GATE"), short=True),
)
"""From the widest to the narrowest: a terminal gets the first that fits."""


class FittedTable(NamedTuple):
    """A table that fits: `remarks` name the values that all rows share, and the columns left
    out."""

    columns: list[TextColumn]
    rows: list[list[Cell | str]]
    remarks: list[str]


def lay_out(decisions: Sequence[Recorded], where: Terminal, *, whole: bool = False) -> FittedTable:
    """Return the table of decisions for a terminal; in a pipe, and `whole`, it has everything."""
    if where.width is None or whole:
        return _laid(decisions, _LAYOUTS[0], cut=not whole)
    shared = [
        text
        for text in (
            _shared("cluster ", {each.where for each in decisions}),
            _shared("namespace ", {each.namespace for each in decisions}),
        )
        if text
    ]
    one_cluster = len({each.where for each in decisions}) < 2
    one_namespace = len({each.namespace for each in decisions}) < 2
    for layout in _LAYOUTS:
        titles = tuple(t for t in layout.titles if not (one_cluster and t == "CLUSTER"))
        laid = _laid(decisions, TableLayout(titles, layout.short), without_namespace=one_namespace)
        if _least(laid) <= where.width:
            break
    missing = [
        title.lower()
        for title in _LAYOUTS[0].titles
        if title not in titles and not (title == "CLUSTER" and one_cluster)
        if not (title == "OUTCOME" and layout.short)
    ]
    remarks = [f"all in {', '.join(shared)}"] if shared else []
    if missing:
        remarks.append(f"no room for {' and '.join(missing)}: -o wide shows all")
    return FittedTable(laid.columns, laid.rows, remarks)


def _shared(words: str, values: set[str]) -> str:
    return words + next(iter(values)) if len(values) == 1 and next(iter(values)) else ""


def _least(laid: FittedTable) -> int:
    """Return the cells that a table takes at least."""
    total = 2 * (len(laid.columns) - 1)
    for index, column in enumerate(laid.columns):
        natural = max(
            cell_len(column.title),
            *(cell_len(c.text if isinstance(c := row[index], Cell) else c) for row in laid.rows),
        )
        total += min(natural, column.least or natural)
    return total


def _laid(
    decisions: Sequence[Recorded],
    layout: TableLayout,
    *,
    cut: bool = True,
    without_namespace: bool = False,
) -> FittedTable:
    columns = [TextColumn(title, least=_LEAST[title] if cut else 0) for title in layout.titles]
    rows = [
        [_cell(each, title, layout, without_namespace) for title in layout.titles]
        for each in decisions
    ]
    return FittedTable(columns, rows, [])


def _cell(each: Recorded, title: str, layout: TableLayout, without_namespace: bool) -> Cell | str:
    role = _ROLES.get(each.outcome, "failed")
    match title:
        case "WHEN (UTC)":
            form = "%m-%d %H:%M" if layout.short else "%Y-%m-%d %H:%M:%S"
            return each.time.strftime(form) if each.time else ""
        case "WHO":
            return each.actor
        case "DECISION":
            word = done(each) if layout.short else each.choice
            return Cell(f"{word} {pairs(each.values)}".rstrip(), role if layout.short else "")
        case "GATE":
            name = each.gate_name
            return name.removeprefix(f"{each.namespace}/") if without_namespace else name
        case "REASON":
            return each.reason
        case "OUTCOME":
            return Cell(each.outcome if each.decided else f"{each.outcome}: {each.detail}", role)
        case "EFFECT":
            return each.effect_words
        case _:
            return each.where
