from __future__ import annotations

from typing import NamedTuple

import pytest
from rich.style import Style

from argotui.themes import theme_id
from argotui.widgets.cells import Part
from argotui.widgets.contrast import READABLE, contrast
from argotui.widgets.line_view import LineView
from tests.driven import settled
from tests.unit.widgets.support import Harness, painting


class Item(NamedTuple):
    name: str
    text: str = ""


class Items(LineView[Item]):
    def identity(self, row: Item) -> object:
        return row.name

    def draw_row(self, row: Item, index: int, width: int) -> list[Part]:
        return [(f"{row.name} {row.text}", Style.null())]


def items(count: int, start: int = 0) -> list[Item]:
    return [Item(f"row-{number}") for number in range(start, start + count)]


async def test_only_changed_lines_are_painted_among_five_thousand(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    view = Items()
    app = Harness(view)
    async with app.run_test(size=(80, 24)):
        rows = items(5000)
        view.show(rows)
        await settled(app)
        changed = list(rows)
        changed[3] = Item("row-3", "now")
        changed[4000] = Item("row-4000", "out of sight")
        with painting(view, monkeypatch) as painted:
            view.show(changed)
            await settled(app)
            assert painted.lines == [3]
        assert app.screen_lines()[3] == "row-3 now"


class HeadedItems(Items):
    HEAD = 1


async def test_where_there_is_no_row_the_head_is_blank() -> None:
    view = HeadedItems()
    app = Harness(view)
    async with app.run_test(size=(80, 24)):
        view.show(items(2))
        await settled(app)
        view.show([])
        await settled(app)
        assert view.render_line(0).text.strip() == ""


async def test_showing_the_same_again_paints_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    view = Items()
    app = Harness(view)
    async with app.run_test(size=(80, 24)):
        view.show(items(5000))
        await settled(app)
        with painting(view, monkeypatch) as painted:
            view.show(items(5000))
            await settled(app)
            assert len(painted) == 0


async def test_moving_the_cursor_paints_two_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    view = Items()
    app = Harness(view)
    async with app.run_test(size=(80, 24)):
        view.show(items(5000))
        await settled(app)
        with painting(view, monkeypatch) as painted:
            view.move_to(1)
            await settled(app)
            assert sorted(painted.lines) == [0, 1]


async def test_scrolling_paints_no_more_than_the_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    view = Items()
    app = Harness(view)
    async with app.run_test(size=(80, 24)):
        view.show(items(5000))
        await settled(app)
        with painting(view, monkeypatch) as painted:
            view.cursor_end()
            await settled(app)
            assert 0 < len(painted) <= 24
        assert app.screen_lines()[-1].startswith("row-4999")


async def test_the_cursor_follows_its_row_and_stays_on_its_line() -> None:
    view = Items()
    app = Harness(view)
    async with app.run_test(size=(80, 24)):
        view.show(items(100))
        view.move_to(60)
        await settled(app)
        line = view.cursor - view.scroll_offset.y

        view.show(items(10, start=1000) + items(100))
        await settled(app)

        assert view.selected == Item("row-60")
        assert view.cursor - view.scroll_offset.y == line


async def test_a_row_that_goes_leaves_the_cursor_on_the_one_before() -> None:
    view = Items()
    app = Harness(view)
    async with app.run_test(size=(80, 24)):
        rows = items(10)
        view.show(rows)
        view.move_to(5)
        view.show(rows[:5] + rows[6:])
        assert view.selected == rows[4]
        view.show([])
        assert view.selected is None


async def test_markup_and_newlines_in_a_row_are_text() -> None:
    view = Items()
    app = Harness(view)
    async with app.run_test(size=(60, 5)):
        view.show([Item("[/x]", "[@click=app.quit]a[/]\nb\tc")])
        await settled(app)
        assert app.screen_lines()[0] == "[/x] [@click=app.quit]a[/] b c"


async def test_an_empty_list_says_so() -> None:
    view = Items(empty="Nothing here.")
    app = Harness(view)
    async with app.run_test(size=(40, 5)):
        await settled(app)
        assert app.screen_lines()[0].strip() == "Nothing here."


class DimItems(Items):
    def draw_row(self, row: Item, index: int, width: int) -> list[Part]:
        return [(row.name, self.style("line--dim"))]


@pytest.mark.parametrize("theme", ["light", "contrast", "production"])
@pytest.mark.parametrize("focused", [True, False])
async def test_the_cursor_line_can_be_read_with_the_keys_elsewhere_too(
    theme: str, focused: bool
) -> None:
    view = DimItems()
    app = Harness(view)
    async with app.run_test(size=(80, 24)):
        app.theme = theme_id(theme)
        view.show(items(3))
        if not focused:
            app.set_focus(None)
        await settled(app)
        word = next(iter(view.render_line(0)))
        assert word.text.startswith("row-0")
        assert word.style is not None
        assert word.style.color is not None
        assert word.style.bgcolor is not None
        colours = (word.style.color.get_truecolor(), word.style.bgcolor.get_truecolor())
        assert contrast(*colours) >= READABLE
