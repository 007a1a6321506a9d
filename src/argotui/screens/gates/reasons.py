"""Reasons why a gate cannot be decided now."""

from __future__ import annotations

from collections.abc import Mapping

from argotui.model.gates.decision import Choice
from argotui.operations.gates.decision_flow import DecisionFlow
from argotui.operations.gates.gate_watch import GateWatch
from argotui.screens.messages import key
from argotui.widgets.header import freshness_text


def reason_against_deciding(
    watch: GateWatch, flow: DecisionFlow, choice: Choice, keymap: Mapping[str, str]
) -> str:
    """Return why a choice cannot be made now, empty if it can."""
    if flow.sending is not None:
        return "a decision is under way"
    if flow.pending is not None:
        return "a decision is about to be sent; esc cancels it"
    if closed := watch.closed:
        return f"already decided: {closed}"
    if watch.review is None:
        return "the gate was not read yet"
    if flow.must_read:
        return f"the last outcome is unknown: look again first ({key('gate.refresh', keymap)})"
    if not watch.trusted:
        return f"stale data ({_freshness_words(watch)}): it unlocks once the gate is read again"
    permission = watch.review.permission(choice)
    if permission.blocked:
        return "; ".join(permission.blocked)
    refused = watch.refused.get(choice)
    return f"the cluster refuses it: {refused}" if refused else ""


def _freshness_words(watch: GateWatch) -> str:
    freshness, error = watch.feed.freshness, watch.error
    if freshness.trusted:
        return f"not read again: {error.title}" if error else "being read again"
    return freshness_text(freshness, watch.service.session.clock.monotonic())[0]
