"""What a list shows instead of rows: loading, empty, broken or forbidden, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from argotui.actions import ACTIONS
from argotui.backend.freshness import Freshness, Link
from argotui.keymap import keys_of
from argotui.model.counted import none_of
from argotui.widgets.header import coarse_age
from argotui.widgets.notice import Message

if TYPE_CHECKING:
    from argotui.backend.session import Session
    from argotui.screens.console import Connection


def key(action_id: str, keymap: Mapping[str, str]) -> str:
    """Return the first key of an action, as it is now."""
    return keys_of(ACTIONS[action_id], keymap)[0]


def connection_message(connection: Connection, keymap: Mapping[str, str]) -> Message:
    """Return what to say while there is no session."""
    target = connection.context or "the current context of the kubeconfig"
    command = key("go.command", keymap)
    if connection.error is None:
        server = f" ({connection.server})" if connection.server else ""
        return Message(
            "loading",
            f"Connecting to {target}{server} …",
            hints=(f"{command}ctx  go to another context",),
        )
    error = connection.error
    return Message(
        "broken",
        error.title,
        error.detail,
        (
            *((error.hint, "") if error.hint else ()),
            f"{key('list.retry', keymap):7}  try again",
            f"{command}ctx     go to another context",
            f"{command}doctor  find out why",
            f"{key('list.copy', keymap):7}  copy this text",
        ),
        f"{key('list.retry', keymap)} tries again",
    )


def list_message(
    session: Session, shown: int, filter_text: str, keymap: Mapping[str, str]
) -> Message | None:
    """Return what to show instead of rows; None if there are rows."""
    if shown:
        return None
    freshness = session.feed.freshness
    place = session.namespace or "all namespaces"
    total = len(session.store)
    command = key("go.command", keymap)
    elsewhere = f"{command}ns and {command}ctx lead elsewhere"
    doctor = f"{command}doctor  find out why"
    if freshness.link is Link.FORBIDDEN and not total:
        error = freshness.error
        everywhere = key("list.all-namespaces", keymap)
        readable = f"{everywhere:7}  show every namespace you can read"
        return Message(
            "forbidden",
            error.title if error else f"You may not read the workflows of {place}.",
            error.detail if error else "",
            (
                *((error.hint, "") if error and error.hint else ()),
                *((readable,) if session.namespace else ()),
                f"{command}ns      choose a namespace you can read",
                f"{command}ctx     go to another context",
                doctor,
                f"{key('list.refresh', keymap):7}  try again",
            ),
            elsewhere,
        )
    if freshness.error is not None and freshness.link is not Link.LIVE and not total:
        error = freshness.error
        return Message(
            "broken",
            error.title,
            error.detail,
            (
                *((error.hint, "") if error.hint else ()),
                "argotui tries again by itself.",
                f"{key('list.refresh', keymap):7}  try now",
                f"{command}ctx     go to another context",
                doctor,
                f"{key('list.copy', keymap):7}  copy this text",
            ),
            f"{key('list.refresh', keymap)} tries now",
        )
    if freshness.link is Link.CONNECTING:
        return Message("loading", f"Reading the workflows of {place} …", next=elsewhere)
    if total:
        clear = key("go.back", keymap)
        return Message(
            "empty",
            none_of(
                total,
                f"workflow of {place}",
                "matches the filter.",
                "does not match the filter.",
                f"workflows of {place}",
            ),
            filter_text,
            (f"{clear}  show all of them again",),
            f"{clear} shows all",
        )
    if session.absent is not None and session.absent.certain:
        words = session.absent.words
        return Message(
            "empty",
            f"{words[0].upper()}{words[1:]}{'' if words.endswith('?') else '.'}",
            hints=(f"{command}ns   choose a namespace", f"{command}ctx  go to another context"),
            next=elsewhere,
        )
    hints = [f"{command}ns  go to another namespace"]
    if session.namespace:
        everywhere = key("list.all-namespaces", keymap)
        hints.insert(0, f"{everywhere:3}  show those of all namespaces")
        elsewhere = f"{everywhere} shows all namespaces, {command}ns another"
    return Message(
        "empty",
        f"There are no workflows in {place}.",
        "One appears here the moment it is submitted."
        if session.absent is None
        else f"{session.absent.words[0].upper()}{session.absent.words[1:]}.",
        tuple(hints),
        elsewhere,
    )


def banner_text(session: Session, keymap: Mapping[str, str]) -> tuple[str, str]:
    """Return a warning over rows that may be old, and what follows it if there is room.

    Both are empty while the rows are live.
    """
    freshness = session.feed.freshness
    if freshness.link in (Link.LIVE, Link.CONNECTING):
        return (f"! {session.feed.notice}" if session.feed.notice else ""), ""
    now = session.clock.monotonic()
    why = freshness.error.title if freshness.error else "The connection was lost"
    old = f"! {data_age(freshness, now)} {why}."
    if freshness.link is Link.FORBIDDEN:
        return old, ""
    again = ""
    if freshness.retry_at is not None:
        again = f" Next attempt in {max(0, round(freshness.retry_at - now))}s"
    # On a narrow screen the attempt is left out: the header has it too.
    return old, f"{again} ({key('list.refresh', keymap)}: now)"


def data_age(freshness: Freshness, now: float) -> str:
    """Return a sentence on how old the data is that is no longer live."""
    if freshness.heard is None:
        return "Data is not live."
    return f"Data is {coarse_age(max(0.0, now - freshness.heard))} old."
