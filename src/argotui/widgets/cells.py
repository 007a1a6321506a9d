"""Parts of a line, measured in terminal cells: cut, filled, spread, made into a strip."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from argotui.drawing.cells import ELLIPSIS, cut_middle

__all__ = [
    "Part",
    "cell_len",
    "cut",
    "cut_middle",
    "fit",
    "pad",
    "pad_left",
    "sentence",
    "spread",
    "strip_of",
    "width_of",
    "with_arrows",
    "wrap_cells",
]

Part = tuple[str, Style]
"""A run of text on one line, and how it looks over the line's own style."""


def cut(text: str, width: int) -> str:
    """Return `text` in at most `width` cells, an ellipsis for what is cut off."""
    if len(text) <= width and cell_len(text) <= width:
        return text
    if width <= 1:
        return ELLIPSIS[:width]
    return set_cell_size(text, width - 1).rstrip() + ELLIPSIS


def pad(text: str, width: int) -> str:
    """Return `text` cut or filled to exactly `width` cells, to the left."""
    return set_cell_size(cut(text, width), max(0, width))


def pad_left(text: str, width: int) -> str:
    """Return `text` cut or filled to exactly `width` cells, to the right."""
    shown = cut(text, width)
    return " " * (width - cell_len(shown)) + shown


def wrap_cells(text: str, width: int) -> list[str]:
    """Return `text` in pieces of at most `width` cells, cut at blanks if there are any near."""
    if len(text) <= width and cell_len(text) <= width:
        return [text]
    pieces: list[str] = []
    while text:
        taken, end = 0, 0
        for char in text:
            taken += cell_len(char)
            if taken > width:
                break
            end += 1
        end = max(1, end)
        if end < len(text) and (blank := text.rfind(" ", end * 2 // 3, end + 1)) > 0:
            pieces.append(text[:blank])
            text = text[blank + 1 :]
        else:
            pieces.append(text[:end])
            text = text[end:]
    return pieces


def width_of(parts: Iterable[Part]) -> int:
    """Return how many cells the parts take together."""
    return sum(cell_len(text) for text, _ in parts)


def fit(parts: Sequence[Part], width: int) -> list[Part]:
    """Return the parts that fill at most `width` cells, the last of them cut."""
    fitted: list[Part] = []
    left = width
    for text, style in parts:
        if left <= 0:
            break
        shown = cut(text, left)
        fitted.append((shown, style))
        left -= cell_len(shown)
        if shown is not text and shown != text:
            break
    return fitted


def spread(left: Sequence[Part], right: Sequence[Part], width: int, gap: int = 1) -> list[Part]:
    """Return a line with `left` at its begin, cut for `right`, which stands at its end."""
    right_width = width_of(right)
    if right_width + gap >= width:
        return fit([*left, (" " * gap, Style.null()), *right], width)
    head = fit(left, width - right_width - gap)
    return [*head, (" " * (width - right_width - width_of(head)), Style.null()), *right]


def strip_of(parts: Iterable[Part]) -> Strip:
    """Return the parts as a strip; newlines and tabs, which would break the line, become blanks."""
    return Strip(
        [
            Segment(text if text.isprintable() else _one_line(text), style)
            for text, style in parts
            if text
        ]
    )


def _one_line(text: str) -> str:
    return text.translate(_BLANKS)


_BLANKS = {ord("\n"): " ", ord("\t"): " ", ord("\r"): " "}


def sentence(text: str, line: int, width: int, style: Style) -> list[Part]:
    """Return a line of what a view without rows says, from the top, wrapped."""
    lines = wrap_cells(text, max(8, width - 2))
    return [(" " + lines[line], style)] if line < len(lines) else []


def with_arrows(line: Strip, more: tuple[bool, bool], style: Style) -> Strip:
    """Return a line with an arrow at its left or right end, where there is `more` that way and what
    stands there is cut."""
    width = line.cell_length
    if width < 3:
        return line
    if more[0] and line.crop(0, 1).text.strip():
        line = Strip.join([Strip([Segment("◂", style)]), line.crop(1, width)])
    if more[1] and line.crop(width - 1, width).text.strip():
        line = Strip.join([line.crop(0, width - 1), Strip([Segment("▸", style)])])
    return line
