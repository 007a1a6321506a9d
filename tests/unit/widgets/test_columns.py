"""How columns share the width."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argotui.model.argo import Key
from argotui.model.workflows.summary import Depth, Summary
from argotui.widgets.table.columns import (
    GAP,
    Cell,
    Column,
    lay_out,
)
from argotui.widgets.workflows.columns import (
    COLUMNS,
    DEFAULT_COLUMNS,
    WorkflowRow,
    chosen_columns,
    natural_widths,
)

NOW = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)


def _cell(row: str, width: int) -> Cell:
    return ((row, ""),)


def column(
    name: str, minimum: int, ideal: int, priority: int, *, grows: bool = False
) -> Column[str]:
    return Column(name, name.upper(), _cell, minimum, ideal, priority, grows=grows)


FEW = [column("a", 5, 5, 0), column("b", 5, 10, 2), column("c", 5, 10, 1, grows=True)]


def test_what_matters_least_goes_first() -> None:
    assert [c.id for c, _ in lay_out(FEW, 19)] == ["a", "b", "c"]
    assert [c.id for c, _ in lay_out(FEW, 18)] == ["a", "c"]
    assert [c.id for c, _ in lay_out(FEW, 3)] == ["a"]


def test_what_is_left_over_goes_to_the_column_that_grows() -> None:
    assert [width for _, width in lay_out(FEW, 60)] == [5, 10, 41]


def test_a_column_is_not_wider_than_its_content() -> None:
    widths = {c.id: width for c, width in lay_out(FEW, 60, {"b": 7})}
    assert widths["b"] == 7


@given(st.integers(1, 400), st.integers(1, 260), st.booleans())
def test_the_line_is_never_longer_than_the_screen(width: int, name: int, everywhere: bool) -> None:
    columns = chosen_columns((), all_namespaces=everywhere)
    laid = lay_out(columns, width, {"name": name})
    total = sum(cells for _, cells in laid) + GAP * (len(laid) - 1)
    assert total <= max(width, sum(c.minimum + GAP for c, _ in laid if c.priority == 0))
    assert {"phase", "name"} <= {c.id for c, _ in laid}


@pytest.mark.parametrize(
    ("width", "shown"),
    [
        (76, ["phase", "name", "progress", "age", "took", "message"]),
        (156, [name for name in DEFAULT_COLUMNS if name != "namespace"]),
    ],
)
def test_the_usual_sizes_show_what_they_should(width: int, shown: list[str]) -> None:
    columns: list[Column[WorkflowRow]] = chosen_columns((), all_namespaces=False)
    assert [c.id for c, _ in lay_out(columns, width, {"name": 25})] == shown


@pytest.mark.parametrize(
    ("width", "name", "message", "expected"),
    [
        (76, 84, 120, {"name": 21, "message": 14}),
        (76, 13, 120, {"name": 13, "message": 22}),
        (116, 84, 120, {"name": 28, "message": 20, "template": 12}),
        (116, 84, 20, {"name": 28, "message": 20, "template": 12}),
        (90, 24, 120, {"name": 24, "message": 25, "progress": 8}),
        (110, 24, 120, {"name": 24, "message": 32, "nodes": 11}),
        (110, 24, 20, {"name": 24, "message": 21, "nodes": 16}),
        (116, 24, 120, {"name": 24, "message": 24, "progress": 8}),
        (156, 84, 120, {"name": 35, "message": 34, "template": 20, "progress": 14}),
        (156, 25, 120, {"name": 25, "message": 44, "template": 20}),
        (156, 84, 20, {"name": 49, "message": 20, "template": 20}),
        (196, 84, 120, {"name": 55, "message": 54}),
        (296, 84, 120, {"name": 84, "message": 125}),
        (296, 253, 240, {"name": 105, "message": 104}),
    ],
)
def test_no_long_text_leaves_the_others_without_a_place(
    width: int, name: int, message: int, expected: dict[str, int]
) -> None:
    natural = {"name": name, "message": message, "template": 20}
    laid = lay_out(chosen_columns((), all_namespaces=False), width, natural)
    assert {c.id: cells for c, cells in laid if c.id in expected} == expected
    if width > 76:
        assert sum(cells for _, cells in laid) + GAP * (len(laid) - 1) == width


@given(st.integers(60, 260), st.integers(1, 99), st.integers(1, 200), st.booleans())
def test_what_matters_less_than_the_message_takes_none_of_its_room(
    width: int, name: int, message: int, everywhere: bool
) -> None:
    natural = {"name": name, "message": message, "template": 20, "namespace": 9}
    laid = lay_out(chosen_columns((), all_namespaces=everywhere), width, natural)
    widths = {c.id: cells for c, cells in laid}
    if any(c.priority > COLUMNS["message"].priority for c, _ in laid):
        assert widths["message"] >= min(message, 20)
        assert widths["name"] >= min(name, 28)
    if widths.get("nodes", 0) > COLUMNS["nodes"].minimum:
        assert widths["message"] >= min(message, 30)


def test_a_column_whose_needs_are_not_known_gets_what_is_left() -> None:
    text = Column("text", "TEXT", _cell, 5, 10, cut="middle")
    rest = column("rest", 5, 10, 1, grows=True)
    assert [width for _, width in lay_out([text, rest], 60, {"text": 40})] == [10, 48]
    assert [width for _, width in lay_out([text], 60, {"text": 40})] == [40]


def test_messages_move_the_other_columns_in_steps() -> None:
    def message(cells: int) -> int:
        row = Summary(Key("argo", "etl"), Depth.FULL, message="x" * cells)
        return natural_widths([row])["message"]

    assert [message(cells) for cells in (0, 7, 20, 21, 90)] == [20, 20, 20, 40, 100]


def test_the_namespace_is_shown_where_it_differs_or_was_asked_for() -> None:
    assert "namespace" in [c.id for c in chosen_columns((), all_namespaces=True)]
    assert "namespace" not in [c.id for c in chosen_columns((), all_namespaces=False)]
    assert [c.id for c in chosen_columns(["namespace"], all_namespaces=False)] == ["namespace"]
    assert set(DEFAULT_COLUMNS) < set(COLUMNS)


@pytest.mark.parametrize(
    ("progress", "width", "wanted"),
    [
        ((5, 6), 8, "     5/6"),
        ((4941, 4960), 8, "     99%"),
        ((4941, 4960), 9, "4941/4960"),
        ((0, 12345), 8, " 0/12345"),
    ],
)
def test_a_progress_is_never_half_a_number(
    progress: tuple[int, int], width: int, wanted: str
) -> None:
    row = WorkflowRow(Summary(Key("argo", "etl"), Depth.FULL, progress=progress), NOW)
    assert "".join(part for part, _ in COLUMNS["progress"].cell(row, width)) == wanted
