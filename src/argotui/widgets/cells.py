"""Parts of a line, measured in terminal cells: cut, filled, spread, made into a strip."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from argotui.model.cells import ELLIPSIS, cut_middle

__all__ = [
    "Part",
    "cell_len",
    "cut",
    "cut_middle",
    "fit",
    "pad",
    "pad_left",
    "spread",
    "strip_of",
    "width_of",
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
