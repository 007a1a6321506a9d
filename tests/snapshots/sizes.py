"""The terminals the pictures are drawn for."""

from __future__ import annotations

import pytest

SMALL, USUAL, LARGE, HUGE = (80, 24), (120, 36), (200, 50), (300, 100)

THEMES = ("light", "ansi", "contrast", "colourblind", "production")


def sizes(*chosen: tuple[int, int]) -> pytest.MarkDecorator:
    """Draw a picture for each of these sizes, by default a small and a usual terminal."""
    return pytest.mark.parametrize(
        "size", chosen or (SMALL, USUAL), ids=lambda size: f"{size[0]}x{size[1]}"
    )


themes = pytest.mark.parametrize("theme", THEMES)
