"""The workflows in scope: one row per name, from readings in any order.

Readings come from several streams, pages and single reads, which overtake each other. The rules of
`Store.apply` make the final state independent of their order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Set
from datetime import datetime

import msgspec

from argotui.model.argo import Key
from argotui.model.phases import PhaseLook, look_of_workflow
from argotui.model.workflows.summary import Depth, Summary, as_of
from argotui.model.workflows.why import RowReasonKind

DELETED_UIDS = 20_000
"""How many deleted uids are remembered; late events of them come within seconds."""


class StoreChanges(msgspec.Struct, frozen=True):
    """The changes since the last `drain`; `reset` means that every row may have changed."""

    changed: set[Key]
    reset: bool = False


def compare_versions(left: str, right: str) -> int | None:
    """Return -1, 0 or 1 for two resource versions, None if they cannot be ordered.

    Resource versions of one cluster are ordered integers; other texts are only equal or not.
    """
    if left == right:
        return 0
    if left.isdecimal() and right.isdecimal():
        a, b = int(left), int(right)
        return (a > b) - (a < b)
    return None


class Store:
    """Rows by key; each change updates the count of each role and the waiting rows, too."""

    def __init__(self) -> None:
        self._rows: dict[Key, Summary] = {}
        self._looks: dict[Key, PhaseLook] = {}
        self._roles: Counter[str] = Counter()
        self._waiting: set[Key] = set()
        self._silent: set[Key] = set()
        self._history = 0
        self._active = 0
        self._deleted: dict[str, None] = {}
        self._changed: set[Key] = set()
        self._reset = False

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, key: object) -> bool:
        return key in self._rows

    def get(self, key: Key) -> Summary | None:
        """Return the row of a key, or None if there is none."""
        return self._rows.get(key)

    def summaries(self) -> Collection[Summary]:
        """Return all rows: a live view, valid until the next await."""
        return self._rows.values()

    @property
    def roles(self) -> Mapping[str, int]:
        """The number of rows by look role (running, failed, waiting ...), zeros included."""
        return self._roles

    @property
    def waiting(self) -> Set[Key]:
        """The keys of workflows that wait for a person."""
        return self._waiting

    @property
    def history(self) -> int:
        """The number of completed workflows with more than name and phase."""
        return self._history

    @property
    def active(self) -> int:
        """The number of workflows that have not ended."""
        return self._active

    @property
    def dirty(self) -> bool:
        """Whether `drain` would return changes."""
        return self._reset or bool(self._changed)

    def drain(self) -> StoreChanges:
        """Return the keys added, changed or removed since the last call."""
        changes = StoreChanges(self._changed, self._reset)
        self._changed = set()
        self._reset = False
        return changes

    def apply(self, reading: Summary) -> bool:
        """Apply a reading and return whether a row changed.

        For one uid the highest resource version counts, and for one version the deepest reading. A
        shallower reading of a newer version keeps the values that only a deeper one has, and the
        row then has the depth of that reading. For two uids with one name the later created counts.
        A table row, which has no uid, counts only if there is nothing better.
        """
        if reading.uid in self._deleted:
            return False
        row = self._rows.get(reading.key)
        if row is None:
            self._put(reading)
            return True
        merged = self._merge(row, reading)
        if merged is None or merged == row:
            return False
        if row.uid and merged.uid != row.uid:
            self._remember_deleted(row.uid)
        self._put(merged)
        return True

    def age(self, now: datetime) -> bool:
        """Apply the time and return whether it changed a row: a workflow that is silent for too
        long is stuck (`model.workflows.summary.as_of`)."""
        changed = False
        for key in list(self._silent):
            row = self._rows[key]
            if (aged := as_of(row, now)) is not row:
                self._put(aged)
                changed = True
        return changed

    def remove(self, key: Key, uid: str = "") -> bool:
        """Remove a deleted workflow (with a uid, only that one); return whether there was a row."""
        if uid:
            self._remember_deleted(uid)
        row = self._rows.get(key)
        if row is None or (uid and row.uid and row.uid != uid):
            return False
        if row.uid:
            self._remember_deleted(row.uid)
        self._count(self._looks.pop(key), -1)
        row = self._rows.pop(key)
        self._history -= _in_history(row)
        self._active -= not row.ended
        self._waiting.discard(key)
        self._silent.discard(key)
        self._changed.add(key)
        return True

    def is_removed(self, uid: str) -> bool:
        """Return whether this workflow (by uid) is known to be deleted."""
        return uid in self._deleted

    def clear(self) -> None:
        """Forget everything, deleted uids too, because another history follows."""
        self._rows.clear()
        self._looks.clear()
        self._roles.clear()
        self._waiting.clear()
        self._silent.clear()
        self._history = 0
        self._active = 0
        self._deleted.clear()
        self._changed.clear()
        self._reset = True

    @staticmethod
    def _merge(row: Summary, reading: Summary) -> Summary | None:
        if reading.depth is Depth.TABLE:
            return reading if row.depth is Depth.TABLE else None
        if row.depth is Depth.TABLE:
            return _keep_message(row, reading)
        order = compare_versions(reading.resource_version, row.resource_version)
        if row.uid != reading.uid:
            return reading if _later_born(row, reading, order) else None
        if order == 0:
            return reading if reading.depth > row.depth else None
        if order == -1:
            return None
        return reading if reading.depth is Depth.FULL else _refresh(row, reading)

    def _put(self, row: Summary) -> None:
        key = row.key
        look = look_of_workflow(row)
        previous = self._looks.get(key)
        if previous != look:
            if previous is not None:
                self._count(previous, -1)
            self._count(look, +1)
            self._looks[key] = look
        if row.waits:
            self._waiting.add(key)
        else:
            self._waiting.discard(key)
        if row.why is not None and row.why.kind is RowReasonKind.SILENT:
            self._silent.add(key)
        else:
            self._silent.discard(key)
        before = self._rows.get(key)
        if before is not None:
            self._history -= _in_history(before)
            self._active -= not before.ended
        self._history += _in_history(row)
        self._active += not row.ended
        self._rows[key] = row
        self._changed.add(key)

    def _count(self, look: PhaseLook, by: int) -> None:
        self._roles[look.role] += by
        if not self._roles[look.role]:
            del self._roles[look.role]

    def _remember_deleted(self, uid: str) -> None:
        self._deleted[uid] = None
        if len(self._deleted) > DELETED_UIDS:
            del self._deleted[next(iter(self._deleted))]


def _in_history(row: Summary) -> bool:
    return row.completed and row.depth is not Depth.TABLE


def _later_born(row: Summary, reading: Summary, order: int | None) -> bool:
    # A name is free only after a deletion, so all versions of the later workflow are higher;
    # creation times have whole seconds and come from the clocks of several servers.
    if order is not None and order != 0:
        return order > 0
    if row.created is None or reading.created is None:
        return True
    return reading.created >= row.created


def _keep_message(row: Summary, reading: Summary) -> Summary:
    if row.message and not reading.message and row.phase == reading.phase:
        return msgspec.structs.replace(reading, message=row.message)
    return reading


def _refresh(row: Summary, reading: Summary) -> Summary:
    return msgspec.structs.replace(
        row,
        depth=reading.depth,
        resource_version=reading.resource_version,
        phase=reading.phase or row.phase,
        deleting=reading.deleting,
        completed=reading.completed,
        why=row.why if reading.phase in ("", row.phase) else None,
        template=reading.template or row.template,
        creator=reading.creator,
        labels=reading.labels,
    )
