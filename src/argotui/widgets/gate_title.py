"""The head of a gate's screen: which gate of which workflow, which request, and how fresh it is."""

from __future__ import annotations

from textual.content import Content
from textual.widget import Widget

from argotui.widgets.cells import cut_middle

Parts = tuple[tuple[str, str], ...]


class GateTitle(Widget):
    """One line; the place gives way first on narrow screens, the gate's name never."""

    COMPONENT_CLASSES = {"title--name", "title--text", "title--dim", "title--bad", "title--good"}

    def __init__(self) -> None:
        super().__init__()
        self._shown: tuple[str, str, str, Parts] = ("", "", "", ())

    def show(self, gate: str, workflow: str, place: str, right: Parts) -> None:
        """Show a gate; `right` are (text, role) parts. Repaints only when a word changed."""
        shown = (gate, workflow, place, right)
        if shown != self._shown:
            self._shown = shown
            self.refresh()

    @property
    def text(self) -> str:
        gate, workflow, place, right = self._shown
        return "   ".join((gate, workflow, place, "".join(text for text, _ in right)))

    def render(self) -> Content:
        gate, workflow, place, right = self._shown
        width = self.content_size.width
        end = Content.assemble(*(self._styled(text, role) for text, role in right))
        room = max(10, width - end.cell_length - 2)
        each = max(8, (room - 3) // 2)
        names = (
            self._styled(f"‖ {cut_middle(gate, max(each, room - 3 - len(workflow)))}", "name"),
            "   ",
            self._styled(cut_middle(workflow, max(each, room - 3 - len(gate))), "text"),
            "   ",
            self._styled(place, "dim"),
        )
        begin = Content.assemble(*names).truncate(room, ellipsis=True)
        gap = max(1, width - begin.cell_length - end.cell_length)
        return begin + Content(" " * gap) + end

    def _styled(self, text: str, role: str) -> Content:
        return Content.styled(text, self.get_visual_style(f"title--{role}", partial=True))
