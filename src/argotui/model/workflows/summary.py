"""What the workflow list knows of a workflow, at whichever depth it was read."""

from __future__ import annotations

import enum
from datetime import datetime

import msgspec

from argotui.model.argo import (
    CLUSTER_WORKFLOW_TEMPLATE,
    COMPLETED,
    CREATOR,
    CRON_WORKFLOW,
    FULFILLED,
    PHASE,
    WORKFLOW_TEMPLATE,
    Key,
    Metadata,
    Workflow,
)
from argotui.model.counted import counted
from argotui.model.gates.expiry import (
    Expiry,
    describe,
    first_expiry,
    shutdown_of,
)
from argotui.model.gates.inbox import OpenGate, open_gates_of
from argotui.model.workflow.locks import locks_awaited, locks_held
from argotui.model.workflows.why import (
    RowReason,
    RowReasonKind,
    at_moment,
    why_of,
)

POD_LIKE = frozenset({"Pod", "Container", "HTTP", "Plugin", "Suspend"})
"""The node types Argo counts in `status.progress`."""


MAX_PROGRESS = 40
"""Characters; of endless digits Python makes no number."""


class Depth(enum.IntEnum):
    """How much of a workflow was read; a deeper reading replaces a shallower one."""

    TABLE = 0
    """Name, phase, rough age, message."""
    METADATA = 1
    """Identity, labels, exact creation time, phase from its label."""
    FULL = 2
    """Everything the list can show."""


class NodeCounts(msgspec.Struct, frozen=True, gc=False):
    """Counts of the nodes that do work (Argo's progress types), by state."""

    pending: int = 0
    running: int = 0
    succeeded: int = 0
    failed: int = 0
    skipped: int = 0
    waiting: int = 0

    @property
    def total(self) -> int:
        return (
            self.pending + self.running + self.succeeded + self.failed + self.skipped + self.waiting
        )


class Summary(msgspec.Struct, frozen=True, gc=False):
    """One row of the workflow list. Times are aware; durations are derived when shown."""

    key: Key
    depth: Depth
    uid: str = ""
    resource_version: str = ""
    phase: str = ""
    created: datetime | None = None
    started: datetime | None = None
    finished: datetime | None = None
    deleting: bool = False
    completed: bool = False
    suspended: bool = False
    """`spec.suspend`: the whole workflow waits, no node does."""
    shutdown: str = ""
    """`told to stop` or `told to terminate`; empty without such an order."""
    gates: int = 0
    gate: str = ""
    """The display name of the open gate that ends first, else of the oldest."""
    expiry: Expiry | None = None
    """When and how `gate` expires."""
    open_gates: tuple[OpenGate, ...] = ()
    """All it waits for, of a row read in full."""
    progress: tuple[int, int] | None = None
    counts: NodeCounts = NodeCounts()
    estimated_duration: int = 0
    message: str = ""
    """What Argo says of the workflow as a whole."""
    why: RowReason | None = None
    """Why it waits or failed, in the words of the first node; only for a row read in full."""
    template: str = ""
    creator: str = ""
    labels: dict[str, str] = {}
    problem: str = ""
    holds: tuple[str, ...] = ()
    """The ids of the locks it holds (`model.workflow.locks`)."""
    awaits: tuple[str, ...] = ()
    """The ids of the locks it waits for."""

    @property
    def ended(self) -> bool:
        """Whether it has ended; a table row has no labels, so its phase speaks for it."""
        return self.completed or (self.depth is Depth.TABLE and self.phase in FULFILLED)

    @property
    def stuck(self) -> bool:
        """Whether nothing in it runs until something outside of it changes."""
        stuck = self.why is not None and self.why.kind is RowReasonKind.STUCK
        return stuck and not self.waits and not self.ended

    @property
    def denied(self) -> bool:
        """Whether it failed because a gate was denied."""
        return self.why is not None and self.why.kind is RowReasonKind.DENIED

    @property
    def waits(self) -> bool:
        """Whether a person has to act before it can continue."""
        return (self.gates > 0 or self.suspended) and not self.completed

    def waits_for(self, now: datetime) -> str:
        """Return what it waits for: `gate approve, 26m left → takes defaults approve=NO`.

        Empty if it does not wait.
        """
        if not self.waits:
            return ""
        if not self.gates:
            return (
                f"suspended as a whole, {self.shutdown}"
                if self.shutdown
                else "suspended as a whole"
            )
        first = f"gate {self.gate}"
        if self.gates != 1:
            first = f"{counted(self.gates, 'gate')}, first {self.gate}"
        return f"{first}, {describe(self.expiry, now)}" if self.expiry else first


