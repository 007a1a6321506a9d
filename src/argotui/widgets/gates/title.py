"""The title of the screen of a gate: gate, workflow, request and freshness."""

from __future__ import annotations

from textual.content import Content
from textual.widget import Widget

from argotui.widgets.cells import cell_len, cut_middle

Parts = tuple[tuple[str, str], ...]


class GateTitle(Widget):
    """One line, or two if the names do not fit beside context and freshness.

    It always has gate, workflow, namespace and context.
    """

    DEFAULT_CSS = """
    GateTitle {
        height: 1;
        padding: 0 1;
        & > .title--name { text-style: bold; color: $phase-waiting; }
        & > .title--text { color: $foreground; }
        & > .title--dim { color: $chrome; }
        & > .title--bad { color: $phase-failed; text-style: bold; }
        & > .title--good { color: $phase-succeeded; text-style: bold; }
    }
    """

    COMPONENT_CLASSES = {"title--name", "title--text", "title--dim", "title--bad", "title--good"}

    def __init__(self) -> None:
        super().__init__()
        self._shown: tuple[str, str, str, Parts] = ("", "", "", ())

    def show(self, gate: str, workflow: str, place: str, right: Parts) -> None:
        """Show a gate; `right` are (text, role) parts. Repaints only when a word changed."""
        shown = (gate, workflow, place, right)
        if shown != self._shown:
            self._shown = shown
            self.styles.height = 1 if self._fits else 2
            self.refresh()

    @property
    def text(self) -> str:
        gate, workflow, place, right = self._shown
        return "   ".join((gate, workflow, place, "".join(text for text, _ in right)))

    def on_resize(self) -> None:
        self.styles.height = 1 if self._fits else 2

    @property
    def _fits(self) -> bool:
        gate, workflow, place, right = self._shown
        end = sum(cell_len(text) for text, _ in right)
        return cell_len(f"‖ {gate}   {workflow}   {place}  ") + end <= self.content_size.width

    def render(self) -> Content:
        gate, workflow, place, right = self._shown
        width = self.content_size.width
        end = Content.assemble(*(self._styled(text, role) for text, role in right))
        if self._fits:
            begin = self._names(gate, workflow) + Content("   ") + self._styled(place, "dim")
            return begin + Content(" " * (width - begin.cell_length - end.cell_length)) + end
        room = max(8, width - 5)
        each = room // 2
        name = cut_middle(gate, max(each, room - cell_len(workflow)))
        first = self._names(name, cut_middle(workflow, room - cell_len(name)))
        where = self._styled(cut_middle(place, max(8, width - end.cell_length - 3)), "dim")
        second = Content("  ") + where
        gap = max(1, width - second.cell_length - end.cell_length)
        return Content("\n").join([first, second + Content(" " * gap) + end])

    def _names(self, gate: str, workflow: str) -> Content:
        return Content.assemble(
            self._styled(f"‖ {gate}", "name"), "   ", self._styled(workflow, "text")
        )

    def _styled(self, text: str, role: str) -> Content:
        return Content.styled(text, self.get_visual_style(f"title--{role}", partial=True))
