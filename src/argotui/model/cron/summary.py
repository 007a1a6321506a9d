"""What a CronWorkflow says of itself: a row of the list, and its detail.

The rules are those of workflow/cron/operator.go of Argo 4.1.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import msgspec

from argotui.model.argo import Key
from argotui.model.counted import counted
from argotui.model.cron.schedule import ScheduleError
from argotui.model.cron.timetable import NEVER_RUNS, Timetable, read_timetable
from argotui.model.sanitise import clean, clean_line

LAST_SCHEDULE = "cronworkflows.argoproj.io/last-used-schedule"
"""The annotation with the schedules that the controller used last."""
COMPLETED_LABEL = "cronworkflows.argoproj.io/completed"
LONGEST_NAME = 52
"""Characters of a CronWorkflow's name (validate.go): the second of a run is added to it."""
CONCURRENCY = ("Allow", "Forbid", "Replace")

KEPT_SUCCESSFUL = 3
KEPT_FAILED = 1
"""How many workflows the controller keeps if the object says nothing (`enforceHistoryLimit`)."""

GRACE = timedelta(seconds=60)
"""How late a run is before it counts as missed."""
MOST_MISSED = 100
"""Missed runs are counted up to this many."""


class CronCondition(msgspec.Struct, frozen=True):
    """A condition that the controller set: `SubmissionError` or `SpecError`, with its message."""

    type: str
    message: str


class MissedRuns(msgspec.Struct, frozen=True):
    """Runs that are due and did not happen, as far as the object shows.

    `count` is at most `MOST_MISSED`. The controller makes up for the last one until `until`, None
    if it makes up for none.
    """

    count: int
    last: datetime
    until: datetime | None = None

    @property
    def words(self) -> str:
        """The number as text, `99+` for many."""
        return f"{MOST_MISSED - 1}+" if self.count >= MOST_MISSED else str(self.count)


class CronSummary(msgspec.Struct, frozen=True):
    """A CronWorkflow, sanitised. Times are aware.

    `timetable` is None if the schedules are refused; `refusal` says why. `failed` and `succeeded`
    count its runs; None limits and deadlines are not set.
    """

    key: Key
    uid: str = ""
    resource_version: str = ""
    created: datetime | None = None
    deleting: bool = False
    labels: Mapping[str, str] = {}
    schedules: tuple[str, ...] = ()
    timezone: str = ""
    timetable: Timetable | None = None
    refusal: str = ""
    hint: str = ""
    suspended: bool = False
    stopped: bool = False
    concurrency: str = ""
    deadline: int | None = None
    keep_successful: int = KEPT_SUCCESSFUL
    keep_failed: int = KEPT_FAILED
    when: str = ""
    stop_expression: str = ""
    last_scheduled: datetime | None = None
    active: tuple[str, ...] = ()
    succeeded: int = 0
    failed: int = 0
    conditions: tuple[CronCondition, ...] = ()
    template: str = ""
    rescheduled: bool = False
    """Whether the controller has not used the present schedules yet."""

    @property
    def schedule_text(self) -> str:
        """All schedules in one line."""
        return ", ".join(self.schedules)

    @property
    def zone_name(self) -> str:
        """The zone whose clock the schedules mean."""
        return self.timezone or (self.timetable.zone.name if self.timetable else "")

    @property
    def state(self) -> str:
        """Why it runs nothing, in a word; empty if it runs."""
        if self.deleting:
            return "being deleted"
        if self.refusal:
            return "refused"
        if self.stopped:
            return "stopped"
        return "suspended" if self.suspended else ""

    @property
    def error(self) -> str:
        """What is wrong with it, in a line; empty if nothing is."""
        if self.refusal:
            return self.refusal
        if self.timetable is not None and self.timetable.never_runs and not self.state:
            return NEVER_RUNS
        return next((f"{each.type}: {clean_line(each.message)}" for each in self.conditions), "")

    def next_runs(self, now: datetime, count: int) -> list[datetime]:
        """Return its next runs; none if it runs nothing."""
        if self.state or self.timetable is None or self.timetable.never_runs:
            return []
        start = now
        if self.timetable.counts_from_reading:
            # The controller reads the object when it writes the run into it.
            start = self.last_scheduled or self.created or now
        coming = (run for run in self.timetable.runs(start) if run > now)
        return list(islice(coming, count))

    def next_run(self, now: datetime) -> datetime | None:
        """Return its next run, None if there is none."""
        return next(iter(self.next_runs(now, 1)), None)

    def missed(self, now: datetime) -> MissedRuns | None:
        """Return the runs since the last one that did not happen, None if there are none.

        What runs nothing misses nothing. `@every` misses nothing either: its runs move with each
        change of the object. A policy (`Forbid` and a run that goes on) or `when` can be the cause.
        """
        table = self.timetable
        since = self.last_scheduled
        if self.state or table is None or since is None or self.rescheduled:
            return None
        if table.counts_from_reading:
            return None
        due = [*islice(self._due(table, since, now - GRACE), MOST_MISSED)]
        if not due:
            return None
        until = None
        if self.deadline is not None:
            until = due[-1] + timedelta(seconds=self.deadline)
        return MissedRuns(len(due), due[-1], until if until and until > now else None)

    @staticmethod
    def _due(table: Timetable, since: datetime, until: datetime) -> Iterator[datetime]:
        for run in table.runs(since):
            if run >= until:
                return
            yield run


