"""The line over the footer that says what is about to be sent, is being sent, or came of it."""

from __future__ import annotations

from rich.cells import cell_len
from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from argotui.widgets.cells import cut_middle

KINDS = ("approve", "deny", "good", "bad", "doubt")

MOST_LINES = 4
"""Lines at most: what is longer loses its middle, so that the countdown at its end stays."""
NO_BREAK = "\u00a0"
"""A blank at which no line ends."""
_HELD = "\ue000"


class DecisionStrip(Widget):
    """One line, or as many as its words need; hidden while there is nothing to say.

    What it says at the right of the first line is never cut.
    """

    COMPONENT_CLASSES = {"strip--verb", "strip--hint"}

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self._shown = ("", "", "", "")
        self.display = False

    def show(self, kind: str, verb: str, text: str, hint: str = "") -> None:
        """Show `verb` in bold and `text` after it, `hint` at the right; `kind` is its colour."""
        if (kind, verb, text, hint) == self._shown:
            return
        self._shown = (kind, verb, text, hint)
        self.text = f"{verb} {text}"
        for each in KINDS:
            self.set_class(each == kind, f"-{each}")
        self.display = True
        self.refresh(layout=True)

    def hide(self) -> None:
        """Say nothing."""
        self._shown = ("", "", "", "")
        self.text = ""
        self.display = False

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._lines(width))

    def render(self) -> Content:
        width, hint = self.content_size.width, self._shown[3]
        first, *rest = self._lines(width)
        right = Content.assemble((hint, self.get_visual_style("strip--hint", partial=True)))
        gap = max(1, width - first.cell_length - right.cell_length)
        return Content("\n").join([first + Content(" " * gap) + right, *rest])

    def _lines(self, width: int) -> list[Content]:
        """Return the words in lines that leave room for what is said at the right."""
        _, verb, text, hint = self._shown
        room = max(1, width - cell_len(hint) - 1 if hint else width)
        size = min(cell_len(text), room * MOST_LINES)
        while True:
            whole = f"{verb} {cut_middle(text, size)}".replace(NO_BREAK, _HELD)
            lines = [line.plain.replace(_HELD, " ") for line in Content(whole).wrap(room)]
            if len(lines) <= MOST_LINES or size <= room:
                break
            size -= 1
        bold = self.get_visual_style("strip--verb", partial=True)
        first = lines[0].removeprefix(verb)
        head = Content.assemble((verb, bold), first) if first != lines[0] else Content(lines[0])
        return [head, *(Content(line) for line in lines[1:MOST_LINES])]
