"""Ask the API server in advance whether it would accept a decision."""

from __future__ import annotations

from collections.abc import Mapping

from argotui.errors import BackendError, ForbiddenError
from argotui.model.gates.decision import Choice, Decision
from argotui.model.gates.patch import NotAGate
from argotui.model.gates.permission import values_to_try
from argotui.operations.gates.decide import try_out
from argotui.operations.gates.review import DecisionContext, Review


async def refusal(
    decision_context: DecisionContext, review: Review, choice: Choice, values: Mapping[str, str]
) -> str:
    """Return why the API server would refuse a decision (a dry run, nothing is written).

    A field without a value gets any choice: the server checks who decides, not what. Empty if the
    server would accept the decision, and if that is unknown.
    """
    if not review.permission(choice).allowed or "dry_run" in decision_context.gates.unavailable:
        return ""
    decision = Decision(
        id="0" * 16,
        request=review.request,
        choice=choice,
        actor=review.person.user,
        values=values_to_try(review.gate, values) if choice is Choice.APPROVE else {},
        reason="dry run",
    )
    try:
        await try_out(decision_context, decision, review)
    except ForbiddenError as refused:
        return refused.detail or refused.title
    except (BackendError, NotAGate):
        # The gate changed, or the server does not answer: that says nothing about the decision.
        return ""
    return ""