def summarise_cron(document: Mapping[str, Any]) -> CronSummary:
    """Return the summary of a CronWorkflow document; parts of a wrong shape count as missing."""
    meta, spec = _mapping(document, "metadata"), _mapping(document, "spec")
    status, notes = _mapping(document, "status"), _mapping(meta, "annotations")
    raw = [text for text in _list(spec, "schedules") if isinstance(text, str)]
    if not raw and isinstance(spec.get("schedule"), str):  # before 4.0
        raw = [spec["schedule"]]
    timezone = _text(spec, "timezone")
    timetable, refusal, hint = None, "", ""
    name = _text(meta, "name")
    try:
        timetable = read_timetable(raw, timezone)
    except ScheduleError as error:
        refusal, hint = clean_line(str(error)), error.hint
    if not refusal:
        refusal = _other_refusal(name, spec)
    labels = {clean(str(k)): clean(str(v)) for k, v in _mapping(meta, "labels").items()}
    reference = _mapping(_mapping(spec, "workflowSpec"), "workflowTemplateRef")
    used = _text(notes, LAST_SCHEDULE)
    active = (_text(each, "name") for each in _list(status, "active") if isinstance(each, Mapping))
    return CronSummary(
        key=Key(clean_line(_text(meta, "namespace")), clean_line(name)),
        uid=_text(meta, "uid"),
        resource_version=_text(meta, "resourceVersion"),
        created=_time(meta, "creationTimestamp"),
        deleting=bool(meta.get("deletionTimestamp")),
        labels=labels,
        schedules=tuple(clean_line(text) for text in raw),
        timezone=clean_line(timezone),
        timetable=timetable,
        refusal=refusal,
        hint=hint,
        suspended=spec.get("suspend") is True,
        stopped=status.get("phase") == "Stopped" or labels.get(COMPLETED_LABEL) == "true",
        concurrency=clean_line(_text(spec, "concurrencyPolicy")),
        deadline=_number(spec, "startingDeadlineSeconds"),
        keep_successful=_limit(spec, "successfulJobsHistoryLimit", KEPT_SUCCESSFUL),
        keep_failed=_limit(spec, "failedJobsHistoryLimit", KEPT_FAILED),
        when=clean_line(_text(spec, "when")),
        stop_expression=clean_line(_text(_mapping(spec, "stopStrategy"), "expression")),
        last_scheduled=_time(status, "lastScheduledTime"),
        active=tuple(clean_line(each) for each in active),
        succeeded=_number(status, "succeeded") or 0,
        failed=_number(status, "failed") or 0,
        conditions=tuple(_conditions(status)),
        template=clean_line(_text(reference, "name")),
        rescheduled=used != _used_text(raw, timezone),
    )


def _other_refusal(name: str, spec: Mapping[str, Any]) -> str:
    """Return what the controller refuses besides schedules and zone (`validate.CronWorkflow`)."""
    if len(name) > LONGEST_NAME:
        length = counted(len(name), "character")
        return f"its name has {length}; that of a CronWorkflow has at most {LONGEST_NAME}"
    policy = _text(spec, "concurrencyPolicy")
    if policy and policy not in CONCURRENCY:
        return f"{clean_line(policy)!r} is no concurrencyPolicy: {', '.join(CONCURRENCY)}"
    if (_number(spec, "startingDeadlineSeconds") or 0) < 0:
        return "startingDeadlineSeconds is negative"
    return ""


def _used_text(schedules: list[str], timezone: str) -> str:
    """Return what the controller notes of the schedules (`GetScheduleWithTimezoneString`)."""
    before = f"CRON_TZ={timezone} " if timezone else ""
    return ",".join(before + text for text in schedules)


def _conditions(status: Mapping[str, Any]) -> Iterator[CronCondition]:
    for each in _list(status, "conditions"):
        if isinstance(each, Mapping) and each.get("status") == "True":
            yield CronCondition(clean_line(_text(each, "type")), clean(_text(each, "message")))


def _mapping(owner: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = owner.get(name)
    return value if isinstance(value, Mapping) else {}


def _list(owner: Mapping[str, Any], name: str) -> list[Any]:
    value = owner.get(name)
    return value if isinstance(value, list) else []


def _text(owner: Mapping[str, Any], name: str) -> str:
    value = owner.get(name)
    return value if isinstance(value, str) else ""


def _number(owner: Mapping[str, Any], name: str) -> int | None:
    value = owner.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _limit(owner: Mapping[str, Any], name: str, default: int) -> int:
    """Return how many runs are kept; a negative limit counts as none given."""
    value = _number(owner, name)
    return default if value is None or value < 0 else value


def _time(owner: Mapping[str, Any], name: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(_text(owner, name))
    except ValueError:
        return None
    return found if found.tzinfo else None
