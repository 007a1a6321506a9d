"""The last line of every screen: the few keys that matter here and now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.widget import Widget

MINOR, USUAL, ALWAYS = range(3)
"""How important a hint is: without room for all, the least important leave first."""


class Hint(NamedTuple):
    """A key and what it does; `enabled` False is shown grey."""

    action: str
    key: str
    label: str
    enabled: bool = True
    worth: int = USUAL


class FooterBar(Widget):
    """Hints from left to right, as many as fit; a click does what the key does."""

    DEFAULT_CSS = """
    FooterBar {
        height: 1;
        padding: 0 1;
        & > .footer--key { color: $key; text-style: bold; }
        & > .footer--label { color: $chrome; }
        & > .footer--off { color: $faint; }
        & > .footer--problem { color: $phase-failed; }
    }
    """

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
        self._choices: tuple[str, ...] = ()
        self._chosen = 0

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

    def show_choices(self, choices: Sequence[str], chosen: int) -> None:
        """Show what tab goes through, in place of the hints; nothing takes it back."""
        if (tuple(choices), chosen) != (self._choices, self._chosen):
            self._choices, self._chosen = tuple(choices), chosen
            self.refresh()

    def _choice_line(self) -> Content:
        """Return the words around the chosen one, which is always in view."""
        key = self.get_visual_style("footer--key", partial=True)
        label = self.get_visual_style("footer--label", partial=True)
        words = [choice.rpartition(" ")[2] for choice in self._choices]
        room = self.content_size.width
        start = self._chosen
        while (
            start > 0 and sum(len(word) + 2 for word in words[start - 1 : self._chosen + 1]) < room
        ):
            start -= 1
        pieces = [Content("… ")] if start else []
        for index, word in enumerate(words[start:], start):
            pieces.append(Content.assemble((word, key if index == self._chosen else label), "  "))
        return Content("").join(pieces).truncate(room, ellipsis=True)

    def render(self) -> Content:
        if self._choices and not self._problem:
            return self._choice_line()
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
        """Leave out what does not fit: what is worth least, of that what is grey, from the right;
        but never the last hint (the way to all)."""
        room = self.content_size.width
        hints = list(self._hints)
        while len(hints) > 1 and sum(_width(hint) for hint in hints) - 3 > room:
            rest = range(len(hints) - 1)
            del hints[min(rest, key=lambda at: (hints[at].worth, hints[at].enabled, -at))]
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
