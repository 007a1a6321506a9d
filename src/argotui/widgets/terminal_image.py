"""What the terminal shows, so that only what differs is sent to it.

Textual sends every line that a widget asked to be drawn, and a whole screen whenever one opens or
scrolls. Over a slow link that is most of the waiting: one new line of a log costs a screenful.
"""

from __future__ import annotations

import curses
import os
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from typing import Any, NamedTuple

from rich.cells import cell_len
from rich.color import ColorSystem
from rich.console import Console, RenderableType
from textual.app import App
from textual.geometry import Size
from textual.strip import Strip

from argotui.drawing.cells import char_cells
from argotui.widgets.sgr import blank_style
from argotui.widgets.terminal_pieces import (
    Abilities,
    Piece,
    encode,
    pieces_of,
)
from argotui.widgets.textual_internals import DrawnUpdate, WrittenUpdate, colour_system, strips_of

GAP = 4
"""Equal cells up to so many are sent again: moving the cursor over them costs more."""

EDGE = 2
"""Cells at the right, those of a scroll bar, that do not move with a line."""

LEAST_LINES = 3
"""Moving fewer lines than this is not worth a scroll region."""

_UNKNOWN = "\0"
"""The text of a cell that may show anything: equal to nothing that is drawn."""


class Cells(NamedTuple):
    """A line by the cell: the characters that begin there (a wide one is followed by an empty text)
    and their SGR parameters."""

    texts: list[str]
    styles: list[str]

    def copy(self) -> Cells:
        return Cells(self.texts.copy(), self.styles.copy())

    def put(self, at: int, other: Cells) -> None:
        """Lay other cells over these from cell `at` on; what has no room is left out."""
        end = min(len(self.texts), at + len(other.texts))
        if end > at:
            self.texts[at:end] = other.texts[: end - at]
            self.styles[at:end] = other.styles[: end - at]


class TerminalImage:
    """Remembers what was sent. `abilities` tells what the terminal can do, when it is needed."""

    def __init__(self, abilities: Callable[[], Abilities] | None = None) -> None:
        self._abilities = abilities or abilities_of_terminal
        self._size = Size(0, 0)
        self._rows: list[Cells] = []

    def forget(self) -> None:
        """Forget what is on the terminal: somebody else may have written there."""
        self._size = Size(0, 0)

    def reduce(self, app: App[Any], drawn: RenderableType | None) -> RenderableType | None:
        """Return what is left to send of something that an application draws; None for nothing."""
        if not isinstance(drawn, DrawnUpdate):
            return drawn
        text = self.difference(drawn, app.size, app.console)
        return WrittenUpdate(text) if text else None

    def difference(self, update: DrawnUpdate, size: Size, console: Console) -> str:
        """Return what makes the terminal, `size` cells large, show an update as well.

        Empty if it shows that already. The update counts as sent.
        """
        abilities = self._abilities()
        if size != self._size:
            self._size = size
            self._rows = [_unknown(size.width) for _ in range(size.height)]
        system = colour_system(console)
        wanted: dict[int, Cells] = {}
        for y, x, strip in strips_of(update):
            if y < size.height and x < size.width:
                row = wanted.get(y)
                if row is None:
                    row = wanted[y] = self._rows[y].copy()
                row.put(x, cells_of(strip, system))
        changed = {y: row for y, row in wanted.items() if row != self._rows[y]}
        parts: list[str] = []
        if len(changed) >= LEAST_LINES and abilities.scrolls:
            parts.append(self._move_lines(changed))
        pieces: list[Piece] = []
        for y, row in sorted(changed.items()):
            for start, end in _runs(self._rows[y], row):
                pieces += pieces_of(y, start, end, *row)
            self._rows[y] = row
        return "".join(parts) + encode(pieces, abilities, size.width)

    def _move_lines(self, changed: dict[int, Cells]) -> str:
        """Return what moves lines up or down that are on the terminal already, and account for it.

        `changed` gets those lines too that stand still in the region that is moved.
        """
        by = _most_moved(self._rows, changed)
        if by is None:
            return ""
        shift, moved = by
        top, end = min(moved), max(moved) + 1
        top, end = (top, end + shift) if shift > 0 else (top + shift, end)
        if len(moved) * 2 < end - top:
            return ""
        for y in range(top, end):
            changed.setdefault(y, self._rows[y])
        blank = [_unknown(self._size.width) for _ in range(abs(shift))]
        kept = self._rows[top:end]
        self._rows[top:end] = kept[shift:] + blank if shift > 0 else blank + kept[:shift]
        count, verb = abs(shift), "M" if shift > 0 else "L"
        return f"\x1b[{top + 1};{end}r\x1b[{top + 1};1H\x1b[{count}{verb}\x1b[r"


