"""A message instead of rows, and a warning line over rows that may be old."""

from __future__ import annotations

from typing import Literal, NamedTuple

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from argotui.drawing.cells import cell_len, cut_middle
from argotui.widgets.cells import cut as cut_at_end


class Message(NamedTuple):
    """What is the case, in the other side's words, and what to do next."""

    kind: str
    """empty, loading, forbidden or broken: each looks its own way."""
    title: str
    detail: str = ""
    hints: tuple[str, ...] = ()
    next: str = ""
    """What to do next, in some words for the status line."""

    @property
    def text(self) -> str:
        """All of it, to be copied."""
        return "\n\n".join(
            part for part in (self.title, self.detail, "\n".join(self.hints)) if part
        )


class Notice(VerticalScroll, can_focus=False):
    """A message in the place of a list; long ones scroll."""

    DEFAULT_CSS = """
    Notice {
        height: 1fr;
        padding: 2 4;
        scrollbar-size-vertical: 1;
        display: none;
        & > .title { text-style: bold; color: $foreground; width: 100%; }
        & > .detail { color: $chrome; margin-top: 1; width: 100%; }
        & > .hints { color: $foreground; margin-top: 1; width: 100%; }
        &.-broken > .title { color: $phase-failed; }
        &.-forbidden > .title { color: $phase-waiting; }
        &.-loading > .title { color: $phase-running; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self.message: Message | None = None
        self._title = Static(markup=False, classes="title")
        self._detail = Static(markup=False, classes="detail")
        self._hints = Static(markup=False, classes="hints")

    def compose(self) -> ComposeResult:
        yield self._title
        yield self._detail
        yield self._hints

    def show(self, message: Message | None) -> None:
        """Show a message, or nothing (None), and then take no place."""
        if message == self.message:
            return
        if self.message is not None:
            self.remove_class(f"-{self.message.kind}")
        self.message = message
        self.display = message is not None
        if message is None:
            return
        self.add_class(f"-{message.kind}")
        self._title.update(Content(message.title))
        self._detail.update(Content(message.detail))
        self._detail.display = bool(message.detail)
        self._hints.update(Content("\n".join(message.hints)))


class Banner(Widget):
    """One line over rows that may be old; hidden while there is nothing to say."""

    DEFAULT_CSS = """
    Banner {
        height: 1;
        padding: 0 1;
        background: $banner;
        color: $banner-text;
        text-style: bold;
    }
    """

    def __init__(self, cut: Literal["middle", "end"] = "middle") -> None:
        super().__init__()
        self._cut = cut_middle if cut == "middle" else cut_at_end
        self.text = ""
        self.more = ""
        self.display = False

    def show(self, text: str, more: str = "") -> None:
        """Show a text, or nothing, and `more` after it where there is room for all of both.

        A sentence is cut in its middle, since why or what to do stands at its end; a list of facts
        is cut at its end, the most important one being the first.
        """
        if (text, more) == (self.text, self.more):
            return
        self.text, self.more = text, more
        self.display = bool(text)
        self.refresh()

    def render(self) -> Content:
        width, whole = self.content_size.width, self.text + self.more
        return Content(whole if cell_len(whole) <= width else self._cut(self.text, width))
