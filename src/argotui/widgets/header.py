"""The first line of every screen: the place, what waits, what fails, how fresh the data is."""

from __future__ import annotations

from dataclasses import dataclass

from textual.content import Content
from textual.events import Click
from textual.geometry import Region
from textual.message import Message
from textual.widget import Widget

from argotui.backend.freshness import Freshness, Link
from argotui.drawing.cells import cell_len
from argotui.model.phases import WAITING

QUIET_AFTER = 90.0
"""Seconds of silence on an open watch before its age is worth a place: where nothing happens, the
API server sends a bookmark about once a minute."""


LEAST_PLACE = 30
"""Cells for the place on a narrow screen, before the counts lose their words."""


def freshness_text(freshness: Freshness, now: float) -> tuple[str, str]:
    """Return how fresh the data is, in words that seldom change, and its style role."""
    age = max(0.0, now - freshness.heard) if freshness.heard is not None else 0.0
    retry = ""
    if freshness.retry_at is not None and freshness.link is not Link.LIVE:
        retry = f", again in {max(0, round(freshness.retry_at - now))}s"
    match freshness.link:
        case Link.LIVE if age < QUIET_AFTER:
            return "live", "good"
        case Link.LIVE:
            return f"live {coarse_age(age)}", "good"
        case Link.STALE:
            return f"stale {coarse_age(age)}{retry}", "bad"
        case Link.FORBIDDEN:
            return "forbidden", "bad"
        case Link.CLOSED:
            return "closed", "chrome"
        case _:
            return f"connecting{retry}", "chrome"


def coarse_age(seconds: float) -> str:
    """Return an age that moves every ten seconds, then every minute, then every hour."""
    if seconds < 10:
        return f"{int(seconds)}s"
    if seconds < 60:
        return f"{int(seconds) // 10 * 10}s"
    if seconds < 3600:
        return f"{int(seconds) // 60}m"
    return f"{int(seconds) // 3600}h"


def _fits(
    width: int,
    least: int,
    totals: tuple[tuple[str, str], ...],
    freshness: tuple[tuple[str, str], ...],
) -> bool:
    """Say whether totals and freshness leave the place its `least` cells, or most of them."""
    taken = sum(cell_len(text) for text, _ in (*totals, *freshness))
    return taken + min(least, LEAST_PLACE) + 6 <= width


def _short(text: str) -> str:
    """Return a count without what is counted: `● 3 running` is `● 3`."""
    sign, _, rest = text.partition(" ")
    number, _, what = rest.partition(" ")
    return f"{sign} {number}" if what else text


class HeaderBar(Widget):
    """One line and a rule; `show` repaints only when a word of it changed."""

    DEFAULT_CSS = """
    HeaderBar {
        height: 2;
        border-bottom: solid $rule;
        padding: 0 1;
        color: $foreground;
        & > .header--name { color: $chrome; text-style: bold; }
        & > .header--place { color: $foreground; text-style: bold; }
        & > .header--chrome { color: $chrome; }
        & > .header--waiting { color: $phase-waiting; text-style: bold; }
        & > .header--stuck { color: $phase-stuck; text-style: bold; }
        & > .header--failed { color: $phase-failed; }
        & > .header--denied { color: $phase-denied; }
        & > .header--running { color: $phase-running; }
        & > .header--good { color: $phase-succeeded; }
        & > .header--bad { color: $phase-failed; text-style: bold; }
    }
    """

    COMPONENT_CLASSES = {
        "header--name",
        "header--place",
        "header--chrome",
        "header--waiting",
        "header--stuck",
        "header--failed",
        "header--denied",
        "header--running",
        "header--good",
        "header--bad",
    }

    class WaitingChosen(Message):
        """The number of gates that wait was clicked."""

    @dataclass
    class StateChosen(Message):
        """The number of workflows in a state was clicked; `word` is that of a filter."""

        word: str

    def __init__(self) -> None:
        super().__init__()
        self._parts: tuple[tuple[tuple[str, str], ...], ...] = ((), (), ())

    def show(
        self,
        place: tuple[tuple[str, str], ...],
        totals: tuple[tuple[str, str], ...],
        freshness: tuple[tuple[str, str], ...],
    ) -> None:
        """Show three groups of (text, role); the middle one gives way first on narrow screens."""
        parts = (place, totals, freshness)
        if parts == self._parts:
            return
        if parts[:2] != self._parts[:2] or not self.content_size.width:
            # Before the first layout there are no styles either, which a line needs.
            self._parts = parts
            self.refresh()
            return
        old = self._line().plain
        self._parts = parts
        # Only the freshness: what is left of the first difference need not be painted.
        new = self._line().plain
        same = next(
            (at for at, pair in enumerate(zip(old, new, strict=False)) if len(set(pair)) > 1),
            len(new),
        )
        changed = min(same, len(new) - sum(len(text) for text, _ in freshness))
        self.refresh(Region(changed, 0, self.size.width, 1))

    def render(self) -> Content:
        return self._line()

    def on_click(self, event: Click) -> None:
        line, at = self._line().plain, event.x - self.gutter.left
        for text, _ in self._parts[1]:
            shown = text if text in line else _short(text)
            start = line.find(shown) if text.strip() else -1
            if start < 0 or not start <= at < start + len(shown):
                continue
            if text.startswith(WAITING.glyph):
                self.post_message(self.WaitingChosen())
            else:
                self.post_message(self.StateChosen(text.split()[-1]))

    def _line(self) -> Content:
        width = self.content_size.width
        place, totals, freshness = self._parts
        least = sum(cell_len(text) for text, role in place if role != "name")
        if not _fits(width, least, totals, freshness):
            # Numbers matter most; their signs show what they count.
            totals = tuple((_short(text), role) for text, role in totals)
        if not _fits(width, least, totals, freshness):
            # A warning was shown when it came, and freshness matters more.
            freshness = freshness[-1:]
        left, middle, right = (self._content(part) for part in (place, totals, freshness))
        room = width - right.cell_length
        if middle.cell_length + 2 <= room:
            left_room = room - middle.cell_length - 4
            if left.cell_length > left_room:
                # Where one is counts for more than the name of the program.
                left = self._content(tuple(p for p in self._parts[0] if p[1] != "name"))
            left = left.truncate(max(0, left_room), ellipsis=True)
            middle_room = room - left.cell_length
            start = max(
                2,
                min(
                    (width - middle.cell_length) // 2 - left.cell_length,
                    middle_room - middle.cell_length - 2,
                ),
            )
            line = left + Content(" " * start) + middle
        else:
            line = left.truncate(max(0, room - 2), ellipsis=True)
        gap = max(1, width - line.cell_length - right.cell_length)
        return line + Content(" " * gap) + right

    def _content(self, parts: tuple[tuple[str, str], ...]) -> Content:
        return Content.assemble(
            *(
                (text, self.get_visual_style(f"header--{role}", partial=True))
                for text, role in parts
            )
        )
