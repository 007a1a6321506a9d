"""The order in which people count: 2 before 10."""

from __future__ import annotations

import re

_NUMBER = re.compile(r"([0-9]+)")


def natural(text: str) -> tuple[tuple[str, int], ...]:
    """Return a sort key that takes runs of digits as numbers."""
    pieces = _NUMBER.split(text)
    return tuple(
        (before, int(number) if number else -1)
        for before, number in zip(pieces[::2], [*pieces[1::2], ""], strict=True)
    )
