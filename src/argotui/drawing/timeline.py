"""When the nodes of a workflow ran, as bars on a scale; what held it up, and when it waited.

Offsets and lengths are seconds from the start of the first node.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

import msgspec

from argotui.model.argo import Workflow
from argotui.model.durations import (
    DAY,
    HOUR,
    MINUTE,
    format_took,
)
from argotui.model.workflow.containment import label_of
from argotui.model.workflow.execution import Execution

_STEPS = (
    *(1, 2, 5, 10, 15, 30),
    *(MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE),
    *(HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR),
    *(DAY, 2 * DAY, 7 * DAY, 14 * DAY, 28 * DAY, 91 * DAY, 182 * DAY, 365 * DAY),
)
_TICK_CELLS = 10
_EIGHTHS = " ▏▎▍▌▋▊▉█"


class Bar(msgspec.Struct, frozen=True, gc=False):
    """One node's time; `waited` is how long after the end of what it came after it began.

    `critical` nodes are the chain that made the workflow end when it did; `running` ones go on.
    """

    node_id: str
    label: str
    start: float
    end: float
    running: bool
    critical: bool
    waited: float

    @property
    def took(self) -> float:
        return self.end - self.start


class Tick(NamedTuple):
    """A mark on the scale: its cell, its offset in seconds and what is written there."""

    cell: int
    offset: float
    label: str


class Timeline(msgspec.Struct, frozen=True):
    """`bars` by their start; `unstarted` are the nodes that have no time yet; `length` in seconds.

    `critical` lists the IDs of the chain from first to last.
    """

    bars: tuple[Bar, ...]
    unstarted: tuple[str, ...]
    start: datetime | None
    length: float
    critical: tuple[str, ...]

    def ticks(self, width: int) -> list[Tick]:
        """Return round marks for a scale of `width` cells, none of them over another."""
        if width < 1:
            return []
        step = next(
            (s for s in _STEPS if s * width / max(self.length, 1e-9) >= _TICK_CELLS),
            None,
        )
        if step is None:
            return [Tick(0, 0.0, "0s")]
        count = int(self.length // step) + 1
        ticks: list[Tick] = []
        for number in range(count):
            cell = _cell(number * step, self.length, width)
            label = format_took(number * step)
            if cell + len(label) <= width:
                ticks.append(Tick(cell, float(number * step), label))
        return ticks

    def bar(self, bar: Bar, width: int) -> tuple[int, str]:
        """Return the cell a bar begins in and its blocks, on a scale of `width` cells.

        The end is exact to an eighth of a cell; no bar is shorter than that.
        """
        return draw_bar(bar.start, bar.end, self.length, width)


def _cell(offset: float, length: float, width: int) -> int:
    if length <= 0:
        return 0
    return min(width - 1, int(offset * width / length))


def draw_bar(start: float, end: float, length: float, width: int) -> tuple[int, str]:
    """Return the first cell and the blocks of a stretch of time on a scale of `width` cells."""
    if width < 1:
        return 0, ""
    cell = _cell(start, length, width)
    stop = width * 8 if length <= 0 else round(end * width * 8 / length)
    eighths = min(max(stop - cell * 8, 1), (width - cell) * 8)
    full, rest = divmod(eighths, 8)
    blocks = "█" * full + (_EIGHTHS[rest] if rest else "")
    half = length > 0 and start * width / length - cell >= 0.5
    if half and full:
        blocks = "▐" + blocks[1:]
    return cell, blocks


def _spans(execution: Execution, now: datetime) -> Iterator[tuple[str, datetime, datetime, bool]]:
    """The vertices that have begun: when, until when, and whether they go on."""
    for vertex in execution.vertices:
        node = execution.nodes.get(vertex)
        if vertex in execution.junctions or node is None or node.started_at is None:
            continue
        running = node.finished_at is None and not node.fulfilled
        end = node.finished_at or (now if running else node.started_at)
        yield vertex, node.started_at, max(end, node.started_at), running


def _before(execution: Execution, vertex: str) -> Iterator[str]:
    """What a vertex came after, seen through the points where edges meet."""
    pending, seen = list(execution.predecessors[vertex]), {vertex}
    while pending:
        other = pending.pop()
        if other in seen:
            continue
        seen.add(other)
        if other in execution.junctions:
            pending += execution.predecessors[other]
        else:
            yield other


def timeline_of(workflow: Workflow, now: datetime) -> Timeline:
    """Return the timeline of a workflow; what runs goes on to `now`.

    The critical path goes back from the node that ended last, each time to the one that ended last
    among those it came after.
    """
    execution = Execution(workflow)
    spans = {v: (start, end, running) for v, start, end, running in _spans(execution, now)}
    unstarted = tuple(
        v for v in execution.vertices if v not in spans and v not in execution.junctions
    )
    if not spans:
        return Timeline((), unstarted, None, 0.0, ())
    origin = min(start for start, _, _ in spans.values())

    place = {vertex: index for index, vertex in enumerate(execution.vertices)}

    def ended(vertex: str) -> tuple[datetime, datetime, int]:
        start, end, _ = spans[vertex]
        return end, start, place[vertex]

    held_by: dict[str, str] = {}
    for vertex in spans:
        earlier = [other for other in _before(execution, vertex) if other in spans]
        if earlier:
            held_by[vertex] = max(earlier, key=ended)
    path = [max(spans, key=ended)]
    while path[-1] in held_by:
        path.append(held_by[path[-1]])
    critical = frozenset(path)
    bars: list[Bar] = []
    for vertex, (start, end, running) in spans.items():
        came_after = spans[held_by[vertex]][1] if vertex in held_by else origin
        bars.append(
            Bar(
                node_id=vertex,
                label=label_of(vertex, execution.nodes[vertex]),
                start=(start - origin).total_seconds(),
                end=(end - origin).total_seconds(),
                running=running,
                critical=vertex in critical,
                waited=max(0.0, (start - came_after).total_seconds()),
            )
        )
    bars.sort(key=lambda bar: bar.start)
    length = max(bar.end for bar in bars)
    return Timeline(tuple(bars), unstarted, origin, length, tuple(reversed(path)))
