"""When a schedule runs, and which schedules Argo refuses: the rules of robfig/cron v3.

Argo parses with `ParseStandard` of v3.0.1: five fields, descriptors, and a time zone in front of
them. The search for the next run follows `SpecSchedule.Next` step by step, because its answers at
the edges of daylight-saving time come from the order of those steps.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Protocol

import msgspec

from argotui.model.cron.fields import (
    DAY_OF_MONTH,
    DAY_OF_WEEK,
    FIELDS,
    HOUR,
    MONTH,
    STAR,
    FieldError,
    all_values,
    parse_field,
)
from argotui.model.cron.zones import UTC_ZONE, Zone, ZoneError, load_zone
from argotui.model.durations import DurationError, parse_go_nanoseconds

_SPACES = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
"""The white space of Go's `unicode.IsSpace`; Python's `split` knows more."""
_TO_SPACE = str.maketrans(dict.fromkeys(_SPACES, " "))

_NANOSECONDS = 1_000_000_000
_SEARCH_YEARS = 5
_MIDNIGHT = 1


class ScheduleError(ValueError):
    """A schedule that Argo refuses; its message says why, `hint` what to write instead."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class CronSchedule(Protocol):
    """A parsed schedule."""

    @property
    def zone(self) -> Zone | None:
        """The zone of the schedule; None: that in which the controller runs."""
        ...

    def next_after(self, unix: int, local: Zone) -> int | None:
        """Return the first run after an instant, both in Unix seconds; None: there is none.

        `local` is the zone in which the controller runs. Raises OverflowError if the search goes
        beyond the year 9999, or meets a day that the zone skips.
        """
        ...


class Every(msgspec.Struct, frozen=True):
    """`@every`: runs that many seconds after the controller last read the object."""

    seconds: int
    zone: Zone | None = None

    def next_after(self, unix: int, local: Zone) -> int | None:
        return unix + self.seconds


class Calendar(msgspec.Struct, frozen=True):
    """Five fields as bits, and the zone whose clock they mean."""

    minute: int
    hour: int
    day: int
    month: int
    weekday: int
    zone: Zone | None = None

    def next_after(self, unix: int, local: Zone) -> int | None:
        if not (self.minute and self.hour and self.month):
            return None  # robfig searches five years minute by minute, for the same answer
        search = _Search(self, self.zone or local, unix + 1)
        return search.unix if search.run() else None


class _Search:
    """The search for a run: `unix` moves forward until all fields match."""

    def __init__(self, schedule: Calendar, zone: Zone, unix: int) -> None:
        self._schedule = schedule
        self._zone = zone
        self._moved = False
        self._set(unix)

    def _set(self, unix: int) -> None:
        self.unix = unix
        self.at = self._zone.local(unix)

    def run(self) -> bool:
        """Move to the next run; False if there is none within five years."""
        limit = self.at.year + _SEARCH_YEARS
        while self.at.year <= limit:
            # Each step returns False if it passed the end of what is above it: a year, a month,
            # a day or an hour. Then the search starts again from the month.
            if self._month() and self._day() and self._hour() and self._minute() and self._second():
                return True
        return False

    def _month(self) -> bool:
        while not self._schedule.month >> self.at.month & 1:
            if not self._moved:
                self._moved = True
                self._set(self._zone.unix(self.at.year, self.at.month, 1))
            at = self.at
            self._set(self._zone.unix(at.year, at.month + 1, at.day, at.hour, at.minute, at.second))
            if self.at.month == 1:
                return False
        return True

    def _day(self) -> bool:
        while not self._day_matches():
            if not self._moved:
                self._moved = True
                self._set(self._zone.unix(self.at.year, self.at.month, self.at.day))
            at, before = self.at, self.unix
            self._set(self._zone.unix(at.year, at.month, at.day + 1, at.hour, at.minute, at.second))
            # A zone may skip midnight: then the clock shows 23 or 1.
            if self.at.hour > 12:
                self._set(self.unix + (24 - self.at.hour) * 3600)
            elif self.at.hour:
                self._set(self.unix - self.at.hour * 3600)
            if self.unix <= before:  # robfig/cron never ends its search here
                raise OverflowError(f"the zone skips a day after {at:%Y-%m-%d}")
            if self.at.day == 1:
                return False
        return True

    def _day_matches(self) -> bool:
        schedule = self._schedule
        of_month = bool(schedule.day >> self.at.day & 1)
        of_week = bool(schedule.weekday >> self.at.isoweekday() % 7 & 1)
        if (schedule.day | schedule.weekday) & STAR:
            return of_month and of_week
        return of_month or of_week

    def _hour(self) -> bool:
        while not self._schedule.hour >> self.at.hour & 1:
            if not self._moved:
                self._moved = True
                at = self.at
                self._set(self._zone.unix(at.year, at.month, at.day, at.hour))
            self._set(self.unix + 3600)
            if self.at.hour == 0:
                return False
        return True

    def _minute(self) -> bool:
        while not self._schedule.minute >> self.at.minute & 1:
            if not self._moved:
                self._moved = True
                self._set(self.unix - self.unix % 60)
            self._set(self.unix + 60)
            if self.at.minute == 0:
                return False
        return True

    def _second(self) -> bool:
        if self.at.second == 0:
            return True
        self._moved = True
        self._set(self.unix + 60 - self.at.second)
        return False


