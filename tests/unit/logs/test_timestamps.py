"""Going on after a cut: every line once, whatever comes again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argotui.operations.logs.timestamps import (
    Resume,
    StampReader,
    from_ns,
    to_ns,
)

SECOND = 1_000_000_000
BASE = to_ns(datetime(2026, 1, 5, 12, tzinfo=UTC))


def written(stamp: int, text: bytes) -> bytes:
    """A line as the kubelet sends it."""
    whole = from_ns(stamp).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{whole}.{stamp % SECOND:09d}Z ".encode() + text


@pytest.mark.parametrize(
    ("line", "stamp", "text"),
    [
        (b"2026-01-05T12:00:00.000000001Z hello", BASE + 1, b"hello"),
        (b"2026-01-05T12:00:00Z hello", BASE, b"hello"),
        (b"2026-01-05T12:00:00.5Z  two", BASE + SECOND // 2, b" two"),
        (b"2026-01-05T14:00:00.000000002+02:00 east", BASE + 2, b"east"),
        (b"2026-01-05T12:00:00.000000003Z ", BASE + 3, b""),
        (b"2026-01-05T12:00:00.000000003Z", BASE + 3, b""),
        (b"2026-01-05T12:00:00.000000004Z 2026-01-05T12:00:00Z", BASE + 4, b"2026-01-05T12:00:00Z"),
    ],
)
def test_a_stamp_is_read_in_every_form_of_rfc_3339(line: bytes, stamp: int, text: bytes) -> None:
    assert StampReader(7).split([line]) == ([stamp], [text], [])
    first = written(BASE, b"before")
    assert StampReader(7).split([first, line]) == ([BASE, stamp], [b"before", text], [])


def test_a_line_without_stamp_is_kept_whole_with_the_stamp_before_it() -> None:
    lines = [b"failed to watch file", written(BASE, b"a"), b"2026-99-05T12:00:00Z x", b""]
    stamps, texts, bare = StampReader(7).split(lines)
    assert stamps == [7, BASE, BASE, BASE]
    assert texts == [b"failed to watch file", b"a", b"2026-99-05T12:00:00Z x", b""]
    assert bare == [0, 2, 3]


@given(st.datetimes(datetime(2000, 1, 1), datetime(2200, 1, 1)), st.integers(-12, 12))  # noqa: DTZ001  # zones are added
def test_stamps_and_times_agree(moment: datetime, hours: int) -> None:
    aware = moment.replace(tzinfo=timezone(timedelta(hours=hours)))
    assert from_ns(to_ns(aware)) == aware
    line = aware.isoformat(timespec="microseconds").encode() + b" x"
    assert StampReader(0).split([line])[0] == [to_ns(aware)]


@st.composite
def logs(draw: st.DrawFn) -> list[tuple[int, bytes]]:
    """A log with bursts of equal stamps and stamps that run back a little."""
    now = BASE
    lines: list[tuple[int, bytes]] = []
    steps = st.sampled_from([0, 0, 0, 1, 1000, 300_000_000, SECOND, 5 * SECOND, -400_000_000])
    for number, step in enumerate(draw(st.lists(steps, max_size=40))):
        latest = max([stamp for stamp, _ in lines], default=now)
        now = max(now + step, latest - 900_000_000)
        lines.append((now, b"%d" % draw(st.sampled_from([number, 0]))))
    return lines


class Pod:
    """What the kubelet answers: the lines not before `since`, in the order of the file."""

    def __init__(self, lines: list[tuple[int, bytes]]) -> None:
        self.lines = lines

    def answer(self, since: datetime | None, upto: int) -> list[bytes]:
        low = to_ns(since) if since is not None else 0
        return [written(stamp, text) for stamp, text in self.lines[:upto] if stamp >= low]


@given(logs(), st.data())
def test_any_cuts_give_exactly_the_lines(
    lines: list[tuple[int, bytes]], data: st.DataObject
) -> None:
    pod, reader, resume = Pod(lines), StampReader(0), Resume()
    got: list[tuple[int, bytes]] = []
    cuts = sorted(data.draw(st.lists(st.integers(0, len(lines)), max_size=6)))
    for written_so_far in [*cuts, len(lines)]:
        if resume.started:
            resume.repeat()
        answer = pod.answer(resume.since(), written_so_far)
        if written_so_far < len(lines):
            answer = answer[: data.draw(st.integers(0, len(answer)))]
        while answer:
            size = data.draw(st.integers(1, len(answer)))
            stamps, texts, lost = resume.take(*reader.split(answer[:size]))
            assert not lost
            got += zip(stamps, texts, strict=True)
            answer = answer[size:]
    assert got == lines


@given(logs(), st.integers(0, 40), st.integers(1, 40))
def test_a_tail_is_not_widened_by_a_cut(lines: list[tuple[int, bytes]], tail: int, at: int) -> None:
    lines = [(stamp + number, text) for number, (stamp, text) in enumerate(sorted(lines))]
    reader, resume = StampReader(0), Resume(tailed=True)
    first = [written(*line) for line in lines[:at]][-tail:] if tail else []
    before, texts, _ = resume.take(*reader.split(first))
    got = list(zip(before, texts, strict=True))
    if not resume.started:
        return
    resume.repeat()
    stamps, texts, _ = resume.take(*reader.split(Pod(lines).answer(resume.since(), len(lines))))
    got += zip(stamps, texts, strict=True)
    assert got == lines[max(0, min(at, len(lines)) - tail) :]


def test_a_rotated_log_says_that_lines_may_be_missing() -> None:
    reader, resume = StampReader(0), Resume()
    resume.take(*reader.split([written(BASE, b"a")]))
    resume.repeat()
    stamps, texts, lost = resume.take(*reader.split([written(BASE + 9 * SECOND, b"z")]))
    assert (stamps, texts, lost) == ([BASE + 9 * SECOND], [b"z"], True)


def test_a_repeat_never_asks_from_before_what_was_asked_for() -> None:
    asked = from_ns(BASE) + timedelta(milliseconds=250)
    resume = Resume(asked)
    assert resume.since() == from_ns(BASE)
    resume.take([BASE + SECOND // 2], [b"a"], [])
    assert resume.since() == from_ns(BASE)
    resume.take([BASE + 5 * SECOND], [b"b"], [])
    assert resume.since() == from_ns(BASE + 4 * SECOND)
