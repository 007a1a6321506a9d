"""What the header says, the same on every screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from argotui.model.counted import counted
from argotui.model.phases import (
    DENIED,
    FAILED,
    RUNNING,
    STUCK,
    WAITING,
)
from argotui.target import ALL_NAMESPACES
from argotui.widgets.header import freshness_text

if TYPE_CHECKING:
    from argotui.backend.session import Session
    from argotui.model.argo import Key
    from argotui.screens.console import Connection
    from argotui.widgets.status import Parts

UNKNOWN = "–"
"""Shown instead of a number that is not known yet."""


def header_parts(connection: Connection, session: Session | None) -> tuple[Parts, Parts, Parts]:
    """Return place, totals and freshness as (text, role) parts."""
    if session is None:
        failed = connection.state == "failed"
        state = ("not connected", "bad") if failed else ("connecting", "chrome")
        unknown = "no context" if failed else "…"
        return _place(connection.context or unknown, connection.namespace), (), (state,)
    where = _place(session.cluster.context, session.namespace or ALL_NAMESPACES)
    if session.read_only:
        where = (*where, ("  read-only", "chrome"))
    return where, totals_parts(session), freshness_parts(session)


def _place(context: str, namespace: str) -> Parts:
    name: Parts = (("argotui  ", "name"), (context, "place"))
    return (*name, (" / ", "chrome"), (namespace, "place")) if namespace else name


def totals_parts(session: Session) -> Parts:
    """Return what runs, what is stuck, what failed and which gates wait.

    Zeros are dim, so nothing jumps; what is stuck or denied is told only where there is any. Until
    the first list has come nothing is known, and a number would say that something were.
    """
    if not session.feed.counted:
        unknown = (f"{look.glyph} {UNKNOWN} {look.word}" for look in (RUNNING, FAILED))
        words = [*unknown, f"{WAITING.glyph} {UNKNOWN} gates wait"]
        return _spaced([(text, "chrome") for text in words])
    totals = session.store.roles
    parts: list[tuple[str, str]] = []
    for look, always in ((RUNNING, True), (STUCK, False), (FAILED, True), (DENIED, False)):
        number = totals.get(look.role, 0)
        if number or always:
            text = f"{look.glyph} {number} {look.word}"
            parts.append((text, look.role if number else "chrome"))
    gates = sum(_gates(session, key) for key in session.store.waiting)
    text = f"{WAITING.glyph} {counted(gates, 'gate waits', 'gates wait')}"
    parts.append((text, "waiting" if gates else "chrome"))
    return _spaced(parts)


def _spaced(parts: list[tuple[str, str]]) -> Parts:
    spaced: list[tuple[str, str]] = []
    for part in parts:
        spaced += [("   ", "chrome"), part] if spaced else [part]
    return tuple(spaced)


def _gates(session: Session, key: Key) -> int:
    row = session.store.get(key)
    return max(1, row.gates) if row else 0


def freshness_parts(session: Session) -> Parts:
    """Return how far the data can be trusted, after a warning of the connection itself."""
    text, role = freshness_text(session.feed.freshness, session.clock.monotonic())
    if count := len(session.cluster.warnings):
        return ((f"! {counted(count, 'warning')}  ", "bad"), (text, role))
    return ((text, role),)
