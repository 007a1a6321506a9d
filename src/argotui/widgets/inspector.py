"""Everything about one node, or about the workflow, under a line that names it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from argotui.model.counted import counted
from argotui.model.workflow.fact import Fact
from argotui.widgets.cells import Part, cell_len, cut_middle, spread
from argotui.widgets.fact_view import MESSAGES, FactView


class Inspector(FactView):
    """The facts about one subject; nothing is selected before `inspect`."""

    HEAD: ClassVar[int] = 1

    def __init__(self) -> None:
        super().__init__(empty="Nothing is selected.")
        self.keeps_cursor = False
        self._title = ("", "")
        self._opens_message = False

    def inspect(
        self, subject: str, facts: Sequence[Fact], *, title: str = "", kind: str = ""
    ) -> None:
        """Show the facts about `subject` (an id) under its title and kind."""
        if (title, kind) != self._title:
            self._title = (title, kind)
            self.refresh_line(0)
        self.show_facts(subject, facts)

    def secrets_words(self, key: str) -> str:
        """Return how many secrets are covered and the key that shows them, or that they are shown;
        empty where there are none."""
        if not self.covered:
            return ""
        if self.revealing:
            return "secrets shown"
        return f"{counted(self.covered, 'secret')} covered · {key} shows"

    def open_message(self) -> None:
        """Put the cursor on the first message that is cut, if any, and show it in full; as soon as
        there is a place to show it in."""
        self._opens_message = not self.size
        for row in self.rows:
            if row.cut and row.fact.label in MESSAGES:
                self._opened.add((row.fact.label, row.fact.name))
                self._lay_out()
                place = next(i for i, each in enumerate(self.rows) if each.fact is row.fact)
                self.move_to(place, announce=False)
                return

    def resized(self) -> None:
        super().resized()
        if self._opens_message:
            self.open_message()

    def draw_head(self, y: int, width: int) -> list[Part]:
        title, kind = self._title
        name = (
            " " + cut_middle(title, max(8, width - cell_len(kind) - 4)),
            self.style("line--strong"),
        )
        return spread([name], [(kind + " ", self.style("line--dim"))], width)
