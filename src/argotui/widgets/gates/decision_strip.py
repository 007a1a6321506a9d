"""The line above the footer about a decision: counted down, being sent, or its outcome."""

from __future__ import annotations

from rich.cells import cell_len
from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from argotui.drawing.cells import cut_counted

KINDS = ("approve", "deny", "good", "bad", "doubt")

LEAST_LINES = 4
"""Lines that it may always take; it takes more if half of the screen stays free."""
NO_BREAK = "\u00a0"
"""A blank at which no line breaks."""
_HELD = "\ue000"


class DecisionStrip(Widget):
    """One line, or as many as the text needs; hidden without a text."""

    DEFAULT_CSS = """
    DecisionStrip {
        height: auto;
        max-height: 50vh;
        min-height: 1;
        padding: 0 1;
        background: $banner;
        color: $banner-text;
        & > .strip--verb { text-style: bold; }
        &.-deny { background: $phase-failed; color: $background; }
        &.-good { background: $phase-succeeded; color: $background; }
        &.-bad { background: $phase-failed; color: $background; }
    }
    """

    COMPONENT_CLASSES = {"strip--verb"}

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self._shown = ("", "", "")
        self.display = False

    def show(self, kind: str, verb: str, text: str) -> None:
        """Show `verb` in bold and `text` after it; `kind` is its colour."""
        if (kind, verb, text) == self._shown:
            return
        self._shown = (kind, verb, text)
        self.text = f"{verb} {text}"
        for each in KINDS:
            self.set_class(each == kind, f"-{each}")
        self.display = True
        self.refresh(layout=True)

    def hide(self) -> None:
        """Hide the strip."""
        self._shown = ("", "", "")
        self.text = ""
        self.display = False

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._lines(width))

    def render(self) -> Content:
        return Content("\n").join(self._lines(self.content_size.width))

    @property
    def most(self) -> int:
        """The maximum number of lines; a longer text is cut in its middle, with a count."""
        return max(LEAST_LINES, self.app.size.height // 2)

    def _lines(self, width: int) -> list[Content]:
        _, verb, text = self._shown
        room = max(1, width)
        size = min(cell_len(text), room * self.most)
        while True:
            whole = f"{verb} {cut_counted(text, size)}".replace(NO_BREAK, _HELD)
            lines = [line.plain.replace(_HELD, " ") for line in Content(whole).wrap(room)]
            if len(lines) <= self.most or size <= room:
                break
            size -= 1
        bold = self.get_visual_style("strip--verb", partial=True)
        first = lines[0].removeprefix(verb)
        head = Content.assemble((verb, bold), first) if first != lines[0] else Content(lines[0])
        return [head, *(Content(line) for line in lines[1 : self.most])]
