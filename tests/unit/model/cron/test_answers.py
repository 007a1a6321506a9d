"""The evaluator against what robfig/cron answered to 1,000 random schedules in five zones.

`tools/write_cron_answers.py` asked them; `oracle/` is the program that answered.
"""

from __future__ import annotations

import json
import lzma
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from argotui.model.cron.schedule import ScheduleError, parse_schedule
from argotui.model.cron.zones import UTC_ZONE

ANSWERS = Path(__file__).parent / "answers.jsonl.xz"
COUNT = 20


def _recorded() -> list[tuple[str, str, int, str | list[int]]]:
    lines = lzma.decompress(ANSWERS.read_bytes()).decode().split("\n")
    return [tuple(json.loads(line)) for line in lines]


def _answer(text: str, zone: str, after: int) -> str | list[int]:
    """Return what the evaluator says, in the form of the records."""
    try:
        schedule = parse_schedule(f"CRON_TZ={zone} {text}")
    except ScheduleError as error:
        return str(error)
    times = [after]
    while len(times) <= COUNT:
        try:
            run = schedule.next_after(times[-1], UTC_ZONE)
        except OverflowError:
            break
        if run is None:
            break
        times.append(run)
    return [later - earlier for earlier, later in pairwise(times)]


def _as_told(said: str | list[int]) -> Any:
    """Leave the words of Go's durations and zones aside: ours differ there."""
    if isinstance(said, str) and said.startswith("failed to parse duration"):
        return said.partition(": ")[0]
    return said


@pytest.mark.usefixtures("fixed_zones")
def test_every_schedule_is_refused_or_runs_as_in_argo() -> None:
    recorded = _recorded()
    schedules = {recorded[place][0] for place in range(0, len(recorded), 5)}
    assert len(recorded) == 5000
    assert len(schedules) > 850, "few repeat"
    different = [
        (text, zone, after, said, ours)
        for text, zone, after, said in recorded
        if _as_told(ours := _answer(text, zone, after)) != _as_told(said)
    ]
    assert different == []


def test_the_records_hold_all_sorts_of_answers() -> None:
    recorded = _recorded()
    refused = sum(isinstance(said, str) for *_, said in recorded)
    complete = sum(len(said) == COUNT for *_, said in recorded if isinstance(said, list))
    ended = sum(len(said) < COUNT for *_, said in recorded if isinstance(said, list))
    assert refused > 1000
    assert complete > 3000
    assert ended > 0
