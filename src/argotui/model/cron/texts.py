"""What the cells and lines of a CronWorkflow say: the same on the screen and on the command line.

A part is a tuple of (text, role); roles are those of `model.phases`, "dim" or empty.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from argotui.model.counted import counted
from argotui.model.cron.summary import CronSummary, MissedRuns
from argotui.model.cron.timetable import EVERY_COUNTS, NEVER_RUNS, outside_schema
from argotui.model.cron.zones import Zone
from argotui.model.durations import format_age, format_took
from argotui.model.phases import look_of_workflow
from argotui.model.redact import redact_text
from argotui.model.workflows.summary import Summary

Parts = tuple[tuple[str, str], ...]

MARKS = 8
"""How many of its last runs a row shows."""
NO_ZONE = "the controller's"
"""The zone of a schedule without one."""


class CronFact(NamedTuple):
    """A line about a CronWorkflow."""

    label: str
    text: str
    role: str = ""


def local_time(run: datetime, zone: Zone) -> str:
    """Return a run on the clock of a zone: `Sun 2026-03-29 03:30 +02:00`.

    The offset tells an hour that comes twice apart.
    """
    at = run.astimezone(zone.info)
    seconds = f"{at:%S}"
    clock = f"{at:%a %Y-%m-%d %H:%M}" + (f":{seconds}" if seconds != "00" else "")
    offset = f"{at:%z}"
    return f"{clock} {offset[:3]}:{offset[3:5]}"


def own_time(run: datetime) -> str:
    """Return a run on the clock of this machine."""
    return f"{run.astimezone():%a %Y-%m-%d %H:%M}"


def own_clock(run: datetime, now: datetime) -> str:
    """Return a run on the clock of this machine, short: `21:45`, `Fri 01:00`, `2026-12-24`."""
    here, today = run.astimezone(), now.astimezone()
    if here.date() == today.date():
        return f"{here:%H:%M}"
    return f"{here:%a %H:%M}" if run - now < timedelta(days=6) else f"{here:%Y-%m-%d}"


def next_words(row: CronSummary, run: datetime | None, now: datetime) -> tuple[str, str]:
    """Return in how long it runs next, or why it does not, and a role; `run` is its next run."""
    if row.state:
        role = "failed" if row.refusal else "waiting" if row.suspended else "dim"
        return row.state, role
    if run is None:
        return "never", "failed"
    return format_took((run - now).total_seconds()), ""


def last_words(row: CronSummary, now: datetime) -> str:
    """Return how long ago it ran last, empty if it never did."""
    if row.last_scheduled is None:
        return ""
    return format_age((now - row.last_scheduled).total_seconds())


def zone_words(row: CronSummary) -> str:
    """Return the zone of its schedules, empty for the controller's."""
    if row.timezone:
        return row.timezone
    zones = (
        {table.zone.name for table in row.timetable.schedules if table.zone}
        if (row.timetable)
        else set()
    )
    return " ".join(sorted(zones))


def mark_parts(runs: Sequence[Summary]) -> Parts:
    """Return its last runs as glyphs, the newest at the right; `runs` begin with the newest."""
    looks = [look_of_workflow(run) for run in reversed(runs[:MARKS])]
    return tuple((look.glyph, look.role) for look in looks)


def mark_letters(runs: Sequence[Summary]) -> str:
    """Return its last runs as letters, for a terminal without glyphs."""
    return "".join(look_of_workflow(run).word[0].upper() for run in reversed(runs[:MARKS]))


def missed_sentence(row: CronSummary, missed: MissedRuns, now: datetime) -> str:
    """Return what is known of the runs that did not happen."""
    runs = f"{missed.words} run" + ("" if missed.count == 1 else "s")
    said = f"{runs} since {row.last_scheduled:%Y-%m-%d %H:%M} UTC did not happen"
    if row.active and row.concurrency == "Forbid":
        return f"{said}: Forbid, and {row.active[0]} still runs"
    if row.when:
        return f"{said}: `when` may have been false"
    if missed.until is not None:
        left = format_took((missed.until - now).total_seconds())
        return f"{said}; the controller makes up for the last one within {left}"
    if row.deadline is None:
        return f"{said}; without startingDeadlineSeconds none is made up for"
    return f"{said}; startingDeadlineSeconds is over, so none is made up for"


def message_words(row: CronSummary, missed: MissedRuns | None) -> tuple[str, str]:
    """Return what is wrong with it, or what it misses, in a line, and a role."""
    if row.error:
        return redact_text(row.error), "failed"
    if missed is not None:
        return f"{missed.words} missed", "stuck"
    if row.active:
        return f"runs: {', '.join(row.active)}", "running"
    return "", ""


def cron_facts(row: CronSummary, now: datetime) -> Iterator[CronFact]:
    """Yield what there is to say of a CronWorkflow, in order."""
    state, role = next_words(row, row.next_run(now), now)
    yield CronFact("state", row.state or "active", role if row.state else "succeeded")
    if row.refusal:
        yield CronFact("refused", row.refusal, "failed")
        if row.hint:
            yield CronFact("", row.hint)
    for condition in row.conditions:
        yield CronFact(condition.type, redact_text(condition.message), "failed")
    for text in row.schedules or ("none",):
        yield CronFact("schedule", text)
    yield CronFact("timezone", zone_words(row) or f"{NO_ZONE}: UTC in Argo's image")
    if not row.state:
        yield CronFact("next run", state if state == "never" else f"in {state}", role)
    if row.last_scheduled is not None:
        yield CronFact(
            "last run", f"{last_words(row, now)} ago, {row.last_scheduled:%Y-%m-%d %H:%M} UTC"
        )
    if missed := row.missed(now):
        yield CronFact("missed", missed_sentence(row, missed, now), "stuck")
    yield CronFact("policy", row.concurrency or "Allow")
    if row.active:
        yield CronFact("runs now", ", ".join(row.active), "running")
    deadline = "none: a missed run is not made up for"
    if row.deadline is not None:
        deadline = f"{counted(row.deadline, 'second')} to make up for a missed run"
    yield CronFact("deadline", deadline)
    yield CronFact("keeps", f"{row.keep_successful} that succeed, {row.keep_failed} that fail")
    if row.succeeded or row.failed:
        yield CronFact("so far", f"{row.succeeded:,} succeeded, {row.failed:,} failed")
    if row.when:
        yield CronFact("runs when", row.when)
    if row.stop_expression:
        yield CronFact("stops when", row.stop_expression)
    if row.template:
        yield CronFact("template", row.template)
    if row.timetable and row.timetable.never_runs:
        yield CronFact("note", NEVER_RUNS, "failed")
    elif row.timetable and row.timetable.counts_from_reading:
        yield CronFact("note", EVERY_COUNTS)
    for text in outside_schema(row.schedules):
        yield CronFact("note", f"the schema of Argo 4.1 refuses the schedule {text!r}")
