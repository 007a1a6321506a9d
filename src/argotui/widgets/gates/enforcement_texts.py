"""Texts about the enforcement of a gate: enforced or advisory, and who may decide it."""

from __future__ import annotations

from typing import NamedTuple

from argotui.operations.admission.enforcement import Enforcement, EnforcementState

LOOKS = {
    EnforcementState.ENFORCED: ("●", "succeeded"),
    EnforcementState.ADVISORY: ("▲", "waiting"),
    EnforcementState.UNKNOWN: ("○", "pending"),
}
"""Glyph and colour role of each state; its word is its value, as on the command line."""


class EnforcementTexts(NamedTuple):
    """The two lines about the enforcement of a gate, each with its colour role."""

    state: str
    state_role: str
    who: str
    who_role: str


def enforcement_texts(
    enforcement: Enforcement | None, user: str, groups: tuple[str, ...]
) -> EnforcementTexts:
    """Return the texts of a gate's screen; `enforcement` is None until it is known."""
    if enforcement is None:
        return EnforcementTexts("… asking whether the cluster enforces it", "dim", "", "")
    glyph, role = LOOKS[enforcement.state]
    if enforcement.state is EnforcementState.ADVISORY:
        return EnforcementTexts(
            f"{glyph} {enforcement.detail}", role, "", ""
        )  # the detail says who
    who_role = "" if enforcement.approvers else role
    words = [enforcement.who]
    named = enforcement.names(user, groups)
    if named is not None:
        words.append("you are one of them" if named else "you are none of them")
        who_role = "" if named else "waiting"
    elif enforcement.state is EnforcementState.ENFORCED and not enforcement.approvers:
        who_role = "waiting"
    return EnforcementTexts(f"{glyph} {enforcement.detail}", role, " · ".join(words), who_role)


def enforcement_line(enforcement: Enforcement) -> str:
    """Return the enforcement of the gate under a cursor, in one line."""
    if enforcement.state is EnforcementState.ENFORCED and enforcement.who:
        return f"enforced by the cluster: {enforcement.who}"
    return enforcement.detail


def enforcement_word(enforcement: Enforcement | None) -> tuple[str, str]:
    """Return one word for a column, with its colour role."""
    if enforcement is None:
        return "…", "dim"
    return enforcement.state.value, "" if enforcement.state is EnforcementState.ENFORCED else LOOKS[
        enforcement.state
    ][1]


def enforcement_counts(found: list[Enforcement | None]) -> str:
    """Return the enforcement of several gates: `all advisory`, `2 enforced, 1 advisory`.

    Empty until the enforcement of each gate is known.
    """
    known = [each.state for each in found if each is not None]
    if not known or len(known) < len(found):
        return ""
    counts = [(known.count(state), state.value) for state in EnforcementState]
    there = [(count, word) for count, word in counts if count]
    if len(there) == 1:
        return f"{'all ' if len(known) > 1 else ''}{there[0][1]}"
    return ", ".join(f"{count} {word}" for count, word in there)
