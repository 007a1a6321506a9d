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

from argotui.widgets.terminal_image import TerminalImage
from argotui.widgets.terminal_pieces import Abilities

CONSOLE = Console(color_system="truecolor", width=100)
RED = Style(color=Color.parse("#ff0000"), bgcolor=Color.parse("#101010"))
GREY = Style(color=Color.parse("#888888"), bgcolor=Color.parse("#101010"), bold=True)


ALL = Abilities(scrolls=True, erases=True, columns=True)


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


DARK = Style(color=Color.parse("#888888"), bgcolor=Color.parse("#101010"))


def test_what_looks_alike_is_sent_in_one_go() -> None:
    """Each label and each value would take a change of colour, some twenty bytes."""

    def facts(*facts: tuple[str, str]) -> LayoutUpdate:
        lines = [[Segment(f"{name:8}", DARK), Segment(f"{value:32}", RED)] for name, value in facts]
        return whole(lines, 40)

    terminal = Terminal(40, 3)
    terminal.show(facts(("phase", "Failed"), ("pod", "etl-1"), ("host", "a")))
    sent = terminal.show(facts(("started", "12:00"), ("took", "5s"), ("pod", "etl-1")))

    dark, red = "38;2;136;136;136;48;2;16;16;16", "38;2;255;0;0"
    assert sent == (
        f"\x1b[1;1H\x1b[{dark}mstarted \x1b[2;1Htook    \x1b[3;1Hpod     "
        f"\x1b[1;9H\x1b[{red}m12:00 \x1b[2;9H5s   \x1b[3;9Hetl-1\x1b[m"
    )
    fresh = Terminal(40, 3)
    fresh.show(facts(("started", "12:00"), ("took", "5s"), ("pod", "etl-1")))
    assert terminal.cells() == fresh.cells()


def test_lines_follow_each_other_where_each_has_styles_of_its_own() -> None:
    terminal = Terminal(40, 2)
    terminal.show(log(0, 2, 40))
    sent = terminal.show(whole([[Segment("red", RED), Segment("dark", DARK)], []], 40))
    assert [word for word in ("red", "dark") if word in sent] == ["red", "dark"]
    assert sent.count("H") == 2  # the places of both lines, and no way back


@pytest.mark.parametrize(
    ("abilities", "sent"),
    [
        (ALL, "\x1b[1;1Hx\x1b[30X\x1b[39Gx\x1b[2;1Hy\x1b[K"),
        (Abilities(erases=True), "\x1b[1;1Hx\x1b[30X\x1b[1;39Hx\x1b[2;1Hy\x1b[K"),
        (Abilities(columns=True), f"\x1b[1;1Hx{' ' * 30}\x1b[39Gx\x1b[2;1Hy{' ' * 39}"),
    ],
    ids=["all", "no columns", "no erasing"],
)
def test_blanks_are_erased_and_columns_gone_to_where_the_terminal_can(
    abilities: Abilities, sent: str
) -> None:
    terminal = Terminal(40, 2, abilities)
    terminal.show(whole([[Segment("-" * 31 + " " * 8)], [Segment("-" * 40)]], 40))
    update = whole([[Segment("x" + " " * 37 + "x")], [Segment("y")]], 40)
    assert terminal.show(update) == sent
    assert [line.rstrip() for line in terminal.screen.display] == ["x" + " " * 37 + "x", "y"]


def test_a_gap_of_another_style_is_left_alone() -> None:
    terminal = Terminal(40, 1)
    terminal.show(whole([[Segment("ab", RED), Segment("·", DARK), Segment("ab", RED)]], 40))
    sent = terminal.show(whole([[Segment("xy", RED), Segment("·", DARK), Segment("xy", RED)]], 40))
    assert sent.endswith("mxy\x1b[4Gxy\x1b[m")


@pytest.mark.parametrize(
    "abilities",
    [ALL, Abilities(), Abilities(erases=True), Abilities(columns=True)],
    ids=["all", "none", "erases", "columns"],
)
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
