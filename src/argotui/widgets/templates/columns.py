"""The columns of the list of templates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from argotui.model.durations import format_age, format_took
from argotui.model.phases import look_of_workflow
from argotui.model.redact import redact_text
from argotui.model.sanitise import clean_line
from argotui.model.spelling import shown_value
from argotui.model.submission.listing import TemplateRow
from argotui.widgets.table.columns import Cell, Column

MARKS = 8
"""How many of the latest runs have a mark."""


class ShownTemplate(NamedTuple):
    """A row and the time at which it is shown."""

    row: TemplateRow
    now: datetime


def _group(shown: ShownTemplate, width: int) -> Cell:
    return ((clean_line(shown.row.group), ""),)


def _name(shown: ShownTemplate, width: int) -> Cell:
    return ((clean_line(shown.row.glance.name), "strong"),)


def _kind(shown: ShownTemplate, width: int) -> Cell:
    return (("" if shown.row.kind.namespaced else "cluster", "dim"),)


def _namespace(shown: ShownTemplate, width: int) -> Cell:
    return ((clean_line(shown.row.glance.namespace), "dim"),)


def _runs(shown: ShownTemplate, width: int) -> Cell:
    looks = [look_of_workflow(each) for each in reversed(shown.row.runs.runs[:MARKS])]
    return tuple((look.glyph, look.role) for look in looks)


def _success(shown: ShownTemplate, width: int) -> Cell:
    rate = shown.row.runs.success_rate
    if rate is None:
        return (("", ""),)
    return ((f"{rate:.0%}", "succeeded" if rate == 1 else "failed" if rate < 0.5 else ""),)


def _usual(shown: ShownTemplate, width: int) -> Cell:
    usual = shown.row.runs.usual_seconds
    return (("" if usual is None else format_took(usual), ""),)


def _last(shown: ShownTemplate, width: int) -> Cell:
    last = shown.row.runs.last
    if last is None or last.created is None:
        return (("", ""),)
    return ((format_age((shown.now - last.created).total_seconds()), "dim"),)


def _parameters(shown: ShownTemplate, width: int) -> Cell:
    words = []
    for field in shown.row.glance.fields:
        name = clean_line(field.name)
        default = field.default
        words.append(
            name if default is None else f"{name}={clean_line(shown_value(field.name, default))}"
        )
    return ((" ".join(words), ""),)


def _description(shown: ShownTemplate, width: int) -> Cell:
    return ((redact_text(clean_line(shown.row.glance.description)), "dim"),)


COLUMNS: tuple[Column[ShownTemplate], ...] = (
    Column("group", "GROUP", _group, 8, 16, cut="middle"),
    Column("name", "NAME", _name, 18, 34, cut="middle"),
    Column("kind", "KIND", _kind, 7, 7, priority=2),
    Column("namespace", "NAMESPACE", _namespace, 9, 16, priority=1, cut="middle"),
    Column("runs", "RUNS", _runs, MARKS, MARKS, priority=1),
    Column("success", "OK", _success, 4, 4, priority=1, align="right"),
    Column("usual", "USUAL", _usual, 6, 7, align="right"),
    Column("last", "LAST", _last, 4, 5, priority=2, align="right"),
    Column("parameters", "PARAMETERS", _parameters, 10, 30, priority=3, cut="middle"),
    Column("description", "DESCRIPTION", _description, 10, 30, priority=4, grows=True),
)


def columns_for(
    rows: Sequence[TemplateRow], *, grouped: bool, everywhere: bool
) -> list[Column[ShownTemplate]]:
    """Return the columns that tell these rows apart."""
    hidden = set()
    if not grouped:
        hidden.add("group")
    if not everywhere:
        hidden.add("namespace")
    if all(row.kind.namespaced for row in rows):
        hidden.add("kind")
    if not any(row.glance.description for row in rows):
        hidden.add("description")
    return [column for column in COLUMNS if column.id not in hidden]
