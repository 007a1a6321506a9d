"""The locks of Argo's `synchronization`: what a workflow waits for, who has it, and what it holds.

The controller writes into `status.synchronization` the locks that a workflow holds, and for those
it waits for the holder at that time (workflow/sync; `SynchronizationStatus` of workflow_types.go).
Old entries stay there, so an entry alone does not mean that the workflow waits.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from argotui.model.argo import FULFILLED, Key, Workflow
from argotui.model.sanitise import clean_line

_KINDS = {"mutex": "mutex", "configmap": "semaphore", "database": "lock"}


class Holder(NamedTuple):
    """The workflow that has a lock, and the id of its node, empty for the workflow as a whole."""

    key: Key
    node_id: str = ""


class Lock(NamedTuple):
    """`id` is the controller's name of it (`argo/Mutex/deploy`), `node_id` the node of the workflow
    that waits for it or holds it, empty for the workflow as a whole."""

    id: str
    node_id: str = ""
    holders: tuple[Holder, ...] = ()

    def words(self, namespace: str) -> str:
        """Return its kind and name, with its namespace if it differs from the given one."""
        place, _, rest = clean_line(self.id).partition("/")
        kind, _, name = rest.partition("/")
        if not name:
            return f"lock {clean_line(self.id)}"
        shown = name if place == namespace else f"{place}/{name}"
        return f"{_KINDS.get(kind.lower(), 'lock')} {shown}"


def locks_awaited(workflow: Workflow) -> list[Lock]:
    """Return the locks that a workflow, or a node of it, waits for now, each with its holders."""
    if workflow.completed:
        return []
    named = _holders_named(workflow)
    held = {lock.id for lock in locks_held(workflow)}
    awaited: list[Lock] = []
    if workflow.status.phase in ("", "Pending"):
        awaited += [Lock(name, "", who) for name, who in named.items() if name not in held]
    for node in workflow.nodes.values():
        sync = node.synchronization_status
        if sync is not None and sync.waiting and node.phase not in FULFILLED:
            awaited.append(Lock(sync.waiting, node.id, named.get(sync.waiting, ())))
    return awaited


def locks_held(workflow: Workflow) -> list[Lock]:
    """Return the locks that a workflow, or a node of it, holds now."""
    sync = workflow.status.synchronization
    if workflow.completed or sync is None:
        return []
    held: list[Lock] = []
    for mutex in (sync.mutex.holding if sync.mutex else None) or ():
        if mutex.holder:
            held.append(Lock(mutex.mutex, _own_node(workflow, mutex.holder)))
    for semaphore in (sync.semaphore.holding if sync.semaphore else None) or ():
        for holder in semaphore.holders or ():
            held.append(Lock(semaphore.semaphore, _own_node(workflow, holder)))
    return held


def _holders_named(workflow: Workflow) -> dict[str, tuple[Holder, ...]]:
    """Who has each lock that the workflow waited for, as the controller wrote it down."""
    sync = workflow.status.synchronization
    if sync is None:
        return {}
    named: dict[str, tuple[Holder, ...]] = {}
    for mutex in (sync.mutex.waiting if sync.mutex else None) or ():
        named[mutex.mutex] = tuple(_parse(workflow, [mutex.holder]))
    for semaphore in (sync.semaphore.waiting if sync.semaphore else None) or ():
        named[semaphore.semaphore] = tuple(_parse(workflow, semaphore.holders or []))
    return named


def holders_of(workflow: Workflow, lock: str) -> tuple[Holder, ...]:
    """Return who has a lock that a workflow waits for, as far as the controller wrote it down."""
    return _holders_named(workflow).get(lock, ())


def holder_name(workflow: Workflow, holder: Holder) -> str:
    """Return the display name of a holder, as seen from a workflow."""
    if holder.key == workflow.key:
        node = workflow.nodes.get(holder.node_id)
        return f"{node.label} of this workflow" if node is not None else "this workflow"
    same = holder.key.namespace == workflow.metadata.namespace
    return clean_line(holder.key.name if same else str(holder.key))


def _parse(workflow: Workflow, keys: list[str]) -> Iterator[Holder]:
    """Read `namespace/workflow` and `namespace/workflow/node`; before Argo 3.5.11 it is the name of
    a node or of a workflow alone."""
    for key in filter(None, keys):
        namespace, slash, rest = key.partition("/")
        name, _, node_id = rest.partition("/")
        if slash:
            yield Holder(Key(namespace, name), node_id)
        elif key in workflow.nodes:
            yield Holder(workflow.key, key if key != workflow.metadata.name else "")
        else:
            yield Holder(Key(workflow.metadata.namespace, key))


def _own_node(workflow: Workflow, key: str) -> str:
    """The node of the workflow that a holder's key means, empty for the whole."""
    node_id = next(_parse(workflow, [key])).node_id
    return node_id if node_id != workflow.metadata.name else ""
