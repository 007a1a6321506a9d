"""How a gate is kept, in words: enforced by the cluster or advisory, and who may decide it."""

from __future__ import annotations

from typing import NamedTuple

from argotui.operations.admission.enforcement import Enforcement, State

LOOKS = {
    State.ENFORCED: ("●", "succeeded"),
    State.ADVISORY: ("▲", "waiting"),
    State.UNKNOWN: ("○", "pending"),
}
"""Glyph and colour role of each state; its word is its value, on the command line too."""


class KeptWords(NamedTuple):
    """What is said of how a gate is kept, each line with its colour role."""

    state: str
    state_role: str
    who: str
    who_role: str


def kept_words(kept: Enforcement | None, user: str, groups: tuple[str, ...]) -> KeptWords:
    """Return what a person is told on the screen of a gate; `kept` None while it is asked."""
    if kept is None:
        return KeptWords("… asking whether the cluster enforces it", "dim", "", "")
    glyph, role = LOOKS[kept.state]
    if kept.state is State.ADVISORY:
        return KeptWords(f"{glyph} {kept.detail}", role, "", "")  # which says who
    who_role = "" if kept.approvers else role
    words = [kept.who]
    named = kept.names(user, groups)
    if named is not None:
        words.append("you are one of them" if named else "you are none of them")
        who_role = "" if named else "waiting"
    elif kept.state is State.ENFORCED and not kept.approvers:
        who_role = "waiting"
    return KeptWords(f"{glyph} {kept.detail}", role, " · ".join(words), who_role)


def kept_line(kept: Enforcement) -> str:
    """Return the same in one line, for the gate under a cursor."""
    if kept.state is State.ENFORCED and kept.who:
        return f"enforced by the cluster: {kept.who}"
    return kept.detail


def kept_word(kept: Enforcement | None) -> tuple[str, str]:
    """Return one word for a column, with its colour role."""
    if kept is None:
        return "…", "dim"
    return kept.state.value, "" if kept.state is State.ENFORCED else LOOKS[kept.state][1]


def kept_counts(found: list[Enforcement | None]) -> str:
    """Return how several gates are kept, in a few words: `all advisory`, `2 enforced, 1 advisory`.

    Empty until it is known of each.
    """
    known = [each.state for each in found if each is not None]
    if not known or len(known) < len(found):
        return ""
    counts = [(known.count(state), state.value) for state in State]
    there = [(count, word) for count, word in counts if count]
    if len(there) == 1:
        return f"{'all ' if len(known) > 1 else ''}{there[0][1]}"
    return ", ".join(f"{count} {word}" for count, word in there)
