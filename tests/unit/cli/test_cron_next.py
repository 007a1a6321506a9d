"""`cron next`: the runs of a schedule, without a cluster."""

from __future__ import annotations

import json

from argotui.cli import exits
from tests.unit.cli.conftest import Run

FIELDS = ["apiVersion", "kind", "schedules", "timezone", "zone", "from", "runs", "outsideSchema"]
"""The fields that scripts rely on: add, never rename."""


def test_runs_around_a_change_of_the_clock(run: Run) -> None:
    done = run("cron", "next", "30 2 * * *", "--timezone", "Europe/Berlin", "--from", "2024-03-30")
    assert (done.returncode, done.stderr) == (exits.OK, "")
    assert done.stdout.splitlines() == [
        "UTC                   EUROPE/BERLIN                IN",
        "2024-03-30T01:30:00Z  Sat 2024-03-30 02:30 +01:00  1h30m",
        "2024-04-01T00:30:00Z  Mon 2024-04-01 02:30 +02:00  2d00h",
        "2024-04-02T00:30:00Z  Tue 2024-04-02 02:30 +02:00  3d00h",
        "2024-04-03T00:30:00Z  Wed 2024-04-03 02:30 +02:00  4d00h",
        "2024-04-04T00:30:00Z  Thu 2024-04-04 02:30 +02:00  5d00h",
    ]


def test_the_document(run: Run) -> None:
    arguments = ["--timezone", "America/New_York", "--from", "2024-11-03T01:00:00-04:00"]
    done = run("cron", "next", "30 1 * * *", *arguments, "--count", "2", "-o", "json")
    document = json.loads(done.stdout)
    assert list(document) == FIELDS
    assert document["from"] == "2024-11-03T05:00:00Z"
    assert document["runs"] == [
        {"utc": "2024-11-03T05:30:00Z", "local": "2024-11-03T01:30:00-04:00"},
        {"utc": "2024-11-03T06:30:00Z", "local": "2024-11-03T01:30:00-05:00"},
    ]


def test_several_schedules_are_one_timetable(run: Run) -> None:
    both = ["0 6 * * *", "0 18 * * *"]
    done = run("cron", "next", *both, "--from", "2024-05-01T12:00", "--count", "2", "-o", "json")
    assert [each["utc"][11:13] for each in json.loads(done.stdout)["runs"]] == ["18", "06"]


def test_what_argo_refuses_says_why(run: Run) -> None:
    for arguments, words in (
        (["0 0 * * 7"], ["end of range (7) above maximum (6): 7", "Sunday is 0 or SUN."]),
        (["0 0 0 * * *"], ["expected exactly 5 fields", "no seconds"]),
        (["0 3 * * *", "--timezone", "Europe/Belin"], ["did you mean Europe/Berlin?"]),
        (["TZ=UTC 0 3 * * *", "--timezone", "UTC"], ["`timezone` is set too", "in its log only"]),
        (["0", "3", "*", "*", "*"], ["quotes"]),
        ([""], ["empty spec string"]),
        (["@daily", "--from", "tomorrow"], ["is not a time"]),
        (["@daily", "--count", "0"], ["--count"]),
    ):
        done = run("cron", "next", *arguments)
        assert (done.returncode, done.stdout) == (exits.USAGE, "")
        assert [word for word in words if word not in done.stderr] == []


def test_what_is_accepted_and_surprises_is_told(run: Run) -> None:
    for text, words in (
        ("@every 9m", "counts from when the controller last read the object: each change"),
        ("@every 90m", "in Argo it never runs"),
        ("TZ=UTC 0 3 * * *", "the schema of CronWorkflow in Argo 4.1 refuses"),
        ("0 0 30 2 *", "it never runs"),
    ):
        done = run("cron", "next", text)
        assert done.returncode == exits.OK
        assert words in done.stderr
