"""The nodes of a workflow as the rows of a tree, ordered and drawn as `argo get` does.

StepGroups are no rows: the steps of a group hang on one branch (`├─┬─`). A Retry with one attempt
is replaced by it. Fan-outs of many items are put under a row of their own that starts out closed.
Every node is a row, or `hidden` tells the row that stands for it.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator, Sequence, Set
from typing import NamedTuple

import msgspec

from argotui.model.argo import Node, Workflow
from argotui.model.phases import look_of_node, look_of_root
from argotui.model.workflow.containment import Containment, item_of, label_of
from argotui.model.workflows.summary import POD_LIKE, NodeCounts

FAN_OUT = 12
"""A fan-out of more items than this gets a row of its own."""

_MAX_GUIDES = 120
_ASCII = str.maketrans({"├": "|", "└": "`", "│": "|", "─": "-", "┬": "+", "⋯": "~"})


class Mark(enum.Flag):
    """What is special about a row."""

    NONE = 0
    GROUP = enum.auto()
    """Stands for a fan-out; its `node_id` is that of the TaskGroup, or made up if there is none."""
    HOOK = enum.auto()
    EXIT = enum.auto()
    """An exit handler."""
    DAEMON = enum.auto()
    MEMOIZED = enum.auto()
    RETRIES = enum.auto()
    """A Retry with more than one attempt inside."""
    ORPHAN = enum.auto()
    """What it should be inside of does not exist, or is inside of it."""
    CONTEXT = enum.auto()
    """Does not match the filter, something in it does."""


WORDS = {
    Mark.HOOK: "hook",
    Mark.EXIT: "exit handler",
    Mark.DAEMON: "daemon",
    Mark.MEMOIZED: "memoized",
    Mark.ORPHAN: "its parent is missing",
}


class TreeRow(msgspec.Struct, frozen=True, gc=False):
    """One line: `guides` are the branches before it, `parent` the row it is inside ("" at the top).

    `depth` counts rows above it, 0 at the top.
    """

    node_id: str
    depth: int
    guides: str
    label: str
    has_children: bool
    collapsed: bool
    parent: str
    marks: Mark = Mark.NONE

    def has(self, mark: Mark) -> bool:
        return mark in self.marks


class _Entry(NamedTuple):
    """What hangs on one branch: one row, or the steps of a group."""

    keys: tuple[str, ...]
    parallel: bool


class Tree:
    """The tree of one reading of a workflow; build a new one for the next reading.

    `order` are all rows, parents first; `parent` the row each is inside; `folds` the rows that
    start out closed; `hidden` the nodes without a row and the row that stands for each.
    """

    def __init__(self, workflow: Workflow, fan_out: int = FAN_OUT) -> None:
        self.nodes = workflow.nodes
        self._inside = Containment(workflow, fan_out)
        self._fan_out = fan_out
        self.groups: dict[str, tuple[str, tuple[str, ...]]] = {}
        self.hidden: dict[str, str] = {}
        self._replaced: dict[str, str] = {}
        self._find_hidden()
        self._entries: dict[str, tuple[_Entry, ...]] = {}
        self.order: list[str] = []
        self.parent: dict[str, str] = {}
        self._walk()
        self.folds = frozenset(self.groups)
        for node_id, stand_in in self.hidden.items():
            while stand_in in self.hidden:
                stand_in = self.hidden[stand_in]
            self.hidden[node_id] = stand_in
        self._counts: dict[str, NodeCounts] = {}

    def _find_hidden(self) -> None:
        inside, nodes = self._inside, self.nodes
        for node_id, node in nodes.items():
            held, parent = inside.children.get(node_id, []), inside.parent[node_id]
            match node.type:
                case "Retry" if len(held) == 1:
                    if nodes[held[0]].type not in ("StepGroup", "TaskGroup"):
                        self.hidden[node_id] = self._replaced[node_id] = held[0]
                case "StepGroup" if parent and nodes[parent].type != "StepGroup":
                    self.hidden[node_id] = parent
                case "TaskGroup" if node_id not in inside.big and parent:
                    if inside.items[node_id] and not held:
                        self.hidden[node_id] = parent
                case _:
                    pass

    def _shown(self, node_id: str) -> str:
        while node_id in self._replaced:
            node_id = self._replaced[node_id]
        return node_id

    def _folded(self, owner: str, children: list[str]) -> tuple[str, ...]:
        """The rows of the steps of a group, each big fan-out among them as one."""
        shown = [self._shown(child) for child in children]
        if len(shown) <= self._fan_out:
            return tuple(shown)
        fans: dict[str, list[str]] = {}
        for child, row in zip(children, shown, strict=True):
            base, index = item_of(label_of(child, self.nodes[child]))
            # A name that is no item stays alone: no base of an item holds a bracket.
            fans.setdefault(base if index >= 0 else f"({child}", []).append(row)
        rows: list[str] = []
        for base, members in fans.items():
            if len(members) <= self._fan_out:
                rows += members
                continue
            key = f"{owner}/{base}"
            while key in self.nodes or key in self.groups:
                key += "/"
            self.groups[key] = (base, tuple(members))
            rows.append(key)
        return tuple(rows)

    def _entries_of(self, key: str) -> tuple[_Entry, ...]:
        if key in self.groups and key not in self.nodes:
            return tuple(_Entry((member,), False) for member in self.groups[key][1])
        children = self._inside.children.get(key, [])
        if key in self._inside.big:
            self.groups[key] = (label_of(key, self.nodes[key]), tuple(children))
        entries: list[_Entry] = []
        for child in children:
            if child not in self.hidden:
                entries.append(_Entry((child,), False))
            elif child in self._replaced:
                entries.append(_Entry((self._shown(child),), False))
            elif steps := self._inside.children.get(child):
                entries.append(_Entry(self._folded(child, steps), True))
        return tuple(entries)

    def _roots(self) -> tuple[_Entry, ...]:
        roots = [self._shown(root) for root in self._inside.children[""]]
        main = self._shown(self._inside.main)

        def rank(root: str) -> int:
            if root == main:
                return 0
            return 2 if self.nodes[root].name.endswith(".onExit") else 1

        return tuple(_Entry((root,), False) for root in sorted(roots, key=rank))

    def _walk(self) -> None:
        self._entries[""] = self._roots()
        pending = [""]
        while pending:
            key = pending.pop()
            if key:
                self.order.append(key)
                self._entries[key] = self._entries_of(key)
            inside = [child for entry in self._entries[key] for child in entry.keys]
            for child in inside:
                self.parent[child] = key
            pending.extend(reversed(inside))

    def marks_of(self, key: str) -> Mark:
        """Return what is special about a row, whatever the filter."""
        marks = Mark.GROUP if key in self.groups else Mark.NONE
        node = self.nodes.get(key)
        if node is None:
            return marks
        if node.name.endswith(".onExit"):
            marks |= Mark.EXIT
        elif node.node_flag and node.node_flag.hooked:
            marks |= Mark.HOOK
        if node.daemoned:
            marks |= Mark.DAEMON
        if node.memoization_status and node.memoization_status.hit:
            marks |= Mark.MEMOIZED
        if node.type == "Retry" and len(self._entries[key]) > 1:
            marks |= Mark.RETRIES
        if key in self._inside.orphans:
            marks |= Mark.ORPHAN
        return marks

    def label_of(self, key: str) -> str:
        """Return the name of a row: `scan`, `scan(3:host)`, for a fan-out `scan ×24`."""
        if group := self.groups.get(key):
            return f"{group[0]} ×{len(group[1])}"
        return label_of(key, self.nodes[key])

    def row_of(self, node_id: str) -> str:
        """Return the row that shows a node, itself or in its stead; "" for one that is unknown."""
        row = self.hidden.get(node_id, node_id)
        return row if row in self.parent else ""

    def ancestors(self, key: str) -> list[str]:
        """Return the rows a row is inside, from the nearest to the top."""
        found: list[str] = []
        while key := self.parent.get(key, ""):
            found.append(key)
        return found

    def _kept(self, keep: Callable[[Node], bool]) -> tuple[set[str], set[str]]:
        """The rows a filter leaves, and those of them that match it themselves."""
        matching = {key for key in self.order if key in self.nodes and keep(self.nodes[key])}
        kept = set(matching)
        for key in reversed(self.order):
            if key in kept and (parent := self.parent[key]):
                kept.add(parent)
        return kept, matching

    def rows(
        self,
        closed: Set[str] = frozenset(),
        opened: Set[str] = frozenset(),
        keep: Callable[[Node], bool] | None = None,
    ) -> list[TreeRow]:
        """Return the lines to show: without what is inside the closed rows.

        Those in `folds` are closed too unless they are in `opened`. With `keep` only nodes it says
        yes to are left, and the rows they are inside, and `folds` stay open.
        """
        kept, matching = self._kept(keep) if keep else (None, None)
        rows: list[TreeRow] = []
        pending: list[tuple[str, str, str, int, str]] = []
        for entry in reversed(self._left(self._entries[""], kept)):
            pending.append((entry.keys[0], "", "", 0, ""))
        while pending:
            key, guides, prefix, depth, parent = pending.pop()
            entries = self._left(self._entries[key], kept)
            folded = keep is None and key in self.folds and key not in opened
            collapsed = bool(entries) and (key in closed or folded)
            marks = self.marks_of(key)
            if matching is not None and key not in matching:
                marks |= Mark.CONTEXT
            label = self.label_of(key)
            rows.append(TreeRow(key, depth, guides, label, bool(entries), collapsed, parent, marks))
            if not collapsed:
                below = [(*line, depth + 1, key) for line in _branches(entries, prefix)]
                pending.extend(reversed(below))
        return rows

    def _left(self, entries: tuple[_Entry, ...], kept: set[str] | None) -> Sequence[_Entry]:
        if kept is None:
            return entries
        left = ((tuple(key for key in keys if key in kept), par) for keys, par in entries)
        return [_Entry(keys, parallel) for keys, parallel in left if keys]

    def counts(self, key: str) -> NodeCounts:
        """Return how the working nodes in a row and inside it are doing."""
        if not self._counts:
            self._count_all()
        return self._counts[key]

    def _count_all(self) -> None:
        totals = {key: [0] * 6 for key in self.order}
        slots = {"pending": 0, "running": 1, "succeeded": 2, "failed": 3, "skipped": 4}
        for key in reversed(self.order):
            mine = totals[key]
            node = self.nodes.get(key)
            if node is not None and node.type in POD_LIKE:
                mine[5 if node.is_gate else slots[look_of_node(node).role]] += 1
            if parent := self.parent[key]:
                totals[parent] = [a + b for a, b in zip(totals[parent], mine, strict=True)]
            self._counts[key] = NodeCounts(*mine)

    def innermost(self, wanted: Callable[[Node], bool]) -> list[str]:
        """Return the rows of wanted nodes that hold no other wanted one, in order.

        Of those that failed these are the causes, not what failed by them.
        """
        found: list[str] = []
        outer: set[str] = set()
        for key in reversed(self.order):
            node = self.nodes.get(key)
            same = node is not None and wanted(node)
            if same and key not in outer:
                found.append(key)
            if same or key in outer:
                outer.add(self.parent[key])
        return found[::-1]

    def next(self, wanted: Callable[[Node], bool], after: str, backwards: bool = False) -> str:
        """Return the next of `innermost` after a row, round the end; "" if there is none."""
        found = self.innermost(wanted)
        if not found:
            return ""
        place = {key: index for index, key in enumerate(self.order)}
        here = place.get(after, len(self.order) if backwards else -1)
        if backwards:
            before = [key for key in found if place[key] < here]
            return before[-1] if before else found[-1]
        return next((key for key in found if place[key] > here), found[0])


def _branches(entries: Sequence[_Entry], prefix: str) -> Iterator[tuple[str, str, str]]:
    """Each row of some branches, its guides, and the prefix of what is inside it."""
    if len(prefix) > _MAX_GUIDES:
        prefix = "⋯ " + prefix[4:]
    for index, (keys, parallel) in enumerate(entries):
        last = index == len(entries) - 1
        branch, beside = ("└─", "  ") if last else ("├─", "│ ")
        if not parallel:
            yield keys[0], prefix + branch, prefix + beside
            continue
        end = len(keys) - 1
        for step, key in enumerate(keys):
            start = prefix + (beside if step else branch)
            if end == 0:
                yield key, start + "──", prefix + beside + "  "
            else:
                fork = "┬─" if step == 0 else "└─" if step == end else "├─"
                yield key, start + fork, prefix + beside + ("  " if step == end else "│ ")


def draw_tree(
    tree: Tree, rows: Sequence[TreeRow], *, stuck: str = "", ascii_only: bool = False
) -> list[str]:
    """Return rows as lines of text: branches, glyph, name; counts, remarks.

    `stuck` is the id of the root where the workflow is stuck. With `ascii_only` branches are `|-`
    and the word of the phase stands for its glyph.
    """
    lines: list[str] = []
    for row in rows:
        node = tree.nodes.get(row.node_id)
        look = look_of_root(node, stuck=row.node_id == stuck) if node else None
        sign = (look.word if ascii_only else look.glyph) + " " if look else ""
        guides = row.guides.translate(_ASCII) if ascii_only else row.guides
        label = row.label.replace("×", "x") if ascii_only else row.label
        notes = [word for mark, word in WORDS.items() if row.has(mark)]
        if row.collapsed:
            counts = msgspec.structs.asdict(tree.counts(row.node_id))
            notes += [f"{count} {word}" for word, count in counts.items() if count]
        lines.append(f"{guides}{sign}{label}" + (f" ({', '.join(notes)})" if notes else ""))
    return lines
