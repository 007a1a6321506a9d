"""The nodes of a workflow as a tree: folded, filtered, live, with the cursor on its node."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import NamedTuple

from rich.style import Style

from argotui.drawing.tree import (
    WORDS,
    Mark,
    Tree,
    TreeRow,
)
from argotui.model.argo import FULFILLED, Node, Workflow
from argotui.model.durations import format_age, format_took
from argotui.model.phases import (
    FAILED,
    PENDING,
    RUNNING,
    SUCCEEDED,
    WAITING,
    PhaseLook,
    look_of_node,
    look_of_root,
)
from argotui.model.redact import redact_text
from argotui.model.sanitise import clean_line
from argotui.model.workflow.cause import Causes, is_passed_on, why_no_nodes
from argotui.model.workflow.fact import took
from argotui.model.workflows.summary import NodeCounts
from argotui.model.workflows.why import RowReason, is_stuck_now, why_of
from argotui.widgets.cells import (
    Part,
    cut,
    cut_middle,
    pad_left,
    spread,
    width_of,
)
from argotui.widgets.line_view import CURSOR, LAYING_OUT, LineView

_TOOK = 8
_MESSAGE = 16
"""Cells below which a message is not begun."""

Keep = Callable[[Node], bool]


class TreeLine(NamedTuple):
    """A row with what its line says of the node."""

    row: TreeRow
    look: PhaseLook
    started: datetime | None
    finished: datetime | None
    message: str
    counts: NodeCounts | None = None


class NodeTree(LineView[TreeLine]):
    """Branches, glyph, name, message and duration of each node."""

    MARK = CURSOR
    FOLDS = True

    def __init__(self, now: Callable[[], datetime]) -> None:
        super().__init__(LAYING_OUT)
        self._now = now
        self.model: Tree | None = None
        self.closed: set[str] = set()
        self.opened: set[str] = set()
        self._keep: Keep | None = None
        self._no_match = ""
        self._ages: dict[str, str] = {}
        self._workflow = Workflow()
        self._causes: Causes | None = None
        self._why: RowReason | None = None
        self._stuck = False

    def identity(self, row: TreeLine) -> object:
        return row.row.node_id

    # What is shown.

    def prepare(self, workflow: Workflow) -> Callable[[], object]:
        """Return what takes long of showing a reading, to be done on another thread."""
        return partial(Tree, workflow)

    def show_workflow(self, workflow: Workflow, prepared: object = None) -> None:
        """Show a new reading; the cursor stays on its node, or goes to the row that holds it."""
        selected = self._row_id
        self.model = prepared if isinstance(prepared, Tree) else Tree(workflow)
        self._workflow, self._causes = workflow, None
        self._why = why_of(workflow)
        self._rebuild(selected)

    def set_filter(self, keep: Keep | None, empty: str = "") -> None:
        """Show only the nodes `keep` says yes to and what they are inside; None shows all."""
        selected = self._row_id
        self._keep, self._no_match = keep, empty
        self._rebuild(selected)
        if keep is not None:
            self._go_to_match()
        elif selected:
            self.select(selected, reveal=True)
            self.reveal(self.cursor, center=True)

    @property
    def _row_id(self) -> str:
        return self.selected.row.node_id if self.selected else ""

    @property
    def selected_id(self) -> str:
        """The id of the node under the cursor, or the first of a group; empty without rows."""
        row = self._row_id
        if self.model is not None and row not in self.model.nodes and row in self.model.groups:
            return self.model.groups[row][1][0]
        return row

    @property
    def selected_group(self) -> tuple[str, tuple[str, ...]] | None:
        """Name and nodes of the fan-out under the cursor; None for a single node."""
        row = self._row_id
        if self.model is None or row in self.model.nodes or row not in self.model.groups:
            return None
        return self.model.label_of(row), self.model.groups[row][1]

    @property
    def matching(self) -> int:
        """How many of the rows shown match the filter themselves."""
        return sum(not line.row.has(Mark.CONTEXT) for line in self.rows)

    def _go_to_match(self) -> None:
        """Go on from a row that is there only for what is in it to the first one that matches."""
        if self.selected is not None and self.selected.row.has(Mark.CONTEXT):
            matching = (i for i, row in enumerate(self.rows) if not row.row.has(Mark.CONTEXT))
            self.move_to(next(matching, 0), center=True)

    def _rebuild(self, selected: str) -> None:
        tree = self.model
        if tree is None:
            return
        self._stuck = is_stuck_now(self._workflow, self._why, self._now())
        rows = [self._line(tree, row) for row in tree.rows(self.closed, self.opened, self._keep)]
        self._ages = {}
        if not rows:
            nodes = bool(tree.nodes)
            self.empty = self._no_match if nodes else why_no_nodes(self._workflow, self._now())
        cursor = None
        if selected:
            place = {line.row.node_id: index for index, line in enumerate(rows)}
            row = tree.row_of(selected)
            for candidate in (row, *tree.ancestors(row)):
                if candidate in place:
                    cursor = place[candidate]
                    break
        self.show(rows, cursor=cursor)

    def _line(self, tree: Tree, row: TreeRow) -> TreeLine:
        node = tree.nodes.get(row.node_id)
        counts = tree.counts(row.node_id) if row.collapsed or node is None else None
        if node is None:
            look = look_of_counts(counts or NodeCounts())
            return TreeLine(row, look, None, None, "", counts)
        look = look_of_node(node)
        if row.node_id == self._workflow.metadata.name:
            look = look_of_root(node, stuck=self._stuck)
        started = node.started_at if look is not PENDING else None
        finished = node.finished_at if node.phase in FULFILLED else None
        return TreeLine(row, look, started, finished, self._message(row, node), counts)

    def _message(self, row: TreeRow, node: Node) -> str:
        """Return a node's message, or the hidden cause if the message only passes on a failure."""
        if not is_passed_on(node.message):
            return node.message
        if not row.collapsed:
            return ""
        self._causes = self._causes or Causes(self._workflow)
        cause = self._causes.of(row.node_id)
        return str(cause) if cause else node.message

    # Folding.

    def close_row(self) -> None:
        """Fold the row under the cursor; go to its parent if it is folded or holds nothing."""
        line = self.selected
        if line is None:
            return
        if line.row.has_children and not line.row.collapsed:
            self.closed.add(line.row.node_id)
            self.opened.discard(line.row.node_id)
            self._rebuild(line.row.node_id)
        elif line.row.parent:
            self.select(line.row.parent, announce=True)

    def open_row(self) -> None:
        """Unfold the row under the cursor; go to its first child if it is open."""
        line = self.selected
        if line is None or not line.row.has_children:
            return
        if line.row.collapsed:
            self._open([line.row.node_id])
            self._rebuild(line.row.node_id)
        else:
            self.cursor_down()

    @property
    def can_fold(self) -> bool:
        return self.selected is not None and self.selected.row.has_children

    def toggle_row(self) -> None:
        """Fold the row under the cursor, or unfold it."""
        line = self.selected
        if line is None or not line.row.has_children:
            return
        if line.row.collapsed:
            self.open_row()
        else:
            self.close_row()

    def toggle_all_rows(self) -> None:
        """Fold every row below the top one, or unfold all of them."""
        tree = self.model
        if tree is None:
            return
        if any(line.row.collapsed for line in self.rows):
            self.closed.clear()
            self.opened |= tree.folds
        else:
            self.closed = {line.row.node_id for line in self.rows if line.row.depth}
            self.opened.clear()
        self._rebuild(self._row_id)

    def _open(self, keys: list[str]) -> None:
        self.closed.difference_update(keys)
        self.opened.update(keys)

    # Finding nodes.

    def select(self, node_id: str, *, reveal: bool = False, announce: bool = False) -> bool:
        """Put the cursor on a node, or on the nearest row shown that it is inside; `reveal` unfolds
        what hides it. Say whether there is such a row."""
        tree = self.model
        row = tree.row_of(node_id) if tree else ""
        if not row or tree is None:
            return False
        above = tree.ancestors(row)
        hiding = [key for key in above if key in self.closed or key in tree.folds - self.opened]
        if reveal and hiding and self._keep is None:
            self._open(hiding)
            self._rebuild(self._row_id)
        if self._row_id == row:
            return True
        place = {line.row.node_id: index for index, line in enumerate(self.rows)}
        for candidate in (row, *(() if reveal else above)):
            if candidate in place:
                self.move_to(place[candidate], announce=announce, center=True)
                return True
        return False

    def step_to(self, wanted: Keep, *, backwards: bool = False) -> bool:
        """Go to the next wanted node that holds no other, round the end."""
        keep = self._keep

        def shown(node: Node) -> bool:
            return wanted(node) and (keep is None or keep(node))

        found = self.model.next(shown, self._row_id, backwards) if self.model else ""
        return bool(found) and self.select(found, reveal=True, announce=True)

    def clicked(self, index: int, x: int, *, again: bool) -> None:
        line = self.rows[index]
        if x <= len(line.row.guides) + 1 and line.row.has_children:
            self.toggle_row()
        elif again:
            self.choose()

    # Drawing.

    def tick(self) -> None:
        """Repaint the durations on screen that read otherwise by now, and what is stuck by now."""
        if self._stuck != is_stuck_now(self._workflow, self._why, self._now()):
            self._rebuild(self._row_id)
        for index in self.visible_rows:
            line = self.rows[index]
            drawn = self._ages.get(line.row.node_id)
            if drawn is not None and drawn != self._took(line):
                self.refresh_cells(index, self.size.width - _TOOK - 1, _TOOK + 1)

    def _took(self, line: TreeLine) -> str:
        seconds = took(line.started, line.finished, self._now())
        if seconds is None:
            return ""
        return format_took(seconds) if line.finished else format_age(seconds)

    @property
    def is_cut(self) -> bool:
        """Whether the message of the row under the cursor is cut."""
        line = self.selected
        if line is None or not line.message or not self.size:
            return False
        drawn = "".join(text for text, _ in self.draw_row(line, self.cursor, self.size.width))
        return redact_text(clean_line(line.message)) not in drawn

    def draw_row(self, row: TreeLine, index: int, width: int) -> list[Part]:
        dim, tree_row, role = self.style("line--dim"), row.row, row.look.role
        look = self.phase_style(role)
        name = self._name_style(row)
        head: list[Part] = [
            (" ", Style.null()),
            (tree_row.guides, self.style("line--faint")),
            ("▸" if tree_row.collapsed else "", dim),
            (f"{row.look.glyph} ", look),
        ]
        age = self._took(row)
        if not row.finished:
            self._ages[tree_row.node_id] = age
        taken = _TOOK if age else 0
        right: list[Part] = [(pad_left(age, taken) + " ", dim if row.finished else look)]
        room = width - width_of(head) - taken - 2
        notes = self._notes(row)
        head.append((cut_middle(tree_row.label, max(4, room)), name))
        left = width - width_of(head) - taken - 2
        if notes and left > 4:
            head.append((cut(f"  {notes}", left), dim))
            left = width - width_of(head) - taken - 2
        if row.message and left > _MESSAGE:
            style = look if role == "failed" else dim
            message = redact_text(clean_line(row.message))
            head.append((f"  {cut_middle(message, left - 2)}", style))
        return spread(head, right, width, gap=0)

    def _name_style(self, row: TreeLine) -> Style:
        if row.row.has(Mark.CONTEXT) or row.look.role == "skipped":
            return self.style("line--dim")
        if row.look.role in ("failed", "waiting"):
            return self.phase_style(row.look.role)
        return self.style("line--strong") if row.row.depth == 0 else Style.null()

    def _notes(self, row: TreeLine) -> str:
        notes = [word for mark, word in WORDS.items() if row.row.has(mark)]
        if row.counts is not None:
            notes.append(counts_text(row.counts))
        return " · ".join(note for note in notes if note)


def counts_text(counts: NodeCounts) -> str:
    """Return node counts as glyphs and numbers, those that are not zero."""
    pairs = (
        ("✔", counts.succeeded),
        ("●", counts.running),
        ("‖", counts.waiting),
        ("✖", counts.failed),
        ("○", counts.pending),
        ("–", counts.skipped),
    )
    return " ".join(f"{glyph}{count}" for glyph, count in pairs if count)


def look_of_counts(counts: NodeCounts) -> PhaseLook:
    """Return how a group of nodes looks by what needs eyes most in it."""
    if counts.waiting:
        return WAITING
    if counts.failed:
        return FAILED
    if counts.running:
        return RUNNING
    return SUCCEEDED if counts.succeeded and not counts.pending else PENDING
