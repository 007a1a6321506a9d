"""A workflow drawn as boxes and lines for a terminal, any window of it at a time.

The geometry changes only when nodes come, go or are connected anew; phases are read when a line is
drawn, so a drawing is cheap to bring up to date (`draw(..., previous=...)`).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Set
from typing import NamedTuple

from argotui.drawing.cells import (
    cell_len,
    char_cells,
    cut_middle,
    fit,
)
from argotui.drawing.graph_layout import (
    FRAME,
    GraphLayout,
    GraphLine,
    Slot,
)
from argotui.drawing.graph_shape import Shape, shape_of
from argotui.model.argo import Node, Workflow
from argotui.model.phases import PhaseLook, look_of_node
from argotui.model.workflow.execution import Execution

OVERVIEW_FROM = 200
"""Workflows with more boxes than this are drawn folded."""

MAX_LABEL = 32

_LEFT, _RIGHT, _UP, _DOWN = 1, 2, 4, 8
_STROKES = {
    _LEFT: "─",
    _RIGHT: "─",
    _LEFT | _RIGHT: "─",
    _UP: "│",
    _DOWN: "│",
    _UP | _DOWN: "│",
    _RIGHT | _DOWN: "┌",
    _LEFT | _DOWN: "┐",
    _RIGHT | _UP: "└",
    _LEFT | _UP: "┘",
    _UP | _DOWN | _RIGHT: "├",
    _UP | _DOWN | _LEFT: "┤",
    _LEFT | _RIGHT | _DOWN: "┬",
    _LEFT | _RIGHT | _UP: "┴",
    _LEFT | _RIGHT | _UP | _DOWN: "┼",
}
_ROLES = ("failed", "waiting", "running", "pending", "succeeded", "skipped")
"""Roles of looks, what needs eyes first."""


class Rect(NamedTuple):
    """A part of the drawing, in cells."""

    x: int
    y: int
    width: int
    height: int

    def holds(self, x: int, y: int) -> bool:
        return 0 <= x - self.x < self.width and 0 <= y - self.y < self.height


class GraphPiece(NamedTuple):
    """Some text of one line, all in one style.

    `role` is that of a `PhaseLook` in the row of a box, `frame-<role>` in its frame and
    `line-<role>` in a line; empty between. `node_id` is the box's key, empty outside of boxes.
    """

    text: str
    role: str = ""
    node_id: str = ""


class Drawing:
    """`boxes` are the rows that can be selected, by node ID or group key, in cells.

    `groups` are the keys of those that stand for several nodes and can be opened; `opened` the ones
    that can be closed; `undrawn` counts edges that did not fit.
    """

    def __init__(self, shape: Shape, layout: GraphLayout, nodes: Mapping[str, Node]) -> None:
        self.shape = shape
        self.layout = layout
        self.nodes = nodes
        self.width = layout.width
        self.height = layout.height
        self.groups = shape.groups
        self.opened = shape.opened
        self.undrawn = layout.undrawn
        self.boxes: dict[str, Rect] = {}
        for slots in layout.layers:
            for slot in slots:
                for row, key in enumerate(slot.members):
                    self.boxes[key] = Rect(slot.x, slot.y + 1 + row, slot.width, 1)
        self._tops = [[slot.y for slot in slots] for slots in layout.layers]
        self._looks: dict[str, PhaseLook] = {}
        self._line_roles: dict[GraphLine, str] = {}
        self._frame_roles: dict[Slot, str] = {}

    def look(self, key: str) -> PhaseLook:
        """Return the look of a box, for a group that of the node in it which needs eyes most."""
        found = self._looks.get(key)
        if found is None:
            members = self.groups.get(key, (key,))
            looks = (look_of_node(self.nodes[member]) for member in members)
            found = self._looks[key] = min(looks, key=lambda look: _ROLES.index(look.role))
        return found

    def _text(self, key: str) -> str:
        """What stands in a box: a glyph and a name; for a group also how its nodes are doing."""
        label = cut_middle(self.shape.labels[key], MAX_LABEL)
        if key not in self.groups:
            return f"{self.look(key).glyph} {label}"
        counts: dict[str, int] = {}
        for member in self.groups[key]:
            look = look_of_node(self.nodes[member])
            counts[look.glyph] = counts.get(look.glyph, 0) + 1
        order = {"✔": 0, "●": 1, "‖": 2, "✖": 3}
        shown = sorted(counts, key=lambda glyph: (order.get(glyph, 4), glyph))
        return f"{label} " + " ".join(f"{glyph}{counts[glyph]}" for glyph in shown)

    def box_of(self, node_id: str) -> str:
        """Return the key of the box that shows a node, its group's if need be; "" if none does."""
        return self.shape.shown_by.get(node_id, "")

    def node_at(self, x: int, y: int) -> str:
        """Return the key of the box at a cell, "" where there is none."""
        layer = bisect_right(self.layout.left, x) - 1
        slot = self._slot_at(layer, y) if layer >= 0 else None
        if slot is None or not slot.members or x >= slot.x + slot.width:
            return ""
        return slot.members[min(max(y - slot.y - 1, 0), len(slot.members) - 1)]

    def _slot_at(self, layer: int, y: int) -> Slot | None:
        index = bisect_right(self._tops[layer], y) - 1
        if index < 0:
            return None
        slot = self.layout.layers[layer][index]
        return slot if y < slot.y + slot.height else None

    def in_order(self) -> list[str]:
        """Return the boxes from left to right and top to bottom."""
        return sorted(self.boxes, key=lambda key: (self.boxes[key].x, self.boxes[key].y))

    def first_to_look_at(self) -> str:
        """Return the first box that runs or waits, else the first that failed, else the first."""
        boxes = self.in_order()
        for wanted in (("running", "waiting"), ("failed",)):
            for key in boxes:
                if self.look(key).role in wanted:
                    return key
        return next(iter(boxes), "")

    def neighbour(self, key: str, dx: int, dy: int) -> str:
        """Return the next box in a direction, or the box itself if it is the last.

        Sideways it is the nearest in the layers that way; up and down the next in the same layer.
        """
        here = self.boxes[key]
        layer = bisect_right(self.layout.left, here.x) - 1
        if dy:
            column = [k for slot in self.layout.layers[layer] for k in slot.members]
            place = column.index(key) + dy
            return column[place] if 0 <= place < len(column) else key
        layer += dx
        while 0 <= layer < len(self.layout.layers):
            found = [k for slot in self.layout.layers[layer] for k in slot.members]
            if found:
                return min(found, key=lambda other: abs(self.boxes[other].y - here.y))
            layer += dx
        return key

    def line(self, y: int, x: int = 0, width: int | None = None) -> list[GraphPiece]:
        """Return the pieces of row `y` from column `x` on, `width` cells in all."""
        end = self.width if width is None else x + width
        pieces: list[GraphPiece] = []
        at = 0
        layout = self.layout
        first = max(0, bisect_right(layout.left, x) - 1)
        at = layout.left[first] if layout.left else 0
        for layer in range(first, len(layout.layers)):
            if at >= end:
                break
            at += self._layer_pieces(layer, y, pieces)
            if layer < len(layout.gaps):
                at += self._gap_pieces(layer, y, pieces)
        begins = layout.left[first] if layout.left else 0
        return _window(pieces, begins, x, end)

    def _layer_pieces(self, layer: int, y: int, pieces: list[GraphPiece]) -> int:
        """Add what row `y` shows in a layer and return its width."""
        total = self.layout.right[layer] - self.layout.left[layer]
        slot = self._slot_at(layer, y)
        if slot is None:
            pieces.append(GraphPiece(" " * total))
            return total
        if slot.kind != FRAME:
            pieces.append(GraphPiece("─" * total, f"line-{self._role_of(slot)}"))
            return total
        self._frame_pieces(slot, y - slot.y, pieces)
        rest = total - slot.width
        if rest and slot.after and y == slot.row:
            pieces.append(GraphPiece("─" * rest, f"line-{self._role_of(slot)}"))
        elif rest:
            pieces.append(GraphPiece(" " * rest))
        return total

    def _frame_pieces(self, slot: Slot, row: int, pieces: list[GraphPiece]) -> None:
        inner = slot.width - 2
        frame = self._frame_role(slot)
        if row in (0, slot.height - 1):
            key = slot.members[0 if row == 0 else -1]
            corners = "┌┐" if row == 0 else "└┘"
            pieces.append(GraphPiece(corners[0] + "─" * inner + corners[1], frame, key))
            return
        key = slot.members[row - 1]
        pieces.append(GraphPiece("│", frame, key))
        pieces.append(GraphPiece(fit(self._text(key), inner), self.look(key).role, key))
        pieces.append(GraphPiece("│", frame, key))

    def _frame_role(self, slot: Slot) -> str:
        role = self._frame_roles.get(slot)
        if role is None:
            worst = min((self.look(key).role for key in slot.members), key=_ROLES.index)
            role = self._frame_roles[slot] = f"frame-{worst}"
        return role

    def _role_of(self, slot: Slot) -> str:
        """The role of what leads on from a slot."""
        return self._line_role_to(slot.after)

    def _line_role_to(self, targets: list[Slot]) -> str:
        """How what is at the end of a line is doing; wires are followed to their ends."""
        roles: set[str] = set()
        pending, seen = list(targets), set(targets)
        while pending:
            slot = pending.pop()
            roles.update(self.look(key).role for key in slot.members)
            if slot.kind != FRAME:
                fresh = [after for after in slot.after if after not in seen]
                seen.update(fresh)
                pending += fresh
        return min(roles, key=_ROLES.index, default="pending")

    def _gap_pieces(self, layer: int, y: int, pieces: list[GraphPiece]) -> int:
        """Add what row `y` shows between a layer and the next and return how wide that is."""
        left, right = self.layout.right[layer], self.layout.left[layer + 1]
        total = right - left
        across = [0] * total
        joints = [0] * total
        passing = [0] * total
        roles: list[str] = [""] * total
        arrow = False
        for line in self.layout.gaps[layer]:
            if not line.top <= y <= line.bottom:
                continue
            role = self._role_of_line(line)
            trunk = line.x - left
            leaves = any(slot.row == y for slot in line.sources)
            arrives = [slot for slot in line.targets if slot.row == y]
            upright = (_UP if y > line.top else 0) | (_DOWN if y < line.bottom else 0)
            if leaves or arrives:
                joint = upright | (_LEFT if leaves else 0) | (_RIGHT if arrives else 0)
                joints[trunk] |= joint
            else:
                passing[trunk] |= upright
            _mark(roles, trunk, trunk + 1, role)
            if leaves:
                _add(across, 0, trunk, _LEFT | _RIGHT)
                _mark(roles, 0, trunk, role)
            if arrives:
                _add(across, trunk + 1, total, _LEFT | _RIGHT)
                _mark(roles, trunk + 1, total, role)
                arrow |= any(slot.kind == FRAME for slot in arrives)
        text = [
            _STROKES.get(passing[i] or joints[i] | across[i], " ")
            if not (passing[i] and joints[i])
            else _STROKES[passing[i] | joints[i] | across[i]]
            for i in range(total)
        ]
        if arrow:
            text[-1] = "▶"
        start = 0
        for i in range(1, total + 1):
            if i == total or roles[i] != roles[start]:
                role = f"line-{roles[start]}" if roles[start] else ""
                pieces.append(GraphPiece("".join(text[start:i]), role))
                start = i
        return total

    def _role_of_line(self, line: GraphLine) -> str:
        role = self._line_roles.get(line)
        if role is None:
            role = self._line_roles[line] = self._line_role_to(line.targets)
        return role

    def text(self) -> list[str]:
        """Return the whole drawing as plain lines."""
        lines = ("".join(piece.text for piece in self.line(y)) for y in range(self.height))
        return [line.rstrip() for line in lines]


