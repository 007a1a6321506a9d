"""Columns of a table, and how they share a line: what matters least gives way first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

Row = TypeVar("Row")

Cell = tuple[tuple[str, str], ...]
"""Runs of text on one line, each with its role: empty, dim, strong, mark or a phase's."""

GAP = 2
"""Blank cells between two columns."""


@dataclass(frozen=True, slots=True)
class Column(Generic[Row]):
    """`cell` makes the cell of a row for a width; it may be wider and is then cut.

    Of `minimum`, `ideal` and `grows` (takes what is left over) follows the width; of `priority`,
    which column goes first where not all fit: the greatest; 0 stays.
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


def lay_out(
    columns: Sequence[Column[Row]], width: int, natural: Mapping[str, int] | None = None
) -> list[tuple[Column[Row], int]]:
    """Return the columns that fit into `width` cells and the width of each, in their order.

    `natural` holds, by column id, the width its content needs, where that is known: a column is
    not wider than that, but never narrower than its title and its minimum.
    """
    kept = list(columns)
    while len(kept) > 1 and _total(kept) > width:
        worst = max(kept, key=lambda column: column.priority)
        if worst.priority == 0:
            break
        kept.remove(worst)
    widths = {column.id: column.minimum for column in kept}
    left = max(0, width - _total(kept))
    needs = natural or {}
    for column in sorted(kept, key=lambda column: column.priority):
        wanted = column.ideal
        if column.id in needs:
            wanted = min(
                max(needs[column.id], len(column.title)), max(column.ideal, column.minimum)
            )
        extra = max(0, min(left, wanted - column.minimum))
        widths[column.id] += extra
        left -= extra
    growing = [column for column in kept if column.grows]
    if growing and left:
        widths[growing[-1].id] += left
    return [(column, widths[column.id]) for column in kept]


def _total(columns: Sequence[Column[Row]]) -> int:
    return sum(column.minimum for column in columns) + GAP * (len(columns) - 1)
