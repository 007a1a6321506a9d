"""Chunks become lines, whatever the cuts, in linear time and bounded memory."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argotui.backend.kube.lines import LineSplitter, LineTooLongError

MARK = b"[cut]"


def lines_of(chunks: list[bytes], limit: int, mark: bytes | None = None) -> list[bytes]:
    splitter = LineSplitter(limit, mark)
    found = [line for chunk in chunks for line in splitter.feed(chunk)]
    return found + splitter.close()


@given(st.lists(st.text(alphabet="ab\n", max_size=12)))
def test_the_cuts_between_chunks_do_not_matter(chunks: list[str]) -> None:
    data = "".join(chunks)
    expected = data.split("\n")
    if not expected[-1]:
        expected.pop()

    assert lines_of([chunk.encode() for chunk in chunks], 1000) == [e.encode() for e in expected]


@given(st.lists(st.text(alphabet="ab\n", max_size=12)), st.integers(1, 9))
def test_long_lines_are_cut_and_marked_and_nothing_else_is(chunks: list[str], limit: int) -> None:
    whole = lines_of([chunk.encode() for chunk in chunks], 1000)

    found = lines_of([chunk.encode() for chunk in chunks], limit, MARK)

    assert found == [line if len(line) <= limit else line[:limit] + MARK for line in whole]


def test_without_a_mark_a_long_line_is_an_error() -> None:
    splitter = LineSplitter(4)
    splitter.feed(b"abc")

    with pytest.raises(LineTooLongError):
        splitter.feed(b"de")


def test_a_line_that_never_ends_is_shown_once_and_dropped() -> None:
    splitter = LineSplitter(4, MARK)

    found = [line for _ in range(1000) for line in splitter.feed(b"xx")]

    assert found == [b"xxxx" + MARK]
    assert not splitter.pending
    assert splitter.feed(b"xx\nnext\n") == [b"next"]


def test_each_byte_is_joined_once() -> None:
    """A megabyte that arrives byte by byte: looking at it again from its start would take hours."""
    splitter = LineSplitter(2 << 20)
    for _ in range(1 << 20):
        assert not splitter.feed(b"x")

    assert splitter.feed(b"\n") == [b"x" * (1 << 20)]
