"""Texts of the workflow screen: why it shows no workflow, and how fresh the data is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from argotui.actions import ACTIONS
from argotui.backend.freshness import Freshness, Link
from argotui.backend.workflow_feed import WorkflowFeed
from argotui.errors import BackendError
from argotui.keymap import keys_of
from argotui.screens.messages import key
from argotui.widgets.header import freshness_text
from argotui.widgets.notice import Message
from argotui.widgets.status import Parts
from argotui.widgets.tab_strip import Tab


def feed_message(feed: WorkflowFeed, keymap: Mapping[str, str]) -> Message | None:
    """Return what to say while the workflow was never read; None once it was."""
    if feed.workflow is not None:
        return None
    back = f"{key('go.back', keymap)}  back to where you came from"
    again = f"{key('workflow.refresh', keymap)}  try again now"
    freshness = feed.freshness
    if freshness.link is Link.FORBIDDEN and freshness.error is not None:
        return _of_error("forbidden", freshness.error, again, back)
    if freshness.error is not None and freshness.link is not Link.LIVE:
        return _of_error("broken", freshness.error, "argotui tries again by itself.", again, back)
    if feed.gone:
        return Message(
            "empty",
            f"There is no workflow {feed.key.name} in {feed.key.namespace}.",
            "It was deleted, or its name is another. If one of this name is made, it appears here.",
            (back,),
        )
    return Message("loading", f"Reading {feed.key} …", hints=(back,))


def view_message(what: str, error: BackendError, keymap: Mapping[str, str]) -> Message:
    """Return what to show in a view whose reading failed."""
    again = f"{key('workflow.refresh', keymap)}  try again now"
    message = _of_error("broken", error, again)
    return message._replace(title=f"{what}: {message.title}")


def _of_error(kind: str, error: BackendError, *hints: str) -> Message:
    lead = (error.hint, "") if error.hint else ()
    return Message(kind, error.title, error.detail, (*lead, *hints))


def view_tabs(views: Iterable[str], keymap: Mapping[str, str]) -> list[Tab]:
    """Return a tab for each view, with the key that opens it."""
    actions = ((ACTIONS[f"workflow.{view}"], view) for view in views)
    return [Tab(action.id, keys_of(action, keymap)[0], view) for action, view in actions]


def freshness_parts(freshness: Freshness, now: float) -> Parts:
    """Return how fresh a workflow is that is not live; the header shows it for the list."""
    if freshness.link in (Link.LIVE, Link.CLOSED):
        return ()
    text, role = freshness_text(freshness, now)
    return ((text, "bad" if role == "bad" else "dim"),)


def object_state(feed: WorkflowFeed) -> str:
    """Return whether the object was deleted or replaced; empty while it is the opened one."""
    if feed.workflow is None:
        return ""
    if feed.gone:
        return "✖ deleted"
    if feed.replaced:
        return "↻ another one of the same name"
    if feed.workflow.metadata.deletion_timestamp is not None:
        return "✖ being deleted"
    return ""
