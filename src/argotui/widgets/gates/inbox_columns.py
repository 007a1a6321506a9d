"""The columns of the inbox, and their cells."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from argotui.model.durations import format_age
from argotui.model.gates.inbox import OpenGate
from argotui.model.gates.permission import Rules
from argotui.operations.admission.enforcement import Enforcement, EnforcementState
from argotui.operations.gates.cell_texts import (
    SUSPENDED,
    VerdictWords,
    asked_cell,
    expiry_cell,
    expiry_short,
    fill_in_cell,
    gate_cell,
    verdict_cell,
)
from argotui.operations.gates.verdicts import GateVerdict
from argotui.widgets.gates.enforcement_texts import enforcement_word
from argotui.widgets.table.columns import Cell, Column

WIDE = 140
"""Cells of a terminal with room for a column that is equal in all rows."""


class GateRow(NamedTuple):
    """A gate at a moment, with its verdict, the user ("" until known), and its enforcement."""

    item: OpenGate
    now: datetime
    rules: Rules
    reviewed: GateVerdict | None = None
    you: str = ""
    enforcement: Enforcement | None = None

    @property
    def verdict(self) -> VerdictWords:
        if self.reviewed is None:
            return VerdictWords("…", "", "dim")
        review, problem = self.reviewed.review, self.reviewed.problem
        return verdict_cell(review, problem, self.rules, self.now, self.enforcement)


def _expires(row: GateRow, width: int) -> Cell:
    return (expiry_cell(row.item, row.now),)


def _gate(row: GateRow, width: int) -> Cell:
    return (gate_cell(row.item.gate),)


def _namespace(row: GateRow, width: int) -> Cell:
    return ((row.item.gate.key.namespace, "dim"),)


def _workflow(row: GateRow, width: int) -> Cell:
    return ((row.item.gate.key.name, ""),)


def _asked_by(row: GateRow, width: int) -> Cell:
    return (asked_cell(row.item.gate, row.you),)


def _verdict(row: GateRow, width: int) -> Cell:
    found = row.verdict
    return ((found.text, found.role),)


def _fill_in(row: GateRow, width: int) -> Cell:
    names = fill_in_cell(row.item.gate)
    return ((names, ""),) if names else (("—", "dim"),)


def _enforcement(row: GateRow, width: int) -> Cell:
    return (enforcement_word(row.enforcement),)


def _approvers(row: GateRow, width: int) -> Cell:
    enforcement = row.enforcement
    if enforcement is None or not enforcement.who:
        return (("…", "dim"),)
    if enforcement.state is not EnforcementState.ENFORCED:
        return (("—", "dim"),)
    return ((enforcement.who, "" if enforcement.approvers else "waiting"),)


def _waited(row: GateRow, width: int) -> Cell:
    waited = row.item.waited(row.now)
    return ((format_age(waited), ""),) if waited is not None else ()


COLUMNS: tuple[Column[GateRow], ...] = (
    Column("expires", "EXPIRES", _expires, 18, 24),
    Column("gate", "GATE", _gate, 10, 26, cut="middle"),
    Column("namespace", "NAMESPACE", _namespace, 9, 16, cut="middle"),
    Column("workflow", "WORKFLOW", _workflow, 14, 34, cut="middle"),
    Column("asked", "ASKED BY", _asked_by, 8, 22, priority=4, cut="middle"),
    Column("verdict", "VERDICT", _verdict, 14, 30, priority=2, grows=True),
    Column("fill", "FILL IN", _fill_in, 7, 16, priority=6),
    Column("enforcement", "ENFORCEMENT", _enforcement, 11, 11, priority=7),
    Column("approvers", "APPROVERS", _approvers, 28, 28, priority=8),
    Column("waited", "WAITED", _waited, 6, 6, priority=3, align="right"),
)
"""The columns that identify a gate (gate, namespace, workflow) never disappear."""


def columns_for(rows: Sequence[GateRow], width: int) -> list[Column[GateRow]]:
    """Return the columns in which rows differ, for a terminal of `width` cells.

    `shared_words` says once what all gates have in common. A wide terminal always has the column
    of the enforcement.
    """
    hidden = set()
    if len({row.item.gate.key.namespace for row in rows}) < 2:
        hidden.add("namespace")
    states = {row.enforcement.state for row in rows if row.enforcement}
    if len(states) < 2 and width < WIDE:
        hidden.add("enforcement")
    if EnforcementState.ENFORCED not in states:
        hidden.add("approvers")
    if shared_verdict(rows):
        hidden.add("verdict")
    return [column for column in COLUMNS if column.id not in hidden]


def shared_verdict(rows: Sequence[GateRow]) -> VerdictWords | None:
    """Return the verdict that all reviewed gates share; None if they differ."""
    found = {row.verdict for row in rows if row.reviewed is not None}
    return found.pop() if len(rows) > 1 and len(found) == 1 else None


def natural_widths(rows: Iterable[GateRow]) -> dict[str, int]:
    """Return the width of the longest cell of each column, of the columns with varying widths."""
    widths = dict.fromkeys(
        ("expires", "gate", "namespace", "workflow", "asked", "verdict", "fill"), 0
    )
    for row in rows:
        gate = row.item.gate
        widths["verdict"] = max(widths["verdict"], len(row.verdict.text))
        widths["expires"] = max(widths["expires"], len(expiry_short(row.item, row.now)))
        widths["gate"] = max(widths["gate"], len(gate.name if gate.node_id else SUSPENDED))
        widths["namespace"] = max(widths["namespace"], len(gate.key.namespace))
        widths["workflow"] = max(widths["workflow"], len(gate.key.name))
        widths["asked"] = max(widths["asked"], len(gate.asked_by))
        names = ", ".join(each.name for each in gate.supplied)
        widths["fill"] = max(widths["fill"], len(names))
    return widths
