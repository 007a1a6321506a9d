"""Lines of a table: their parts, their width, and which part of one differs."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.style import Style

from argotui.widgets.table.columns import Cell, Column
from argotui.widgets.table.row_painter import RowPainter, RowState

Words = tuple[str, str, str]


def _word(index: int) -> Column[Words]:
    def cell(row: Words, width: int) -> Cell:
        return ((row[index], ""),)

    return Column(f"w{index}", f"W{index}", cell, 6, 6)


def painter(width: int = 6) -> RowPainter[Words]:
    made: RowPainter[Words] = RowPainter(lambda role: Style.null())
    made.layout = [(_word(index), width) for index in range(3)]
    return made


words = st.text("aé日\x1b\x9b\n[] ", max_size=12)
triples = st.tuples(words, words, words)


@given(triples, triples)
def test_outside_the_span_two_lines_are_the_same(old: Words, new: Words) -> None:
    made = painter()
    before, after = made.cells(old), made.cells(new)
    one, other = (made.row(cells, RowState(), 40) for cells in (before, after))
    start, end = made.span(before, after)
    assert one.crop(0, start).text == other.crop(0, start).text
    assert one.crop(end).text == other.crop(end).text


@given(triples, st.integers(1, 60), st.booleans(), st.booleans())
def test_a_line_is_as_wide_as_the_screen(row: Words, width: int, cursor: bool, mark: bool) -> None:
    made = painter()
    assert made.row(made.cells(row), RowState(cursor, mark), width).cell_length == width
    assert made.titles(width).cell_length == width


@given(triples)
def test_no_control_character_leaves_a_line(row: Words) -> None:
    made = painter()
    assert made.row(made.cells(row), RowState(), 40).text.isprintable()


def test_the_span_of_one_changed_cell_is_that_cell() -> None:
    made = painter()
    start, end = made.span(made.cells(("a", "b", "c")), made.cells(("a", "x", "c")))
    assert (start, end) == (11, 17)


def test_a_row_that_is_gone_is_a_sign_of_it() -> None:
    made = painter()
    assert made.row(made.cells(None), RowState(), 30).text.split() == ["…"]
