"""The rows of the workflow list, sorted and filtered, updated as single rows change."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from argotui.model.argo import Key
from argotui.model.phases import look_of_workflow
from argotui.model.workflows.row_texts import seconds_taken
from argotui.model.workflows.summary import Summary

Accepts = Callable[[Summary, datetime], bool]
"""Whether a row is shown, now."""

_Value = float | str
_Entry = tuple[bool, float | tuple[int, ...], float, Key]


class WorkflowColumn(StrEnum):
    """The columns of the workflow list, in the order of the default layout."""

    PHASE = "phase"
    NAMESPACE = "namespace"
    NAME = "name"
    TEMPLATE = "template"
    CREATOR = "creator"
    PROGRESS = "progress"
    NODES = "nodes"
    AGE = "age"
    TOOK = "took"
    MESSAGE = "message"


def attention(summary: Summary) -> int:
    """Return 0 for workflows that wait for a person, 1 for stuck, 2 for running, 3 for finished
    ones."""
    if summary.waits:
        return 0
    if summary.ended:
        return 3
    return 1 if summary.stuck else 2


def _said(summary: Summary) -> str:
    """The parts of a row that do not change with time."""
    return str(summary.why) if summary.why is not None else summary.message


def _share(summary: Summary, now: datetime) -> float | None:
    if summary.progress is None:
        return None
    done, total = summary.progress
    return done / total if total else 0.0


class Sort(NamedTuple):
    """How a column sorts: its value (None comes last, always), whether the greatest is first,
    and whether the value of a row moves with the time."""

    value: Callable[[Summary, datetime], _Value | None]
    descending: bool = False
    timed: bool = False


SORTS: dict[str, Sort] = {
    "attention": Sort(lambda row, now: attention(row)),
    "age": Sort(lambda row, now: -row.created.timestamp() if row.created else None),
    "name": Sort(lambda row, now: row.key.name),
    "namespace": Sort(lambda row, now: row.key.namespace),
    "phase": Sort(lambda row, now: look_of_workflow(row).rank),
    "template": Sort(lambda row, now: row.template or None),
    "creator": Sort(lambda row, now: row.creator or None),
    "took": Sort(seconds_taken, descending=True, timed=True),
    "progress": Sort(_share),
    "nodes": Sort(lambda row, now: row.counts.total or None, descending=True),
    "message": Sort(lambda row, now: _said(row) or None),
}
"""The ways to sort, by the name of the column; ties are broken by age (newest first) and name."""


ORDER = "what waits, what is stuck, what runs, then the newest"
"""The order of `attention`, in words."""


def order_of(text: str) -> tuple[str, bool]:
    """Return the column that a sort of the settings or the command line names, and whether it is
    the other way round than the column's own.

    Plainly the least is first, with a `-` the greatest, as with `ps --sort`.
    """
    column = text.removeprefix("-")
    return column, text.startswith("-") != SORTS[column].descending


class Listing:
    """The displayed rows, in order. It holds keys only; the caller has the rows.

    `update` costs O(log n) comparisons, `rebuild` O(n log n).
    """

    def __init__(self, sort: str = "attention", *, turned: bool = False) -> None:
        self.sort = sort
        self.turned = turned
        """Whether the sort is the other way round than its column's own."""
        self.accepts: Accepts | None = None
        self.timed_filter = False
        """Whether what `accepts` says of an unchanged row may change with the time."""
        self._entries: list[_Entry] = []
        self._entry_of: dict[Key, _Entry] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, key: object) -> bool:
        return key in self._entry_of

    @property
    def keys(self) -> list[Key]:
        """The keys of the rows in order: a copy."""
        return [entry[3] for entry in self._entries]

    @property
    def descending(self) -> bool:
        """Whether the greatest value is first."""
        return SORTS[self.sort].descending != self.turned

    @property
    def timed(self) -> bool:
        """Whether time alone may change the rows or their order."""
        return self.timed_filter or SORTS[self.sort].timed

    def rebuild(self, rows: Iterable[Summary], now: datetime) -> None:
        """Start again from all rows, matching or not."""
        accepts = self.accepts
        entries = [
            self._make_entry(row, now) for row in rows if accepts is None or accepts(row, now)
        ]
        entries.sort()
        self._entries = entries
        self._entry_of = {entry[3]: entry for entry in entries}

    def update(self, key: Key, row: Summary | None, now: datetime) -> bool:
        """Take in one row, or its removal (None); say whether order or membership changed."""
        old = self._entry_of.get(key)
        shown = row is not None and (self.accepts is None or self.accepts(row, now))
        new = self._make_entry(row, now) if row is not None and shown else None
        if new == old:
            return False
        if old is not None:
            del self._entries[bisect_left(self._entries, old)]
            del self._entry_of[key]
        if new is not None:
            insort(self._entries, new)
            self._entry_of[key] = new
        return True

    def _make_entry(self, row: Summary, now: datetime) -> _Entry:
        sort = SORTS[self.sort]
        value = sort.value(row, now)
        youth = -row.created.timestamp() if row.created else 0.0
        if value is None:
            return (True, 0.0, youth, row.key)
        return (False, _ordered(value, self.descending), youth, row.key)


def _ordered(value: _Value, descending: bool) -> float | tuple[int, ...]:
    """Return something that sorts as `value`, or the other way round."""
    if isinstance(value, str):
        if descending:
            # The end of a text sorts after all characters here, as it sorts before them otherwise.
            return (*(-ord(char) for char in value), 1)
        return tuple(map(ord, value))
    return -value if descending else value
