"""Columns of a table, and how they share a line: what matters least gives way first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from argotui.drawing.cells import cell_len

Row = TypeVar("Row")

Cell = tuple[tuple[str, str], ...]
"""Runs of text on one line, each with its role: empty, dim, strong, mark or a phase's."""

GAP = 2
"""Blank cells between two columns."""


@dataclass(frozen=True, slots=True)
class Column(Generic[Row]):
    """`cell` makes the cell of a row for a width; it may be wider and is then cut.

    Of `minimum`, `ideal` and `grows` (takes what is left over) follows the width; of `priority`,
    which column goes first where not all fit: the greatest; 0 stays. `whole` is for what is of
    little use between `minimum` and `ideal`, as a bar is: it gets the one or the other. `ahead` is
    for a column that grows and should have room before the columns that matter less.
    """

    id: str
    title: str
    cell: Callable[[Row, int], Cell]
    minimum: int
    ideal: int
    priority: int = 0
    align: Literal["left", "right"] = "left"
    cut: Literal["middle", "end"] = "end"
    grows: bool = False
    whole: bool = False
    ahead: bool = False

    @property
    def holds_text(self) -> bool:
        """Whether its content is of any length, and the more of it is seen the better."""
        return self.grows or self.cut == "middle"


def natural_widths(columns: Sequence[Column[Row]], rows: Iterable[Row]) -> dict[str, int]:
    """Return, by column id, the cells that the longest text of each column takes."""
    widths: dict[str, int] = {}
    for row in rows:
        for column in columns:
            text = "".join(part for part, _ in column.cell(row, 0))
            widths[column.id] = max(widths.get(column.id, 0), cell_len(text))
    return widths


def lay_out(
    columns: Sequence[Column[Row]], width: int, natural: Mapping[str, int] | None = None
) -> list[tuple[Column[Row], int]]:
    """Return the columns that fit into `width` cells and the width of each, in their order.

    `natural` holds, by column id, the width its content needs, where that is known: a column is
    not wider than that, but never narrower than its title. All get their ideal width by priority.
    Where it is known what the column that grows needs, texts come before the others, and what is
    left goes to those that are still cut, the narrowest first, so that one long text leaves the
    others a place; else the column that grows gets all that is left. Where it is `ahead`, a column
    that matters less is there only once texts have their ideal width, and a bar only once the
    column that grows has half as much again.
    """
    needs = {
        column.id: max((natural or {}).get(column.id, column.ideal), len(column.title))
        for column in columns
    }
    least = {column.id: min(column.minimum, needs[column.id]) for column in columns}

    fair = all(column.id in (natural or {}) for column in columns if column.grows)
    ahead = next((column for column in columns if column.ahead and fair), None)

    def total() -> int:
        return sum(least[column.id] for column in kept) + GAP * (len(kept) - 1)

    def lacking(than: Column[Row]) -> int:
        """The cells that texts lack of their ideal width which come before `than`."""
        if ahead is None or than.priority <= ahead.priority:
            return 0
        texts = (each for each in kept if each.holds_text and each.priority <= ahead.priority)
        return sum(max(0, min(needs[each.id], each.ideal) - least[each.id]) for each in texts)

    kept = list(columns)
    while len(kept) > 1:
        worst = max(kept, key=_priority)
        if worst.priority == 0 or total() + lacking(worst) <= width:
            break
        kept.remove(worst)
    widths = {column.id: least[column.id] for column in kept}
    left = max(0, width - total())
    known = {column.id: needs[column.id] for column in kept if column.id in (natural or {})}
    growing = [column for column in kept if column.grows]

    def widen(column: Column[Row], to: int) -> None:
        nonlocal left
        wanted = min(needs[column.id], to) - widths[column.id]
        if wanted > left and column.whole:
            return
        extra = max(0, min(left, wanted))
        widths[column.id] += extra
        left -= extra

    ranked = sorted(kept, key=_rank if fair else _priority)
    if ahead is not None:
        ranked.sort(key=lambda column: column.whole)
    for column in ranked:
        if ahead is not None and column.whole and ahead in kept:
            widen(ahead, ahead.ideal * 3 // 2)
        widen(column, max(column.ideal, column.minimum))
    if fair:
        left -= _share(widths, known, left)
    if growing and left:
        widths[growing[-1].id] += left
    return [(column, widths[column.id]) for column in kept]


def _priority(column: Column[Row]) -> int:
    return column.priority


def _rank(column: Column[Row]) -> tuple[bool, bool, int]:
    return (column.priority > 0, not column.holds_text, column.priority)


def _share(widths: dict[str, int], needs: Mapping[str, int], cells: int) -> int:
    """Widen what is narrower than it needs to be, the narrowest first; return the cells used."""
    used = 0
    while used < cells:
        cut = [name for name, wanted in needs.items() if widths[name] < wanted]
        if not cut:
            break
        widths[min(cut, key=lambda name: widths[name])] += 1
        used += 1
    return used