def parse_progress(text: str) -> tuple[int, int] | None:
    """Return Argo's `N/M` as numbers, or None if it is neither."""
    if len(text) > MAX_PROGRESS:
        return None
    done, slash, total = text.partition("/")
    if slash and done.isdecimal() and total.isdecimal():
        return int(done), int(total)
    return None


def count_nodes(workflow: Workflow) -> NodeCounts:
    """Return how many of a workflow's working nodes are in each state."""
    pending = running = succeeded = failed = skipped = waiting = 0
    for node in workflow.nodes.values():
        if node.type not in POD_LIKE:
            continue
        match node.phase:
            case "Running" if node.type == "Suspend":
                waiting += 1
            case "Running":
                running += 1
            case "Succeeded":
                succeeded += 1
            case "Failed" | "Error":
                failed += 1
            case "Skipped" | "Omitted":
                skipped += 1
            case _:
                pending += 1
    return NodeCounts(pending, running, succeeded, failed, skipped, waiting)


def template_of(metadata: Metadata, workflow: Workflow | None = None) -> str:
    """Return the template a workflow came from: its labels, else its `workflowTemplateRef`."""
    for label in (WORKFLOW_TEMPLATE, CLUSTER_WORKFLOW_TEMPLATE, CRON_WORKFLOW):
        if name := metadata.labels.get(label):
            return name
    ref = workflow.spec.workflow_template_ref if workflow else None
    return ref.name if ref else ""


def summarise(workflow: Workflow) -> Summary:
    """Return the list row of a fully read workflow."""
    meta, status = workflow.metadata, workflow.status
    counts = count_nodes(workflow)
    gate = first_expiry(workflow) if counts.waiting else None
    return Summary(
        key=workflow.key,
        depth=Depth.FULL,
        uid=meta.uid,
        resource_version=meta.resource_version,
        phase=status.phase,
        created=meta.creation_timestamp,
        started=status.started_at,
        finished=status.finished_at,
        deleting=meta.deletion_timestamp is not None,
        completed=workflow.completed,
        suspended=bool(workflow.spec.suspend),
        shutdown=f"told to {order.lower()}" if (order := shutdown_of(workflow)) else "",
        gates=counts.waiting,
        open_gates=(open_gates_of(workflow) if counts.waiting or workflow.spec.suspend else ()),
        gate=gate[0].label if gate else "",
        expiry=gate[1] if gate else None,
        progress=parse_progress(status.progress),
        counts=counts,
        estimated_duration=status.estimated_duration,
        message=status.message,
        why=why_of(workflow),
        template=template_of(meta, workflow),
        creator=meta.labels.get(CREATOR, ""),
        labels=meta.labels,
        problem=workflow.problem,
        holds=tuple(dict.fromkeys(lock.id for lock in locks_held(workflow))),
        awaits=tuple(dict.fromkeys(lock.id for lock in locks_awaited(workflow))),
    )


def as_of(row: Summary, now: datetime) -> Summary:
    """Return a row that is stuck if it has been silent for too long."""
    if row.why is None or row.why.kind is not RowReasonKind.SILENT:
        return row
    why = at_moment(row.why, now)
    return row if why is row.why else msgspec.structs.replace(row, why=why)


def summarise_metadata(meta: Metadata) -> Summary:
    """Return the list row of a workflow of which only the metadata was read."""
    return Summary(
        key=Key(meta.namespace, meta.name),
        depth=Depth.METADATA,
        uid=meta.uid,
        resource_version=meta.resource_version,
        phase=meta.labels.get(PHASE, ""),
        created=meta.creation_timestamp,
        deleting=meta.deletion_timestamp is not None,
        completed=meta.labels.get(COMPLETED) == "true",
        template=template_of(meta),
        creator=meta.labels.get(CREATOR, ""),
        labels=meta.labels,
    )
