"""The text that draws pieces of lines on a terminal, in an order that takes few bytes.

A change of style takes some twenty bytes where colours are exact, going to another place at most
nine. So pieces that look alike follow each other, and not always in the order of the lines.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from argotui.widgets.sgr import blank_style, look_of, style_change

MOST_SORTED = 200
"""Of more pieces than this, as of a new screen, each line is drawn at once, from the top on."""

BLANKS = 10
"""So many blanks take fewer bytes to erase, with a move behind them, than to write."""

LAST_BLANKS = 6
"""The same without the move."""

_MOVE = len("\x1b[10;10H")
_LONG_BLANKS = re.compile(rf" {{{BLANKS},}}")


class Abilities(NamedTuple):
    """What a terminal can do besides writing: move the lines of a region, erase characters to the
    background that is set, and go to a column."""

    scrolls: bool = False
    erases: bool = False
    columns: bool = False


class Piece(NamedTuple):
    """Cells of one style: `[start, end)` of line `y`."""

    y: int
    start: int
    end: int
    text: str
    style: str


def pieces_of(
    y: int, start: int, end: int, texts: Sequence[str], styles: Sequence[str]
) -> Iterator[Piece]:
    """Yield the cells `[start, end)` of a line; blanks go with what is before or behind them."""
    begun, style = start, styles[start]
    for at in range(start, end):
        other = styles[at]
        if other == style or (texts[at] == " " and other == blank_style(style)):
            continue
        text = "".join(texts[begun:at])
        if blank_style(other) != style or text.strip(" "):
            yield Piece(y, begun, at, text, style)
            begun = at
        style = other
    yield Piece(y, begun, end, "".join(texts[begun:end]), style)


def encode(pieces: Sequence[Piece], abilities: Abilities, width: int) -> str:
    """Return the text that draws pieces on lines of `width` cells; no style stays on."""
    parts: list[str] = []
    pen = move = ""
    last: Piece | None = None
    order = _in_short_order(pieces)
    for piece, following in zip(order, (*order[1:], None), strict=False):
        move = _move(last, piece, abilities)
        parts.append(move)
        if piece.text.strip(" ") or piece.style != blank_style(pen):
            parts.append(style_change(pen, piece.style))
            pen = piece.style
        text = piece.text
        if abilities.erases and blank_style(pen) == look_of(pen).background:
            follows = following is not None and not _move(piece, following, abilities)
            text = _with_erasures(text, at_end=piece.end == width, follows=follows)
        parts.append(text)
        last = piece
    if pen:
        parts.append("\x1b[m")
    return "".join(parts)


def _with_erasures(text: str, *, at_end: bool, follows: bool) -> str:
    """Return a text with its long blanks erased rather than written."""
    if not follows:
        kept = text.rstrip(" ")
        count = len(text) - len(kept)
        if count >= LAST_BLANKS:
            erased = "\x1b[K" if at_end else f"\x1b[{count}X"
            return _LONG_BLANKS.sub(_erased, kept) + erased
    return _LONG_BLANKS.sub(_erased, text)


def _erased(blanks: re.Match[str]) -> str:
    """Return what erases so many characters and goes on behind them."""
    count = len(blanks[0])
    return f"\x1b[{count}X\x1b[{count}C"


def _move(before: Piece | None, piece: Piece, abilities: Abilities) -> str:
    """Return what puts the cursor from the end of one piece to the beginning of another.

    To a place, never by so many cells: terminals differ in the width of some characters.
    """
    if before is not None and before.y == piece.y:
        if before.end == piece.start:
            return ""
        if abilities.columns:
            return f"\x1b[{piece.start + 1}G"
    return f"\x1b[{piece.y + 1};{piece.start + 1}H"


def _in_short_order(pieces: Sequence[Piece]) -> Sequence[Piece]:
    """Return pieces by line, or by style if that takes fewer bytes."""
    if len(pieces) > MOST_SORTED:
        return pieces
    alike: dict[str, deque[int]] = {}
    for index, piece in enumerate(pieces):
        alike.setdefault(piece.style, deque()).append(index)
    left = dict.fromkeys(range(len(pieces)))
    order: list[Piece] = []
    while left:
        at: int | None = next(iter(left))
        begun = True
        while at is not None:
            del left[at]
            order.append(pieces[at])
            queue = alike[pieces[at].style]
            queue.popleft()  # those of one style are written in their order
            found = queue[0] if queue else None
            if found is None or not _is_worth(pieces, at, found, begun=begun):
                break
            begun = begun and found == at + 1
            at = found
    return order


def _is_worth(pieces: Sequence[Piece], at: int, other: int, *, begun: bool) -> bool:
    """Return whether drawing `other`, of the same style, next takes fewer bytes.

    `begun` says that no piece before `at` was left out: the next one in line needs no move.
    """
    if other == at + 1:
        return True
    here, there, before = pieces[at], pieces[other], pieces[other - 1]
    saved = len(style_change(before.style, there.style))
    cost = 0 if _is_apart(before, there) else _MOVE
    if begun and not _is_apart(here, pieces[at + 1]):
        cost += _MOVE
    if other + 1 < len(pieces):
        after = pieces[other + 1]
        saved += len(style_change(there.style, after.style))
        saved -= len(style_change(before.style, after.style))
        cost += 0 if _is_apart(there, after) else _MOVE
    return cost < saved


def _is_apart(one: Piece, other: Piece) -> bool:
    return one.y != other.y or one.end != other.start
