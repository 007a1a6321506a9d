"""Texts about a decision under way: countdown, sending, and the keys that work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from argotui.errors import BackendError
from argotui.model.gates.decision import Choice, Outcome
from argotui.model.gates.form import shown_values
from argotui.model.gates.gate import Gate, GateKind
from argotui.model.sanitise import clean_line
from argotui.operations.gates.decide import Result
from argotui.operations.gates.decision_flow import ChosenGate, Pending
from argotui.screens.gates.texts import NEXT
from argotui.screens.messages import key
from argotui.widgets.cells import cut_middle
from argotui.widgets.footer import Hint
from argotui.widgets.gates.decision_strip import NO_BREAK

_KINDS = {
    Outcome.DECIDED: "good",
    Outcome.ALREADY_DECIDED: "doubt",
    Outcome.CHANGED: "doubt",
    Outcome.NOT_PERMITTED: "bad",
    Outcome.UNKNOWN: "bad",
}
_NAME = 40
"""Characters of a name in a sentence."""


class StripTexts(NamedTuple):
    """The colour of the decision strip, its verb in bold, and the text after it."""

    kind: str
    verb: str
    text: str


def verb_of(choice: Choice, kind: GateKind = GateKind.NODE) -> str:
    """Return the action that is counted down."""
    if choice is Choice.DENY:
        return "DENYING"
    return "APPROVING" if kind is GateKind.NODE else "RESUMING"


def name_of(gate: Gate, most: int = _NAME) -> str:
    """Return the names of a gate and its workflow, each cut to `most` characters."""
    workflow = cut_middle(gate.key.name, most)
    if gate.kind is GateKind.WORKFLOW:
        return workflow
    return f"{cut_middle(clean_line(gate.name), most)} of {workflow}"


def countdown_texts(pending: Pending, seconds: int) -> StripTexts:
    """Return the strip while one decision is counted down."""
    chosen = pending.gates[0]
    verb = verb_of(pending.choice, chosen.review.gate.kind)
    text = f"{_with_values(pending.choice, chosen)} in{NO_BREAK}{seconds}s"
    return StripTexts(pending.choice.value, verb, text)


def sending_texts(pending: Pending, chosen: ChosenGate) -> StripTexts:
    """Return the strip while one decision is sent."""
    return StripTexts("doubt", "SENDING", _with_values(pending.choice, chosen))


def outcome_texts(result: Result) -> StripTexts:
    """Return the strip after one decision: the outcome, and what to do next."""
    kind = _KINDS[result.outcome]
    glyph = {"good": "✔", "bad": "✖"}.get(kind, "‖")
    text = f"{clean_line(result.detail)}. {NEXT[result.outcome]}"
    return StripTexts(kind, f"{glyph} {result.outcome.value}:", text)


def error_texts(error: BackendError) -> StripTexts:
    """Return the strip after an error before which nothing was sent."""
    return StripTexts("bad", "✖ nothing was sent:", error.title)


def reason_question(pending: Pending) -> str:
    """Return the question for the reason of one decision."""
    choice, review = pending.choice, pending.gates[0].review
    why = "; ".join(review.permission(choice).reason_for) if choice is Choice.APPROVE else ""
    about = f" ({why})" if why else ""
    return f"Why {choice.value} {name_of(review.gate)}?{about}"


def _with_values(choice: Choice, chosen: ChosenGate) -> str:
    name = name_of(chosen.review.gate)
    if choice is Choice.DENY or not chosen.values:
        return name
    return f"{name} with {shown_values(chosen.values)}"


def decision_hints(action: str, does: str, keymap: Mapping[str, str]) -> tuple[Hint, ...]:
    """Return the only two keys while a line is typed or a countdown runs.

    The key of `action` does what `does` says; the other one cancels.
    """
    return (
        Hint(action, key(action, keymap), does),
        Hint("go.back", key("go.back", keymap), "cancel"),
    )
