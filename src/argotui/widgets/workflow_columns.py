"""The columns of the workflow list, and what each says of a workflow."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from argotui.model.durations import format_age, format_took
from argotui.model.listing import seconds_taken
from argotui.model.phases import look_of_workflow
from argotui.model.summary import Depth, NodeCounts, Summary
from argotui.widgets.columns import Cell, Column

BAR = 8
"""Cells of a whole progress bar."""

_WAITS = 40
"""About the cells that tell what a workflow waits for."""

_STEP = 20

_FULL, _EMPTY = "█", "░"


class Row(NamedTuple):
    """A workflow at a moment: its ages are as of `now`."""

    summary: Summary
    now: datetime


def _phase(row: Row, width: int) -> Cell:
    look = look_of_workflow(row.summary)
    word = "deleting" if row.summary.deleting else look.word
    return ((f"{look.glyph} {word}", look.role),)


def _namespace(row: Row, width: int) -> Cell:
    return ((row.summary.key.namespace, "dim"),)


def _name(row: Row, width: int) -> Cell:
    return ((row.summary.key.name, ""),)


def _template(row: Row, width: int) -> Cell:
    return ((row.summary.template, "dim"),)


def _creator(row: Row, width: int) -> Cell:
    return ((row.summary.creator, "dim"),)


def _progress(row: Row, width: int) -> Cell:
    if row.summary.progress is None:
        return ()
    done, total = row.summary.progress
    numbers = f"{done}/{total}"
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


def _nodes(row: Row, width: int) -> Cell:
    """What goes on and what went wrong first; what went well is one dim number."""
    if row.summary.depth is not Depth.FULL:
        return ()
    return count_cell(row.summary.counts)


def count_cell(counts: NodeCounts) -> Cell:
    """Return the states of nodes as glyphs and numbers, without those that are none."""
    parts = [
        (f"{glyph}{number}", role)
        for glyph, number, role in (
            ("✖", counts.failed, "failed"),
            ("‖", counts.waiting, "waiting"),
            ("●", counts.running, "running"),
            ("○", counts.pending, "pending"),
            ("✔", counts.succeeded, "dim"),
        )
        if number
    ]
    spaced: list[tuple[str, str]] = []
    for part in parts:
        if spaced:
            spaced.append((" ", ""))
        spaced.append(part)
    return tuple(spaced)


def _age(row: Row, width: int) -> Cell:
    created = row.summary.created
    if created is None:
        return ()
    return ((format_age((row.now - created).total_seconds()), ""),)


def _took(row: Row, width: int) -> Cell:
    seconds = seconds_taken(row.summary, row.now)
    if seconds is None:
        return ()
    if row.summary.finished is None:
        return ((format_age(seconds), "running"),)
    return ((format_took(seconds), ""),)


def _message(row: Row, width: int) -> Cell:
    summary = row.summary
    if summary.problem:
        return ((summary.problem, "failed"),)
    if waits := _flat(summary.waits_for(row.now)):
        rest = f": {_flat(summary.message)}" if summary.message else ""
        return ((waits, "waiting"), (rest, "dim"))
    if summary.message:
        role = "failed" if look_of_workflow(summary).role == "failed" else "dim"
        return ((_flat(summary.message), role),)
    if (left := _left(summary, row.now)) is not None:
        return ((f"~{format_age(left)} left" if left >= 0 else "longer than usual", "dim"),)
    return ()


def _left(summary: Summary, now: datetime) -> float | None:
    """Return the seconds a running workflow should still take, by Argo's estimate."""
    if summary.phase != "Running" or not summary.estimated_duration or summary.started is None:
        return None
    return summary.estimated_duration - (now - summary.started).total_seconds()


def _flat(text: str) -> str:
    return text if text.isprintable() else " ".join(text.split())


COLUMNS: dict[str, Column[Row]] = {
    column.id: column
    for column in (
        Column("phase", "PHASE", _phase, 11, 11),
        Column("namespace", "NAMESPACE", _namespace, 9, 12, priority=4, cut="middle"),
        Column("name", "NAME", _name, 20, 28, priority=0, cut="middle"),
        Column("template", "TEMPLATE", _template, 12, 12, priority=7, cut="middle"),
        Column("creator", "CREATOR", _creator, 10, 12, priority=9, cut="middle"),
        Column("progress", "PROGRESS", _progress, 8, 14, priority=2, whole=True),
        Column("nodes", "NODES", _nodes, 11, 16, priority=6, whole=True),
        Column("age", "AGE", _age, 4, 4, priority=1, align="right"),
        Column("took", "TOOK", _took, 6, 6, priority=3, align="right"),
        Column("message", "MESSAGE", _message, 16, 20, priority=5, grows=True),
    )
}
"""All columns by id, in the order in which they are shown."""

DEFAULT_COLUMNS = tuple(name for name in COLUMNS if name != "creator")


def chosen_columns(names: Iterable[str], *, all_namespaces: bool) -> list[Column[Row]]:
    """Return the columns of these names, or the usual ones; the namespace only where it differs."""
    picked = list(names)
    columns = [COLUMNS[name] for name in picked or DEFAULT_COLUMNS if name in COLUMNS]
    if picked or all_namespaces:
        return columns
    return [column for column in columns if column.id != "namespace"]


def natural_widths(rows: Iterable[Summary]) -> dict[str, int]:
    """Return the cells that the longest text takes in each column of text; for messages, which
    come and go, in steps, so that they seldom move the other columns."""
    namespace = name = template = creator = message = 0
    for row in rows:
        namespace = max(namespace, len(row.key.namespace))
        name = max(name, len(row.key.name))
        template = max(template, len(row.template))
        creator = max(creator, len(row.creator))
        message = max(message, len(row.problem or row.message) + (_WAITS if row.waits else 0))
    return {
        "namespace": namespace,
        "name": name,
        "template": template,
        "creator": creator,
        "message": max(1, -(-message // _STEP)) * _STEP,
    }
