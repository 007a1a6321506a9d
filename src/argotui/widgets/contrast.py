"""Whether a colour can still be read on a background that is not its own."""

from __future__ import annotations

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

READABLE = 4.5
"""The least contrast ratio of text (WCAG 2, 1.4.3); below it the line's own colour is taken."""


def is_readable(style: Style, background: Style) -> bool:
    """Say whether the colour of `style` stands out on the background colour of another style.

    A colour of the terminal's own palette is unknown, hence not readable.
    """
    if style.color is None or background.bgcolor is None:
        return True
    if style.color.triplet is None or background.bgcolor.triplet is None:
        return False
    return contrast(style.color.triplet, background.bgcolor.triplet) >= READABLE


def contrast(one: tuple[int, int, int], other: tuple[int, int, int]) -> float:
    """Return the contrast ratio of two colours (red, green, blue of 255): 1.0 to 21.0."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def lay_on(strip: Strip, line: Style) -> Strip:
    """Return a strip on the background of `line`, in its own colours if they can be read."""
    background = Style(bgcolor=line.bgcolor)
    plain = Style(color=line.color, bgcolor=line.bgcolor)

    def laid(own: Style | None) -> Style:
        return plain if own is None else own + (background if is_readable(own, line) else plain)

    return Strip([Segment(text, laid(own)) for text, own, _ in strip], strip.cell_length)


def _luminance(triplet: tuple[int, int, int]) -> float:
    parts = [value / 255 for value in triplet]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
