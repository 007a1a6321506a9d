"""The live table: what is painted, what moves, and what never does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from textual.message import Message
from textual.pilot import Pilot

from argotui.widgets.table.columns import Cell, Column
from argotui.widgets.table.virtual_table import VirtualTable
from tests.driven import settled
from tests.support import PATIENCE, until
from tests.unit.widgets.support import Harness, painting

TITLE_LINES = 1


def _text(row: str, width: int) -> Cell:
    return ((row, ""),)


def _size(row: str, width: int) -> Cell:
    return ((str(len(row)), "dim"),)


COLUMNS = (
    Column("text", "TEXT", _text, 10, 30, cut="middle"),
    Column("size", "SIZE", _size, 4, 4, priority=1, align="right"),
)


class Source:
    """Rows that a test changes."""

    def __init__(self, count: int) -> None:
        self.rows = {number: f"row {number}" for number in range(count)}
        self.table: VirtualTable[int, str] = VirtualTable(COLUMNS, self.rows.get)


@asynccontextmanager
async def shown(
    count: int, size: tuple[int, int] = (60, 11)
) -> AsyncIterator[tuple[Source, VirtualTable[int, str], Harness, Pilot[None]]]:
    source = Source(count)
    app = Harness(source.table)
    async with app.run_test(size=size) as pilot:
        source.table.set_rows(list(source.rows))
        await settled(app)
        yield source, source.table, app, pilot


def line_of(app: Harness, text: str) -> int:
    return next(y for y, line in enumerate(app.screen_lines()) if text in line)


async def test_titles_rows_and_the_cursor_are_drawn() -> None:
    async with shown(3) as (_, _, app, _):
        lines = app.screen_lines()
        assert lines[0].split() == ["TEXT", "SIZE"]
        assert lines[1].startswith("▸  row 0")
        assert lines[1].endswith("5")
        assert lines[3].strip().startswith("row 2")


async def test_a_changed_row_paints_its_line_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    async with shown(1000) as (source, table, app, _):
        with painting(table, monkeypatch) as painted:
            source.rows[4] = "changed"
            source.rows[900] = "changed out of view"
            assert table.refresh_rows({4, 900}) == 1
            await settled(app)
        assert set(painted.lines) == {4 + TITLE_LINES}
        assert "changed" in app.screen_lines()[5]


async def test_a_row_that_reads_the_same_is_not_painted(monkeypatch: pytest.MonkeyPatch) -> None:
    async with shown(20) as (_, table, app, _):
        with painting(table, monkeypatch) as painted:
            assert table.refresh_rows({1, 2, 3}) == 0
            assert table.refresh_visible() == 0
            table.set_rows(list(table.rows))
            await settled(app)
        assert not painted.lines


async def test_an_exchange_of_two_rows_paints_two_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    async with shown(500) as (_, table, app, _):
        rows = list(table.rows)
        rows[3], rows[6] = rows[6], rows[3]
        with painting(table, monkeypatch) as painted:
            table.set_rows(rows)
            await settled(app)
        assert set(painted.lines) == {3 + TITLE_LINES, 6 + TITLE_LINES}


async def test_the_cursor_moves_over_two_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    async with shown(500) as (_, table, app, _):
        with painting(table, monkeypatch) as painted:
            table.move_by(1)
            await settled(app)
        assert set(painted.lines) == {1, 2}
        assert table.cursor_key == 1


async def test_rows_that_arrive_above_do_not_move_the_row_under_the_cursor() -> None:
    async with shown(100) as (source, table, app, _):
        table.move_by(5)
        await settled(app)
        before = line_of(app, "row 5")
        source.rows |= {1000: "new A", 1001: "new B"}
        table.set_rows([1000, 1001, *range(100)])
        await settled(app)
        assert table.cursor_key == 5
        assert line_of(app, "row 5") == before
        assert app.screen_lines()[before].startswith("▸")


async def test_rows_that_leave_above_do_not_move_it_either() -> None:
    async with shown(100) as (_, table, app, _):
        table.move_by(40)
        table.move_by(-3)
        await settled(app)
        before = line_of(app, "row 37")
        table.set_rows([number for number in range(100) if number not in (2, 5, 9)])
        await settled(app)
        assert table.cursor_key == 37
        assert line_of(app, "row 37") == before


async def test_an_untouched_table_stays_at_the_top_and_shows_what_arrives() -> None:
    async with shown(100) as (source, table, app, _):
        source.rows[1000] = "newest"
        table.set_rows([1000, *range(100)])
        await settled(app)
        assert table.cursor_key == 1000
        assert "newest" in app.screen_lines()[1]
        assert app.screen_lines()[1].startswith("▸")


async def test_the_cursor_of_an_untouched_table_is_the_first_row_in_whatever_order() -> None:
    async with shown(1000) as (_, table, app, _):
        for order in ([*range(500, 1000), *range(500)], [*range(999, -1, -1)], [*range(1000)]):
            table.set_rows(order)
            await settled(app)
            assert table.cursor_key == order[0]
            assert app.screen_lines()[1].startswith("▸")


async def test_from_the_first_key_on_the_cursor_stays_with_its_row_and_in_view() -> None:
    async with shown(1000) as (_, table, app, _):
        table.hold_cursor()
        table.set_rows([*range(500, 1000), *range(500)])
        await settled(app)
        assert table.cursor_key == 0
        assert app.screen_lines()[line_of(app, "row 0")].startswith("▸")


async def test_a_smaller_window_keeps_the_cursor_in_view() -> None:
    async with shown(100, size=(60, 31)) as (_, table, app, pilot):
        table.move_by(25)
        await settled(app)
        await pilot.resize_terminal(60, 11)
        await settled(app)
        assert table.cursor_key == 25
        assert app.screen_lines()[line_of(app, "row 25")].startswith("▸")


async def test_going_to_the_top_follows_it_again() -> None:
    async with shown(100) as (source, table, app, _):
        table.move_by(50)
        table.cursor_home()
        source.rows[1000] = "newest"
        table.set_rows([1000, *range(100)])
        await settled(app)
        assert "newest" in app.screen_lines()[1]


async def test_a_view_scrolled_away_from_the_cursor_stays_where_it_is() -> None:
    async with shown(100) as (source, table, app, _):
        table.move_by(1)
        table.scroll_to(y=50, animate=False, immediate=True)
        await settled(app)
        assert "row 50" in app.screen_lines()[1]
        source.rows[1000] = "new"
        table.set_rows([1000, *range(100)])
        await settled(app)
        assert "row 50" in app.screen_lines()[1]
        assert table.cursor_key == 1


async def test_when_its_row_goes_the_cursor_stays_at_its_place() -> None:
    async with shown(10) as (_, table, app, _):
        table.move_by(4)
        table.set_rows([0, 1, 2, 3, 5, 6, 7, 8, 9])
        await settled(app)
        assert table.cursor_key == 5
        table.set_rows([0, 1])
        await settled(app)
        assert table.cursor_key == 1
        table.set_rows([])
        await settled(app)
        assert table.cursor_key is None
        assert [line for line in app.screen_lines()[1:] if line] == []


async def test_a_row_that_is_gone_but_not_yet_taken_out_says_so() -> None:
    async with shown(5) as (source, table, app, _):
        del source.rows[2]
        assert table.refresh_rows({2}) == 1
        await settled(app)
        assert app.screen_lines()[3].strip() == "…"


async def test_marks_stay_with_their_rows() -> None:
    async with shown(20) as (_, table, app, _):
        table.move_by(2)
        table.toggle_mark()
        table.move_by(3)
        table.mark_range()
        assert table.marks == {2, 3, 4, 5}
        table.set_rows(list(reversed(range(20))))
        await settled(app)
        marked = [line for line in app.screen_lines() if "◆" in line]
        assert all(any(f"row {number}" in line for line in marked) for number in (4, 5))
        table.forget_marks({3})
        assert table.marks == {2, 4, 5}
        table.clear_marks()
        await settled(app)
        assert not any("◆" in line for line in app.screen_lines())


async def test_clicks_choose_open_and_sort(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Harness, "CLICK_CHAIN_TIME_THRESHOLD", PATIENCE)
    source = Source(20)
    app = Harness(source.table)
    seen: list[Message] = []
    async with app.run_test(size=(60, 11), message_hook=seen.append) as pilot:
        source.table.set_rows(list(source.rows))
        await settled(app)
        await pilot.click(source.table, offset=(6, 4))
        await until(lambda: source.table.cursor_key == 3)
        assert not any(isinstance(message, VirtualTable.Opened) for message in seen)
        await pilot.click(source.table, offset=(6, 6), times=2)

        def opened() -> set[object]:
            return {m.key for m in seen if isinstance(m, VirtualTable.Opened)}

        await until(opened)
        assert opened() == {5}
        await pilot.click(source.table, offset=(6, 0))

        def titles() -> set[str]:
            return {m.column for m in seen if isinstance(m, VirtualTable.TitleClicked)}

        await until(titles)
        assert titles() == {"text"}


async def test_long_names_lose_their_middle() -> None:
    async with shown(1, (40, 5)) as (source, table, app, _):
        source.rows[0] = "nightly-etl-with-a-very-long-name-1763712"
        table.refresh_visible()
        await settled(app)
        line = app.screen_lines()[1]
        assert "nightly" in line
        assert "1763712" in line
        assert "…" in line


async def test_text_from_outside_is_no_markup_and_keeps_to_its_line() -> None:
    async with shown(2, (80, 6)) as (source, table, app, _):
        source.rows[0] = "job [/x] [@click=app.exit]failed\nsecond"
        table.refresh_visible()
        await settled(app)
        assert "job [/x]" in app.screen_lines()[1]
        assert "second" in app.screen_lines()[1]
        assert "row 1" in app.screen_lines()[2]


async def test_wide_characters_keep_the_columns_in_line() -> None:
    async with shown(2, (60, 6)) as (source, table, app, _):
        source.rows[0] = "日本語ワークフロー"
        table.refresh_visible()
        await settled(app)
        strips = app.screen._compositor.render_strips()
        assert [strip.cell_length for strip in strips[1:3]] == [60, 60]


async def test_the_window_tells_when_it_has_settled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("argotui.widgets.table.virtual_table.SETTLE", 0.001)
    source = Source(200)
    app = Harness(source.table)
    settled_windows: list[list[int]] = []

    def note(message: Message) -> None:
        if isinstance(message, VirtualTable.WindowSettled):
            settled_windows.append(source.table.visible_keys)

    async with app.run_test(size=(60, 11), message_hook=note):
        source.table.set_rows(list(source.rows))
        await until(lambda: settled_windows and settled_windows[-1] == list(range(10)))
        source.table.cursor_end()
        await until(lambda: settled_windows[-1] == list(range(190, 200)))


async def test_rows_may_come_before_the_table_has_a_place() -> None:
    source = Source(3)
    app = Harness(source.table)
    async with app.run_test(size=(60, 11)):
        early = Source(3).table
        early.set_rows([0, 1, 2])
        assert early.cursor_key == 0
