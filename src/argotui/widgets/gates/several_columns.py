"""The columns of several decisions: the values to send, or the outcomes."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from argotui.drawing.cells import cell_len
from argotui.model.gates.inbox import OpenGate
from argotui.model.gates.permission import Rules
from argotui.model.redact import redact_text
from argotui.model.sanitise import clean_line
from argotui.operations.admission.enforcement import Enforcement
from argotui.operations.gates.cell_texts import SUSPENDED, verdict_words
from argotui.operations.gates.review import Review
from argotui.widgets.gates.enforcement_texts import enforcement_word
from argotui.widgets.table.columns import Cell, Column


class SeveralState(enum.Enum):
    """The state of one of several decisions: its glyph, its word and its colour role."""

    READING = ("…", "reading", "dim")
    READY = ("○", "ready", "")
    INCOMPLETE = ("?", "not filled in", "waiting")
    BLOCKED = ("✖", "cannot be", "failed")
    SENDING = ("●", "sending", "running")
    DECIDED = ("✔", "decided", "succeeded")
    NOT_DECIDED = ("✖", "not decided", "failed")
    UNKNOWN = ("?", "unknown", "failed")
    NOT_SENT = ("–", "not sent", "dim")

    @property
    def ended(self) -> bool:
        """Whether the decision is final on this screen."""
        return self in (
            SeveralState.DECIDED,
            SeveralState.NOT_DECIDED,
            SeveralState.UNKNOWN,
            SeveralState.NOT_SENT,
        )


class SeveralRow(NamedTuple):
    """One of several gates: its review, the values to send, a note, and its enforcement."""

    item: OpenGate
    state: SeveralState = SeveralState.READING
    review: Review | None = None
    values: str = ""
    note: str = ""
    rules: Rules = Rules()
    enforcement: Enforcement | None = None


def _state(entry: SeveralRow, width: int) -> Cell:
    glyph, word, role = entry.state.value
    return ((f"{glyph} {word}", role),)


def _gate(entry: SeveralRow, width: int) -> Cell:
    gate = entry.item.gate
    return ((clean_line(gate.name) if gate.node_id else SUSPENDED, ""),)


def _namespace(entry: SeveralRow, width: int) -> Cell:
    return ((entry.item.gate.key.namespace, "dim"),)


def question_line(entry: SeveralRow) -> str:
    """Return the question of a gate on one line; empty without a description."""
    gate = entry.review.gate if entry.review else entry.item.gate
    return redact_text(" ".join(gate.description.split()))


def _asks(entry: SeveralRow, width: int) -> Cell:
    text = question_line(entry)
    return ((text, ""),) if text else (("does not say", "dim"),)


def _workflow(entry: SeveralRow, width: int) -> Cell:
    return ((entry.item.gate.key.name, ""),)


def _verdict(entry: SeveralRow, width: int) -> Cell:
    if entry.review is None:
        return ()
    found = verdict_words(entry.review, entry.rules)
    return ((found.text, found.role),)


def _values(entry: SeveralRow, width: int) -> Cell:
    return ((entry.values, ""),)


def _enforcement(entry: SeveralRow, width: int) -> Cell:
    return (enforcement_word(entry.enforcement),)


def _note(entry: SeveralRow, width: int) -> Cell:
    role = "" if entry.state is SeveralState.DECIDED else entry.state.value[2] or "dim"
    return ((clean_line(entry.note), role),)


COLUMNS: tuple[Column[SeveralRow], ...] = (
    Column("state", "STATE", _state, 15, 15),
    Column("gate", "GATE", _gate, 10, 24, cut="middle"),
    Column("namespace", "NAMESPACE", _namespace, 9, 16, cut="middle"),
    Column("workflow", "WORKFLOW", _workflow, 14, 30, cut="middle"),
    Column("values", "SENDS", _values, 11, 24, priority=1),
    Column("note", "NOTE", _note, 20, 40, priority=2),
    Column("asks", "ASKS", _asks, 16, 60, priority=3, grows=True),
    Column("verdict", "VERDICT", _verdict, 8, 28, priority=4),
    Column("enforcement", "ENFORCEMENT", _enforcement, 11, 11, priority=5),
)


def columns_for(entries: Sequence[SeveralRow]) -> list[Column[SeveralRow]]:
    """Return the columns that have content, and those in which rows differ."""
    hidden = set()
    if len({entry.item.gate.key.namespace for entry in entries}) < 2:
        hidden.add("namespace")
    if not any(entry.values for entry in entries):
        hidden.add("values")
    if not any(entry.note for entry in entries):
        hidden.add("note")
    if not any(entry.item.gate.description for entry in entries):
        hidden.add("asks")
    if len({_verdict(entry, 0) for entry in entries if entry.review}) < 2:
        hidden.add("verdict")
    if len({_enforcement(entry, 0) for entry in entries if entry.enforcement}) < 2:
        hidden.add("enforcement")
    return [column for column in COLUMNS if column.id not in hidden]


def natural_widths(entries: Iterable[SeveralRow]) -> dict[str, int]:
    """Return the width of the longest cell of each column, of the columns with varying widths."""
    widths = {"gate": 0, "namespace": 0, "workflow": 0, "values": 0, "asks": 0, "note": 0}
    for entry in entries:
        gate = entry.item.gate
        widths["namespace"] = max(widths["namespace"], len(gate.key.namespace))
        widths["asks"] = max(widths["asks"], cell_len(question_line(entry)))
        widths["note"] = max(widths["note"], cell_len(clean_line(entry.note)))
        widths["gate"] = max(widths["gate"], len(gate.name if gate.node_id else SUSPENDED))
        widths["workflow"] = max(widths["workflow"], len(gate.key.name))
        widths["values"] = max(widths["values"], len(entry.values))
    return widths
