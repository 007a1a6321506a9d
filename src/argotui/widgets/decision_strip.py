"""The line over the footer that says what is about to be sent, is being sent, or came of it."""

from __future__ import annotations

from textual.content import Content
from textual.widget import Widget

KINDS = ("approve", "deny", "good", "bad", "doubt")


class DecisionStrip(Widget):
    """One line; hidden while there is nothing to say. What it says at the right is never cut."""

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
        self.refresh()

    def hide(self) -> None:
        """Say nothing."""
        self._shown = ("", "", "", "")
        self.text = ""
        self.display = False

    def render(self) -> Content:
        _, verb, text, hint = self._shown
        width = self.content_size.width
        right = Content.assemble((hint, self.get_visual_style("strip--hint", partial=True)))
        bold = self.get_visual_style("strip--verb", partial=True)
        left = Content.assemble((verb, bold), f" {text}")
        left = left.truncate(max(0, width - right.cell_length - 2), ellipsis=True)
        gap = max(1, width - left.cell_length - right.cell_length)
        return left + Content(" " * gap) + right
