"""From a raw log line to styled text that fits rows of the screen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import NamedTuple

from rich.color import Color
from rich.segment import Segment
from rich.style import Style

from argotui.drawing.cells import cell_len, char_cells
from argotui.model.logs.text import TextLook, log_pieces

MAX_CHARS = 4096
"""How much of a line is drawn; copying and saving give all of it."""

TAB = 8

_PRINTABLE = bytes(range(0x20, 0x7F))


class Drawn(NamedTuple):
    """A line's text as drawn, tabs filled up, with the style of each run: `(end, look)`. `cut` is
    how many characters were left out at its end; `columns`, where the line has tabs, is where each
    character of the clean text stands in `text`."""

    text: str
    runs: tuple[tuple[int, TextLook], ...]
    cut: int = 0
    columns: tuple[int, ...] = ()

    def place(self, at: int) -> int:
        """Return where character `at` of the clean text is drawn."""
        if not self.columns:
            return min(at, len(self.text))
        return self.columns[at] if at < len(self.columns) else len(self.text)


def draw(raw: bytes) -> Drawn:
    """Return a raw line as it is drawn."""
    text = ""
    runs: list[tuple[int, TextLook]] = []
    columns: list[int] = []
    pieces = log_pieces(raw)
    full = sum(len(piece.text) for piece in pieces)
    with_tabs = any("\t" in piece.text for piece in pieces)
    left = MAX_CHARS
    for piece in pieces:
        shown = piece.text[:left]
        left -= len(shown)
        if with_tabs:
            for char in shown:
                columns.append(len(text))
                text += " " * (TAB - cell_len(text) % TAB) if char == "\t" else char
        else:
            text += shown
        runs.append((len(text), piece.look))
        if left <= 0:
            break
    cut = max(0, full - MAX_CHARS)
    if cut:
        text += f" … {cut:,} more"
    return Drawn(text, tuple(runs), cut, tuple(columns))


def row_count(raw: bytes, width: int) -> int:
    """Return how many rows of `width` cells a raw line takes; at least one."""
    if len(raw) <= width and raw.isascii() and b"\t" not in raw:
        return 1
    if len(raw) <= MAX_CHARS and not raw.translate(None, _PRINTABLE):
        return -(-len(raw) // width) or 1
    return len(row_starts(draw(raw).text, width))


def row_starts(text: str, width: int) -> list[int]:
    """Return at which character each row begins; a wide character is never split."""
    if text.isascii():
        return list(range(0, len(text), width)) or [0]
    starts, used = [0], 0
    for at, char in enumerate(text):
        cells = char_cells(char)
        if used + cells > width and used:
            starts.append(at)
            used = 0
        used += cells
    return starts


def chars_at(text: str, left: int, width: int) -> tuple[int, int]:
    """Return which characters are in the cells `[left, left + width)`."""
    if text.isascii():
        return min(left, len(text)), min(left + width, len(text))
    start, used = len(text), 0
    for at, char in enumerate(text):
        if used >= left and start > at:
            start = at
        if used >= left + width:
            return start, at
        used += char_cells(char)
    return start, len(text)


def style_of(look: TextLook) -> Style:
    """Return a look as a style; colours are the terminal's or the theme's sixteen, or exact."""
    flags = look.flags
    return Style(
        color=_colour(look.foreground),
        bgcolor=_colour(look.background),
        bold="bold" in flags or None,
        dim="dim" in flags or None,
        italic="italic" in flags or None,
        underline="underline" in flags or None,
        reverse="reverse" in flags or None,
        strike="strike" in flags or None,
    )


def _colour(colour: int | tuple[int, int, int] | None) -> Color | None:
    if colour is None:
        return None
    return Color.from_ansi(colour) if isinstance(colour, int) else Color.from_rgb(*colour)


class Paint(NamedTuple):
    """A style laid over the characters `[start, end)` of a line."""

    start: int
    end: int
    style: Style


def segments(
    drawn: Drawn, base: Style, paints: Sequence[Paint], start: int, end: int
) -> list[Segment]:
    """Return the characters `[start, end)` of a line as segments; later paints lie over earlier."""
    end = min(end, len(drawn.text))
    edges = {start, end}
    edges.update(at for at, _ in drawn.runs if start < at < end)
    for paint in paints:
        edges.update(at for at in (paint.start, paint.end) if start < at < end)
    ordered = sorted(edges)
    found: list[Segment] = []
    run = 0
    for left, right in pairwise(ordered):
        while run < len(drawn.runs) and drawn.runs[run][0] <= left:
            run += 1
        look = drawn.runs[run][1] if run < len(drawn.runs) else None
        style = base + style_of(look) if look else base
        for paint in paints:
            if paint.start <= left and right <= paint.end:
                style += paint.style
        found.append(Segment(drawn.text[left:right], style))
    return found


def clock_text(stamp: int, zone: str) -> str:
    """Return a stamp in ns as `10:04:11.123`; `zone` is `utc` or `local`."""
    whole, rest = divmod(stamp, 1_000_000_000)
    moment = datetime.fromtimestamp(whole, UTC)
    if zone != "utc":
        moment = moment.astimezone()
    return f"{moment:%H:%M:%S}.{rest // 1_000_000:03d}"
