"""The facts of a gate, with a cursor to open, copy and reveal them."""

from __future__ import annotations

from collections import Counter

from rich.style import Style
from textual.message import Message
from textual.strip import Strip

from argotui.model.on_screen import OnScreen
from argotui.model.workflow.fact import Fact
from argotui.widgets.cells import Part
from argotui.widgets.fact_view import FactLine, FactView

QUESTION = "question"
"""The label of the question: never cut, in bold, over the whole width."""
ASKED = frozenset(
    {QUESTION, "asks", "put in", "state", "changed", "differs", "message", "inputs", "parameters"}
)
"""The labels of the facts that must be on the screen before a decision."""

_MOST = 25
"""Lines of any other of these facts; a longer one is cut in its middle until it is opened."""


class GateFacts(FactView):
    """The facts of a gate; it knows which lines of the question were on the screen.

    A cut value has a count of the omitted text at the cut.
    """

    DEFAULT_CSS = """
    GateFacts { height: 1fr; min-height: 2; }
    """

    class Seen(Message):
        """A line was on the screen for the first time, or the number of lines below changed."""

    def __init__(self) -> None:
        super().__init__()
        self.seen = OnScreen()
        self._places: list[tuple[tuple[str, str, str], int]] = []
        self._telling = False
        self._below = 0

    @property
    def left(self) -> int:
        """How many lines of the question were never on the screen."""
        return self.seen.left

    @property
    def below(self) -> int:
        """How many lines are below the visible ones."""
        return len(self.rows) - self.visible_rows.stop

    @property
    def question_seen(self) -> bool:
        """Whether all of the question was on the screen."""
        parts = [fact for fact in self.facts if fact.label == QUESTION]
        return not any(self.seen.missing((each.label, each.name, each.full)) for each in parts)

    def show_more(self) -> None:
        """Scroll to lines of the question that were not on the screen yet, by a page at most."""
        places = self._places
        missing = [i for i, (part, line) in enumerate(places) if self.seen.is_missing(part, line)]
        if not missing:
            return
        first = missing[0]
        last = max(index for index in missing if index < first + self.page)
        if first < self.scroll_offset.y:
            last = first
        self.move_to(last)

    def acknowledge(self) -> None:
        """Allow the next `Seen`: the owner acted on the last one."""
        self._telling = False

    def _lay_out(self) -> None:
        super()._lay_out()
        counts: Counter[tuple[str, str, str]] = Counter()
        self._places = []
        for row in self.rows:
            part = (row.fact.label, row.fact.name, row.fact.full)
            self._places.append((part, counts[part]))
            counts[part] += 1
        asked = {part: count for part, count in counts.items() if part[0] in ASKED}
        self.seen.expect(asked, (self.size.width, self.page))

    def _shares(self) -> list[int]:
        """Return how many lines each fact may take; the question takes all that fit."""
        return [
            max(share, len(self._head(fact, self._most(fact)))) if fact.label in ASKED else share
            for fact, share in zip(self.facts, super()._shares(), strict=True)
        ]

    def _most(self, fact: Fact) -> int:
        return len(self._text(fact)) + 1 if fact.label == QUESTION else _MOST

    def _indent(self, fact: Fact) -> int:
        return 1 if fact.label == QUESTION else super()._indent(fact)

    def draw_row(self, row: FactLine, index: int, width: int) -> list[Part]:
        if row.fact.label == QUESTION:
            return [(" ", Style.null()), (row.text, self.style("line--strong"))]
        return super().draw_row(row, index, width)

    def render_line(self, y: int) -> Strip:
        strip = super().render_line(y)
        index = y + self.scroll_offset.y
        is_new = index < len(self._places) and self.seen.show(*self._places[index])
        if is_new or self.below != self._below:
            self._below = self.below
            self._tell()
        return strip

    def _tell(self) -> None:
        if not self._telling:
            self._telling = True
            self.post_message(self.Seen())
