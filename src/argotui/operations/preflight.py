"""Asking the API server beforehand whether it would take a decision."""

from __future__ import annotations

from collections.abc import Mapping

from argotui.backend.errors import BackendError
from argotui.model.decision import Choice, Decision
from argotui.model.gate import GateKind
from argotui.model.gate_patch import NotAGate, decision_patch, resume_patch
from argotui.model.standing import all_values
from argotui.operations.review import Desk, Review, forbidden_by


async def refusal(desk: Desk, seen: Review, choice: Choice, values: Mapping[str, str]) -> str:
    """Return why the API server would refuse a decision (a dry run, nothing is written).

    Empty if it would take it, and where that cannot be told beforehand.
    """
    if seen.reading.packing or not seen.standing(choice).allowed:
        return ""
    key = seen.request.key
    decision = Decision(
        id="0" * 16,
        request=seen.request,
        choice=choice,
        actor=seen.person.user,
        values=all_values(seen.gate, values) if choice is Choice.APPROVE else {},
        reason="dry run",
    )
    try:
        if seen.gate.kind is GateKind.WORKFLOW:
            return await forbidden_by(desk, key, resume_patch(decision, seen.reading.document))
        now = seen.reading.date or desk.clock.now()
        return await forbidden_by(desk, key, decision_patch(decision, seen.reading.document, now))
    except (BackendError, NotAGate):
        return ""
