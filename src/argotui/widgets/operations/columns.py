"""The columns of an operation on several workflows: what it would do, or did, to each."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from typing import NamedTuple

from argotui.drawing.cells import cell_len
from argotui.model.workflow.operations import OperationStatus, OperationTarget
from argotui.widgets.table.columns import Cell, Column


class OperationState(enum.Enum):
    """What is known of one workflow of an operation: its glyph, its word and its colour role."""

    READY = ("○", "ready", "")
    LEFT_ALONE = ("–", "left alone", "dim")
    UNDER_WAY = ("●", "under way", "running")
    DONE = ("✔", "done", "succeeded")
    UNCHANGED = ("✔", "unchanged", "succeeded")
    NOT_DONE = ("✖", "not done", "failed")
    UNKNOWN = ("?", "unknown", "failed")
    NOT_SENT = ("–", "not sent", "dim")


STATES = {
    OperationStatus.DONE: OperationState.DONE,
    OperationStatus.UNCHANGED: OperationState.UNCHANGED,
    OperationStatus.UNKNOWN: OperationState.UNKNOWN,
    OperationStatus.NOT_SENT: OperationState.NOT_SENT,
}
"""The states of results; all others are NOT_DONE."""


class OperationRow(NamedTuple):
    """One workflow of an operation."""

    target: OperationTarget
    state: OperationState = OperationState.READY
    detail: str = ""


def _state(row: OperationRow, width: int) -> Cell:
    glyph, word, role = row.state.value
    return ((f"{glyph} {word}", role),)


def _key(row: OperationRow, width: int) -> Cell:
    return ((str(row.target.key), ""),)


def _name(row: OperationRow, width: int) -> Cell:
    return ((row.target.key.name, ""),)


def _detail(row: OperationRow, width: int) -> Cell:
    bad = row.state in (OperationState.NOT_DONE, OperationState.UNKNOWN)
    return ((detail_text(row), row.state.value[2] if bad else ""),)


def detail_text(row: OperationRow) -> str:
    """Return the detail of a row, else the state of its workflow."""
    return row.detail or row.target.words


def columns_for(rows: Iterable[OperationRow]) -> list[Column[OperationRow]]:
    """Return the columns; the namespace stands before a name if there are several."""
    everywhere = len({row.target.key.namespace for row in rows}) > 1
    return [
        Column("name", "WORKFLOW", _key if everywhere else _name, 16, 40, cut="middle"),
        Column("state", "RESULT", _state, 12, 12),
        Column("detail", "DETAIL", _detail, 16, 60, priority=1, grows=True),
    ]


def natural_widths(rows: Iterable[OperationRow]) -> dict[str, int]:
    """Return the width of the longest name and detail."""
    detail = key = name = 0
    namespaces = set()
    for row in rows:
        namespaces.add(row.target.key.namespace)
        name = max(name, cell_len(row.target.key.name))
        key = max(key, cell_len(str(row.target.key)))
        detail = max(detail, cell_len(detail_text(row)))
    return {"name": key if len(namespaces) > 1 else name, "detail": detail}
