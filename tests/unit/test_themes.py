"""Whether what the themes colour can be read (WCAG 2, 1.4.3)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.strip import Strip
from textual.theme import Theme

import argotui
from argotui.themes import PREFIX, ROLES, THEMES
from argotui.widgets.contrast import READABLE, contrast, lay_on

OWN_COLOURS = [theme for theme in THEMES if not theme.ansi]
TEXTS = (*(f"phase-{role}" for role in ROLES), "chrome", "mark", "key")
"""Variables that colour words; `faint` is for what cannot be done now, `rule` for lines."""


def between(one: str, other: str) -> float:
    return contrast(Color.parse(one).rgb, Color.parse(other).rgb)


def test_the_contrast_is_that_of_wcag() -> None:
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21.0)
    assert contrast((118, 118, 118), (255, 255, 255)) == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize(
    "theme", OWN_COLOURS, ids=[theme.name.removeprefix(PREFIX) for theme in OWN_COLOURS]
)
def test_every_word_stands_out_from_what_it_stands_on(theme: Theme) -> None:
    colours = theme.variables
    assert theme.background is not None
    assert theme.panel is not None
    assert theme.foreground is not None
    pairs = [(name, colours[name], theme.background) for name in TEXTS]
    pairs += [
        ("chrome in a dialog", colours["chrome"], theme.panel),
        ("foreground", theme.foreground, theme.background),
        ("foreground in a dialog", theme.foreground, theme.panel),
        ("cursor-text", colours["cursor-text"], colours["cursor"]),
        ("banner-text", colours["banner-text"], colours["banner"]),
    ]
    ratios = {name: between(colour, ground) for name, colour, ground in pairs}
    assert {name: ratio for name, ratio in ratios.items() if ratio < READABLE} == {}


@pytest.mark.parametrize(
    "theme", OWN_COLOURS, ids=[theme.name.removeprefix(PREFIX) for theme in OWN_COLOURS]
)
@pytest.mark.parametrize(
    ("text", "ground"), [("cursor-text", "cursor"), ("foreground", "rule")], ids=["keys", "no keys"]
)
def test_the_row_of_the_cursor_can_be_read(theme: Theme, text: str, ground: str) -> None:
    colours = {"foreground": theme.foreground or ""} | theme.variables
    line = Style(color=colours[text], bgcolor=colours[ground])
    for name in TEXTS:
        (segment,) = lay_on(Strip([Segment("word", Style(color=colours[name]))], 4), line)
        assert segment.style is not None
        assert segment.style.color is not None
        assert between(segment.style.color.name, colours[ground]) >= READABLE, name


def test_no_words_are_dimmed_by_the_terminal() -> None:
    """A terminal mixes dim text with its background: what was readable no longer is."""
    dimmed = [
        f"{path.name}: {rule}"
        for path in sorted(Path(argotui.__file__).parent.rglob("*.*"))
        if path.suffix in (".tcss", ".py")
        for rule in re.findall(
            r"([^{}\n]+)\{[^{}]*text-style:[^;]*\bdim\b", path.read_text("utf-8")
        )
        if not re.search(r"\.(frame|line)--(succeeded|skipped)", rule)
    ]
    assert dimmed == []
