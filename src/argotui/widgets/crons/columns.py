"""The columns of the list of CronWorkflows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from argotui.model.cron.summary import CronSummary, MissedRuns
from argotui.model.cron.texts import (
    MARKS,
    Parts,
    last_words,
    mark_parts,
    message_words,
    next_words,
    own_clock,
    zone_words,
)
from argotui.model.workflows.summary import Summary
from argotui.widgets.table.columns import Cell, Column


class ShownCron(NamedTuple):
    """A row, its runs (the newest first), its next run, what it missed, and the time at which it
    is shown."""

    row: CronSummary
    runs: list[Summary]
    next: datetime | None
    missed: MissedRuns | None
    now: datetime


def _name(shown: ShownCron, width: int) -> Cell:
    return ((shown.row.key.name, "strong"),)


def _namespace(shown: ShownCron, width: int) -> Cell:
    return ((shown.row.key.namespace, "dim"),)


def _in(shown: ShownCron, width: int) -> Cell:
    return (next_words(shown.row, shown.next, shown.now),)


def _here(shown: ShownCron, width: int) -> Cell:
    return (("" if shown.next is None else own_clock(shown.next, shown.now), "dim"),)


def _schedule(shown: ShownCron, width: int) -> Cell:
    return ((shown.row.schedule_text, ""),)


def _zone(shown: ShownCron, width: int) -> Cell:
    return ((zone_words(shown.row), "dim"),)


def _runs(shown: ShownCron, width: int) -> Cell:
    parts: Parts = mark_parts(shown.runs)
    return parts or (("", ""),)


def _last(shown: ShownCron, width: int) -> Cell:
    return ((last_words(shown.row, shown.now), "dim"),)


def _concurrency(shown: ShownCron, width: int) -> Cell:
    return ((shown.row.concurrency, "dim"),)


def _message(shown: ShownCron, width: int) -> Cell:
    return (message_words(shown.row, shown.missed),)


COLUMNS: tuple[Column[ShownCron], ...] = (
    Column("name", "NAME", _name, 16, 30, cut="middle"),
    Column("namespace", "NAMESPACE", _namespace, 9, 16, priority=1, cut="middle"),
    Column("next", "NEXT", _in, 9, 9, align="right"),
    Column("here", "HERE", _here, 9, 10, priority=2),
    Column("schedule", "SCHEDULE", _schedule, 11, 20, cut="end"),
    Column("zone", "ZONE", _zone, 8, 16, priority=3, cut="middle"),
    Column("runs", "RUNS", _runs, MARKS, MARKS, priority=1),
    Column("last", "LAST", _last, 6, 6, priority=3, align="right"),
    Column("concurrency", "POLICY", _concurrency, 7, 7, priority=4),
    Column("message", "MESSAGE", _message, 12, 30, priority=1, grows=True),
)


def columns_for(rows: Sequence[CronSummary], *, everywhere: bool) -> list[Column[ShownCron]]:
    """Return the columns that tell these rows apart."""
    hidden = set() if everywhere else {"namespace"}
    if not any(row.concurrency for row in rows):
        hidden.add("concurrency")
    if not any(zone_words(row) for row in rows):
        hidden.add("zone")
    return [column for column in COLUMNS if column.id not in hidden]
