"""When each node ran: bars on a common scale, the critical path marked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import ClassVar, NamedTuple

import msgspec
from rich.style import Style

from argotui.drawing.timeline import (
    Bar,
    Timeline,
    draw_bar,
    timeline_of,
)
from argotui.model.argo import Node, Workflow
from argotui.model.durations import format_age, format_took
from argotui.model.phases import PhaseLook, look_of_node
from argotui.model.workflow.cause import why_no_nodes
from argotui.model.workflow.containment import label_of
from argotui.widgets.cells import (
    Part,
    cell_len,
    cut,
    cut_middle,
    pad_left,
)
from argotui.widgets.line_view import CURSOR, LAYING_OUT, LineView

Keep = Callable[[Node], bool]

_TOOK = 8
_MARKS = 6
"""Cells of the marks before a label and of the gap after it."""
_MIN_LABEL, _MAX_LABEL = 12, 36
_GROWTH = 1.25
"""While something runs, the scale has room; it grows by this factor when that is used up."""


class BarLine(NamedTuple):
    """One node with its bar, None before it starts; the end of a running one is left open."""

    node_id: str
    label: str
    look: PhaseLook
    bar: Bar | None


class TimelineView(LineView[BarLine]):
    """A row per node that does work, by start; visible running bars grow once a second."""

    HEAD: ClassVar[int] = 1
    MARK = CURSOR

    def __init__(self, now: Callable[[], datetime]) -> None:
        super().__init__(LAYING_OUT)
        self._now = now
        self._timeline = Timeline((), (), None, 0.0, ())
        self._workflow: Workflow | None = None
        self._keep: Keep | None = None
        self._no_match = ""
        self._label = _MIN_LABEL
        self._drawn: dict[str, tuple[int, str, str]] = {}

    def identity(self, row: BarLine) -> object:
        return row.node_id

    def prepare(self, workflow: Workflow) -> Callable[[], object]:
        """Return what takes long of showing a reading, to be done on another thread."""
        return partial(timeline_of, workflow, self._now())

    def show_workflow(self, workflow: Workflow, prepared: object = None) -> None:
        """Show a new reading; the scale stays while the bars fit in it."""
        self._workflow = workflow
        timeline = (
            prepared if isinstance(prepared, Timeline) else timeline_of(workflow, self._now())
        )
        running = any(bar.running for bar in timeline.bars)
        scale = self._scale(timeline.length, running=running)
        if (scale, timeline.start) != (self._timeline.length, self._timeline.start):
            self.refresh()
        self._timeline = msgspec.structs.replace(timeline, length=scale)
        self._rebuild()

    def set_filter(self, keep: Keep | None, empty: str = "") -> None:
        """Show only the nodes `keep` says yes to; None shows all."""
        self._keep, self._no_match = keep, empty
        self._rebuild()

    def _scale(self, length: float, *, running: bool) -> float:
        """The seconds from the left to the right end."""
        before = self._timeline.length
        if not running or length <= 0:
            return length
        if length <= before <= length * _GROWTH**2:
            return before
        return length * _GROWTH

    def _rebuild(self) -> None:
        workflow, keep = self._workflow, self._keep
        if workflow is None:
            return
        nodes = workflow.nodes
        rows = [
            BarLine(bar.node_id, bar.label, look_of_node(nodes[bar.node_id]), _open_ended(bar))
            for bar in self._timeline.bars
            if keep is None or keep(nodes[bar.node_id])
        ]
        rows += [
            BarLine(each, label_of(each, nodes[each]), look_of_node(nodes[each]), None)
            for each in self._timeline.unstarted
            if each in nodes and (keep is None or keep(nodes[each]))
        ]
        if not nodes:
            self.empty = why_no_nodes(workflow, self._now())
        elif not rows:
            self.empty = self._no_match if keep else "No node has started."
        label = max((cell_len(row.label) for row in rows), default=0)
        label = min(_MAX_LABEL, max(_MIN_LABEL, label))
        if label != self._label:
            self._label = label
            self.refresh()
        self._drawn.clear()
        self.show(rows)

    # Selecting.

    @property
    def selected_id(self) -> str:
        """The id of the node under the cursor; empty without rows."""
        return self.selected.node_id if self.selected else ""

    @property
    def selected_group(self) -> None:
        """A row here is always one node."""
        return None

    @property
    def matching(self) -> int:
        """How many nodes are shown."""
        return len(self.rows)

    def select(self, node_id: str, *, reveal: bool = False) -> bool:
        """Put the cursor on a node, or on the first one that is inside it or that it is inside."""
        nodes = self._workflow.nodes if self._workflow else {}
        for wanted in (node_id, nodes[node_id].boundary_id if node_id in nodes else ""):
            for index, row in enumerate(self.rows):
                if wanted and row.node_id == wanted:
                    self.move_to(index, announce=False, center=True)
                    return True
        for index, row in enumerate(self.rows):
            if node_id in _boundaries(row.node_id, nodes):
                self.move_to(index, announce=False, center=True)
                return True
        return False

    def step_to(self, wanted: Keep, *, backwards: bool = False) -> bool:
        """Go to the next wanted node, round the end."""
        nodes = self._workflow.nodes if self._workflow else {}
        places = [index for index, row in enumerate(self.rows) if wanted(nodes[row.node_id])]
        if not places:
            return False
        sign = -1 if backwards else 1
        size = len(self.rows)
        self.move_to(
            min(places, key=lambda index: (sign * (index - self.cursor) - 1) % size), center=True
        )
        return True

    # Drawing.

    def tick(self) -> None:
        """Repaint visible running bars that have grown."""
        if any(self._end(row) > self._timeline.length for row in self.rows if _runs(row)):
            if self._workflow is not None:
                self.show_workflow(self._workflow)
            return
        width = self._bar_width(self.size.width)
        for index in self.visible_rows:
            row = self.rows[index]
            if _runs(row) and self._drawn.get(row.node_id) != self._picture(row, width):
                self.refresh_row(index)

    def _end(self, row: BarLine) -> float:
        if row.bar is None:
            return 0.0
        if not row.bar.running or self._timeline.start is None:
            return row.bar.end
        return max(row.bar.start, (self._now() - self._timeline.start).total_seconds())

    def _picture(self, row: BarLine, width: int) -> tuple[int, str, str]:
        """Where a bar begins, its blocks, and how long it took."""
        bar = row.bar
        if bar is None:
            return 0, "", ""
        end = self._end(row)
        cell, blocks = draw_bar(bar.start, end, self._timeline.length, width)
        if bar.running:
            return cell, blocks, format_age(end - bar.start)
        return cell, blocks, format_took(bar.took)

    def _label_width(self, width: int) -> int:
        return min(self._label, max(_MIN_LABEL, width // 3))

    def _bar_width(self, width: int) -> int:
        return max(1, width - self._label_width(width) - _MARKS - _TOOK - 2)

    def draw_head(self, y: int, width: int) -> list[Part]:
        dim = self.style("line--dim")
        room = self._bar_width(width)
        scale = [" "] * room
        for tick in self._timeline.ticks(room):
            label = "╵" + tick.label
            if tick.cell + len(label) <= room:
                scale[tick.cell : tick.cell + len(label)] = label
        legend = cut(" ◆ critical path", self._label_width(width) + _MARKS - 1)
        return [(legend.ljust(self._label_width(width) + _MARKS), dim), ("".join(scale), dim)]

    def draw_row(self, row: BarLine, index: int, width: int) -> list[Part]:
        label_width, room = self._label_width(width), self._bar_width(width)
        look, dim = self.phase_style(row.look.role), self.style("line--dim")
        critical = row.bar is not None and row.bar.critical
        picture = self._drawn[row.node_id] = self._picture(row, room)
        cell, blocks, took = picture
        label = cut_middle(row.label, label_width)
        name = self.style("line--strong") if critical else Style.null()
        if row.look.role in ("failed", "waiting"):
            name = look
        parts: list[Part] = [
            (" ◆" if critical else "  ", look),
            (f" {row.look.glyph} ", look),
            (label + " " * (label_width - cell_len(label)), dim if row.bar is None else name),
            (" ", Style.null()),
        ]
        if row.bar is None:
            return [*parts, ("not started", dim)]
        waited, _ = draw_bar(
            max(0.0, row.bar.start - row.bar.waited), row.bar.start, self._timeline.length, room
        )
        parts += [
            (" " * min(waited, cell), Style.null()),
            ("·" * (cell - min(waited, cell)), dim),
            (blocks, look),
            (" " * (room - cell - cell_len(blocks)), Style.null()),
            (pad_left(took, _TOOK) + " ", look if row.bar.running else dim),
        ]
        return parts


def _runs(row: BarLine) -> bool:
    return row.bar is not None and row.bar.running


def _open_ended(bar: Bar) -> Bar:
    """A bar whose end is not part of its value while it runs, so that time alone changes no row."""
    return msgspec.structs.replace(bar, end=bar.start) if bar.running else bar


def _boundaries(node_id: str, nodes: dict[str, Node]) -> set[str]:
    """The nodes a node is inside of."""
    found: set[str] = set()
    while node_id in nodes and nodes[node_id].boundary_id not in found:
        node_id = nodes[node_id].boundary_id
        found.add(node_id)
    return found
