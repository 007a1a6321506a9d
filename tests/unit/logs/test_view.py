"""The log view on a real (headless) screen."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from argotui.model.logs.buffer import LogBuffer
from argotui.model.patterns import parse_pattern
from argotui.themes import DEFAULT_VARIABLES
from argotui.widgets.logs.layout import LogLayout
from argotui.widgets.logs.view import LogView
from tests.support import until


class LogApp(App[None]):
    def __init__(self, view: LogView) -> None:
        super().__init__()
        self.view = view
        self.clicked: list[str] = []

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return DEFAULT_VARIABLES

    def compose(self) -> ComposeResult:
        yield self.view

    def action_run(self, what: str) -> None:
        self.clicked.append(what)


class Screen:
    """A running app with a log view of 60 by 10."""

    def __init__(self, app: LogApp, pilot: Pilot[None]) -> None:
        self.app, self.pilot, self.view = app, pilot, app.view

    @property
    def rows(self) -> list[str]:
        return [self.view.render_line(y).text.rstrip() for y in range(self.view.size.height)]

    def add(self, *texts: bytes, source: int = 0, stamp: int = 0) -> None:
        self.view.add([stamp] * len(texts), [source] * len(texts), list(texts))

    async def settled(self) -> None:
        await until(lambda: self.view._flush_timer is None, what="the view to be up to date")


@asynccontextmanager
async def screen(view: LogView, width: int = 60, height: int = 10) -> AsyncIterator[Screen]:
    app = LogApp(view)
    async with app.run_test(size=(width, height)) as pilot:
        yield Screen(app, pilot)


def numbered(start: int, stop: int) -> list[bytes]:
    return [b"line %d" % number for number in range(start, stop)]


async def test_following_shows_the_newest_lines() -> None:
    async with screen(LogView(LogBuffer())) as shown:
        shown.add(*numbered(0, 5))
        await until(lambda: " line 4" in shown.rows)
        assert shown.rows[:5] == [f" line {n}" for n in range(5)]
        shown.add(*numbered(5, 500))
        await until(lambda: shown.rows[-1] == " line 499")
        assert shown.rows == [f" line {n}" for n in range(490, 500)]
        assert shown.view.new_below == 0


async def test_scrolling_up_pauses_and_counts_what_comes() -> None:
    async with screen(LogView(LogBuffer())) as shown:
        shown.add(*numbered(0, 100))
        await until(lambda: shown.rows[-1] == " line 99")
        shown.view.move(-20)
        assert not shown.view.following
        before = shown.rows
        assert before[-1] == " line 79"
        shown.add(*numbered(100, 412))
        await until(lambda: shown.view.new_below == 312)
        assert shown.rows == before
        shown.view.follow()
        assert shown.rows[-1] == " line 411"
        shown.view.move(-1)
        assert not shown.view.following
        shown.view.move(1)
        assert shown.view.following


async def test_dropping_old_lines_does_not_move_what_is_on_screen() -> None:
    async with screen(LogView(LogBuffer(max_lines=2000))) as shown:
        shown.add(*numbered(0, 2000))
        await until(lambda: shown.rows[-1] == " line 1999")
        shown.view.move(-100)
        before = shown.rows
        shown.add(*numbered(2000, 3200))
        await until(lambda: shown.view.buffer.first > 1000 and shown.view._flush_timer is None)
        assert shown.rows == before
        shown.add(*numbered(3200, 6000))
        await until(lambda: shown.rows[0] == f" line {shown.view.buffer.first}")


async def test_a_filter_keeps_the_line_at_the_top() -> None:
    async with screen(LogView(LogBuffer())) as shown:
        shown.add(*numbered(0, 3000))
        await until(lambda: shown.rows[-1] == " line 2999")
        shown.view.move(-1490)
        assert shown.rows[0] == " line 1500"
        shown.view.set_filter(parse_pattern("00$"))
        await until(lambda: not shown.view.searching)
        assert shown.rows[0] == " line 1500"
        assert shown.rows[1] == " line 1600"
        assert shown.view.hits == 29
        shown.view.set_filter(parse_pattern("99$"))
        await until(lambda: shown.rows[0] == " line 1599")
        shown.view.set_filter(None)
        assert shown.rows[0] == " line 1500"
        shown.add(b"line 3000")
        await shown.settled()
        assert shown.rows[0] == " line 1500"


async def test_a_filter_is_applied_to_lines_that_come() -> None:
    async with screen(LogView(LogBuffer())) as shown:
        shown.add(*numbered(0, 50))
        shown.view.set_filter(parse_pattern("!7"))
        shown.add(*numbered(50, 100))
        await until(lambda: shown.rows[-1] == " line 99")
        assert shown.view.hits == len([n for n in range(100) if "7" not in str(n)])
        assert not any("7" in row for row in shown.rows)


async def test_hits_are_found_one_after_the_other() -> None:
    async with screen(LogView(LogBuffer())) as shown:
        shown.add(*numbered(0, 1000))
        await until(lambda: shown.rows[-1] == " line 999")
        shown.view.set_filter(parse_pattern("^line 5.0$"))
        shown.view.show_only_hits(False)
        assert shown.view.find(-1)
        assert shown.view.current == 590
        assert "▸line 590" in [row.rstrip("▐ ") for row in shown.rows]
        assert shown.view.find(-1)
        assert shown.view.current == 580
        assert shown.view.find(1)
        assert not shown.view.find(1)
        assert shown.view.current == 590
        marks = [row.endswith("▐") for row in shown.rows]
        assert marks == [False] * 5 + [True] + [False] * 4


async def test_wrapped_lines_take_the_rows_they_need() -> None:
    view = LogView(LogBuffer(), wrap=True)
    async with screen(view, width=31) as shown:
        long = bytes(b"abcdefghij"[n % 10] for n in range(75))
        shown.add(b"one", long, "宽".encode() * 20, b"end")
        await until(lambda: " end" in shown.rows)
        width = view.scrollable_content_region.width - 1
        assert shown.rows[0] == " one"
        assert "".join(row[1:] for row in shown.rows[1:4]) == long.decode()
        assert shown.rows[4].strip() == "宽" * (width // 2)
        view.set_wrap(False)
        assert [row[:4] for row in shown.rows[:2]] == [" one", " abc"]
        assert shown.rows[3] == " end"


async def test_wrapping_keeps_the_line_at_the_top_through_resizing() -> None:
    view = LogView(LogBuffer())
    async with screen(view, width=40) as shown:
        shown.add(*(b"%d " % n + b"x" * (n % 90) for n in range(20_000)))
        await until(lambda: shown.rows[-1].startswith(" 19999"))
        view.move(-5000)
        top = shown.rows[0].split()[0]
        view.set_wrap(True)
        await until(lambda: not view._layout.behind)
        assert shown.rows[0].split()[0] == top
        await shown.pilot.resize_terminal(25, 12)
        await until(lambda: view.size.width < 26 and not view._layout.behind)
        assert shown.rows[0].split()[0] == top
        width = view._layout.width or 1
        lengths = [len(line.raw) for line in view.buffer.lines(0, 20_000)]
        heights = sum(-(-length // width) for length in lengths)
        assert view._layout.total == heights
        view.follow()
        assert shown.rows[-1].strip() == "x" * len(shown.rows[-1].strip())


async def test_names_stand_where_the_source_changes() -> None:
    view = LogView(LogBuffer(), zone="utc")
    async with screen(view) as shown:
        view.set_names(["scrape", "dom"])
        shown.add(b"a", b"b", source=0, stamp=1_767_614_400_123_000_000)
        shown.add(b"c", source=1)
        shown.add(b"pod x is deleted", source=~1)
        await until(lambda: "deleted" in shown.rows[3])
        assert shown.rows[:3] == [
            "▌scrape 12:00:00.123 a",
            "▌       12:00:00.123 b",
            "┃dom    00:00:00.000 c",
        ]


HOSTILE = [
    b"\x1b]52;c;QUJD\x07clip",
    b"\x1b[2J\x1b[31mred\x1b[0m",
    b"\xc2\x9b2Jc1",
    "abc\u202egnp".encode(),
    b"[/x] [@click=app.run('x')]press[/]",
]


@pytest.mark.parametrize("wrap", [True, False])
async def test_hostile_lines_are_text(wrap: bool) -> None:
    async with screen(LogView(LogBuffer(), wrap=wrap)) as shown:
        shown.add(*HOSTILE)
        await until(lambda: "press" in shown.rows[4])
        text = "".join(shown.rows)
        assert not any(ord(char) < 32 or 0x7F <= ord(char) < 0xA0 for char in text)
        assert "\u202e" not in text
        assert shown.rows[4] == " [/x] [@click=app.run('x')]press[/]"
        for x in range(0, 40, 3):
            await shown.pilot.click(LogView, offset=(x, 4))
        assert shown.app.clicked == []


async def test_a_very_long_line_is_cut_and_says_so() -> None:
    view = LogView(LogBuffer(), wrap=True)
    async with screen(view) as shown:
        shown.add(b"x" * 100_000)
        await until(lambda: "95,904 more" in shown.rows[-1])
        view.set_wrap(False)
        view.shift(4090)
        await until(lambda: "xxx … 95,904 more" in shown.rows[0])


async def test_a_selection_is_copied_as_text() -> None:
    view = LogView(LogBuffer(), wrap=True)
    async with screen(view, width=22) as shown:
        shown.add(b"first", b"a" * 30, b"last")
        await until(lambda: " last" in shown.rows)
        await shown.pilot.mouse_down(LogView, offset=(3, 0))
        await shown.pilot.hover(LogView, offset=(3, 3))
        await shown.pilot.mouse_up(LogView, offset=(3, 3))
        assert shown.app.screen.get_selected_text() == "rst\n" + "a" * 30 + "\nlas"


async def test_following_keeps_where_lines_are_scrolled_to_sideways() -> None:
    view = LogView(LogBuffer())
    async with screen(view, width=30) as shown:
        shown.add(*(b"%03d " % n + b"abcdefghij" * 9 for n in range(20)))
        await until(lambda: shown.rows[-1].startswith(" 019"))
        view.shift(44)
        assert shown.rows[-1].startswith(" ‹bcdefghij")
        shown.add(b"020 " + b"klmnopqrst" * 9)
        await until(lambda: shown.rows[-1].startswith(" ‹lmnopqrst"))
        view.shift(-100)
        assert shown.rows[-1].startswith(" 020 klm")


async def test_a_line_that_goes_on_behind_an_edge_says_so() -> None:
    view = LogView(LogBuffer())
    async with screen(view, width=30) as shown:
        shown.add(b"abcdefghij" * 9, b"short")
        await until(lambda: shown.rows[1] == " short")
        assert shown.rows[0] == " " + ("abcdefghij" * 3)[:27] + "›"
        view.shift(10)
        assert shown.rows[0] == " ‹" + ("abcdefghij" * 3)[1:27] + "›"
        assert shown.rows[1] == " ‹"
        view.shift(100)
        assert shown.rows[0].startswith(" ‹")
        assert not shown.rows[0].endswith("›")


@pytest.mark.parametrize("wrap", [None, 20])
def test_lines_that_are_not_taken_in_yet_can_be_drawn_before(wrap: int | None) -> None:
    buffer = LogBuffer(max_lines=600)
    layout = LogLayout(buffer)
    layout.lay_out(wrap, None, 10)
    buffer.append(range(3), [0] * 3, [b"x" * 30] * 3)
    assert len(layout.visible(0, 10, None)) == 10
    assert layout.row_of(2) >= 0
    layout.take_in()
    buffer.append(range(3, 3000), [0] * 2997, [b"y"] * 2997)
    assert buffer.first > 3
    for top in (0, 2, 500):
        assert len(layout.visible(top, 10, None)) == 10
    assert layout.row_of(buffer.end - 1) >= 0
