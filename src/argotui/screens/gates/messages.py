"""Messages of the gate screens if there is no gate to show."""

from __future__ import annotations

from collections.abc import Mapping

from argotui.backend.freshness import Link
from argotui.errors import BackendError
from argotui.model.counted import none_of
from argotui.operations.gates.gate_watch import GateWatch
from argotui.operations.gates.service import GateService
from argotui.screens.messages import data_age, key
from argotui.widgets.notice import Message


def gate_message(watch: GateWatch, keymap: Mapping[str, str]) -> Message | None:
    """Return what to say in place of a gate that was never read; None once it was."""
    if watch.review is not None:
        return None
    back = f"{key('go.back', keymap)}  back to where you came from"
    again = f"{key('gate.refresh', keymap)}  read it again now"
    look = f"{key('gate.workflow', keymap)}  look at the workflow"
    if watch.gone is not None:
        closed = watch.closed
        detail = closed if closed != watch.gone.title else watch.gone.detail
        return Message("empty", watch.gone.title, detail, (*_hint(watch.gone), look, back))
    if watch.error is not None:
        error = watch.error
        return Message("broken", error.title, error.detail, (*_hint(error), again, back))
    return Message("loading", f"Reading the gate of {watch.key} …", hints=(back,))


def _hint(error: BackendError) -> tuple[str, ...]:
    return (error.hint, "") if error.hint else ()


def inbox_message(
    gate_service: GateService, shown: int, total: int, filter_text: str, keymap: Mapping[str, str]
) -> Message | None:
    """Return the message of an inbox without rows; None if it has rows."""
    if shown:
        return None
    back = f"{key('go.back', keymap)}  back to where you came from"
    if total:
        every = f"{key('go.back', keymap)}  show all of them again"
        title = none_of(
            total,
            "gate that waits",
            "matches the filter.",
            "does not match the filter.",
            "gates that wait",
        )
        return Message("empty", title, filter_text, (every,))
    freshness = gate_service.freshness
    if freshness.error is not None and freshness.link is not Link.LIVE:
        kind = "forbidden" if freshness.link is Link.FORBIDDEN else "broken"
        error = freshness.error
        again = f"{key('list.refresh', keymap)}  try again now"
        return Message(kind, error.title, error.detail, (*_hint(error), again, back))
    if freshness.link is Link.CONNECTING:
        return Message("loading", "Looking for gates in all namespaces …", hints=(back,))
    return Message(
        "empty",
        "No gate waits for anybody.",
        "One appears here the moment a workflow arrives at it.",
        (back,),
    )


def inbox_banner(gate_service: GateService, now: float, keymap: Mapping[str, str]) -> str:
    """Return what stands over gates that may be old or not all of them, empty otherwise."""
    freshness = gate_service.freshness
    if freshness.link in (Link.LIVE, Link.CONNECTING):
        notice = gate_service.feed.notice
        return f"! {notice.replace('Workflows', 'Gates')}" if notice else ""
    why = freshness.error.title if freshness.error else "The connection was lost"
    again = key("list.refresh", keymap)
    return f"! {why}. {data_age(freshness, now)} No gate can be decided. ({again}: try now)"
