"""The columns of several decisions at once: what would be sent, or what came of it."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from typing import NamedTuple

from argotui.model.inbox import OpenGate
from argotui.model.sanitise import clean_line
from argotui.model.standing import Rules
from argotui.operations.enforcement import Enforcement
from argotui.operations.review import Review
from argotui.widgets.columns import Cell, Column
from argotui.widgets.gate_columns import SUSPENDED, verdict_words
from argotui.widgets.kept_words import kept_word


class State(enum.Enum):
    """How far one of the decisions is: its glyph, its word and its colour role."""

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
        """Whether nothing more happens to it here."""
        return self in (State.DECIDED, State.NOT_DECIDED, State.UNKNOWN, State.NOT_SENT)


class Entry(NamedTuple):
    """One of the gates: what was read of it, what would be sent, a note, and how it is kept."""

    item: OpenGate
    state: State = State.READING
    seen: Review | None = None
    values: str = ""
    note: str = ""
    rules: Rules = Rules()
    kept: Enforcement | None = None


def _state(entry: Entry, width: int) -> Cell:
    glyph, word, role = entry.state.value
    return ((f"{glyph} {word}", role),)


def _gate(entry: Entry, width: int) -> Cell:
    gate = entry.item.gate
    return ((clean_line(gate.name) if gate.node_id else SUSPENDED, ""),)


def _workflow(entry: Entry, width: int) -> Cell:
    return ((entry.item.gate.key.name, ""),)


def _verdict(entry: Entry, width: int) -> Cell:
    if entry.seen is None:
        return ()
    found = verdict_words(entry.seen, entry.rules)
    return ((found.text, found.role),)


def _values(entry: Entry, width: int) -> Cell:
    return ((entry.values, ""),)


def _kept(entry: Entry, width: int) -> Cell:
    return (kept_word(entry.kept),)


def _note(entry: Entry, width: int) -> Cell:
    role = "" if entry.state is State.DECIDED else entry.state.value[2] or "dim"
    return ((clean_line(entry.note), role),)


COLUMNS: tuple[Column[Entry], ...] = (
    Column("state", "STATE", _state, 15, 15),
    Column("gate", "GATE", _gate, 10, 24, cut="middle"),
    Column("workflow", "WORKFLOW", _workflow, 14, 30, cut="middle"),
    Column("values", "SENDS", _values, 11, 24, priority=1),
    Column("verdict", "VERDICT", _verdict, 8, 28, priority=3),
    Column("kept", "KEPT", _kept, 8, 8, priority=4),
    Column("note", "NOTE", _note, 20, 40, priority=2, grows=True),
)


def natural_widths(entries: Iterable[Entry]) -> dict[str, int]:
    """Return the cells that the longest gate, workflow and values take."""
    widths = {"gate": 0, "workflow": 0, "values": 0}
    for entry in entries:
        gate = entry.item.gate
        widths["gate"] = max(widths["gate"], len(gate.name if gate.node_id else SUSPENDED))
        widths["workflow"] = max(widths["workflow"], len(gate.key.name))
        widths["values"] = max(widths["values"], len(entry.values))
    return widths
