"""What the status line of the list of workflows says."""

from __future__ import annotations

from collections.abc import Mapping, Set
from datetime import datetime
from typing import TYPE_CHECKING

from argotui.actions import ACTIONS
from argotui.drawing.cells import cell_len, cut_middle
from argotui.keymap import keys_of
from argotui.model.counted import counted
from argotui.model.workflows.listing import ORDER, Listing
from argotui.model.workflows.row_texts import message_text
from argotui.widgets.workflows.columns import COLUMNS

if TYPE_CHECKING:
    from argotui.backend.history import History
    from argotui.model.argo import Key
    from argotui.model.workflows.summary import Summary
    from argotui.widgets.status import Parts


def order_text(listing: Listing, columns: Mapping[str, int], *, filtered: bool) -> str:
    """Return what the rows are sorted by, if no column title shows it."""
    sort = listing.sort
    if sort == "attention":
        return "" if filtered else ORDER
    if sort in columns:
        return ""
    return f"by {COLUMNS[sort].title} {'↓' if listing.descending else '↑'}"


def cut_message(
    row: Summary | None,
    columns: Mapping[str, int],
    now: datetime,
    room: int,
    keymap: Mapping[str, str],
) -> Parts:
    """Return the message of the row under the cursor and the key that shows it whole, in `room`
    cells, where its column has no place for all of it; else nothing."""
    text = message_text(row, now) if row is not None else ""
    if not text or cell_len(text) <= columns.get("message", 0):
        return ()
    hint = f"   {keys_of(ACTIONS['list.describe'], keymap)[0]} all of it"
    if cell_len(text) <= room:
        return ((text, "text"),)
    return ((cut_middle(text, max(0, room - len(hint))), "text"), (hint, "chrome"))


def amount_text(listing: Listing, total: int, marks: Set[Key], *, filtered: bool) -> str:
    """Say how many workflows there are or are shown, and how many are marked."""
    text = f"{len(listing):,} of {total:,} shown" if filtered else counted(total, "workflow")
    if not marks:
        return text
    hidden = sum(key not in listing for key in marks)
    unseen = f" ({hidden} of them not shown)" if hidden else ""
    return f"{len(marks)} marked{unseen}   {text}"


def history_text(history: History) -> str:
    """Say how much of the history was read, while that is not all of it."""
    if history.complete or history.total is None:
        return ""
    state = "reading history" if history.loading else "history"
    return f"   {state}: {history.loaded:,} of {history.total:,}"
