"""Schedules at the edges, by name: where other libraries for cron differ from Argo.

The expected answers are those of robfig/cron v3.0.1 (`oracle/`), with two exceptions: it panics if
there is a zone alone, and it searches without end on a day that a zone skips.
"""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import islice

import pytest

from argotui.model.cron.schedule import ScheduleError, parse_schedule, runs

EDGES: dict[str, tuple[str, str, str | list[str]]] = {
    "every counts from now": (
        "@every 1h30m",
        "2024-05-01T10:20:30",
        ["2024-05-01T11:50:30", "2024-05-01T13:20:30", "2024-05-01T14:50:30"],
    ),
    "every below a second": (
        "@every 10ms",
        "2024-05-01T10:20:30",
        ["2024-05-01T10:20:31", "2024-05-01T10:20:32", "2024-05-01T10:20:33"],
    ),
    "every drops parts of a second": (
        "@every 2.9s",
        "2024-05-01T10:20:30",
        ["2024-05-01T10:20:32", "2024-05-01T10:20:34", "2024-05-01T10:20:36"],
    ),
    "every takes no days": (
        "@every 1d",
        "2024-05-01T10:20:30",
        "failed to parse duration @every 1d: “d” is not a unit",
    ),
    "TZ in front": (
        "TZ=America/New_York 0 8 * * *",
        "2024-05-01T10:20:30",
        ["2024-05-01T12:00", "2024-05-02T12:00", "2024-05-03T12:00"],
    ),
    "CRON_TZ in front": (
        "CRON_TZ=America/New_York 0 8 * * *",
        "2024-05-01T10:20:30",
        ["2024-05-01T12:00", "2024-05-02T12:00", "2024-05-03T12:00"],
    ),
    "two zones": (
        "CRON_TZ=America/New_York TZ=Europe/Dublin 0 8 * * *",
        "2024-05-01T10:20:30",
        "expected exactly 5 fields, found 6: [TZ=Europe/Dublin 0 8 * * *]",
    ),
    "a zone alone": (
        "TZ=America/New_York",
        "2024-05-01T10:20:30",
        "there is no schedule after the time zone",
    ),
    "a zone in lower case": (
        "TZ=america/new_york 0 8 * * *",
        "2024-05-01T10:20:30",
        "provided bad location america/new_york: unknown time zone america/new_york",
    ),
    "an empty zone is UTC": (
        "TZ= 0 8 * * *",
        "2024-05-01T10:20:30",
        ["2024-05-02T08:00", "2024-05-03T08:00", "2024-05-04T08:00"],
    ),
    "Sunday is not 7": (
        "0 0 * * 7",
        "2024-05-01T10:20:30",
        "end of range (7) above maximum (6): 7",
    ),
    "no last day": (
        "0 0 L * *",
        "2024-05-01T10:20:30",
        'failed to parse int from L: strconv.Atoi: parsing "L": invalid syntax',
    ),
    "no second Monday": (
        "0 0 * * 1#2",
        "2024-05-01T10:20:30",
        'failed to parse int from 1#2: strconv.Atoi: parsing "1#2": invalid syntax',
    ),
    "no seconds": (
        "0 0 0 * * *",
        "2024-05-01T10:20:30",
        "expected exactly 5 fields, found 6: [0 0 0 * * *]",
    ),
    "four fields": (
        "0 0 * *",
        "2024-05-01T10:20:30",
        "expected exactly 5 fields, found 4: [0 0 * *]",
    ),
    "02:30 is skipped in spring": (
        "CRON_TZ=America/New_York 30 2 * * *",
        "2024-03-09T00:00",
        ["2024-03-09T07:30", "2024-03-11T06:30", "2024-03-12T06:30"],
    ),
    "01:30 comes twice in autumn": (
        "CRON_TZ=America/New_York 30 1 * * *",
        "2024-11-02T00:00",
        ["2024-11-02T05:30", "2024-11-03T05:30", "2024-11-03T06:30"],
    ),
    "an hour that is skipped, by the hour": (
        "CRON_TZ=America/New_York 0 * * * *",
        "2024-03-10T05:30",
        ["2024-03-10T06:00", "2024-03-10T07:00", "2024-03-10T08:00"],
    ),
    "an hour that comes twice, by the hour": (
        "CRON_TZ=America/New_York 0 * * * *",
        "2024-11-03T04:30",
        ["2024-11-03T05:00", "2024-11-03T06:00", "2024-11-03T07:00"],
    ),
    "half an hour is skipped": (
        "CRON_TZ=Australia/Lord_Howe 15 2 * * *",
        "2024-10-04T00:00",
        ["2024-10-04T15:45", "2024-10-06T15:15", "2024-10-07T15:15"],
    ),
    "half an hour comes twice": (
        "CRON_TZ=Australia/Lord_Howe 45 1 * * *",
        "2024-04-05T00:00",
        ["2024-04-05T14:45", "2024-04-06T14:45", "2024-04-06T15:15"],
    ),
    "midnight is skipped": (
        "CRON_TZ=America/Sao_Paulo @daily",
        "2018-11-02T12:00",
        ["2018-11-03T03:00", "2018-11-05T02:00", "2018-11-06T02:00"],
    ),
    "midnight is skipped, by the weekday": (
        "CRON_TZ=America/Sao_Paulo 0 0 * * sun",
        "2018-11-02T12:00",
        ["2018-11-11T02:00", "2018-11-18T02:00", "2018-11-25T02:00"],
    ),
    "23:30 comes twice": (
        "CRON_TZ=America/Sao_Paulo 30 23 * * *",
        "2018-02-16T12:00",
        ["2018-02-17T01:30", "2018-02-18T01:30", "2018-02-18T02:30"],
    ),
    "a month that begins in the gap": (
        "CRON_TZ=Africa/Cairo 0 0 1 * *",
        "2024-04-20T00:00",
        ["2024-04-30T21:00", "2024-05-31T21:00", "2024-06-30T21:00"],
    ),
    "both days: either": (
        "0 0 13 * fri",
        "2024-09-01T00:00",
        ["2024-09-06T00:00", "2024-09-13T00:00", "2024-09-20T00:00"],
    ),
    "a star with a step is no star": (
        "0 0 */10 * mon",
        "2024-09-01T00:00",
        ["2024-09-02T00:00", "2024-09-09T00:00", "2024-09-11T00:00"],
    ),
    "a star with step one is a star": (
        "0 0 */1 * mon",
        "2024-09-01T00:00",
        ["2024-09-02T00:00", "2024-09-09T00:00", "2024-09-16T00:00"],
    ),
    "a question mark is a star": (
        "0 0 ? * mon",
        "2024-09-01T00:00",
        ["2024-09-02T00:00", "2024-09-09T00:00", "2024-09-16T00:00"],
    ),
    "29 February": (
        "0 0 29 2 *",
        "2024-03-01T00:00",
        ["2028-02-29T00:00", "2032-02-29T00:00", "2036-02-29T00:00"],
    ),
    "29 February over 2100": ("0 0 29 2 *", "2096-03-01T00:00", []),
    "29 February, five years ahead": (
        "0 0 29 2 *",
        "2099-06-01T00:00",
        ["2104-02-29T00:00", "2108-02-29T00:00", "2112-02-29T00:00"],
    ),
    "29 February, six years ahead": ("0 0 29 2 *", "2098-06-01T00:00", []),
    "30 February": ("0 0 30 2 *", "2024-03-01T00:00", []),
    "names in any case": (
        "0 0 * JAN-Mar sUn",
        "2024-03-01T00:00",
        ["2024-03-03T00:00", "2024-03-10T00:00", "2024-03-17T00:00"],
    ),
    "a range does not wrap": (
        "0 22-2 * * *",
        "2024-03-01T00:00",
        "beginning of range (22) beyond end of range (2): 22-2",
    ),
    "a start with a step goes to the end": (
        "50/5 3 * * *",
        "2024-03-01T00:00",
        ["2024-03-01T03:50", "2024-03-01T03:55", "2024-03-02T03:50"],
    ),
    "a step above the range": (
        "*/70 3 * * *",
        "2024-03-01T00:00",
        ["2024-03-01T03:00", "2024-03-02T03:00", "2024-03-03T03:00"],
    ),
    "a step of zero": (
        "*/0 3 * * *",
        "2024-03-01T00:00",
        "step of range should be a positive number: */0",
    ),
    "a field of a comma never matches": (", 3 * * *", "2024-03-01T00:00", []),
    "a word in capitals": ("@Daily", "2024-03-01T00:00", "unrecognized descriptor: @Daily"),
    "space before a word": (
        " @daily",
        "2024-03-01T00:00",
        "expected exactly 5 fields, found 1: [@daily]",
    ),
    "no reboot": ("@reboot", "2024-03-01T00:00", "unrecognized descriptor: @reboot"),
    "a schedule at its own second": (
        "0 3 * * *",
        "2024-03-01T03:00",
        ["2024-03-02T03:00", "2024-03-03T03:00", "2024-03-04T03:00"],
    ),
    "a day that is skipped": ("CRON_TZ=Pacific/Apia 0 0 30 * *", "2011-12-01T00:00", []),
}
"""Schedule, time after which to look (UTC), and the next three runs (UTC) or the refusal."""


