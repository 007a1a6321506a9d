"""The question of the gate under a cursor: a few lines below a table, with a count of the rest."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget

from argotui.model.counted import counted
from argotui.model.workflow.fact import Fact
from argotui.widgets.cells import cell_len, cut_middle
from argotui.widgets.gates.facts import GateFacts


class GlanceTitle(Widget):
    """A rule with the name of a gate, and how many lines are below the visible ones."""

    DEFAULT_CSS = """
    GlanceTitle {
        height: 1;
        padding-right: 1;
        background: $background;
        color: $foreground;
        & > .glance--name { text-style: bold; }
        & > .glance--rule { color: $chrome; }
    }
    """
    COMPONENT_CLASSES = {"glance--name", "glance--rule"}

    def __init__(self) -> None:
        super().__init__()
        self._shown = ("", 0)

    def show(self, name: str, below: int) -> None:
        """Show a name and a number of lines; repaints only after a change."""
        if (name, below) != self._shown:
            self._shown = (name, below)
            self.refresh()

    def render(self) -> Content:
        name, below = self._shown
        if not name:
            return Content()
        width = self.content_size.width
        rule = self.get_visual_style("glance--rule", partial=True)
        strong = self.get_visual_style("glance--name", partial=True)
        right = f"{counted(below, 'more line')} " if below else ""
        name = cut_middle(name, max(8, width - len(right) - 6))
        line = "─" * max(0, width - cell_len(f"── {name} {right}") - 1)
        gap = " " * (width - cell_len(f"── {name} {line}{right}"))
        return Content.assemble(
            ("── ", rule), (name, strong), " ", (line, rule), gap, (right, rule)
        )


class GateGlance(Vertical):
    """The question and the inputs of one gate, under a line that names it."""

    DEFAULT_CSS = """
    GateGlance { width: 1fr; }
    """

    def __init__(self, share: int) -> None:
        """Use one `share`th of the terminal's lines."""
        super().__init__()
        self.view = GateFacts()
        self.view.can_focus = False
        self.view.keeps_cursor = False
        self._title = GlanceTitle()
        self._share = share
        self._gate_name = ""

    def compose(self) -> ComposeResult:
        yield self._title
        yield self.view

    def glance(self, name: str, facts: Sequence[Fact]) -> None:
        """Show the facts of a gate; hide without facts."""
        self.styles.height = max(3, self.app.size.height // self._share)
        self.display = bool(facts)
        self._gate_name = name
        self.view.show_facts(name, facts)
        self._show_title()

    def _show_title(self) -> None:
        self._title.show(self._gate_name, self.view.below)

    def on_gate_facts_seen(self) -> None:
        self.view.acknowledge()
        self._show_title()
