"""What a partial update sends: the changed cells, and with them the same screen as a whole one."""

from __future__ import annotations

import pyte
import pytest
from rich.console import Console
from rich.segment import Segment
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from argotui.widgets.exact_update import ExactCompositor

WIDTH, HEIGHT = 30, 4


class Lines(Widget):
    """Lines of text in a box of its own."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__()
        self.lines = lines
        self.styles.offset = (3, 0)
        self.styles.width = 20
        self.styles.height = HEIGHT

    def render_line(self, y: int) -> Strip:
        return Strip([Segment(self.lines[y])]).adjust_cell_length(20)


class Exact(Screen[None]):
    def __init__(self) -> None:
        super().__init__()
        self._compositor = ExactCompositor()
        self.lines = Lines(["first line", "名前 name", "third", "fourth"])

    def compose(self) -> ComposeResult:
        yield self.lines


class Plain(App[None]):
    def get_default_screen(self) -> Exact:
        return Exact()


@pytest.mark.parametrize(
    ("region", "line", "sent"),
    [
        (Region(6, 0, 4, 1), "first LINE", "LINE"),
        (Region(0, 2, 2, 1), "THird", "TH"),
        (Region(5, 1, 4, 1), "名前 NAME", "NAME"),
        (Region(0, 3, 20, 1), "FOURTH", "FOURTH" + 14 * " "),
    ],
)
async def test_only_the_changed_cells_are_sent(region: Region, line: str, sent: str) -> None:
    app = Plain()
    async with app.run_test(size=(WIDTH, HEIGHT)) as pilot:
        await pilot.pause()
        screen = app.screen
        assert isinstance(screen, Exact)
        console = Console(color_system=None, width=WIDTH)
        terminal = pyte.Screen(WIDTH, HEIGHT)
        stream = pyte.Stream(terminal)
        stream.feed(whole(screen, console))

        screen.lines.lines[region.y] = line
        screen.lines.refresh(region)
        screen._compositor.update_widgets({screen.lines})
        update = screen._compositor.render_partial_update()
        assert update is not None
        told = update.render_segments(console)
        assert told.endswith(sent)
        assert len(told) <= len(sent) + len("\x1b[99;99H")
        stream.feed(told)

        fresh = pyte.Screen(WIDTH, HEIGHT)
        pyte.Stream(fresh).feed(whole(screen, console))
        assert terminal.display == fresh.display


def whole(screen: Exact, console: Console) -> str:
    """Return what a repaint of the whole screen sends."""
    return screen._compositor.render_full_update().render_segments(console).replace("\n", "\r\n")
