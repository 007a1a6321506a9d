"""What the gate under a cursor asks: a few lines under a table, and how many more there are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from argotui.model.counted import counted
from argotui.model.workflow.fact import Fact
from argotui.widgets.cells import (
    Part,
    cut_middle,
    spread,
    width_of,
)
from argotui.widgets.gates.facts import QUESTION, GateFacts


class GateGlance(GateFacts, can_focus=False):
    """The question and the inputs of one gate, under a line that names it."""

    HEAD: ClassVar[int] = 1

    def __init__(self, share: int) -> None:
        """Take one `share`th of the terminal's lines."""
        super().__init__()
        self.keeps_cursor = False
        self._share = share
        self._title_text = ""

    def glance(self, name: str, facts: Sequence[Fact]) -> None:
        """Show the facts of a gate, or nothing where there are none."""
        self.styles.height = max(3, self.app.size.height // self._share)
        self.display = bool(facts)
        if name != self._title_text:
            self._title_text = name
            self.refresh()
        self.inspect(name, facts)

    @property
    def question_seen(self) -> bool:
        """Whether all of the question was on the screen."""
        parts = [fact for fact in self.facts if fact.label == QUESTION]
        return not any(self.seen.missing((each.label, each.name, each.full)) for each in parts)

    def draw_head(self, y: int, width: int) -> list[Part]:
        dim = self.style("line--dim")
        right: list[Part] = [(f"{counted(self.below, 'more line')} ", dim)] if self.below else []
        name = cut_middle(self._title_text, max(8, width - width_of(right) - 6))
        left: list[Part] = [("── ", dim), (name, self.style("line--strong")), (" ", dim)]
        rule = max(0, width - width_of(left) - width_of(right) - 1)
        return spread([*left, ("─" * rule, dim)], right, width)
