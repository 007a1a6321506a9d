"""The ring of lines, what is found in it, and the rows it takes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argotui.drawing.log_rows import AllLines, RowIndex
from argotui.model.logs.buffer import BLOCK_LINES, LogBuffer
from argotui.model.logs.matches import Matches
from argotui.model.patterns import parse_pattern


def filled(count: int, **bounds: int) -> LogBuffer:
    buffer = LogBuffer(**bounds)
    for number in range(count):
        buffer.append([number], [number % 3], [b"line %d" % number])
    return buffer


@given(st.lists(st.lists(st.binary(max_size=30), max_size=900), max_size=6))
def test_what_is_appended_comes_back(batches: list[list[bytes]]) -> None:
    buffer = LogBuffer()
    buffer.all_states = True
    for batch in batches:
        buffer.append(list(range(len(batch))), [1] * len(batch), batch)
    wanted = [text for batch in batches for text in batch]
    assert [line.raw for line in buffer.lines(0, len(wanted))] == wanted
    assert [raw for _, raws in buffer.raws(0, len(wanted)) for raw in raws] == wanted
    assert len(buffer) == len(wanted)
    assert buffer.longest == max(map(len, wanted), default=0)


def test_raws_give_any_stretch() -> None:
    buffer = filled(BLOCK_LINES * 3 + 7)
    for start, stop in [(0, 1), (500, 520), (BLOCK_LINES - 1, BLOCK_LINES * 3 + 3), (1540, 1543)]:
        found = [
            (first + at, raw)
            for first, raws in buffer.raws(start, stop)
            for at, raw in enumerate(raws)
        ]
        assert found == [
            (number, b"line %d" % number) for number in range(start, min(stop, buffer.end))
        ]


def test_the_oldest_lines_go_and_are_counted() -> None:
    buffer = filled(10_000, max_lines=3000)
    assert 3000 - BLOCK_LINES < len(buffer) <= 3000
    assert buffer.dropped == buffer.first == 10_000 - len(buffer)
    assert buffer.line(buffer.first).raw == b"line %d" % buffer.first
    assert buffer.line(9999).stamp == 9999
    assert buffer.source(buffer.first) == buffer.first % 3
    with pytest.raises(IndexError):
        buffer.line(buffer.first - 1)
    with pytest.raises(IndexError):
        buffer.line(10_000)


@given(st.lists(st.integers(0, 400_000), max_size=30), st.integers(100_000, 2_000_000))
def test_bytes_are_bounded_but_for_the_newest_block(sizes: list[int], bound: int) -> None:
    buffer = LogBuffer(max_bytes=bound)
    for size in sizes:
        buffer.append([0], [0], [b"x" * size])
        newest = 256 * 1024 + 400_000 + 16 * BLOCK_LINES
        assert buffer.size <= bound + newest
    if sizes:
        assert buffer.line(buffer.end - 1).raw == b"x" * sizes[-1]


@given(st.integers(0, 3000), st.integers(1, 700), st.integers(600, 1500))
def test_matches_are_those_of_a_plain_search(count: int, slice_size: int, bound: int) -> None:
    buffer = LogBuffer(max_lines=bound)
    matches = Matches(parse_pattern("7"), buffer)
    for start in range(0, count, 37):
        numbers = range(start, min(start + 37, count))
        buffer.append(list(numbers), [0] * len(numbers), [b"line %d" % n for n in numbers])
        matches.advance(slice_size)
    while not matches.advance(slice_size):
        pass
    wanted = [n for n in range(buffer.first, buffer.end) if "7" in str(n)]
    assert [matches[at] for at in range(len(matches))] == wanted
    assert matches.complete
    for number in (buffer.first, buffer.first + 40, buffer.end - 1):
        assert matches.position(number) == sum(n < number for n in wanted)
        assert (number in matches) == (number in wanted)
        assert matches.after(number) == next((n for n in wanted if n > number), None)
        assert matches.before(number) == next((n for n in reversed(wanted) if n < number), None)


def test_matches_look_at_what_is_shown_not_at_escapes() -> None:
    buffer = LogBuffer()
    buffer.append([1, 2], [0, 0], [b"\x1b[31mred\x1b[0m", b"31m"])
    matches = Matches(parse_pattern("31m"), buffer)
    assert matches.advance()
    assert [matches[at] for at in range(len(matches))] == [1]


def test_all_lines_are_their_own_positions() -> None:
    buffer = filled(5000, max_lines=2000)
    shown = AllLines(buffer)
    assert (len(shown), shown[0], shown.gone) == (len(buffer), buffer.first, buffer.first)
    assert shown.position(buffer.first + 5) == 5
    assert shown.position(0) == 0
    assert shown.position(99_999) == len(buffer)


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("extend"), st.integers(0, 1200)),
            st.tuples(st.just("drop"), st.integers(0, 900)),
            st.tuples(st.just("put"), st.integers(0, 10_000)),
        ),
        max_size=25,
    ),
    st.integers(0, 6000),
)
def test_rows_are_the_sums_of_heights(steps: list[tuple[str, int]], row: int) -> None:
    index, heights = RowIndex(), list[int]()
    for step, number in steps:
        if step == "extend":
            index.extend(number)
            heights += [1] * number
        elif step == "drop":
            gone = heights[:number]
            heights = heights[number:]
            assert index.drop(number) == sum(gone)
        elif heights:
            at = number % len(heights)
            heights[at] = 1 + number % 7
            index.put(at, heights[at])
            assert index.height(at) == heights[at]
    assert (len(index), index.total) == (len(heights), sum(heights))
    for position in {0, len(heights) // 2, len(heights)}:
        assert index.row(position) == sum(heights[:position])
    flat = [(at, inner) for at, height in enumerate(heights) for inner in range(height)]
    assert index.locate(row) == (flat[row] if row < len(flat) else (len(heights), 0))


def test_progress_bars_are_given_in_their_last_state() -> None:
    buffer = LogBuffer()
    buffer.append([0, 1], [0, 0], [b"10%\r20%\r100%\r\n", b"done\r\n"])
    assert [line.raw for line in buffer.lines(0, 2)] == [b"100%", b"done"]
    assert list(buffer.raws(0, 2)) == [(0, [b"100%", b"done"])]
    buffer.append(range(2, 600), [0] * 598, [b"x"] * 598)
    assert next(buffer.raws(0, 1)) == (0, [b"100%"])
    assert buffer.line(0).raw == b"100%"
    buffer.all_states = True
    assert buffer.line(0).text == "10%␍20%␍100%"
    assert next(buffer.raws(0, 1)) == (0, [b"10%\r20%\r100%\r\n"])
