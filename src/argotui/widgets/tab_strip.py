"""The views of a screen, each with the key that opens it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.widget import Widget


class Tab(NamedTuple):
    """A view: the action that opens it, its key and its name."""

    action: str
    key: str
    name: str


class TabStrip(Widget):
    """One line: the tabs, the open one bright, and at the end what the open one has to say."""

    DEFAULT_CSS = """
    TabStrip {
        height: 1;
        padding: 0 1 0 0;
        & > .tabs--key { color: $chrome; }
        & > .tabs--name { color: $chrome; }
        & > .tabs--open { color: $foreground; text-style: bold underline; }
        & > .tabs--note { color: $chrome; text-style: italic; }
    }
    """

    COMPONENT_CLASSES = {"tabs--key", "tabs--name", "tabs--open", "tabs--note"}

    @dataclass
    class Chosen(Message):
        """A tab was clicked."""

        action: str

    def __init__(self) -> None:
        super().__init__()
        self._tabs: tuple[Tab, ...] = ()
        self._open = ""
        self._note = ""

    def show(self, tabs: Sequence[Tab], opened: str, note: str = "") -> None:
        """Show `tabs` with the one of action `opened` open; repaints only when they changed."""
        if (tuple(tabs), opened, note) != (self._tabs, self._open, self._note):
            self._tabs, self._open, self._note = tuple(tabs), opened, note
            self.refresh()

    @property
    def opened(self) -> str:
        """The action of the open tab."""
        return self._open

    def render(self) -> Content:
        pieces: list[Content] = []
        for tab in self._tabs:
            name = "tabs--open" if tab.action == self._open else "tabs--name"
            pieces.append(
                Content.assemble(
                    (f" {tab.key} ", self.get_visual_style("tabs--key", partial=True)),
                    (tab.name, self.get_visual_style(name, partial=True)),
                    " ",
                )
            )
        line = Content("").join(pieces)
        note = Content.styled(self._note, self.get_visual_style("tabs--note", partial=True))
        room = self.content_size.width - line.cell_length - 1
        note = note.truncate(max(0, room), ellipsis=True)
        return line + Content(" " * max(0, room + 1 - note.cell_length)) + note

    def on_click(self, event: Click) -> None:
        x = event.x - self.gutter.left
        for tab in self._tabs:
            x -= len(tab.key) + len(tab.name) + 3
            if x < 0:
                self.post_message(self.Chosen(tab.action))
                return
