"""Write what robfig/cron answers to random schedules, for the tests of `model/cron`.

It needs Go. Schedules come from a fixed seed; each is asked in five zones, near a change of the
clock there. The zones are the files beside the answers, so that newer zone data changes nothing.
"""

from __future__ import annotations

import json
import lzma
import os
import random
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

FOLDER = Path(__file__).parent.parent / "tests" / "unit" / "model" / "cron"
ANSWERS = FOLDER / "answers.jsonl.xz"
ZONES = FOLDER / "zones"

SEED = 20261126
SCHEDULES = 1000
COUNT = 20

ZONE_NAMES = {
    "America/New_York": "02:00 is skipped, 01:00 comes twice",
    "Europe/Dublin": "its winter time is the exception",
    "Australia/Lord_Howe": "the clock moves by half an hour",
    "America/Sao_Paulo": "midnight is skipped",
    "Africa/Cairo": "midnight is skipped on a Friday, four changes in a year",
}
YEARS = range(2009, 2026)

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
_BOUNDS = {"minute": (0, 59), "hour": (0, 23), "day": (1, 31), "month": (1, 12), "weekday": (0, 6)}
_LIKELY = {"minute": [0, 0, 15, 29, 30, 31, 59], "hour": [0, 0, 1, 1, 2, 2, 3, 23]}
_BROKEN = [
    *("7", "60", "24", "32", "13", "0", "-1", "1-", "-", "/", "*/0", "5/", "1-2-3", "1/2/3", "L"),
    *("1#2", "W", "15W", "x", "jan", "MON", "5-1", "*-", "*-99", "99999999999999999999", "+5"),
    *(",", ",,1", "1,", "\u0663", "mon-fri", "fr\u0130", "1.5", "*/-2", "1 - 5", "?", "**"),
]
_DURATIONS = [
    *("1h", "90s", "1h30m", "1.5h", "500ms", "1500ms", "0", "0s", "-1h", "1ns", "24h", "168h30m5s"),
    *("1d", "5", "", "h", "1hh", " 1h", "2562047h", "2562048h", "1\u00b5s", ".5m", "1.m", "3us"),
    *("0.999999999s", "1.9999999999999999999s", "+7m", "1h-5m", "86400.5s"),
]
_WORDS = ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"]
_BROKEN_WORDS = ["@reboot", "@Daily", "@daily ", " @daily", "@", "@every", "@everyday", "", " "]


def schedules() -> Iterator[str]:
    """Yield the random schedules."""
    chance = random.Random(SEED)
    for _ in range(SCHEDULES):
        yield _schedule(chance)


def _schedule(chance: random.Random) -> str:
    kind = chance.random()
    if kind < 0.05:
        return chance.choice(_WORDS)
    if kind < 0.08:
        return chance.choice(_BROKEN_WORDS)
    if kind < 0.13:
        return f"@every {chance.choice(_DURATIONS)}"
    fields = [_field(chance, name) for name in _BOUNDS]
    if kind < 0.16:
        fields.insert(0, "0")  # seconds
    elif kind < 0.18:
        fields.pop()
    elif kind < 0.22:  # days of both sorts
        fields[2] = str(chance.randint(1, 31))
        fields[4] = str(chance.randint(0, 6))
    if chance.random() < 0.12:
        fields[chance.randrange(len(fields))] = chance.choice(_BROKEN)
    text = chance.choice([" ", " ", " ", "  ", "\t", "\u00a0", "\x1f"]).join(fields)
    if kind > 0.97:
        return chance.choice(["TZ=", "CRON_TZ=", "tz=", " TZ="]) + f"Europe/Dublin {text}"
    return text


def _field(chance: random.Random, name: str) -> str:
    everything = {"minute": 0.1, "hour": 0.2, "day": 0.55, "month": 0.7, "weekday": 0.6}[name]
    if chance.random() < everything:
        return chance.choice(["*", "*", "*", "?", "*/1", "*/2"])
    return ",".join(_span(chance, name) for _ in range(chance.choice([1, 1, 1, 2, 3])))


def _span(chance: random.Random, name: str) -> str:
    low, high = _BOUNDS[name]
    first = (
        chance.choice(_LIKELY.get(name, []))
        if chance.random() < 0.6 and name in _LIKELY
        else (chance.randint(low, high))
    )
    kind = chance.random()
    if kind < 0.5:
        return _value(chance, name, first)
    last = chance.randint(first, high)
    span = f"{_value(chance, name, first)}-{_value(chance, name, last)}"
    if kind < 0.7:
        return span
    step = chance.choice([1, 2, 3, 5, 7, 10, 15, 20, 30, 70])
    return f"{chance.choice([span, _value(chance, name, first), '*'])}/{step}"


def _value(chance: random.Random, name: str, value: int) -> str:
    if name == "month" and chance.random() < 0.3:
        word = _MONTHS[value - 1]
    elif name == "weekday" and chance.random() < 0.3:
        word = _DAYS[value]
    else:
        return str(value) if chance.random() < 0.95 else f"0{value}"
    return chance.choice([word, word.upper(), word.title()])


def changes_of_clock(zone: ZoneInfo) -> list[int]:
    """Return the hours in `YEARS` within which the clock of a zone changes."""
    first = int(datetime(YEARS.start, 1, 1, tzinfo=UTC).timestamp())
    last = int(datetime(YEARS.stop, 1, 1, tzinfo=UTC).timestamp())

    def offset(unix: int) -> object:
        return datetime.fromtimestamp(unix, zone).utcoffset()

    hours = range(first, last, 3600)
    return [hour for hour in hours if offset(hour) != offset(hour + 3600)]


def questions() -> list[tuple[str, str, int]]:
    """Return schedules, zones, and after when to look."""
    chance = random.Random(SEED + 1)
    changes = {}
    for name in ZONE_NAMES:
        with (ZONES / name).open("rb") as file:
            changes[name] = changes_of_clock(ZoneInfo.from_file(file, name))
    asked = []
    for schedule in schedules():
        for name in ZONE_NAMES:
            before = chance.choice([3600, 7200, 86_400, 259_200, 3_456_000])
            after = chance.choice(changes[name]) + chance.randint(-before, 3600)
            asked.append((schedule, name, after))
    return asked


def ask(asked: list[tuple[str, str, int]]) -> list[dict[str, Any]]:
    """Return what robfig/cron answers."""
    lines = [
        json.dumps({"schedule": f"CRON_TZ={zone} {text}", "after": after, "count": COUNT})
        for text, zone, after in asked
    ]
    done = subprocess.run(
        ["go", "run", "."],  # noqa: S607
        cwd=FOLDER / "oracle",
        env={**os.environ, "ZONEINFO": str(ZONES)},
        input="\n".join(lines),
        capture_output=True,
        text=True,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def main() -> None:
    """Write the answers: per line a schedule, a zone, a time, and the times between runs."""
    asked = questions()
    lines = []
    for (text, zone, after), answer in zip(asked, ask(asked), strict=True):
        said = answer.get("refused")
        if said is None:
            runs: list[int] = answer.get("runs") or []
            said = [run - last for last, run in zip([after, *runs], runs, strict=False)]
        lines.append(json.dumps([text, zone, after, said], separators=(",", ":")))
    packed = lzma.compress("\n".join(lines).encode(), preset=9 | lzma.PRESET_EXTREME)
    ANSWERS.write_bytes(packed)


if __name__ == "__main__":
    main()
