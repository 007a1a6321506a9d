"""What is sent to the terminal: the cells that differ, and with them the whole screen."""

from __future__ import annotations

import random

import pyte
import pytest
from rich.color import Color
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.geometry import Region, Size
from textual.strip import Strip

from argotui.widgets.terminal_image import Abilities, TerminalImage

CONSOLE = Console(color_system="truecolor", width=100)
RED = Style(color=Color.parse("#ff0000"), bgcolor=Color.parse("#101010"))
GREY = Style(color=Color.parse("#888888"), bgcolor=Color.parse("#101010"), bold=True)


ALL = Abilities(scrolls=True, erases=True)


class Terminal:
    """A terminal and the image that argotui has of it."""

    def __init__(self, width: int, height: int, abilities: Abilities = ALL) -> None:
        self.size = Size(width, height)
        self.screen = pyte.Screen(width, height)
        self.stream = pyte.Stream(self.screen)
        self.image = TerminalImage(lambda: abilities)

    def show(self, update: CompositorUpdate) -> str:
        sent = self.image.difference(update, self.size, CONSOLE)
        self.stream.feed(sent)
        return sent

    def cells(self) -> list[list[tuple[object, ...]]]:
        """What a person sees: on blanks, neither colour nor weight of the text."""
        seen = []
        for y in range(self.size.height):
            line = [self.screen.buffer[y][x] for x in range(self.size.width)]
            seen.append(
                [
                    (
                        c.data,
                        c.bg,
                        *((c.fg, c.bold) if c.data != " " else (c.reverse, c.underscore)),
                    )
                    for c in line
                ]
            )
        return seen


def whole(lines: list[list[Segment]], width: int) -> LayoutUpdate:
    """An update of the whole screen."""
    strips = [Strip(line).adjust_cell_length(width) for line in lines]
    return LayoutUpdate([[strip] for strip in strips], Region(0, 0, width, len(lines)))


def part(y: int, left: int, right: int, strip: Strip) -> ChopsUpdate:
    """An update of the cells [left, right) of a line."""
    chops: list[dict[int, Strip | None]] = [{} for _ in range(y)] + [{0: strip}]
    return ChopsUpdate(chops, [(y, left, right)], [[] for _ in range(y)] + [[strip.cell_length]])


def log(first: int, count: int, width: int) -> LayoutUpdate:
    return whole([[Segment(f"line {n} of a log", RED)] for n in range(first, first + count)], width)


def test_what_is_shown_already_is_not_sent() -> None:
    terminal = Terminal(40, 5)
    assert terminal.show(log(0, 5, 40))
    assert terminal.show(log(0, 5, 40)) == ""


def test_only_the_changed_cells_are_sent() -> None:
    terminal = Terminal(40, 2)
    terminal.show(whole([[Segment("first line")], [Segment("second line")]], 40))

    assert terminal.show(whole([[Segment("first LINE")], [Segment("second line")]], 40)) == (
        "\x1b[1;7HLINE"
    )


@pytest.mark.parametrize(
    ("before", "after", "left", "sent"),
    [
        ("名前 name", "名前 NAME", 5, "\x1b[1;6HNAME"),
        ("名前", "名刺", 2, "\x1b[1;3H刺"),
        ("名前", "a 前", 0, "\x1b[1;1Ha "),
        ("ab前", "名前", 0, "\x1b[1;1H名"),
        ("ab", "前b", 0, "\x1b[1;1H前b"),
    ],
)
def test_a_wide_character_is_sent_whole(before: str, after: str, left: int, sent: str) -> None:
    terminal = Terminal(20, 1)
    terminal.show(whole([[Segment(before)]], 20))
    strip = Strip([Segment(after)]).adjust_cell_length(20)

    assert terminal.show(part(0, left, 20, strip)) == sent
    fresh = Terminal(20, 1)
    fresh.show(whole([[Segment(after)]], 20))
    assert terminal.screen.display == fresh.screen.display


def test_a_new_line_of_a_log_scrolls_the_others() -> None:
    terminal = Terminal(40, 20)
    terminal.show(log(0, 20, 40))
    sent = terminal.show(log(1, 20, 40))

    assert len(sent) < 100
    assert "line 20 of a log" in sent
    assert "line 19" not in sent
    fresh = Terminal(40, 20)
    fresh.show(log(1, 20, 40))
    assert terminal.cells() == fresh.cells()


def test_without_scroll_regions_lines_are_sent_again() -> None:
    terminal = Terminal(40, 20, Abilities())
    terminal.show(log(0, 20, 40))
    sent = terminal.show(log(1, 20, 40))
    assert "r\x1b[" not in sent
    assert terminal.screen.display[0].startswith("line 1 of a log")


def test_a_forgotten_terminal_is_drawn_whole() -> None:
    terminal = Terminal(40, 3)
    terminal.show(log(0, 3, 40))
    terminal.screen.reset()
    terminal.image.forget()
    terminal.show(log(0, 3, 40))
    assert [line.rstrip() for line in terminal.screen.display] == [
        "line 0 of a log",
        "line 1 of a log",
        "line 2 of a log",
    ]


def test_another_size_is_drawn_whole() -> None:
    terminal = Terminal(40, 3)
    terminal.show(log(0, 3, 40))
    terminal.screen.resize(2, 30)
    terminal.screen.reset()
    terminal.size = Size(30, 2)
    terminal.show(log(0, 2, 30))
    assert terminal.screen.display[1].rstrip() == "line 1 of a log"


TEXTS = ("", "a", "aa", "b c", "line", "名前", "x名", "──", "é", "a\u0301b", "   ", " " * 11)
STYLES = (None, RED, GREY, Style(dim=True, bold=True), Style(reverse=True), Style(underline=True))
WIDTH, HEIGHT = 24, 7


def screens(rng: random.Random) -> list[list[list[Segment]]]:
    """Return screens each of which is the one before, moved by some lines and changed a little."""

    def line() -> list[Segment]:
        return [Segment(rng.choice(TEXTS), rng.choice(STYLES)) for _ in range(rng.randrange(5))]

    pool = [line() for _ in range(5)]
    lines = [rng.choice(pool) for _ in range(30)]
    at, found = 0, []
    for _ in range(4):
        at = max(0, min(len(lines) - HEIGHT, at + rng.randint(-4, 6)))
        if rng.random() < 0.5:
            lines[rng.randrange(len(lines))] = line()
        found.append(lines[at : at + HEIGHT])
    return found


@pytest.mark.parametrize("abilities", [ALL, Abilities()], ids=["all", "none"])
def test_the_terminal_always_shows_what_a_whole_repaint_would(abilities: Abilities) -> None:
    moved = 0
    for seed in range(60):
        terminal = Terminal(WIDTH, HEIGHT, abilities)
        for lines in screens(random.Random(seed)):
            moved += "r\x1b[" in terminal.show(whole(lines, WIDTH))
            fresh = Terminal(WIDTH, HEIGHT)
            fresh.show(whole(lines, WIDTH))
            assert terminal.cells() == fresh.cells(), seed
            plain = pyte.Screen(WIDTH, HEIGHT)
            drawn = whole(lines, WIDTH).render_segments(CONSOLE)
            pyte.Stream(plain).feed(drawn.replace("\n", "\r\n"))
            shown = [line.rstrip() for line in terminal.screen.display]
            assert shown == [line.rstrip() for line in plain.display], seed
    assert bool(moved) == abilities.scrolls
