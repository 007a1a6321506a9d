"""Facts in groups, with a cursor to open, copy and reveal them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rich.style import Style
from textual import events

from argotui.model.counted import counted
from argotui.model.workflow.fact import Fact
from argotui.widgets.cells import (
    Part,
    cell_len,
    cut_middle,
    pad,
    wrap_cells,
)
from argotui.widgets.line_view import LineView

_LABEL = 11
_MEASURED = 500
"""Characters of a value that are measured: more than any line shows."""
_CUT_LINES = 3
"""Lines that a long value is cut to if there is no room for more."""
MESSAGES = frozenset({"message", "incomplete"})
"""The facts that get room first."""


class FactLine(NamedTuple):
    """One line of a fact: `first` says whether label and name stand on it."""

    fact: Fact
    text: str
    first: bool
    label: str
    cut: bool = False
    """Whether it stands for what was left out of the middle."""


class FactView(LineView[FactLine]):
    """Facts as `label name value`. Long values, messages first, are whole while there is room, else
    cut in the middle until they are opened; secrets are covered until they are revealed."""

    def __init__(self, empty: str = "") -> None:
        super().__init__(empty)
        self.facts: Sequence[Fact] = ()
        self.revealing = False
        self._subject = ""
        self._opened: set[tuple[str, str]] = set()
        self.open_key = "enter"
        """The key that opens a value, named after a value that is cut."""
        self._name_widths: dict[str, int] = {}

    def identity(self, row: FactLine) -> object:
        return (row.fact.label, row.fact.name, row.fact.node, row.first)

    def show_facts(self, subject: str, facts: Sequence[Fact]) -> None:
        """Show the facts about `subject` (an id); another subject starts at the top, covered."""
        changed = subject != self._subject
        if changed:
            self._subject = subject
            self._opened.clear()
            self.revealing = False
            self.move_to(0, announce=False)
        elif facts == self.facts:
            return
        self.facts = facts
        self._lay_out()
        if changed:
            self.set_reactive(LineView.cursor, 0)
            self.scroll_to(y=0, animate=False, force=True)
            self.refresh()

    @property
    def covered(self) -> int:
        """How many facts are covered as secrets."""
        return sum(fact.covered for fact in self.facts)

    @property
    def fact(self) -> Fact | None:
        """The fact under the cursor."""
        return self.selected.fact if self.selected else None

    def copy_text(self) -> str:
        """What copying the fact under the cursor gives: covered unless it is revealed."""
        if self.fact is None:
            return ""
        return self.fact.full if self.revealing else self.fact.text

    def reveal_secrets(self) -> None:
        """Show the covered values of this subject, or cover them again."""
        self.revealing = not self.revealing
        self._lay_out()

    @property
    def can_fold(self) -> bool:
        """Whether the value under the cursor is cut, or was."""
        fact = self.fact
        return fact is not None and (self.is_cut or (fact.label, fact.name) in self._opened)

    def toggle_row(self) -> None:
        """Show a long value in full, or cut it again."""
        if self.fact is None:
            return
        key = (self.fact.label, self.fact.name)
        self._opened ^= {key}
        self._lay_out()

    @property
    def is_cut(self) -> bool:
        """Whether the value under the cursor is cut."""
        return any(row.cut and row.fact is self.fact for row in self.rows)

    def on_resize(self, event: events.Resize) -> None:
        self.resized()

    def resized(self) -> None:
        """Lay the facts out for another size."""
        self._lay_out()

    def _lay_out(self) -> None:
        if not self.size:
            return  # what fits is known only with the first size
        widths = self._measured()
        if widths != self._name_widths:
            self._name_widths = widths
            self.refresh()
        rows: list[FactLine] = []
        label = ""
        for fact, most in zip(self.facts, self._shares(), strict=True):
            shown = "" if fact.label == label else fact.label
            label = fact.label
            rows += self._lines_of(fact, shown, most)
        self.show(rows)

    def _shares(self) -> list[int]:
        """Return how many lines each fact may take: what is free goes to messages first."""
        page = self.page
        wanted = [len(self._head(fact, page + 1)) for fact in self.facts]
        shares = [min(lines, _CUT_LINES) for lines in wanted]
        free = page - sum(shares)
        by_worth = sorted(range(len(shares)), key=lambda i: self.facts[i].label not in MESSAGES)
        for index in by_worth:
            missing = wanted[index] - shares[index]
            if self.facts[index].label in MESSAGES:
                given = min(missing, max(free, page // 2 - shares[index]))
            else:
                given = min(missing, free)
            if given > 0:
                shares[index] += given
                free -= given
        return shares

    def _measured(self) -> dict[str, int]:
        """Return the width of the names of each group: a third, and what the values leave free."""
        names: dict[str, int] = {}
        values: dict[str, int] = {}
        for fact in self.facts:
            if fact.name:
                longest = max(map(cell_len, fact.text[:_MEASURED].split("\n")))
                names[fact.label] = max(names.get(fact.label, 0), cell_len(fact.name))
                values[fact.label] = max(values.get(fact.label, 0), longest)
        width = self.size.width
        free = width - 1 - _LABEL - 2 - 2
        return {
            label: min(wanted, max(8, width // 3, free - values[label]))
            for label, wanted in names.items()
        }

    def _text(self, fact: Fact) -> str:
        return fact.full if self.revealing else fact.text

    def _head(self, fact: Fact, most: int) -> list[str]:
        """Return the lines of a value, no more than `most`."""
        room, lines = self._room(fact), list[str]()
        for line in self._text(fact).split("\n"):
            # Of a text of megabytes no more is wrapped than can be shown.
            lines += wrap_cells(line[: room * most + 1], room)
            if len(lines) >= most:
                break
        return lines[:most]

    def _tail(self, fact: Fact, most: int) -> list[str]:
        """Return the last lines of a value, no more than `most`."""
        room, lines = self._room(fact), list[str]()
        for line in reversed(self._text(fact).split("\n")):
            lines = [*wrap_cells(line[-room * most :], room), *lines]
            if len(lines) >= most:
                break
        return lines[-most:]

    def _lines_of(self, fact: Fact, label: str, most: int) -> list[FactLine]:
        opened = (fact.label, fact.name) in self._opened
        lines = self._head(fact, len(self._text(fact)) + 1 if opened else most + 1)
        if opened or len(lines) <= most:
            return [FactLine(fact, line, i == 0, label) for i, line in enumerate(lines)]
        head, tail = lines[: most // 2], self._tail(fact, most - most // 2 - 1)
        hidden = len(self._text(fact)) - sum(map(len, (*head, *tail)))
        words = f"⋯ {counted(hidden, 'more character')} · {self.open_key}: all of it"
        if cell_len(words) > self._room(fact):
            words = f"⋯ {self.open_key}: all of it"
        return [
            *(FactLine(fact, line, i == 0, label) for i, line in enumerate(head)),
            FactLine(fact, words, False, label, cut=True),
            *(FactLine(fact, line, False, label) for line in tail),
        ]

    def _room(self, fact: Fact) -> int:
        return max(8, self.size.width - self._indent(fact) - 2)

    def _indent(self, fact: Fact) -> int:
        return 1 + _LABEL + (self._name_width(fact) + 2 if fact.name else 0)

    def _name_width(self, fact: Fact) -> int:
        return self._name_widths.get(fact.label, 0)

    def draw_row(self, row: FactLine, index: int, width: int) -> list[Part]:
        dim, fact = self.style("line--dim"), row.fact
        if not row.first:
            parts: list[Part] = [(" " * self._indent(fact), Style.null())]
        else:
            parts = [(" " + pad(row.label, _LABEL), dim)]
            if fact.name:
                name = cut_middle(fact.name, self._name_width(fact))
                parts.append((pad(name, self._name_width(fact)) + "  ", Style.null()))
        parts.append((row.text, dim if row.cut else self._look(fact)))
        return parts

    def _look(self, fact: Fact) -> Style:
        if fact.role == "dim":
            return self.style("line--dim")
        return self.phase_style(fact.role) if fact.role else Style.null()
