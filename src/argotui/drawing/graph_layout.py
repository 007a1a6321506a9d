"""Where the boxes and lines of a layered drawing go, in terminal cells.

Layers are columns from left to right, by the longest path from the start. Boxes that come after the
same boxes and before the same boxes share one frame, a row each. An edge over several layers runs
straight through those between; edges that go to the same places share one line. Within a layer the
order is by barycentre, the height by the median of what is connected (isotonic regression keeps the
order). All of it is deterministic and, but for sorting, linear in boxes and lines.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

FRAME = "frame"
WIRE = "wire"

_LONG_LINES = 4
"""How many places for lines that pass through a layer there may be for each box."""
_MAX_TRUNKS = 60
_SWEEPS = 6
_SWEEPS_IF_BIG = 2
_BIG = 1500


class Slot:
    """What takes up rows in a layer: a frame with boxes, or a wire that passes through.

    `x`, `y`, `width` and `height` are cells; lines meet a slot at its row `y + port`.
    """

    __slots__ = (
        "after",
        "before",
        "height",
        "index",
        "kind",
        "layer",
        "members",
        "port",
        "width",
        "x",
        "y",
    )

    def __init__(self, kind: str, layer: int, members: tuple[str, ...], width: int) -> None:
        self.kind = kind
        self.layer = layer
        self.members = members
        self.width = width
        self.height = len(members) + 2 if kind == FRAME else 1
        self.port = (self.height - 1) // 2
        self.after: list[Slot] = []
        self.before: list[Slot] = []
        self.index = 0
        self.x = 0
        self.y = 0

    @property
    def row(self) -> int:
        return self.y + self.port


class GraphLine:
    """Everything that leads from some slots to the same slots of the next layer.

    All of it hangs on one vertical trunk at column `x`, from row `top` to row `bottom`.
    """

    __slots__ = ("bottom", "sources", "targets", "top", "x")

    def __init__(self, sources: list[Slot], targets: list[Slot]) -> None:
        self.sources = sources
        self.targets = targets
        rows = [slot.row for slot in (*sources, *targets)]
        self.top = min(rows)
        self.bottom = max(rows)
        self.x = 0


class GraphLayout:
    """The finished geometry: `layers` of slots from top to bottom, `gaps` with lines between them.

    `gaps[i]` is between layers i and i+1; layer i begins at the column `left[i]` and ends before
    `right[i]`. `undrawn` counts the edges left out because they are too many and too long.
    """

    def __init__(
        self,
        boxes: Sequence[str],
        junctions: frozenset[str],
        successors: dict[str, tuple[str, ...]],
        width_of: Callable[[str], int],
    ) -> None:
        self.undrawn = 0
        layer_of = _layers(successors)
        self.layers: list[list[Slot]] = [[] for _ in range(max(layer_of.values(), default=-1) + 1)]
        slot_of = self._frames(boxes, junctions, successors, layer_of, width_of)
        self._wire(slot_of, successors)
        self._order()
        self._place_rows()
        self._place_columns()
        bottoms = [slots[-1].y + slots[-1].height for slots in self.layers if slots]
        self.height = max(bottoms, default=0)
        self.width = self.right[-1] if self.right else 0

    def _frames(
        self,
        boxes: Sequence[str],
        junctions: frozenset[str],
        successors: dict[str, tuple[str, ...]],
        layer_of: dict[str, int],
        width_of: Callable[[str], int],
    ) -> dict[str, Slot]:
        before: dict[str, list[str]] = {box: [] for box in successors}
        for box, targets in successors.items():
            for target in targets:
                before[target].append(box)
        together: dict[tuple[object, ...], list[str]] = {}
        for box in boxes:
            alike = (layer_of[box], frozenset(before[box]), frozenset(successors[box]))
            together.setdefault(alike, []).append(box)
        slot_of: dict[str, Slot] = {}
        for members in together.values():
            width = max(width_of(member) for member in members) + 2
            slot = Slot(FRAME, layer_of[members[0]], tuple(members), width)
            self.layers[slot.layer].append(slot)
            slot_of.update(dict.fromkeys(members, slot))
        for junction in sorted(junctions):
            slot = slot_of[junction] = Slot(WIRE, layer_of[junction], (), 1)
            self.layers[slot.layer].append(slot)
        return slot_of

    def _wire(self, slot_of: dict[str, Slot], successors: dict[str, tuple[str, ...]]) -> None:
        """Connect slots of neighbouring layers, longer edges by wires through those between."""
        targets_of: dict[Slot, dict[Slot, None]] = {slot: {} for slot in slot_of.values()}
        for box, targets in successors.items():
            targets_of[slot_of[box]].update((slot_of[target], None) for target in targets)
        budget = _LONG_LINES * len(slot_of) + 1000
        wires: dict[tuple[int, frozenset[Slot]], Slot] = {}
        for layer in range(len(self.layers)):
            for slot in list(self.layers[layer]):
                reached = targets_of[slot]
                near = [target for target in reached if target.layer == layer + 1]
                far = [target for target in reached if target.layer > layer + 1]
                if far:
                    key = (layer + 1, frozenset(far))
                    wire = wires.get(key)
                    if wire is None and len(wires) < budget:
                        wire = wires[key] = Slot(WIRE, layer + 1, (), 1)
                        targets_of[wire] = dict.fromkeys(far)
                        self.layers[layer + 1].append(wire)
                    if wire is None:
                        self.undrawn += len(far)
                    else:
                        near.append(wire)
                slot.after = near
                for after in near:
                    after.before.append(slot)

    def _order(self) -> None:
        for slots in self.layers:
            _number(slots)
        sweeps = _SWEEPS if sum(map(len, self.layers)) < _BIG else _SWEEPS_IF_BIG
        for _ in range(sweeps):
            for slots in self.layers[1:]:
                slots.sort(key=lambda slot: _barycentre(slot, slot.before))
                _number(slots)
            for slots in reversed(self.layers[:-1]):
                slots.sort(key=lambda slot: _barycentre(slot, slot.after))
                _number(slots)
        for slots in self.layers[1:]:
            slots.sort(key=lambda slot: _barycentre(slot, slot.before))
            _number(slots)

    def _place_rows(self) -> None:
        for slots in self.layers:
            y = 0
            for slot in slots:
                slot.y = y
                y += slot.height
        sweeps = _SWEEPS if sum(map(len, self.layers)) < _BIG else _SWEEPS_IF_BIG
        for _ in range(sweeps):
            for slots in self.layers[1:]:
                _settle(slots, lambda slot: slot.before)
            for slots in reversed(self.layers[:-1]):
                _settle(slots, lambda slot: slot.after)
        for slots in self.layers[1:]:
            _settle(slots, lambda slot: slot.before)
        self._close_up()

    def _close_up(self) -> None:
        """Move everything up over the rows in which there is nothing but trunks."""
        everything = sorted((s for slots in self.layers for s in slots), key=lambda slot: slot.y)
        bottom = everything[0].y if everything else 0
        shift = bottom
        for slot in everything:
            shift += max(0, slot.y - bottom)
            bottom = max(bottom, slot.y + slot.height)
            slot.y -= shift

    def _place_columns(self) -> None:
        self.left: list[int] = []
        self.right: list[int] = []
        self.gaps: list[list[GraphLine]] = []
        x = 0
        for index, slots in enumerate(self.layers):
            width = max((slot.width for slot in slots), default=0)
            for slot in slots:
                slot.x = x
                slot.width = width if slot.kind == WIRE else slot.width
            self.left.append(x)
            x += width
            self.right.append(x)
            if index + 1 < len(self.layers):
                lines = _lines(slots)
                trunks = _place_trunks(lines)
                for line in lines:
                    line.x += x + 1
                self.gaps.append(lines)
                x += trunks + 3


def _number(slots: list[Slot]) -> None:
    for index, slot in enumerate(slots):
        slot.index = index


def _barycentre(slot: Slot, others: list[Slot]) -> float:
    if not others:
        return slot.index
    return sum(other.index for other in others) / len(others)


def _layers(successors: dict[str, tuple[str, ...]]) -> dict[str, int]:
    """The longest path from a start to each box; the edges must have no cycle."""
    waiting = dict.fromkeys(successors, 0)
    for targets in successors.values():
        for target in targets:
            waiting[target] += 1
    layer_of = {box: 0 for box, count in waiting.items() if not count}
    ready = list(layer_of)
    for box in ready:
        for target in successors[box]:
            layer_of[target] = max(layer_of.get(target, 0), layer_of[box] + 1)
            waiting[target] -= 1
            if not waiting[target]:
                ready.append(target)
    return layer_of


def _settle(slots: list[Slot], neighbours: Callable[[Slot], list[Slot]]) -> None:
    """Move the slots of a layer as near to their neighbours as their order and heights allow.

    Pools adjacent violators: slots that push against each other move as one block.
    """
    blocks: list[tuple[float, int]] = []
    offset = 0
    offsets: list[int] = []
    for slot in slots:
        rows = sorted(other.row for other in neighbours(slot))
        wish = rows[(len(rows) - 1) // 2] - slot.port if rows else slot.y
        offsets.append(offset)
        mean, size = float(wish - offset), 1
        while blocks and blocks[-1][0] > mean:
            other, count = blocks.pop()
            mean = (mean * size + other * count) / (size + count)
            size += count
        blocks.append((mean, size))
        offset += slot.height
    position = 0
    for mean, size in blocks:
        start = round(mean)
        for _ in range(size):
            slots[position].y = start + offsets[position]
            position += 1


def _lines(slots: list[Slot]) -> list[GraphLine]:
    """The lines from a layer to the next: slots that lead to the same places share one."""
    shared: dict[frozenset[Slot], list[Slot]] = {}
    for slot in slots:
        if slot.after:
            shared.setdefault(frozenset(slot.after), []).append(slot)
    return [GraphLine(sources, sources[0].after) for sources in shared.values()]


def _place_trunks(lines: list[GraphLine]) -> int:
    """Give each line a column for its trunk, from 0, and return how many columns there are.

    Where one line arrives in the row in which another leaves, the one that leaves turns off first,
    so that they do not lie on each other; trunks that would touch get different columns.
    """
    leaves = {slot.row: line for line in lines for slot in line.sources}
    later: dict[GraphLine, list[GraphLine]] = {line: [] for line in lines}
    waiting = dict.fromkeys(lines, 0)
    for line in lines:
        for target in line.targets:
            other = leaves.get(target.row)
            if other is not None and other is not line:
                later[other].append(line)
                waiting[line] += 1
    columns: list[list[tuple[int, int]]] = []
    least = dict.fromkeys(lines, 0)
    pending = sorted(lines, key=lambda line: (line.top, line.bottom))
    ready = [line for line in pending if not waiting[line]]
    done: set[GraphLine] = set()
    while len(done) < len(lines):
        if not ready:
            ready.append(next(line for line in pending if line not in done))
        line = ready.pop(0)
        if line in done:
            continue
        done.add(line)
        if line.top < line.bottom:
            line.x = _free_column(columns, line, least[line])
        else:
            line.x = min(least[line], max(0, len(columns) - 1))
        for other in later[line]:
            least[other] = max(least[other], line.x + 1)
            waiting[other] -= 1
            if not waiting[other]:
                ready.append(other)
    return max(1, len(columns))


def _free_column(columns: list[list[tuple[int, int]]], line: GraphLine, least: int) -> int:
    for column in range(least, _MAX_TRUNKS):
        while len(columns) <= column:
            columns.append([])
        taken = columns[column]
        if all(line.bottom < top or bottom < line.top for top, bottom in taken):
            taken.append((line.top, line.bottom))
            return column
    return _MAX_TRUNKS - 1
