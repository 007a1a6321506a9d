"""The schedules of one CronWorkflow, as Argo's controller puts them together.

The rules are those of `CronWorkflowSpec.GetSchedulesWithTimezone` and `validate.CronWorkflow` of
Argo 4.1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice

import msgspec

from argotui.model.cron.schedule import CronSchedule, Every, ScheduleError, parse_schedule, runs
from argotui.model.cron.zones import UTC_ZONE, Zone, ZoneError, load_zone

_OF_SCHEMA = re.compile(
    r"(@(yearly|annually|monthly|weekly|daily|midnight|hourly)"
    r"|@every\s+([0-9]+(ns|us|µs|ms|s|m|h))+"
    r"|([A-Za-z0-9*,/?-]+\s+){4}[A-Za-z0-9*,/?-]+)"
)
"""What the schema of CronWorkflow in Argo 4.1 lets a schedule be (its full CRDs)."""

_ZONES = ("TZ=", "CRON_TZ=")

RESYNC_SECONDS = 20 * 60
"""How often the controller reads every CronWorkflow again (`cronWorkflowResyncPeriod`)."""

EVERY_COUNTS = (
    "@every counts from when the controller last read the object: each change of it, the end of a "
    "run too, moves the runs"
)
NEVER_RUNS = (
    "it never runs: @every counts from when the controller last read the object, which it does "
    "each 20 minutes; write a cron expression"
)


class Timetable(msgspec.Struct, frozen=True):
    """The schedules of a CronWorkflow, parsed, with the zone whose clock they mean first."""

    schedules: tuple[CronSchedule, ...]
    zone: Zone

    def runs(self, after: datetime) -> Iterator[datetime]:
        """Yield the runs after a time, in order and in UTC."""
        return runs(self.schedules, after)

    def next_runs(self, after: datetime, count: int) -> list[datetime]:
        """Return the next runs in UTC; fewer if there are no more."""
        return list(islice(self.runs(after), count))

    @property
    def counts_from_reading(self) -> bool:
        """Whether a schedule is `@every`, whose runs depend on when the controller read it."""
        return any(isinstance(schedule, Every) for schedule in self.schedules)

    @property
    def never_runs(self) -> bool:
        """Whether every schedule is an `@every` that is longer than the controller waits.

        Tried with Argo 4.1.4: an `@every 22m` does not run.
        """
        return all(
            isinstance(schedule, Every) and schedule.seconds >= RESYNC_SECONDS
            for schedule in self.schedules
        )


def read_timetable(texts: Sequence[str], timezone: str = "") -> Timetable:
    """Return the timetable of the fields `schedules` and `timezone`.

    Raises ScheduleError for the first schedule that Argo refuses, or for the zone.
    """
    if not texts:
        raise ScheduleError("there is no schedule")
    for text in texts:
        parse_schedule(text)
    try:
        zone = load_zone(timezone)
    except ZoneError as error:
        raise ScheduleError(str(error), "Zones have names like Europe/Berlin.") from None
    if not timezone:
        parsed = tuple(map(parse_schedule, texts))
        return Timetable(parsed, parsed[0].zone or UTC_ZONE)
    twice = next((text for text in texts if text.startswith(_ZONES)), None)
    if twice is not None:
        raise ScheduleError(
            f"the schedule {twice} has a zone, and `timezone` is set too",
            "The controller then never runs it, and says so in its log only.",
        )
    return Timetable(
        tuple(parse_schedule(f"CRON_TZ={timezone} {text}") for text in texts), zone or UTC_ZONE
    )


def outside_schema(texts: Sequence[str]) -> list[str]:
    """Return the schedules that the parser takes and the schema of Argo 4.1 refuses."""
    return [text for text in texts if not _OF_SCHEMA.fullmatch(text)]
