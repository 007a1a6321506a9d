"""What a person does to whole workflows: whether it is possible, and what it leads to.

The rules are those of Argo's workflow/util/util.go and workflow/controller/operator.go. No rule
here knows who asks: rights are the API server's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum

import msgspec

from argotui.model.argo import ARCHIVING_STATUS, PERSISTED, Key, Workflow
from argotui.model.counted import counted
from argotui.model.gates.approvers import APPROVERS
from argotui.model.gates.expiry import shutdown_of
from argotui.model.workflow.rerun_options import ResubmitOptions, RetryOptions
from argotui.model.workflows.summary import Depth, Summary, summarise

HIGHEST_PRIORITY = 2**31 - 1
LOWEST_PRIORITY = -HIGHEST_PRIORITY - 1
"""The bounds of `spec.priority`, an int32."""

ARTIFACT_GC = "workflows.argoproj.io/artifact-gc"
"""The finalizer with which Argo keeps a workflow until its artifacts are deleted."""


class OperationKind(StrEnum):
    """An operation, as its verb is called."""

    STOP = "stop"
    TERMINATE = "terminate"
    SUSPEND = "suspend"
    RESUME = "resume"
    DELETE = "delete"
    LABEL = "label"
    ANNOTATE = "annotate"
    PRIORITY = "priority"
    RETRY = "retry"
    RESUBMIT = "resubmit"


_ON_ARCHIVED = (OperationKind.DELETE, OperationKind.RETRY, OperationKind.RESUBMIT)

DANGEROUS = frozenset({OperationKind.STOP, OperationKind.TERMINATE, OperationKind.DELETE})
"""The operations after which pods and gates are gone for good."""

DONE_WORDS = {
    OperationKind.STOP: "told to stop",
    OperationKind.TERMINATE: "told to terminate",
    OperationKind.SUSPEND: "suspended",
    OperationKind.RESUME: "resumed",
    OperationKind.DELETE: "deleted",
    OperationKind.LABEL: "labelled",
    OperationKind.ANNOTATE: "annotated",
    OperationKind.PRIORITY: "priority set",
    OperationKind.RETRY: "retried",
    OperationKind.RESUBMIT: "resubmitted",
}


_METHODS = {
    OperationKind.STOP: "shut_down",
    OperationKind.TERMINATE: "shut_down",
    OperationKind.SUSPEND: "suspend",
    OperationKind.RESUME: "lift_suspension",
    OperationKind.DELETE: "delete_workflow",
    OperationKind.LABEL: "edit_workflow",
    OperationKind.ANNOTATE: "edit_workflow",
    OperationKind.PRIORITY: "edit_workflow",
    OperationKind.RETRY: "retry",
    OperationKind.RESUBMIT: "resubmit",
}


class WorkflowOperation(msgspec.Struct, frozen=True):
    """One operation with its values.

    `changes` are labels or annotations to set (None removes one); without `overwrite`, one that has
    another value is refused. `force` deletes a workflow without waiting for its finalizers. `retry`
    and `resubmit` are the options of those two.
    """

    kind: OperationKind
    changes: Mapping[str, str | None] = {}
    overwrite: bool = True
    priority: int = 0
    force: bool = False
    retry: RetryOptions = RetryOptions()
    resubmit: ResubmitOptions = ResubmitOptions()

    @property
    def dangerous(self) -> bool:
        return self.kind in DANGEROUS

    @property
    def verbs(self) -> tuple[str, ...]:
        """The verbs of the API that it takes, as access reviews name them."""
        match self.kind:
            case OperationKind.DELETE:
                return ("patch", "delete") if self.force else ("delete",)
            case OperationKind.RETRY:
                return ("update",)
            case OperationKind.RESUBMIT:
                return ("create",)
        return ("patch",)

    @property
    def pod_verbs(self) -> tuple[str, ...]:
        """The verbs that it takes on pods."""
        return ("delete",) if self.kind is OperationKind.RETRY else ()

    @property
    def method(self) -> str:
        """The method of the port that does it (`WorkflowPort.unavailable` names those)."""
        return _METHODS[self.kind]

    def __str__(self) -> str:
        return f"{self.kind.value}{' --force' if self.force else ''}"


def parse_changes(words: Iterable[str]) -> dict[str, str | None]:
    """Return the changes that `KEY=VALUE` (set) and `KEY-` (remove) mean. Raises ValueError."""
    changes: dict[str, str | None] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals and not word.endswith("-"):
            raise ValueError(f"{word!r} is not KEY=VALUE or KEY-")
        key = key if equals else word[:-1]
        if not key:
            raise ValueError(f"{word!r} has no key")
        if key in changes:
            raise ValueError(f"{key} is given twice")
        changes[key] = value if equals else None
    return changes


class OperationStatus(StrEnum):
    """How an operation on one workflow came out."""

    DONE = "done"
    UNCHANGED = "unchanged"
    """There was nothing to do."""
    NOT_POSSIBLE = "not possible"
    NOT_PERMITTED = "not permitted"
    NOT_FOUND = "not found"
    CHANGED = "changed"
    """It is another workflow than the one that was chosen, or it changed with every attempt."""
    FAILED = "failed"
    UNKNOWN = "unknown"
    """It was sent, and nobody knows whether it was applied."""
    NOT_SENT = "not sent"
    """Somebody cancelled before."""

    @property
    def good(self) -> bool:
        return self in (OperationStatus.DONE, OperationStatus.UNCHANGED)


class OperationResult(msgspec.Struct, frozen=True):
    """How an operation on one workflow came out; `detail` is one line to show.

    `command` is the command line that a person may want next; mostly empty.
    """

    key: Key
    status: OperationStatus
    detail: str = ""
    created: Key | None = None
    """The new workflow, if it made one."""
    command: str = ""


class OperationTarget(msgspec.Struct, frozen=True):
    """A workflow that an operation is about, as far as it was read.

    `pods` is the number of its running pods, `gates` the names of its open gates; both are None if
    only metadata was read. `shutdown` is Stop, Terminate or "". `finalizers` is None if unknown.
    """

    key: Key
    uid: str = ""
    resource_version: str = ""
    phase: str = ""
    ended: bool = False
    suspended: bool = False
    shutdown: str = ""
    deleting: bool = False
    pods: int | None = None
    gates: tuple[str, ...] | None = None
    finished: datetime | None = None
    labels: Mapping[str, str] = {}
    annotations: Mapping[str, str] | None = None
    finalizers: tuple[str, ...] | None = None
    priority: int | None = None

    @property
    def archived(self) -> bool:
        """Whether it is only in the archive."""
        return self.labels.get(ARCHIVING_STATUS) == PERSISTED

    @property
    def words(self) -> str:
        """Its state in a few words: `Running, 2 pods, 1 open gate`."""
        parts = ["being deleted" if self.deleting else self.phase or "not started"]
        if self.suspended and not self.ended:
            parts.append("suspended")
        if self.pods:
            parts.append(counted(self.pods, "running pod"))
        if self.gates:
            parts.append(counted(len(self.gates), "open gate"))
        return ", ".join(parts)


def target_of_summary(row: Summary) -> OperationTarget:
    """Return the target of a row of the list."""
    read = row.depth is Depth.FULL
    # A workflow that has ended has neither, however little of it was read.
    known = read or row.ended
    return OperationTarget(
        key=row.key,
        uid=row.uid,
        resource_version=row.resource_version,
        phase=row.phase,
        ended=row.ended,
        suspended=row.suspended,
        shutdown={"told to stop": "Stop", "told to terminate": "Terminate"}.get(row.shutdown, ""),
        deleting=row.deleting,
        pods=(0 if row.ended else row.counts.running) if known else None,
        gates=(() if row.ended else tuple(g.gate.name for g in row.open_gates if g.gate.node_id))
        if known
        else None,
        finished=row.finished,
        labels=row.labels,
    )


def target_of_workflow(
    workflow: Workflow, finalizers: Sequence[str] | None = None
) -> OperationTarget:
    """Return the target of a workflow that was read in full."""
    target = target_of_summary(summarise(workflow))
    return msgspec.structs.replace(
        target,
        shutdown=shutdown_of(workflow),
        annotations=workflow.metadata.annotations,
        finalizers=None if finalizers is None else tuple(finalizers),
        priority=workflow.spec.priority,
    )


def is_done(operation: WorkflowOperation, target: OperationTarget) -> bool:
    """Return whether a workflow is as the operation leaves it."""
    match operation.kind:
        case OperationKind.STOP:
            return target.shutdown == "Stop"
        case OperationKind.TERMINATE:
            return target.shutdown == "Terminate"
        case OperationKind.SUSPEND:
            return target.suspended
        case OperationKind.RESUME:
            return not target.suspended
        case OperationKind.LABEL:
            return _holds(target.labels, operation.changes)
        case OperationKind.ANNOTATE:
            return target.annotations is not None and _holds(target.annotations, operation.changes)
        case OperationKind.PRIORITY:
            return target.priority == operation.priority
        case OperationKind.DELETE:
            return target.deleting and not operation.force
        case OperationKind.RETRY | OperationKind.RESUBMIT:
            return False


def _holds(held: Mapping[str, str], changes: Mapping[str, str | None]) -> bool:
    return all(held.get(name) == value for name, value in changes.items())


def already_done(operation: WorkflowOperation, target: OperationTarget) -> str:
    """Return that there is nothing to do, with the reason; empty if there is something."""
    kind = operation.kind
    if kind is OperationKind.DELETE:
        return f"it is being deleted{_held_by(target)}" if is_done(operation, target) else ""
    ends = kind in (OperationKind.STOP, OperationKind.TERMINATE, OperationKind.SUSPEND)
    if kind is OperationKind.RESUME or (ends and target.ended) or not is_done(operation, target):
        return ""
    return f"it was {DONE_WORDS[kind]} before" if ends else "it has that already"


def why_not_possible(operation: WorkflowOperation, target: OperationTarget) -> str:
    """Return why the state of a workflow rules an operation out; empty if it does not."""
    kind, phase = operation.kind, target.phase or "no phase"
    if target.archived and kind not in _ON_ARCHIVED:
        return "it is only in the archive"
    if kind is OperationKind.DELETE:
        return ""
    if kind is OperationKind.RESUBMIT:
        memoized = operation.resubmit.memoized and target.phase not in _FAILED
        return f"only a failed workflow can be memoized, not {phase}" if memoized else ""
    if target.deleting:
        return "it is being deleted"
    match kind:
        case OperationKind.RETRY:
            return _why_no_retry(operation.retry, target)
        case OperationKind.STOP | OperationKind.TERMINATE | OperationKind.SUSPEND if target.ended:
            return f"it has ended ({phase})"
        case OperationKind.STOP if target.shutdown == "Terminate":
            return "it was told to terminate before, and that is more"
        case OperationKind.RESUME if target.ended:
            return f"it has ended ({phase})"
        case OperationKind.RESUME if not target.suspended and target.pods is not None:
            waits = f"; {_gates_wait(target.gates)}" if target.gates else ""
            return f"it is not suspended as a whole{waits}"
        case OperationKind.RESUME if (target.annotations or {}).get(APPROVERS):
            # The way on is a decision there, with a policy, a reason and a record.
            return "it names approvers, so letting it go on is a decision: approve it"
        case OperationKind.PRIORITY if target.ended:
            return f"it has ended ({phase})"
        case OperationKind.LABEL if not operation.overwrite:
            return _overwritten(operation, target.labels, "label")
        case OperationKind.ANNOTATE if not operation.overwrite:
            return _overwritten(operation, target.annotations or {}, "annotation")
    return ""


_FAILED = ("Failed", "Error")


def _why_no_retry(options: RetryOptions, target: OperationTarget) -> str:
    if target.phase in _FAILED:
        return ""
    if target.phase != "Succeeded":
        return f"it has not ended ({target.phase or 'no phase'})"
    if options.restart_successful and options.node_selector:
        return ""
    return (
        "it succeeded: choose what runs again, with --restart-successful and --node-field-selector"
    )


def _overwritten(operation: WorkflowOperation, held: Mapping[str, str], what: str) -> str:
    for name, value in operation.changes.items():
        if value is not None and held.get(name, value) != value:
            return f"its {what} {name} has another value; --overwrite replaces it"
    return ""


def consequence(operation: WorkflowOperation, target: OperationTarget) -> str:
    """Return what a person has to know after an operation was done; empty if nothing.

    `target` is the workflow as it was read again.
    """
    match operation.kind:
        case OperationKind.STOP | OperationKind.TERMINATE:
            return _after_shutdown(target)
        case OperationKind.SUSPEND:
            parts = [f"{counted(target.pods, 'pod')} still running"] if target.pods else []
            parts += [_gates_wait(target.gates)] if target.gates else []
            return "; ".join(["no further step starts", *parts])
        case OperationKind.RESUME:
            if told := _TOLD.get(target.shutdown) if not target.ended else "":
                return f"it ends now, as it was {told} before"
            if target.gates:
                return _gates_wait(target.gates)
            return f"it is {target.phase}" if target.phase else ""
        case OperationKind.DELETE:
            return f"it is being deleted{_held_by(target)}"
    return ""


def next_command(operation: WorkflowOperation, target: OperationTarget) -> str:
    """Return the command line that takes a workflow further than an operation did, or could."""
    match operation.kind:
        case OperationKind.STOP | OperationKind.TERMINATE if target.suspended and not target.ended:
            return f"argotui resume {target.key}"
        case OperationKind.RESUME if target.ended:
            return ""
        case OperationKind.RESUME if target.suspended or target.gates:
            gate = target.gates[0] if target.gates and not target.suspended else ""
            return f"argotui approve {target.key}{f'/{gate}' if gate.isidentifier() else ''}"
    return ""


_TOLD = {
    "Stop": DONE_WORDS[OperationKind.STOP],
    "Terminate": DONE_WORDS[OperationKind.TERMINATE],
}


def _after_shutdown(target: OperationTarget) -> str:
    if target.ended:
        return f"it has ended ({target.phase})"
    if target.suspended:
        # The controller leaves a suspended workflow alone after it failed pods and gates (#17041).
        return "but it is suspended as a whole, and Argo does not end it before somebody resumes it"
    left = [f"{counted(target.pods, 'pod')} ending"] if target.pods else []
    left += [f"{counted(len(target.gates), 'open gate')} about to fail"] if target.gates else []
    return ", ".join(left)


def _gates_wait(gates: Sequence[str]) -> str:
    named = ", ".join(gates[:3]) + (f" and {len(gates) - 3} more" if len(gates) > 3 else "")
    return f"{'gate' if len(gates) == 1 else 'gates'} {named} {stay(len(gates))} open"


def stay(number: int) -> str:
    """Return the verb for so many gates."""
    return "stays" if number == 1 else "stay"


def _held_by(target: OperationTarget) -> str:
    if not target.finalizers:
        return ""
    if target.finalizers == (ARTIFACT_GC,):
        return (
            ": it goes once Argo has deleted its artifacts; by force it goes now, and the "
            "artifacts may stay"
        )
    return f": its finalizers hold it ({', '.join(target.finalizers)}); force removes them"
