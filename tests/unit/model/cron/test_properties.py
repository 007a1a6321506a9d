"""What holds for every schedule, whatever robfig/cron says about it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise

from hypothesis import given
from hypothesis import strategies as st

from argotui.model.cron.fields import FIELDS, STAR, Field
from argotui.model.cron.schedule import (
    Calendar,
    Every,
    ScheduleError,
    parse_schedule,
    runs,
)
from argotui.model.cron.zones import UTC_ZONE, load_zone

ZONES = ["UTC", "America/New_York", "Europe/Dublin", "Australia/Lord_Howe", "Africa/Cairo"]
FIRST = int(datetime(1990, 1, 1, tzinfo=UTC).timestamp())
LAST = int(datetime(2030, 1, 1, tzinfo=UTC).timestamp())


@st.composite
def field_texts(draw: st.DrawFn, field: Field) -> str:
    if draw(st.booleans()):
        return "*"
    values = draw(st.lists(st.integers(field.least, field.greatest), min_size=1, max_size=4))
    return ",".join(map(str, values))


expressions = st.tuples(*map(field_texts, FIELDS)).map(" ".join)
instants = st.integers(FIRST, LAST)


def _calendar(text: str, zone: str) -> Calendar:
    schedule = parse_schedule(f"CRON_TZ={zone} {text}")
    assert isinstance(schedule, Calendar)
    return schedule


def _matches(schedule: Calendar, unix: int) -> bool:
    """Say whether the clock of the zone shows what the fields ask for."""
    at = (schedule.zone or UTC_ZONE).local(unix)
    day, weekday = schedule.day >> at.day & 1, schedule.weekday >> at.isoweekday() % 7 & 1
    either = not (schedule.day | schedule.weekday) & STAR
    return bool(
        at.second == 0
        and schedule.minute >> at.minute & 1
        and schedule.hour >> at.hour & 1
        and schedule.month >> at.month & 1
        and (day or weekday if either else day and weekday)
    )


@given(expressions, st.sampled_from(ZONES), instants)
def test_a_run_is_later_and_the_clock_shows_it(text: str, zone: str, after: int) -> None:
    schedule = _calendar(text, zone)
    run = schedule.next_after(after, UTC_ZONE)
    if run is not None:
        assert run > after
        assert _matches(schedule, run)


@given(expressions, instants)
def test_no_minute_between_is_left_out_if_the_clock_never_changes(text: str, after: int) -> None:
    schedule = _calendar(text, "UTC")
    run = schedule.next_after(after, UTC_ZONE)
    first = after + 60 - after % 60
    end = first + 3 * 86_400
    found = next((unix for unix in range(first, end, 60) if _matches(schedule, unix)), None)
    assert found == (run if run is not None and run < end else None)


@given(expressions, st.sampled_from(ZONES), instants, st.integers(0, 86_400))
def test_a_later_start_never_finds_an_earlier_run(
    text: str, zone: str, after: int, later: int
) -> None:
    schedule = _calendar(text, zone)
    first, second = (schedule.next_after(at, UTC_ZONE) for at in (after, after + later))
    if first is not None and second is not None:
        assert first <= second
        if first > after + later:
            assert first == second


@given(expressions, expressions, instants)
def test_several_schedules_are_the_union_of_their_runs(one: str, other: str, after: int) -> None:
    schedules = [parse_schedule(one), parse_schedule(other)]
    start = datetime.fromtimestamp(after, UTC)
    together = list(islice(runs(schedules, start), 10))
    apart = {run for schedule in schedules for run in islice(runs([schedule], start), 10)}
    assert together == sorted(apart)[:10]
    assert all(earlier < later for earlier, later in pairwise(together))


@given(st.integers(1, 10_000_000), instants)
def test_every_is_a_constant_distance(seconds: int, after: int) -> None:
    schedule = parse_schedule(f"@every {seconds}s")
    assert schedule == Every(seconds)
    start = datetime.fromtimestamp(after, UTC)
    found = list(islice(runs([schedule], start), 3))
    assert found == [start + timedelta(seconds=seconds) * count for count in (1, 2, 3)]


@given(st.text(max_size=40))
def test_any_text_is_a_schedule_or_refused(text: str) -> None:
    try:
        schedule = parse_schedule(text)
    except ScheduleError:
        return
    next(runs([schedule], datetime(2024, 1, 1, tzinfo=UTC)), None)


def test_local_is_the_zone_of_the_controller() -> None:
    schedule = parse_schedule("TZ=Local 0 8 * * *")
    assert schedule.zone is None
    zone = load_zone("America/New_York")
    assert zone is not None
    start = datetime(2024, 5, 1, tzinfo=UTC)
    assert next(runs([schedule], start, local=zone)) == start.replace(hour=12)
