"""What the header repaints when only how fresh the rows are has changed."""

from __future__ import annotations

import pyte
import pytest
from rich.console import Console
from textual.app import ComposeResult
from textual.screen import Screen

from argotui.widgets.header import HeaderBar
from tests.driven import settled
from tests.unit.widgets.support import Harness

WIDTH, HEIGHT = 100, 4
PLACE = (("argotui  ", "name"), ("prod / argo", "place"))
TOTALS = (("● 1 running", "running"),)


class OneHeader(Screen[None]):
    def __init__(self, header: HeaderBar) -> None:
        super().__init__()
        self.header = header

    def compose(self) -> ComposeResult:
        yield self.header


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("stale 9s, again in 3s", "stale 10s, again in 2s"),
        ("stale 10s, again in 2s", "stale 10s"),
        ("live", "stale 5s, again in 1s"),
        ("stale 20s", "live"),
    ],
)
async def test_a_part_painted_anew_gives_the_whole_line(before: str, after: str) -> None:
    header = HeaderBar()
    app = Harness(HeaderBar())
    async with app.run_test(size=(WIDTH, HEIGHT)):
        screen = OneHeader(header)
        await app.push_screen(screen)
        header.show(PLACE, TOTALS, ((before, "bad"),))
        await settled(app)
        terminal = pyte.Screen(WIDTH, HEIGHT)
        pyte.Stream(terminal).feed(whole(screen))

        header.show(PLACE, TOTALS, ((after, "bad"),))
        screen._compositor.update_widgets({header})
        update = screen._compositor.render_partial_update()
        assert update is not None
        pyte.Stream(terminal).feed(update.render_segments(console()))

        fresh = pyte.Screen(WIDTH, HEIGHT)
        pyte.Stream(fresh).feed(whole(screen))
        assert terminal.display == fresh.display
        assert fresh.display[0].rstrip().endswith(after)


@pytest.mark.parametrize(
    ("width", "wanted"),
    [
        (100, "prod / argo    ● 8 running   ✖ 13 failed   ‖ 13 gates wait  ! 1 warning  live"),
        (70, "prod / argo    ● 8   ✖ 13   ‖ 13  ! 1 warning  live"),
        (46, "prod / argo    ● 8   ✖ 13   ‖ 13  live"),
    ],
)
async def test_the_counts_stay_where_a_warning_goes(width: int, wanted: str) -> None:
    header = HeaderBar()
    app = Harness(header)
    async with app.run_test(size=(width, HEIGHT)):
        header.show(
            PLACE,
            (
                ("● 8 running", "running"),
                ("   ", "chrome"),
                ("✖ 13 failed", "failed"),
                ("   ", "chrome"),
                ("‖ 13 gates wait", "waiting"),
            ),
            (("! 1 warning  ", "bad"), ("live", "good")),
        )
        await settled(app)
        assert " ".join(header.render().plain.split()).endswith(" ".join(wanted.split()))


@pytest.mark.parametrize(
    ("namespace", "freshness", "wanted"),
    [
        ("nope", "connecting, again in 0s", "prod / nope ● 8 ✖ 13 ‖ 13 connecting, again in 0s"),
        ("argo", "live", "argotui prod / argo ● 8 running ✖ 13 failed ‖ 13 gates wait live"),
        ("payments-production-eu", "live", "prod / payments-production-eu ● 8 ✖ 13 ‖ 13 live"),
    ],
)
async def test_where_one_is_stays_whole_before_the_counts_have_words(
    namespace: str, freshness: str, wanted: str
) -> None:
    header = HeaderBar()
    app = Harness(header)
    async with app.run_test(size=(80, HEIGHT)):
        header.show(
            (("argotui  ", "name"), ("prod", "place"), (" / ", "chrome"), (namespace, "place")),
            (
                ("● 8 running", "running"),
                ("   ", "chrome"),
                ("✖ 13 failed", "failed"),
                ("   ", "chrome"),
                ("‖ 13 gates wait", "waiting"),
            ),
            ((freshness, "bad"),),
        )
        await settled(app)
        assert " ".join(header.render().plain.split()).endswith(wanted)


def console() -> Console:
    return Console(color_system=None, width=WIDTH)


def whole(screen: OneHeader) -> str:
    """Return what a repaint of the whole screen sends."""
    update = screen._compositor.render_full_update()
    return update.render_segments(console()).replace("\n", "\r\n")
