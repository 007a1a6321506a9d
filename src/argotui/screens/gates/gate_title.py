"""The title of the screen of one gate."""

from __future__ import annotations

from argotui.model.gates.decision import Choice
from argotui.operations.gates.cell_texts import SUSPENDED
from argotui.operations.gates.gate_watch import GateWatch
from argotui.screens.workflow.messages import freshness_parts
from argotui.widgets.gates.title import Parts

_LOOKS = {Choice.APPROVE: "good", Choice.DENY: "bad"}


def title_of(watch: GateWatch) -> str:
    """Return the name of the gate, as far as it is known."""
    review = watch.review
    if review and review.gate.node_id:
        return review.gate.name
    node = watch.workflow.nodes.get(watch.node_id) if watch.workflow else None
    return (node.display_name if node else "") or ("gate" if watch.node_id else SUSPENDED)


def title_parts(watch: GateWatch, lint_words: str, now: float) -> Parts:
    """Return the right side: decision or lock, lint, request and freshness at the time `now`."""
    review = watch.review
    parts: list[tuple[str, str]] = []
    if record := watch.record:
        parts.append((f"{record.choice.done}  ", _LOOKS[record.choice]))
    elif watch.closed:
        parts.append(("closed  ", "bad"))
    elif review is not None and not watch.trusted:
        parts.append(("locked  ", "bad"))
    if lint_words and not watch.closed:
        parts.append((f"{lint_words}  ", "bad"))
    if review is not None:
        parts.append((f"request {review.request.short}", "dim"))
    if found := freshness_parts(watch.feed.freshness, now):
        parts += [("  ", "dim"), *found]
    return tuple(parts)
