"""The line above the keys: the filter, how much of the whole is shown, and short answers."""

from __future__ import annotations

from itertools import takewhile

from textual.content import Content
from textual.widget import Widget

Parts = tuple[tuple[str, str], ...]

_APART = "   "


class StatusLine(Widget):
    """Left what is set, right how much is shown; an answer takes the left side for a while.

    A filter (what stands left up to the last `strong` part) stays beside the answer.
    """

    DEFAULT_CSS = """
    StatusLine {
        height: 1;
        padding: 0 1;
        & > .status--text { color: $foreground; }
        & > .status--strong { color: $foreground; text-style: bold; }
        & > .status--chrome { color: $chrome; }
        & > .status--problem { color: $phase-failed; }
    }
    """

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
        if not self._answer:
            return "".join(text for text, _ in self._left)
        return f"{self.filter}{_APART if self.filter else ''}{self._answer[0][0]}"

    @property
    def filter(self) -> str:
        """The filter that is active, as it is shown."""
        return "".join(text for text, _ in self._filter).strip()

    @property
    def _filter(self) -> Parts:
        after = sum(1 for _ in takewhile(lambda part: part[1] != "strong", reversed(self._left)))
        return self._left[: len(self._left) - after]

    def render(self) -> Content:
        width = self.content_size.width
        right = self._content(self._right)
        room = max(0, width - right.cell_length - 1)
        left = self._answered(room) if self._answer else self._content(self._left)
        left = left.truncate(room, ellipsis=True)
        return left + Content(" " * max(1, width - left.cell_length - right.cell_length)) + right

    def _answered(self, room: int) -> Content:
        """The answer, after as much of the filter as there is room for, at least a third."""
        answer = self._content(self._answer)
        kept = self._content(self._filter)
        if not kept:
            return answer
        most = max(room // 3, room - answer.cell_length - len(_APART))
        return kept.truncate(most, ellipsis=True) + Content(_APART) + answer

    def _content(self, parts: Parts) -> Content:
        return Content.assemble(
            *(
                (text, self.get_visual_style(f"status--{role}", partial=True))
                for text, role in parts
            )
        )