_ALL_HOURS = all_values(HOUR)
_ALL_DAYS = all_values(DAY_OF_MONTH)
_ALL_MONTHS = all_values(MONTH)
_ALL_WEEKDAYS = all_values(DAY_OF_WEEK)
_FIRST = 1 << 1

_DESCRIPTORS = {
    "@yearly": Calendar(1, _MIDNIGHT, _FIRST, _FIRST, _ALL_WEEKDAYS),
    "@annually": Calendar(1, _MIDNIGHT, _FIRST, _FIRST, _ALL_WEEKDAYS),
    "@monthly": Calendar(1, _MIDNIGHT, _FIRST, _ALL_MONTHS, _ALL_WEEKDAYS),
    "@weekly": Calendar(1, _MIDNIGHT, _ALL_DAYS, _ALL_MONTHS, 1),
    "@daily": Calendar(1, _MIDNIGHT, _ALL_DAYS, _ALL_MONTHS, _ALL_WEEKDAYS),
    "@midnight": Calendar(1, _MIDNIGHT, _ALL_DAYS, _ALL_MONTHS, _ALL_WEEKDAYS),
    "@hourly": Calendar(1, _ALL_HOURS, _ALL_DAYS, _ALL_MONTHS, _ALL_WEEKDAYS),
}
DESCRIPTORS = (*_DESCRIPTORS, "@every DURATION")


def parse_schedule(text: str) -> CronSchedule:
    """Return a schedule as `cron.ParseStandard` reads it. Raises ScheduleError."""
    if not text:
        raise ScheduleError("empty spec string")
    zone: Zone | None = None
    if text.startswith(("TZ=", "CRON_TZ=")):
        before, space, rest = text.partition(" ")
        if not space:  # robfig/cron panics
            raise ScheduleError("there is no schedule after the time zone")
        name = before.partition("=")[2]
        try:
            zone = load_zone(name)
        except ZoneError as error:
            raise ScheduleError(f"provided bad location {name}: {error}") from None
        text = rest.strip(_SPACES)
    if text.startswith("@"):
        return _descriptor(text, zone)
    words = [word for word in text.translate(_TO_SPACE).split(" ") if word]
    if len(words) != len(FIELDS):
        raise ScheduleError(
            f"expected exactly 5 fields, found {len(words)}: [{' '.join(words)}]",
            _hint_for_count(words),
        )
    try:
        minute, hour, day, month, weekday = map(parse_field, words, FIELDS)
    except FieldError as error:
        raise ScheduleError(str(error), _hint_for_field(words)) from None
    return Calendar(minute, hour, day, month, weekday, zone)


def _descriptor(text: str, zone: Zone | None) -> CronSchedule:
    if found := _DESCRIPTORS.get(text):
        return msgspec.structs.replace(found, zone=zone)
    every = "@every "
    if not text.startswith(every):
        known = ", ".join(DESCRIPTORS)
        raise ScheduleError(f"unrecognized descriptor: {text}", f"There are {known}.")
    try:
        nanoseconds = parse_go_nanoseconds(text.removeprefix(every))
    except DurationError as error:
        raise ScheduleError(f"failed to parse duration {text}: {error}") from None
    return Every(max(1, nanoseconds // _NANOSECONDS), zone)


def _hint_for_count(words: list[str]) -> str:
    if len(words) in (6, 7):
        return "Argo knows minute, hour, day of month, month and day of week: no seconds, no years."
    return "Write minute, hour, day of month, month and day of week."


def _hint_for_field(words: list[str]) -> str:
    day, weekday = words[2].upper(), words[4].upper()
    if weekday == "7" or weekday.endswith("-7"):
        return "Sunday is 0 or SUN."
    if any(sign in day + weekday for sign in "#LW"):
        return "Argo does not know L, W and #: write the days, or test the date in `when`."
    return ""


def runs(
    schedules: Iterable[CronSchedule], after: datetime, *, local: Zone = UTC_ZONE
) -> Iterator[datetime]:
    """Yield the runs of schedules after a time, in order and in UTC.

    Two schedules that meet run once: the controller names a workflow after the second of its run.
    The end is where no schedule has a run within five years, or the year 10000.
    """
    wanted = tuple(schedules)
    at = after.astimezone(UTC).timestamp() // 1
    coming = [_next(schedule, int(at), local) for schedule in wanted]
    while True:
        known = [run for run in coming if run is not None]
        if not known:
            return
        first = min(known)
        try:
            yield datetime.fromtimestamp(first, UTC)
        except (ValueError, OverflowError, OSError):
            return
        coming = [
            _next(schedule, first, local) if run == first else run
            for schedule, run in zip(wanted, coming, strict=True)
        ]


def _next(schedule: CronSchedule, unix: int, local: Zone) -> int | None:
    try:
        return schedule.next_after(unix, local)
    except OverflowError:
        return None
