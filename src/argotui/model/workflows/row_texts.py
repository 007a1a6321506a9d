"""What the cells of a workflow's row say: the same on the screen and in `argotui list`.

A cell is a tuple of (text, role); roles are those of `model.phases.Look`, "dim" or empty.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from argotui.model.durations import format_age, format_took
from argotui.model.phases import DELETING, look_of_workflow
from argotui.model.redact import redact_text
from argotui.model.sanitise import clean_line
from argotui.model.workflow.cause import is_passed_on
from argotui.model.workflows.summary import Depth, NodeCounts, Summary
from argotui.model.workflows.why import RowReasonKind

Parts = tuple[tuple[str, str], ...]

_UNREAD: Parts = (("…", "dim"),)
"""What is not known because the row was not read in full."""

_ROLES = {
    RowReasonKind.FAILED: "failed",
    RowReasonKind.DENIED: "denied",
    RowReasonKind.STUCK: "stuck",
    RowReasonKind.WAITS: "stuck",
}


@lru_cache(maxsize=1024)
def shown_text(text: str) -> str:
    """Return a text of the cluster as one line, its secrets covered."""
    return redact_text(clean_line(text))


def phase_words(row: Summary) -> tuple[str, str, str]:
    """Return the glyph, the word and the role of the PHASE column."""
    look = look_of_workflow(row)
    return look.glyph, DELETING if row.deleting else look.word, look.role


def progress_words(row: Summary) -> str:
    return "" if row.progress is None else f"{row.progress[0]}/{row.progress[1]}"


def age_words(row: Summary, now: datetime) -> str:
    return "" if row.created is None else format_age((now - row.created).total_seconds())


def seconds_taken(row: Summary, now: datetime) -> float | None:
    """Return how long a workflow took, or takes so far, in seconds; None before its start."""
    if row.started is None or (row.finished is None and row.ended):
        return None
    return max(0.0, ((row.finished or now) - row.started).total_seconds())


def took_words(row: Summary, now: datetime) -> str:
    """Return how long it took; coarse while it runs, so that it changes rarely."""
    seconds = seconds_taken(row, now)
    if seconds is None:
        return ""
    return format_age(seconds) if row.finished is None else format_took(seconds)


def count_parts(counts: NodeCounts) -> Parts:
    """Return the counts of nodes by state as glyphs and numbers, without zeros."""
    parts: list[tuple[str, str]] = []
    for glyph, number, role in (
        ("✖", counts.failed, "failed"),
        ("‖", counts.waiting, "waiting"),
        ("●", counts.running, "running"),
        ("○", counts.pending, "pending"),
        ("✔", counts.succeeded, "dim"),
    ):
        if number:
            parts += [(" ", "")] if parts else []
            parts.append((f"{glyph}{number}", role))
    return tuple(parts)


def message_parts(row: Summary, now: datetime) -> Parts:
    """Return the message of a row: a problem of reading it, the gate it waits for, the first cause
    of a failure or a delay, Argo's message, or the estimated time left."""
    if row.problem:
        return ((shown_text(row.problem), "failed"),)
    why = cause_text(row)
    if waits := row.waits_for(now):
        rest = why
        more: Parts = ((f": {shown_text(rest)}", "dim"),) if rest else ()
        return ((shown_text(waits), "waiting"), *more)
    role = look_of_workflow(row).role
    if row.shutdown and not row.ended:
        after: Parts = ((f": {shown_text(why)}", "dim"),) if why else ()
        return ((row.shutdown, "waiting"), *after)
    if why:
        failed = "failed" if role == "failed" else "dim"
        return ((shown_text(why), _ROLES[row.why.kind] if row.why else failed),)
    if role == "failed" and row.depth is not Depth.FULL:
        return _UNREAD
    if (left := seconds_left(row, now)) is not None:
        return ((f"~{format_age(left)} left" if left >= 0 else "longer than usual", "dim"),)
    return ()


def cause_text(row: Summary) -> str:
    """Return why a workflow waits or failed, else what Argo says of it; never only that a child
    failed. As the cluster has it: `shown_text` makes it fit to be shown."""
    if row.why is not None:
        return "" if row.why.kind is RowReasonKind.SILENT else str(row.why)
    return "" if is_passed_on(row.message) else row.message


def message_text(row: Summary, now: datetime) -> str:
    """Return `message_parts` as one text."""
    return "".join(text for text, _ in message_parts(row, now))


def seconds_left(row: Summary, now: datetime) -> float | None:
    """Return the seconds a running workflow should still take, by Argo's estimate."""
    if row.phase != "Running" or not row.estimated_duration or row.started is None or row.stuck:
        return None
    return row.estimated_duration - (now - row.started).total_seconds()