def _add(cells: list[int], start: int, end: int, mask: int) -> None:
    for index in range(start, end):
        cells[index] |= mask


def _mark(roles: list[str], start: int, end: int, role: str) -> None:
    """Give cells a role unless they have a more urgent one."""
    rank = _ROLES.index(role)
    for index in range(start, end):
        if not roles[index] or _ROLES.index(roles[index]) > rank:
            roles[index] = role


def _window(pieces: list[GraphPiece], begins: int, start: int, end: int) -> list[GraphPiece]:
    """What of the pieces, the first of which begins at a column, lies from `start` to `end`."""
    shown: list[GraphPiece] = []
    at = begins
    for piece in pieces:
        length = cell_len(piece.text)
        if at >= start and at + length <= end:
            shown.append(piece)
        elif at < end and at + length > start:
            text, column = "", at
            for char in piece.text:
                cells = char_cells(char)
                if column >= start and column + cells <= end:
                    text += char
                elif column < end and column + cells > start:
                    text += " " * (min(column + cells, end) - max(column, start))
                column += cells
            shown.append(piece._replace(text=text))
        at += length
    if at < end:
        shown.append(GraphPiece(" " * (end - max(at, start))))
    return shown


def draw(
    workflow: Workflow,
    *,
    overview: bool | None = None,
    expanded: Set[str] = frozenset(),
    previous: Drawing | None = None,
) -> Drawing:
    """Return the drawing of a workflow, with the geometry of `previous` if that still holds.

    `overview` folds fan-outs and nested templates into one box each, but for those in `expanded`;
    None decides it by the number of boxes.
    """
    execution = Execution(workflow)
    if overview is None:
        overview = len(execution.vertices) > OVERVIEW_FROM
    shape = shape_of(execution, overview, expanded)
    if previous is not None and previous.shape == shape:
        return Drawing(shape, previous.layout, workflow.nodes)

    def width_of(key: str) -> int:
        width = min(cell_len(shape.labels[key]), MAX_LABEL)
        if key not in shape.groups:
            return width + 2
        # Room for three counts, so that the box keeps its width while they change.
        return width + 3 * (2 + len(str(len(shape.groups[key]))))

    layout = GraphLayout(shape.boxes, shape.junctions, shape.successors, width_of)
    return Drawing(shape, layout, workflow.nodes)


class Basis(NamedTuple):
    """What a drawing is made from besides the workflow, as `draw` takes it."""

    overview: bool | None
    expanded: frozenset[str]
    previous: Drawing | None

    def drawing(self, workflow: Workflow, prepared: object = None) -> Drawing:
        """Return the drawing of a workflow: what was `prepared`, where that is `(basis, drawing)`
        of this very basis. Needs nothing that another thread may change."""
        match prepared:
            case (Basis() as basis, Drawing() as drawing) if basis == self:
                return drawing
        return draw(
            workflow, overview=self.overview, expanded=self.expanded, previous=self.previous
        )
