"""Why something cannot be done now on the list of workflows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from argotui.model.counted import counted
from argotui.screens.messages import key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from argotui.backend.session import Session
    from argotui.model.argo import Key
    from argotui.widgets.table.virtual_table import VirtualTable
    from argotui.widgets.workflows.columns import WorkflowRow

LOGS_AT_ONCE = 20
"""How many workflows' logs are read as one: each of them is watched, and its pods are listed."""

WITHOUT_SESSION = frozenset(
    {
        "go.help",
        "go.command",
        "go.doctor",
        "go.quit",
        "go.palette",
        "go.back",
        "go.leave",
        "go.redraw",
    }
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
        "operation.menu",
    }
)


def reason_against(
    action_id: str,
    session: Session,
    table: VirtualTable[Key, WorkflowRow],
    keymap: Mapping[str, str],
) -> str | None:
    """Return why an action cannot be done on an open session, or None if it can."""
    if action_id in _OF_ONE_ROW and not table.rows:
        return "no workflow is under the cursor"
    match action_id:
        case "list.gate":
            return _against_gate(session, table)
        case "list.logs":
            return against_logs(len(table.marks), key("list.unmark", keymap))
        case "list.unmark" if not table.marks:
            return "nothing is marked"
        case _:
            return None


def against_logs(count: int, unmark: str) -> str | None:
    """Return why the logs of so many workflows are not read as one; `unmark` is a key."""
    if count <= LOGS_AT_ONCE:
        return None
    marked = counted(count, "workflow is", "workflows are")
    of_all = f"{marked} marked, logs are read of {LOGS_AT_ONCE} at once"
    return f"{of_all}; {unmark} clears the marks"


def _against_gate(session: Session, table: VirtualTable[Key, WorkflowRow]) -> str | None:
    if not table.marks:
        return None if table.cursor_key in session.store.waiting else "it waits at no gate"
    if table.marks.isdisjoint(session.store.waiting):
        return "none of those marked waits at a gate"
    if not session.feed.freshness.trusted:
        return "stale data: several are decided on live data only"
    return None
