"""The columns of a retry's preview: each node, as it is now, and what a retry does to it."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from typing import NamedTuple

from argotui.drawing.cells import cell_len
from argotui.model.phases import look_of_phase
from argotui.model.sanitise import clean_line
from argotui.model.workflow.retry import PlannedNode, RetryPlan
from argotui.model.workflow.retry_preview import title_of
from argotui.widgets.table.columns import Cell, Column


class RetryFate(enum.Enum):
    """What a retry does to a node: its glyph, its words and their colour role."""

    RUN_AGAIN = ("↻", "runs again", "waiting")
    GO_ON = ("●", "goes on", "running")
    STAY = ("–", "stays", "dim")


class RetryRow(NamedTuple):
    """One node of a preview."""

    node: PlannedNode
    fate: RetryFate


def rows_of(plan: RetryPlan) -> list[RetryRow]:
    """Return the nodes of a plan: first those that run again."""
    return [
        RetryRow(node, fate)
        for fate, nodes in (
            (RetryFate.RUN_AGAIN, plan.deleted),
            (RetryFate.GO_ON, plan.reset),
            (RetryFate.STAY, plan.kept),
        )
        for node in nodes
    ]


def _fate(row: RetryRow, width: int) -> Cell:
    glyph, words, role = row.fate.value
    return ((f"{glyph} {words}", role),)


def _name(row: RetryRow, width: int) -> Cell:
    return ((title_of(row.node), ""),)


def _phase(row: RetryRow, width: int) -> Cell:
    look = look_of_phase(clean_line(row.node.phase))
    return ((f"{look.glyph} {look.word}", look.role),)


def _pod(row: RetryRow, width: int) -> Cell:
    return ((clean_line(row.node.pod), "dim"),)


RETRY_COLUMNS: list[Column[RetryRow]] = [
    Column("fate", "WOULD", _fate, 12, 12),
    Column("name", "NODE", _name, 20, 40, cut="middle", ahead=True, grows=True),
    Column("phase", "NOW", _phase, 11, 11, priority=1),
    Column("pod", "POD DELETED", _pod, 16, 40, priority=2, cut="middle"),
]


def retry_widths(rows: Iterable[RetryRow]) -> dict[str, int]:
    """Return the width of the longest name of a node and of a pod."""
    name = pod = 0
    for row in rows:
        name = max(name, cell_len(title_of(row.node)))
        pod = max(pod, cell_len(clean_line(row.node.pod)))
    return {"name": name, "pod": pod}
