"""The columns of the workflow list, and what each says of a workflow."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from argotui.model.phases import look_of_workflow
from argotui.model.workflows.listing import WorkflowColumn
from argotui.model.workflows.row_texts import (
    age_words,
    count_parts,
    message_parts,
    phase_words,
    progress_words,
    took_words,
)
from argotui.model.workflows.summary import Depth, Summary
from argotui.widgets.table.columns import Cell, Column

BAR = 8
"""Cells of a whole progress bar."""

_WAITS = 40
"""About the cells that tell what a workflow waits for."""

_STEP = 20

_FULL, _EMPTY = "█", "░"


class WorkflowRow(NamedTuple):
    """A workflow at a moment: its ages are as of `now`."""

    summary: Summary
    now: datetime


def _phase(row: WorkflowRow, width: int) -> Cell:
    glyph, word, role = phase_words(row.summary)
    return ((f"{glyph} {word}", role),)


def _namespace(row: WorkflowRow, width: int) -> Cell:
    return ((row.summary.key.namespace, "dim"),)


def _name(row: WorkflowRow, width: int) -> Cell:
    return ((row.summary.key.name, ""),)


def _template(row: WorkflowRow, width: int) -> Cell:
    return ((row.summary.template, "dim"),)


def _creator(row: WorkflowRow, width: int) -> Cell:
    return ((row.summary.creator, "dim"),)


def _progress(row: WorkflowRow, width: int) -> Cell:
    if row.summary.progress is None:
        return ()
    done, total = row.summary.progress
    numbers = progress_words(row.summary)
    if len(numbers) > width and total:
        # Half a number is another number.
        numbers = f"{100 * done // total}%"
    if width < BAR + 6:
        return ((" " * (width - len(numbers)), ""), (numbers, ""))
    room = min(BAR, max(0, width - len(numbers) - 1))
    full = round(room * min(done, total) / total) if total else 0
    if 0 < done < total:
        full = max(1, min(room - 1, full))
    role = look_of_workflow(row.summary).role
    blank = " " * (width - room - len(numbers))
    return (
        (_FULL * full, role),
        (_EMPTY * (room - full), "faint"),
        (f"{blank}{numbers}", ""),
    )


def _nodes(row: WorkflowRow, width: int) -> Cell:
    """What goes on and what went wrong first; what went well is one dim number."""
    if row.summary.depth is not Depth.FULL:
        return ()
    return count_parts(row.summary.counts)


def _age(row: WorkflowRow, width: int) -> Cell:
    words = age_words(row.summary, row.now)
    return ((words, ""),) if words else ()


def _took(row: WorkflowRow, width: int) -> Cell:
    words = took_words(row.summary, row.now)
    role = "running" if row.summary.finished is None else ""
    return ((words, role),) if words else ()


def _message(row: WorkflowRow, width: int) -> Cell:
    return message_parts(row.summary, row.now)


_BY_NAME = {
    column.id: column
    for column in (
        Column(WorkflowColumn.PHASE, "PHASE", _phase, 11, 11),
        Column(WorkflowColumn.NAMESPACE, "NAMESPACE", _namespace, 9, 12, priority=4, cut="middle"),
        Column(WorkflowColumn.NAME, "NAME", _name, 20, 28, priority=0, cut="middle"),
        Column(WorkflowColumn.TEMPLATE, "TEMPLATE", _template, 12, 12, priority=7, cut="middle"),
        Column(WorkflowColumn.CREATOR, "CREATOR", _creator, 10, 12, priority=9, cut="middle"),
        Column(WorkflowColumn.PROGRESS, "PROGRESS", _progress, 8, 14, priority=2, whole=True),
        Column(WorkflowColumn.NODES, "NODES", _nodes, 11, 16, priority=6, whole=True),
        Column(WorkflowColumn.AGE, "AGE", _age, 6, 6, priority=1, align="right"),
        Column(WorkflowColumn.TOOK, "TOOK", _took, 6, 6, priority=3, align="right"),
        Column(
            WorkflowColumn.MESSAGE,
            "MESSAGE",
            _message,
            14,
            20,
            5,
            cut="middle",
            grows=True,
            ahead=True,
        ),
    )
}
COLUMNS: dict[str, Column[WorkflowRow]] = {name.value: _BY_NAME[name] for name in WorkflowColumn}
"""All columns by id, in the order of the default layout."""

DEFAULT_COLUMNS = tuple(name for name in COLUMNS if name != WorkflowColumn.CREATOR)


def chosen_columns(names: Iterable[str], *, all_namespaces: bool) -> list[Column[WorkflowRow]]:
    """Return the columns of these names, or the default ones; the namespace only if it differs."""
    picked = list(names)
    columns = [COLUMNS[name] for name in picked or DEFAULT_COLUMNS if name in COLUMNS]
    if picked or all_namespaces:
        return columns
    return [column for column in columns if column.id != WorkflowColumn.NAMESPACE]


def natural_widths(rows: Iterable[Summary]) -> dict[str, int]:
    """Return the cells that the longest text takes in each column of text; for messages, which
    come and go, in steps, so that they seldom move the other columns."""
    namespace = name = template = creator = message = 0
    for row in rows:
        namespace = max(namespace, len(row.key.namespace))
        name = max(name, len(row.key.name))
        template = max(template, len(row.template))
        creator = max(creator, len(row.creator))
        said = len(row.problem or (str(row.why) if row.why is not None else row.message))
        message = max(message, said + (_WAITS if row.waits else 0))
    return {
        "namespace": namespace,
        "name": name,
        "template": template,
        "creator": creator,
        "message": max(1, -(-message // _STEP)) * _STEP,
    }
