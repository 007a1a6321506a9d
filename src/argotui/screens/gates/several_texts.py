"""What the screen of several decisions says of them."""

from __future__ import annotations

import asyncio
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
from argotui.operations.gates.review import Review
from argotui.widgets.gates.enforcement_texts import enforcement_counts
from argotui.widgets.gates.several_columns import SeveralRow, SeveralState, question_line

_NAMED = 12
"""How many gates are named while they are about to be sent."""
_RESULTS = {
    Outcome.DECIDED: SeveralState.DECIDED,
    Outcome.ALREADY_DECIDED: SeveralState.NOT_DECIDED,
    Outcome.CHANGED: SeveralState.NOT_DECIDED,
    Outcome.NOT_PERMITTED: SeveralState.NOT_DECIDED,
    Outcome.UNKNOWN: SeveralState.UNKNOWN,
}


def common_field(gates: Iterable[Gate]) -> Supplied | None:
    """Return the one field with choices that is all there is to choose at the gates; else None."""
    open_fields = [[each for each in gate.supplied if prefilled(each) is None] for gate in gates]
    found = [field for fields in open_fields for field in fields]
    if not found or any(len(fields) > 1 for fields in open_fields):
        return None
    first = found[0]
    same = all((each.name, each.enum) == (first.name, first.enum) for each in found)
    return first if same and first.enum else None


def form_of(entries: Iterable[SeveralRow], choice: Choice, form: Form) -> Form:
    """Return the form for all that is left to choose, with what was chosen of it so far.

    Its choices are those of the gates as they were read to be decided: a list has its texts
    cleaned, and what is sent is a choice to the letter. Where nothing is left to decide, the form
    stays as it was.
    """
    gates = [
        entry.seen.gate
        for entry in entries
        if entry.seen and entry.state is not SeveralState.BLOCKED and not entry.state.ended
    ]
    if choice is Choice.DENY or not gates:
        return form
    field = common_field(gates)
    fields = (field,) if field else ()
    same = [(each.name, each.enum) for each in (*form.fields, *fields)]
    if len(form.fields) == len(fields) and len(set(same)) == len(fields):
        return form
    return Form(fields, form.values)


def values_of(seen: Review, form: Form) -> dict[str, str] | None:
    """Return what approving a gate sends; None where something is not chosen yet."""
    offered = {field.name: field.enum for field in form.fields}
    values: dict[str, str] = {}
    for supplied in seen.gate.supplied:
        value = prefilled(supplied)
        if value is None and offered.get(supplied.name) == supplied.enum:
            value = form.value(supplied.name)
        if value is None:
            return None
        values[supplied.name] = value
    return values


def known_of(seen: Review | None, choice: Choice) -> str:
    """Return what whoever makes a choice should know of it: that nothing goes on before the
    workflow is resumed, say."""
    return "; ".join(seen.permission(choice).notes) if seen else ""


def with_values(
    entry: SeveralRow, values: Mapping[str, str] | None, choice: Choice, form: Form
) -> SeveralRow:
    """Return an entry with what would be sent; `values` None where something is not chosen yet,
    `form` is what is chosen for all of them on the same screen."""
    if values is None:
        note = "choose below" if form.fields else "open it alone: more to fill in"
        if entry.state is SeveralState.BLOCKED:
            return entry._replace(values="")
        return entry._replace(state=SeveralState.INCOMPLETE, note=note, values="")
    shown = shown_values(values)
    if entry.state is SeveralState.INCOMPLETE:
        entry = entry._replace(state=SeveralState.READY, note=known_of(entry.seen, choice))
    return entry._replace(values=shown)


def summary(choice: Choice, entries: Sequence[SeveralRow]) -> str:
    """Return how many there are, how far they are, and what all of them share."""
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
        verdict_words(entry.seen, entry.rules).words if entry.seen else "" for entry in entries
    }
    if len(entries) > 1 and len(verdicts) == 1 and (shared := verdicts.pop()):
        words.append(shared)
    if enforcement := enforcement_counts([entry.enforcement for entry in entries]):
        words.append(enforcement)
    return "   ".join(words)


def questions(entries: Iterable[SeveralRow]) -> dict[str, int]:
    """Return what has to be seen before they are decided: each question, one line of it."""
    return {text: 1 for entry in entries if (text := question_line(entry))}


def is_unseen(entry: SeveralRow, seen: OnScreen) -> bool:
    """Say whether a gate would be decided though its question was not on the screen."""
    question = question_line(entry)
    return entry.state is SeveralState.READY and bool(question) and not seen.was_seen(question)


def name_of(seen: Review) -> str:
    """Return which gate of which workflow it is."""
    gate = seen.gate
    return f"{clean_line(gate.name)} of {gate.key.name}" if gate.node_id else gate.key.name


def names_of(seen: Sequence[Review]) -> str:
    """Return which gates they are, and how many more where there are many."""
    names = [name_of(each) for each in seen]
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


async def outcome_of(task: asyncio.Task[Result]) -> tuple[SeveralState, str]:
    """Wait for a decision that is under way; return what became of it, and in which words."""
    try:
        result = await asyncio.shield(task)
    except BackendError as error:
        return SeveralState.NOT_DECIDED, f"nothing was sent: {error.title}"
    said = f"{result.outcome.value}: {result.detail}"
    return _RESULTS[result.outcome], redact_text(clean_line(said))


def ended(entries: Collection[SeveralRow]) -> tuple[str, str, str]:
    """Return how all of them ended: a kind, how many were decided, and what of the others."""
    decided = sum(entry.state is SeveralState.DECIDED for entry in entries)
    rest = len(entries) - decided
    verb = f"✔ {decided} decided" + ("," if rest else "")
    return ("doubt" if rest else "good"), verb, f"{rest} not: each line says why" if rest else ""
