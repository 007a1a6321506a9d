"""Whether a colour can still be read on a background that is not its own."""

from __future__ import annotations

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

_READABLE = 3.0
"""The least contrast ratio (WCAG 2, bold text); below it the line's own colour is taken."""


def is_readable(style: Style, background: Style) -> bool:
    """Say whether the colour of `style` stands out on the background colour of another style.

    A colour of the terminal's own palette is unknown, hence not readable.
    """
    if style.color is None or background.bgcolor is None:
        return True
    if style.color.triplet is None or background.bgcolor.triplet is None:
        return False
    one, other = _luminance(style.color.triplet), _luminance(background.bgcolor.triplet)
    return (max(one, other) + 0.05) / (min(one, other) + 0.05) >= _READABLE


def lay_on(strip: Strip, line: Style) -> Strip:
    """Return a strip on the background of `line`, in its own colours where they can be read."""
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