@cache
def abilities_of_terminal() -> Abilities:
    """Return what terminfo says of the terminal on standard output."""
    try:
        curses.setupterm(os.environ.get("TERM", "dumb"), 1)
        scrolls = all(curses.tigetstr(name) for name in ("csr", "dl", "il"))
        erases = curses.tigetflag("bce") == 1 and bool(curses.tigetstr("ech"))
        columns = curses.tigetstr("hpa") == b"\x1b[%i%p1%dG"
        return Abilities(scrolls, erases, columns)
    except (curses.error, OSError):
        return Abilities()


def cells_of(strip: Strip, system: ColorSystem) -> Cells:
    """Return a strip by the cell. Links (OSC 8) are left out: argotui draws none."""
    texts: list[str] = []
    styles: list[str] = []
    for text, style, _ in strip:
        ansi = Strip.render_ansi(style, system) if style is not None else ""
        if text.isascii():
            texts += text
            width = len(text)
            if text.isspace():
                ansi = blank_style(ansi)
        else:
            taken = _wide_cells(text)
            width = len(taken)
            texts += taken
        styles += [ansi] * width
    return Cells(texts, styles)


@lru_cache(maxsize=4096)
def _wide_cells(text: str) -> tuple[str, ...]:
    """Return a text by the cell; what cannot be told apart stays together in its first one."""
    found: list[str] = []
    for char in text:
        width = char_cells(char)
        if width:
            found += (char, *("" for _ in range(width - 1)))
        elif found:
            head = max(at for at, each in enumerate(found) if each)
            found[head] += char
    whole = cell_len(text)
    return tuple(found) if len(found) == whole else (text, *("" for _ in range(whole - 1)))


def _unknown(width: int) -> Cells:
    return Cells([_UNKNOWN] * width, [""] * width)


def _most_moved(before: Sequence[Cells], changed: dict[int, Cells]) -> tuple[int, list[int]] | None:
    """Return by how many lines most of the changed ones moved up, and which those are."""
    places: dict[tuple[object, ...], list[int]] = {}
    for y in range(min(changed), max(changed) + 1):
        places.setdefault(_key(before[y]), []).append(y)
    moves: Counter[int] = Counter()
    came: dict[int, list[int]] = {}
    for y, row in changed.items():
        if not "".join(row.texts[:-EDGE]).strip():
            continue
        for source in places.get(_key(row), ())[:4]:
            if source != y:
                moves[source - y] += 1
                came.setdefault(source - y, []).append(y)
    if not moves:
        return None
    shift, count = moves.most_common(1)[0]
    return (shift, came[shift]) if count >= LEAST_LINES else None


def _key(row: Cells) -> tuple[object, ...]:
    return (*row.texts[:-EDGE], *row.styles[:-EDGE])


def _bridged(row: Cells, end: int, start: int) -> bool:
    """Say whether to send the equal cells `[end, start)` too: few, and in no style of their own."""
    texts, styles = row
    around = (styles[end - 1], styles[start])
    seen = (blank_style(around[0]), blank_style(around[1]))
    return start - end <= GAP and all(
        styles[at] in around or (texts[at] == " " and styles[at] in seen)
        for at in range(end, start)
    )


def _runs(before: Cells, after: Cells) -> list[tuple[int, int]]:
    """Return which cells differ, as `[start, end)`, whole characters each."""
    found: list[tuple[int, int]] = []
    texts, width = after.texts, len(after.texts)
    pairs = zip(before.texts, before.styles, texts, after.styles, strict=True)
    for at, (old, old_style, new, new_style) in enumerate(pairs):
        if old == new and old_style == new_style:
            continue
        if found and ((end := found[-1][1]) == at or _bridged(after, end, at)):
            found[-1] = (found[-1][0], at + 1)
        else:
            found.append((at, at + 1))
    whole: list[tuple[int, int]] = []
    for start, end in found:
        while start and not texts[start]:
            start -= 1
        while end < width and not texts[end]:
            end += 1
        if whole and start <= whole[-1][1]:
            start = whole.pop()[0]
        whole.append((start, end))
    return whole
