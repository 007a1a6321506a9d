"""Texts of the screen of several decisions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from argotui.errors import BackendError
from argotui.model.counted import counted
from argotui.model.gates.decision import Choice, Outcome
from argotui.model.gates.form import Form, prefilled, shown_values
from argotui.model.gates.gate import Gate, Supplied
from argotui.model.on_screen import OnScreen
from argotui.model.redact import redact_text
from argotui.model.sanitise import clean_line
from argotui.operations.gates.cell_texts import verdict_words
from argotui.operations.gates.decide import Result
from argotui.operations.gates.decision_flow import ChosenGate, Pending
from argotui.operations.gates.review import Review
from argotui.screens.gates.decision_texts import StripTexts, name_of, verb_of
from argotui.widgets.gates.enforcement_texts import enforcement_counts
from argotui.widgets.gates.several_columns import SeveralRow, SeveralState, question_line

_NAMED = 12
"""How many gates the countdown names."""
_WHOLE = 1000
"""Characters of a name before it is cut."""
_RESULTS = {
    Outcome.DECIDED: SeveralState.DECIDED,
    Outcome.ALREADY_DECIDED: SeveralState.NOT_DECIDED,
    Outcome.CHANGED: SeveralState.NOT_DECIDED,
    Outcome.NOT_PERMITTED: SeveralState.NOT_DECIDED,
    Outcome.UNKNOWN: SeveralState.UNKNOWN,
}


def common_field(gates: Iterable[Gate]) -> Supplied | None:
    """Return the only field that is open at the gates, if it has choices; else None."""
    open_fields = [[each for each in gate.supplied if prefilled(each) is None] for gate in gates]
    found = [field for fields in open_fields for field in fields]
    if not found or any(len(fields) > 1 for fields in open_fields):
        return None
    first = found[0]
    same = all((each.name, each.enum) == (first.name, first.enum) for each in found)
    return first if same and first.enum else None


def form_of(entries: Iterable[SeveralRow], choice: Choice, form: Form) -> Form:
    """Return the form for the open field, with the choice so far.

    Its choices come from the reviews, not from the list, whose texts are cleaned: a choice is sent
    to the letter. The form stays as it was if no gate is left to decide.
    """
    gates = [
        entry.review.gate
        for entry in entries
        if entry.review and entry.state is not SeveralState.BLOCKED and not entry.state.ended
    ]
    if choice is Choice.DENY or not gates:
        return form
    field = common_field(gates)
    fields = (field,) if field else ()
    same = [(each.name, each.enum) for each in (*form.fields, *fields)]
    if len(form.fields) == len(fields) and len(set(same)) == len(fields):
        return form
    return Form(fields, form.values)


def values_of(review: Review, form: Form) -> dict[str, str] | None:
    """Return the values that an approval sends; None while a choice is missing."""
    offered = {field.name: field.enum for field in form.fields}
    values: dict[str, str] = {}
    for supplied in review.gate.supplied:
        value = prefilled(supplied)
        if value is None and offered.get(supplied.name) == supplied.enum:
            value = form.value(supplied.name)
        if value is None:
            return None
        values[supplied.name] = value
    return values


def known_of(review: Review | None, choice: Choice) -> str:
    """Return the notes about a choice, such as that the workflow has to be resumed first."""
    return "; ".join(review.permission(choice).notes) if review else ""


def with_values(
    entry: SeveralRow, values: Mapping[str, str] | None, choice: Choice, form: Form
) -> SeveralRow:
    """Return an entry with the values to send; `values` is None while a choice is missing, `form`
    has the choice for all gates."""
    if values is None:
        note = "choose below" if form.fields else "open it alone: more to fill in"
        if entry.state is SeveralState.BLOCKED:
            return entry._replace(values="")
        return entry._replace(state=SeveralState.INCOMPLETE, note=note, values="")
    shown = shown_values(values)
    if entry.state is SeveralState.INCOMPLETE:
        entry = entry._replace(state=SeveralState.READY, note=known_of(entry.review, choice))
    return entry._replace(values=shown)


def summary(choice: Choice, entries: Sequence[SeveralRow]) -> str:
    """Return the number of decisions, their progress, and their common verdict."""
    states = [entry.state for entry in entries]
    verb = "Approve" if choice is Choice.APPROVE else "Deny"
    words = [f"{verb} {counted(len(states), 'gate', 'gates, each on its own')}"]
    if reading := states.count(SeveralState.READING):
        words.append(f"{len(states) - reading} of {len(states)} read")
    words.append(f"{states.count(SeveralState.READY)} ready")
    if blocked := states.count(SeveralState.BLOCKED):
        words.append(f"{blocked} cannot be")
    if incomplete := states.count(SeveralState.INCOMPLETE):
        words.append(f"{incomplete} not filled in")
    if ended := sum(state.ended for state in states):
        words.append(f"{states.count(SeveralState.DECIDED)} of {ended} decided")
    verdicts = {
        verdict_words(entry.review, entry.rules).words if entry.review else "" for entry in entries
    }
    if len(entries) > 1 and len(verdicts) == 1 and (shared := verdicts.pop()):
        words.append(shared)
    if enforcement := enforcement_counts([entry.enforcement for entry in entries]):
        words.append(enforcement)
    return "   ".join(words)


def questions(entries: Iterable[SeveralRow]) -> dict[str, int]:
    """Return the question of a row, which must be on the screen before a decision."""
    return {text: 1 for entry in entries if (text := question_line(entry))}


def is_unseen(entry: SeveralRow, seen: OnScreen) -> bool:
    """Return whether a gate is ready, but its question was not on the screen."""
    question = question_line(entry)
    return entry.state is SeveralState.READY and bool(question) and not seen.was_seen(question)


def countdown_texts(pending: Pending, seconds: int) -> StripTexts:
    """Return the strip while several decisions are counted down."""
    names = [_name_of(each) for each in pending.gates]
    more = len(names) - _NAMED
    named = ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
    verb = f"{verb_of(pending.choice)} {len(names)}"
    return StripTexts(pending.choice.value, verb, f"in {seconds}s: {named}")


def sending_texts(gate: ChosenGate, left: int) -> StripTexts:
    """Return the strip while one of several decisions is sent."""
    return StripTexts("doubt", "SENDING", f"{_name_of(gate)}, {left} more to go")


def _name_of(gate: ChosenGate) -> str:
    return name_of(gate.review.gate, _WHOLE)


def outcome_state(outcome: Result | BackendError) -> tuple[SeveralState, str]:
    """Return the state of a row after its decision, and its note."""
    if isinstance(outcome, BackendError):
        return SeveralState.NOT_DECIDED, f"nothing was sent: {outcome.title}"
    said = f"{outcome.outcome.value}: {outcome.detail}"
    return _RESULTS[outcome.outcome], redact_text(clean_line(said))


def end_texts(entries: Collection[SeveralRow]) -> StripTexts:
    """Return the strip after several decisions: how many were decided, how many were not."""
    decided = sum(entry.state is SeveralState.DECIDED for entry in entries)
    rest = len(entries) - decided
    verb = f"✔ {decided} decided" + ("," if rest else "")
    text = f"{rest} not: each line says why" if rest else ""
    return StripTexts("doubt" if rest else "good", verb, text)
