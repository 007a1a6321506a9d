"""Styles under NO_COLOR: bold, dim, underline and reverse remain."""

from __future__ import annotations

from functools import lru_cache

from rich.color import ColorType
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter

_FAINT = 8
"""The number of the terminal's bright black, in which the ansi theme has what matters less."""


@lru_cache(4096)
def without_colour(style: Style) -> Style:
    """Return a style of the ansi theme without its colours.

    A background of its own, such as the cursor's, becomes reverse video; bright black becomes dim.
    """
    back, fore = style.bgcolor, style.color
    marked = back is not None and back.type is not ColorType.DEFAULT
    faint = fore is not None and fore.type is not ColorType.DEFAULT and fore.number == _FAINT
    return Style(
        bold=style.bold,
        dim=(faint and not marked) or style.dim,
        italic=style.italic,
        underline=style.underline,
        strike=style.strike,
        reverse=bool(style.reverse) != marked or None,
    ) + Style.from_meta(style.meta)


class NoColour(LineFilter):
    """Takes the colours out of every line; https://no-color.org is the rule."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        return [
            Segment(text, without_colour(style) if style is not None else None, control)
            for text, style, control in segments
        ]
