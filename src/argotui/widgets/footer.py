"""The last line of every screen: the few keys that matter here and now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.widget import Widget


class Hint(NamedTuple):
    """A key and what it does; `enabled` False is shown grey."""

    action: str
    key: str
    label: str
    enabled: bool = True


class FooterBar(Widget):
    """Hints from left to right, as many as fit; a click does what the key does."""

    COMPONENT_CLASSES = {"footer--key", "footer--label", "footer--off", "footer--problem"}

    @dataclass
    class Chosen(Message):
        """A hint was clicked."""

        action: str

    def __init__(self) -> None:
        super().__init__()
        self._hints: tuple[Hint, ...] = ()
        self._problem = ""
        self._problem_at = 0

    def show(self, hints: tuple[Hint, ...]) -> None:
        """Show `hints`; repaints only when they changed."""
        if hints != self._hints:
            self._hints = hints
            self.refresh()

    def show_problem(self, text: str, column: int = 0) -> None:
        """Show what is wrong with the line above, at `column`, in place of the hints."""
        if (text, column) != (self._problem, self._problem_at):
            self._problem, self._problem_at = text, column
            self.refresh()

    def render(self) -> Content:
        if self._problem:
            style = self.get_visual_style("footer--problem", partial=True)
            room = self.content_size.width
            column = max(0, min(self._problem_at, room - len(self._problem) - 2))
            line = Content.assemble((" " * column + "^ " + self._problem, style))
            return line.truncate(room, ellipsis=True)
        pieces: list[Content] = []
        for hint in self._fitting():
            off = self.get_visual_style("footer--off", partial=True)
            key = self.get_visual_style("footer--key", partial=True) if hint.enabled else off
            label = self.get_visual_style("footer--label", partial=True) if hint.enabled else off
            pieces.append(Content.assemble((hint.key, key), (f" {hint.label}", label), "   "))
        return Content("").join(pieces)

    def _fitting(self) -> list[Hint]:
        """Leave out from the right what does not fit, but never the last hint (the way to all)."""
        room = self.content_size.width
        hints = list(self._hints)
        while len(hints) > 1 and sum(_width(hint) for hint in hints) - 3 > room:
            del hints[-2]
        return hints

    def on_click(self, event: Click) -> None:
        x = event.x - self.gutter.left
        for hint in self._fitting():
            x -= _width(hint)
            if x < 0:
                self.post_message(self.Chosen(hint.action))
                return


def _width(hint: Hint) -> int:
    return len(hint.key) + len(hint.label) + 4
