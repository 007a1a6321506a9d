"""How many terminal cells a text takes, and how to cut it so that its end still tells it apart."""

from __future__ import annotations

import unicodedata

from argotui.model.counted import counted

ELLIPSIS = "…"


def char_cells(char: str) -> int:
    """Return the cells of one character: 0 for a combining one, 2 for a wide one, else 1."""
    if char < "\u0300":
        return 1
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in ("W", "F") else 1


def cell_len(text: str) -> int:
    """Return the cells a cleaned text takes in a terminal."""
    return len(text) if text.isascii() else sum(map(char_cells, text))


def _head(text: str, width: int) -> str:
    if text.isascii():
        return text[:width]
    taken = 0
    for index, char in enumerate(text):
        taken += char_cells(char)
        if taken > width:
            return text[:index]
    return text


def _tail(text: str, width: int) -> str:
    if text.isascii():
        return text[len(text) - width :] if width else ""
    taken = 0
    for index in range(len(text) - 1, -1, -1):
        taken += char_cells(text[index])
        if taken > width:
            return text[index + 1 :]
    return text


def cut_middle(text: str, width: int) -> str:
    """Return `text` in at most `width` cells, an ellipsis for the middle if it is longer."""
    if cell_len(text) <= width:
        return text
    if width <= 0:
        return ""
    tail = _tail(text, (width - 1) // 2)
    return _head(text, width - 1 - cell_len(tail)) + ELLIPSIS + tail


def cut_counted(text: str, width: int) -> str:
    """Return `text` in about `width` cells, its middle left out and counted if it is longer."""
    if cell_len(text) <= width:
        return text
    longest = f" … {counted(len(text), 'more character')} … "
    head, _, tail = cut_middle(text, max(3, width - len(longest) + 1)).partition(ELLIPSIS)
    left = len(text) - len(head) - len(tail)
    return f"{head} … {counted(left, 'more character')} … {tail}"


def fit(text: str, width: int) -> str:
    """Return `text` in exactly `width` cells: cut in its middle, or filled up with spaces."""
    shown = cut_middle(text, width)
    return shown + " " * (width - cell_len(shown))