@pytest.mark.usefixtures("fixed_zones")
@pytest.mark.parametrize("name", EDGES)
def test_edge(name: str) -> None:
    text, after, expected = EDGES[name]
    if isinstance(expected, str):
        with pytest.raises(ScheduleError) as refused:
            parse_schedule(text)
        assert str(refused.value).startswith(expected)
        return
    found = islice(runs([parse_schedule(text)], _utc(after)), 3)
    assert list(found) == [_utc(run) for run in expected]


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_the_refusals_say_what_to_write() -> None:
    hints = {
        "0 0 0 * * *": "no seconds",
        "0 0 * * 7": "Sunday is 0",
        "0 0 L * *": "`when`",
        "@reboot": "@every DURATION",
    }
    for text, words in hints.items():
        with pytest.raises(ScheduleError) as refused:
            parse_schedule(text)
        assert words in refused.value.hint


@pytest.mark.usefixtures("fixed_zones")
def test_a_zone_that_is_misspelt_is_suggested() -> None:
    for wrong in ("europe/dublin", "Europe/Dubin"):
        with pytest.raises(ScheduleError, match="did you mean Europe/Dublin"):
            parse_schedule(f"TZ={wrong} 0 8 * * *")


@pytest.mark.parametrize("name", ["../Dublin", "/etc/localtime", "Europe", ""], ids=str)
def test_a_zone_that_is_no_name(name: str) -> None:
    if not name:
        schedule = parse_schedule("TZ= 0 8 * * *")
        assert schedule.zone is not None
        assert schedule.zone.name == "UTC"
        return
    with pytest.raises(ScheduleError, match="bad location"):
        parse_schedule(f"TZ={name} 0 8 * * *")


def test_two_schedules_that_meet_run_once() -> None:
    both = [parse_schedule("*/20 * * * *"), parse_schedule("*/30 * * * *")]
    found = islice(runs(both, _utc("2024-03-01T00:00")), 4)
    assert [run.minute for run in found] == [20, 30, 40, 0]


def test_there_is_no_run_after_the_year_9999() -> None:
    schedule = parse_schedule("@yearly")
    assert len(list(runs([schedule], _utc("9997-06-01T00:00")))) == 2


def test_a_part_of_a_second_does_not_count() -> None:
    at = datetime(2024, 3, 1, 2, 59, 59, 999_999, tzinfo=UTC)
    assert next(runs([parse_schedule("0 3 * * *")], at)) == _utc("2024-03-01T03:00")
