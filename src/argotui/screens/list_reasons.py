"""Why something cannot be done now on the list of workflows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from argotui.actions import ACTIONS
from argotui.keymap import keys_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from argotui.backend.session import Session
    from argotui.model.workflow import Key
    from argotui.widgets.virtual_table import VirtualTable
    from argotui.widgets.workflow_columns import Row

WITHOUT_SESSION = frozenset(
    {"go.help", "go.command", "go.doctor", "go.quit", "go.palette", "go.back", "go.leave"}
)
_OF_ONE_ROW = frozenset(
    {
        "list.open",
        "list.gate",
        "list.logs",
        "list.yaml",
        "list.describe",
        "list.events",
        "list.mark",
        "list.mark-range",
        "list.copy",
    }
)


def reason_against(
    action_id: str, session: Session, table: VirtualTable[Key, Row], keymap: Mapping[str, str]
) -> str | None:
    """Return why an action cannot be done on an open session, or None if it can."""
    if action_id in _OF_ONE_ROW and not table.rows:
        return "no workflow is under the cursor"
    match action_id:
        case "list.gate":
            return _against_gate(session, table)
        case "list.logs" if len(table.marks) > 1:
            unmark = keys_of(ACTIONS["list.unmark"], keymap)[0]
            return f"logs are read of one workflow at a time; {unmark} clears the marks"
        case "list.unmark" if not table.marks:
            return "nothing is marked"
        case _:
            return None


def _against_gate(session: Session, table: VirtualTable[Key, Row]) -> str | None:
    if not table.marks:
        return None if table.cursor_key in session.store.waiting else "it waits at no gate"
    if table.marks.isdisjoint(session.store.waiting):
        return "none of those marked waits at a gate"
    if not session.feed.freshness.trusted:
        return "stale data: several are decided on live data only"
    return None
