"""Everything about one node, or about the workflow: facts in groups, with a cursor to copy them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from rich.style import Style
from textual import events

from argotui.model.facts import Fact
from argotui.widgets.cells import Part, cell_len, cut, cut_middle, pad, spread
from argotui.widgets.line_view import LineView

_LABEL = 11
_MEASURED = 500
"""Characters of a value that are measured: more than any line shows."""
_CUT_LINES = 3
"""Lines of a value shown before it is cut."""


class FactLine(NamedTuple):
    """One line of a fact: `first` says whether label and name stand on it."""

    fact: Fact
    text: str
    first: bool
    label: str
    more: int = 0
    """Lines that were cut off below this one."""


class Inspector(LineView[FactLine]):
    """Facts as `label name value`; long values are cut until they are opened, secrets are covered
    until they are revealed."""

    HEAD: ClassVar[int] = 1

    def __init__(self) -> None:
        super().__init__(empty="Nothing is selected.")
        self.keeps_cursor = False
        self.facts: Sequence[Fact] = ()
        self.revealing = False
        self._subject = ""
        self._title = ("", "")
        self._opened: set[tuple[str, str]] = set()
        self._name_widths: dict[str, int] = {}

    def identity(self, row: FactLine) -> object:
        return (row.fact.label, row.fact.name, row.fact.node, row.first)

    def inspect(
        self, subject: str, facts: Sequence[Fact], *, title: str = "", kind: str = ""
    ) -> None:
        """Show the facts about `subject` (an id); another subject starts at the top, covered."""
        changed = subject != self._subject
        if (title, kind) != self._title:
            self._title = (title, kind)
            self.refresh_line(0)
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
        return self.fact is not None

    def toggle_row(self) -> None:
        """Show a long value in full, or cut it again."""
        if self.fact is None:
            return
        key = (self.fact.label, self.fact.name)
        self._opened ^= {key}
        self._lay_out()

    def on_resize(self, event: events.Resize) -> None:
        self._lay_out()

    def _lay_out(self) -> None:
        widths = self._measured()
        if widths != self._name_widths:
            self._name_widths = widths
            self.refresh()
        rows: list[FactLine] = []
        label = ""
        for fact in self.facts:
            shown = "" if fact.label == label else fact.label
            label = fact.label
            rows += self._lines_of(fact, shown)
        self.show(rows)

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

    def _lines_of(self, fact: Fact, label: str) -> list[FactLine]:
        room = self._room(fact)
        text = fact.full if self.revealing else fact.text
        opened = (fact.label, fact.name) in self._opened
        lines: list[str] = []
        for line in text.split("\n"):
            lines += wrap_cells(line, room)
            if not opened and len(lines) > _CUT_LINES:
                break
        hidden = 0
        if not opened and len(lines) > _CUT_LINES:
            lines = lines[:_CUT_LINES]
            hidden = len(text)
        last = len(lines) - 1
        return [
            FactLine(fact, line, index == 0, label, hidden if index == last else 0)
            for index, line in enumerate(lines)
        ]

    def _room(self, fact: Fact) -> int:
        return max(8, self.size.width - self._indent(fact) - 2)

    def _indent(self, fact: Fact) -> int:
        return 1 + _LABEL + (self._name_width(fact) + 2 if fact.name else 0)

    def _name_width(self, fact: Fact) -> int:
        return self._name_widths.get(fact.label, 0)

    def draw_head(self, y: int, width: int) -> list[Part]:
        title, kind = self._title
        name = (
            " " + cut_middle(title, max(8, width - cell_len(kind) - 4)),
            self.style("line--strong"),
        )
        return spread([name], [(kind + " ", self.style("line--dim"))], width)

    def draw_row(self, row: FactLine, index: int, width: int) -> list[Part]:
        dim, fact = self.style("line--dim"), row.fact
        if not row.first:
            parts: list[Part] = [(" " * self._indent(fact), Style.null())]
        else:
            parts = [(" " + pad(row.label, _LABEL), dim)]
            if fact.name:
                name = cut_middle(fact.name, self._name_width(fact))
                parts.append((pad(name, self._name_width(fact)) + "  ", Style.null()))
        parts.append((self._tail(row), self._look(fact)))
        return parts

    def _tail(self, row: FactLine) -> str:
        if not row.more:
            return row.text
        return cut(row.text, max(1, self._room(row.fact) - 2)).removesuffix("…") + " …"

    def _look(self, fact: Fact) -> Style:
        if fact.role == "dim":
            return self.style("line--dim")
        return self.phase_style(fact.role) if fact.role else Style.null()


def wrap_cells(text: str, width: int) -> list[str]:
    """Return `text` in pieces of at most `width` cells, cut at blanks where there are any near."""
    if len(text) <= width and cell_len(text) <= width:
        return [text]
    pieces: list[str] = []
    while text:
        taken, end = 0, 0
        for char in text:
            taken += cell_len(char)
            if taken > width:
                break
            end += 1
        end = max(1, end)
        if end < len(text) and (blank := text.rfind(" ", end * 2 // 3, end + 1)) > 0:
            pieces.append(text[:blank])
            text = text[blank + 1 :]
        else:
            pieces.append(text[:end])
            text = text[end:]
    return pieces
