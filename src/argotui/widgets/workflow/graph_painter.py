"""Paints lines of a graph: the pieces of its drawing in their styles, through a window."""

from __future__ import annotations

from collections.abc import Callable

from rich.style import Style
from textual.strip import Strip

from argotui.drawing.graph import Drawing, GraphPiece
from argotui.widgets.cells import strip_of, with_arrows
from argotui.widgets.contrast import lay_on

MARGIN = 1
"""Blank columns left of the drawing."""


class GraphPainter:
    """Paints lines; `style_of` gives the style of a component class, `matches` says of a box
    whether the filter lets it pass."""

    def __init__(self, style_of: Callable[[str], Style], matches: Callable[[str], bool]) -> None:
        self._style_of = style_of
        self._matches = matches
        self._painted: dict[int, list[GraphPiece]] = {}
        """What was painted, by the row of the drawing."""

    def forget(self) -> None:
        """Take no line for painted."""
        self._painted.clear()

    def keep_rows(self, top: int, height: int) -> None:
        """Forget the lines outside the window."""
        for row in [row for row in self._painted if not top <= row < top + height]:
            del self._painted[row]

    def changed_rows(self, drawing: Drawing, left: int, width: int) -> list[int]:
        """Return the painted rows that the drawing has otherwise now."""
        painted = list(self._painted.items())
        return [row for row, pieces in painted if _pieces(drawing, row, left, width) != pieces]

    def line(
        self,
        drawing: Drawing,
        row: int,
        window: tuple[int, int],
        base: Style,
        cursor: tuple[str, str],
    ) -> Strip:
        """Return a line of a drawing; `window` is its first column and its width, `cursor` the
        selected box and the component class of what is under the cursor."""
        left, width = window
        box, cursor_name = cursor
        pieces = self._painted[row] = _pieces(drawing, row, left, width)
        strips = [Strip.blank(max(0, MARGIN - left), base)]
        for piece in pieces:
            strip = strip_of([(piece.text, self._look(piece))])
            if piece.node_id and piece.node_id == box and "-" not in piece.role:
                strip = lay_on(strip, base + self._style_of(cursor_name))
            strips.append(strip)
        line = Strip.join(strips).apply_style(base).crop_extend(0, width, base)
        more = (left > MARGIN, left + width < drawing.width + MARGIN)
        return with_arrows(line, more, base + self._style_of("graph--words"))

    def _look(self, piece: GraphPiece) -> Style:
        if not piece.role:
            return Style.null()
        if piece.node_id and not self._matches(piece.node_id):
            return self._style_of("graph--dim")
        part, _, role = piece.role.rpartition("-")
        return self._style_of(f"{part or 'box'}--{role}")


def _pieces(drawing: Drawing, row: int, left: int, width: int) -> list[GraphPiece]:
    x = left - MARGIN
    return drawing.line(row, max(0, x), width - max(0, -x))
