"""What the header says, the same on every screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from argotui.model.counted import counted
from argotui.target import ALL_NAMESPACES
from argotui.widgets.header import freshness_text

if TYPE_CHECKING:
    from argotui.backend.session import Session
    from argotui.model.workflow import Key
    from argotui.screens.base import Connection
    from argotui.widgets.status import Parts


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
    """Return what runs, what failed and which gates wait; zeros are dim, so nothing jumps."""
    totals = session.store.roles
    running = totals.get("running", 0)
    failed = totals.get("failed", 0)
    gates = sum(_gates(session, key) for key in session.store.waiting)
    return (
        (f"● {running} running", "running" if running else "chrome"),
        ("   ", "chrome"),
        (f"✖ {failed} failed", "failed" if failed else "chrome"),
        ("   ", "chrome"),
        (
            f"‖ {gates} {'gate waits' if gates == 1 else 'gates wait'}",
            "waiting" if gates else "chrome",
        ),
    )


def _gates(session: Session, key: Key) -> int:
    row = session.store.get(key)
    return max(1, row.gates) if row else 0


def freshness_parts(session: Session) -> Parts:
    """Return how far the data can be trusted, after a warning of the connection itself."""
    text, role = freshness_text(session.feed.freshness, session.clock.monotonic())
    if count := len(session.cluster.warnings):
        return ((f"! {counted(count, 'warning')}  ", "bad"), (text, role))
    return ((text, role),)
