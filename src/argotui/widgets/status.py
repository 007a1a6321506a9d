"""The line above the keys: the filter, how much of the whole is shown, and short answers."""

from __future__ import annotations

from textual.content import Content
from textual.widget import Widget

Parts = tuple[tuple[str, str], ...]


class StatusLine(Widget):
    """Left what is set, right how much is shown; an answer takes the left side for a while."""

    COMPONENT_CLASSES = {"status--text", "status--chrome", "status--strong", "status--problem"}

    def __init__(self) -> None:
        super().__init__()
        self._left: Parts = ()
        self._right: Parts = ()
        self._answer: Parts = ()

    def show(self, left: Parts, right: Parts) -> None:
        """Show (text, role) parts; repaints only when they changed."""
        if (left, right) != (self._left, self._right):
            self._left, self._right = left, right
            self.refresh()

    def answer(self, text: str, *, problem: bool = False) -> None:
        """Say something about the last key; empty takes it back."""
        answer: Parts = ((text, "problem" if problem else "text"),) if text else ()
        if answer != self._answer:
            self._answer = answer
            self.refresh()

    @property
    def text(self) -> str:
        """What the left side says now."""
        return "".join(text for text, _ in self._answer or self._left)

    def render(self) -> Content:
        width = self.content_size.width
        right = self._content(self._right)
        left = self._content(self._answer or self._left)
        left = left.truncate(max(0, width - right.cell_length - 1), ellipsis=True)
        return left + Content(" " * max(1, width - left.cell_length - right.cell_length)) + right

    def _content(self, parts: Parts) -> Content:
        return Content.assemble(
            *(
                (text, self.get_visual_style(f"status--{role}", partial=True))
                for text, role in parts
            )
        )
