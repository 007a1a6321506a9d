"""A bare application around one widget, and a count of the lines it paints."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from textual.app import App, ComposeResult
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from argotui.themes import DEFAULT_VARIABLES, THEMES, theme_id
from tests.driven import lines_of


class Harness(App[None]):
    """Shows one widget in argotui's colours."""

    def __init__(self, widget: Widget) -> None:
        super().__init__()
        self.widget = widget
        self.messages: list[Message] = []
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = theme_id("dark")

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return DEFAULT_VARIABLES

    def compose(self) -> ComposeResult:
        yield self.widget

    def on_mount(self) -> None:
        self.widget.focus()

    def screen_lines(self) -> list[str]:
        """What stands on the screen, line by line."""
        return lines_of(self)


class Painted:
    """How often the lines of a widget were drawn."""

    def __init__(self) -> None:
        self.lines: list[int] = []

    def __len__(self) -> int:
        return len(self.lines)


@contextmanager
def painting(widget: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Painted]:
    """Count the lines that `widget` draws while the block runs."""
    painted = Painted()
    render_line = widget.render_line

    def counting(y: int) -> Strip:
        painted.lines.append(y)
        strip: Strip = render_line(y)
        return strip

    with monkeypatch.context() as patch:
        patch.setattr(widget, "render_line", counting)
        yield painted
