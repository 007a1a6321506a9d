"""The columns of the list of decisions, and what each says of one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from argotui.backend.audit.record import Recorded, done
from argotui.operations.audit.decisions import ROLES
from argotui.widgets.table.columns import Cell, Column


def _when(row: Recorded, width: int) -> Cell:
    form = "%Y-%m-%d %H:%M:%S" if width >= 19 else "%m-%d %H:%M"
    return ((row.time.strftime(form), ""),) if row.time else (("unknown", "dim"),)


def _who(row: Recorded, width: int) -> Cell:
    return ((row.actor, ""),)


def _what(row: Recorded, width: int) -> Cell:
    return ((done(row), ROLES.get(row.outcome, "failed")), (f" {_pairs(row)}".rstrip(), ""))


def _pairs(row: Recorded) -> str:
    return ", ".join(f"{name}={value}" for name, value in row.values.items())


def _gate(row: Recorded, width: int) -> Cell:
    return ((row.gate_name.removeprefix(f"{row.namespace}/"), ""),)


def _namespace(row: Recorded, width: int) -> Cell:
    return ((row.namespace, "dim"),)


def _reason(row: Recorded, width: int) -> Cell:
    return ((row.reason, ""),)


def _effect(row: Recorded, width: int) -> Cell:
    return ((row.effect_words, "" if row.effect else "dim"),)


def _cluster(row: Recorded, width: int) -> Cell:
    return ((row.where, "dim"),)


COLUMNS: tuple[Column[Recorded], ...] = (
    Column("when", "WHEN (UTC)", _when, 11, 19, whole=True),
    Column("who", "WHO", _who, 20, 24, cut="middle"),
    Column("what", "DECISION", _what, 22, 30),
    Column("namespace", "NAMESPACE", _namespace, 9, 16, priority=1, cut="middle"),
    Column("gate", "GATE", _gate, 16, 34, cut="middle"),
    Column("reason", "REASON", _reason, 10, 30, priority=2),
    Column("effect", "EFFECT", _effect, 16, 40, priority=3, grows=True),
    Column("cluster", "CLUSTER", _cluster, 8, 16, priority=1, cut="middle"),
)


def columns_for(rows: Sequence[Recorded]) -> list[Column[Recorded]]:
    """Return the columns that tell rows apart: what all share is said once, under the table."""
    hidden = set()
    if len({row.namespace for row in rows}) < 2:
        hidden.add("namespace")
    if len({row.where for row in rows}) < 2:
        hidden.add("cluster")
    return [column for column in COLUMNS if column.id not in hidden]


def natural_widths(rows: Iterable[Recorded]) -> dict[str, int]:
    """Return the cells that the longest of each column takes."""
    widths: dict[str, int] = {}
    for row in rows:
        for column in COLUMNS:
            if column.id != "when":
                text = "".join(part for part, _ in column.cell(row, 0))
                widths[column.id] = max(widths.get(column.id, 0), len(text))
    return widths
