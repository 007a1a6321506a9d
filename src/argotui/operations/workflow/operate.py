"""Do one operation on one workflow: check, write once, read again, say what really happened.

A write holds the uid and the version that were read. One that the server refused because the
workflow changed is tried again after it was read and checked again; one that may have been applied
is never sent again: if its answer is lost, another read finds the outcome.
"""

from __future__ import annotations

import msgspec

from argotui.backend.clock import Clock
from argotui.backend.ports import Reading, WorkflowPort
from argotui.errors import (
    BackendError,
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    ThrottledError,
    UnauthorizedError,
)
from argotui.model.argo import Key
from argotui.model.sanitise import clean_line
from argotui.model.workflow.operations import (
    DONE_WORDS,
    OperationKind,
    OperationResult,
    OperationStatus,
    OperationTarget,
    WorkflowOperation,
    already_done,
    consequence,
    is_done,
    next_command,
    target_of_workflow,
    why_not_possible,
)
from argotui.operations.gates.review import workflow_of
from argotui.operations.workflow.rerunning import previewed, resubmit, retry_previewed

ATTEMPTS = 5
"""How often a write that was certainly not applied is repeated, each time after a new read."""
REREADS = 4
"""How many reads look for the outcome of a lost write, with growing pauses."""
LONGEST_WAIT = 5.0
"""Seconds to wait at most if the server asks to retry later."""

READ_ONLY = "read-only mode: argotui changes nothing"
RECREATED = "it was deleted and created again under the same name"
DELETED = "it was deleted"


async def read_target(port: WorkflowPort, key: Key) -> tuple[Reading, OperationTarget]:
    """Return a workflow to the letter and as a target. Raises BackendError."""
    reading = await port.read_workflow(*key)
    finalizers = reading.document["metadata"].get("finalizers") or []
    target = target_of_workflow(
        workflow_of(reading.document), [clean_line(str(name)) for name in finalizers]
    )
    if reading.offloaded:
        target = msgspec.structs.replace(target, pods=None, gates=None)
    return reading, target


async def operate(
    port: WorkflowPort,
    operation: WorkflowOperation,
    key: Key,
    clock: Clock,
    *,
    chosen: OperationTarget | None = None,
    read_only: bool = False,
) -> OperationResult:
    """Do an operation on a workflow and return how it came out; never raises BackendError.

    With `chosen` it is done to that workflow only, and to no later one of the same name.
    """
    if read_only:
        return OperationResult(key, OperationStatus.NOT_PERMITTED, READ_ONLY)
    if why := port.unavailable.get(operation.method):
        return OperationResult(key, OperationStatus.NOT_PERMITTED, why)
    try:
        return await _attempts(port, operation, key, chosen, clock)
    except NotFoundError:
        return OperationResult(key, OperationStatus.NOT_FOUND, "there is no such workflow")
    except (ForbiddenError, UnauthorizedError) as error:
        return OperationResult(key, OperationStatus.NOT_PERMITTED, _said(error))
    except BackendError as error:
        return OperationResult(key, OperationStatus.FAILED, _said(error))


async def _attempts(
    port: WorkflowPort,
    operation: WorkflowOperation,
    key: Key,
    chosen: OperationTarget | None,
    clock: Clock,
) -> OperationResult:
    said, uid = "", chosen.uid if chosen else ""
    for attempt in range(ATTEMPTS):
        if attempt == 0 and chosen is not None and _is_enough(operation, chosen):
            reading, target = Reading({"metadata": _identity(chosen)}), chosen
        else:
            reading, target = await read_target(port, key)
        uid = uid or target.uid
        if target.uid != uid:
            return OperationResult(key, OperationStatus.CHANGED, RECREATED)
        if nothing := already_done(operation, target):
            return OperationResult(key, OperationStatus.UNCHANGED, nothing)
        if why := why_not_possible(operation, target):
            command = next_command(operation, target)
            return OperationResult(key, OperationStatus.NOT_POSSIBLE, why, command=command)
        match operation.kind:
            case OperationKind.RETRY:
                preview = await previewed(key, reading, operation.retry, clock)
                return await retry_previewed(port, preview)
            case OperationKind.RESUBMIT:
                return await resubmit(port, reading, operation.resubmit)
        try:
            await _write(port, operation, reading)
        except ConflictError as refused:
            said = _said(refused)
            continue
        except ThrottledError as refused:
            said = _said(refused)
            await clock.sleep(min(refused.retry_after or 1.0, LONGEST_WAIT))
            continue
        except NotFoundError:
            return OperationResult(key, OperationStatus.NOT_FOUND, f"{DELETED} meanwhile")
        except (ForbiddenError, UnauthorizedError, InvalidError):
            raise
        except BackendError as lost:
            return await _found_out(port, operation, target, clock, lost)
        return await _confirmed(port, operation, target)
    return OperationResult(key, OperationStatus.CHANGED, f"it changed with each attempt: {said}")


def _is_enough(operation: WorkflowOperation, chosen: OperationTarget) -> bool:
    """Whether a workflow need not be read again before the write: the server refuses it anyhow if
    it is not the version that was chosen, and nothing happens in one that has ended."""
    deletes = operation.kind is OperationKind.DELETE and not operation.force
    return deletes and chosen.ended and bool(chosen.uid and chosen.resource_version)


def _identity(target: OperationTarget) -> dict[str, str]:
    return {
        "namespace": target.key.namespace,
        "name": target.key.name,
        "uid": target.uid,
        "resourceVersion": target.resource_version,
    }


async def _write(port: WorkflowPort, operation: WorkflowOperation, reading: Reading) -> None:
    match operation.kind:
        case OperationKind.STOP:
            await port.shut_down(reading, "Stop")
        case OperationKind.TERMINATE:
            await port.shut_down(reading, "Terminate")
        case OperationKind.SUSPEND:
            await port.suspend(reading)
        case OperationKind.RESUME:
            await port.lift_suspension(reading)
        case OperationKind.DELETE:
            await port.delete_workflow(reading, force=operation.force)
        case OperationKind.LABEL:
            await port.edit_workflow(reading, labels=operation.changes)
        case OperationKind.ANNOTATE:
            await port.edit_workflow(reading, annotations=operation.changes)
        case OperationKind.PRIORITY:
            await port.edit_workflow(reading, priority=operation.priority)
        case OperationKind.RETRY | OperationKind.RESUBMIT:
            raise AssertionError("these are written by rerunning.py")


async def _confirmed(
    port: WorkflowPort, operation: WorkflowOperation, before: OperationTarget
) -> OperationResult:
    """Return the outcome of a write that the server accepted, after another read."""
    key, done = before.key, DONE_WORDS[operation.kind]
    deletes = operation.kind is OperationKind.DELETE
    try:
        _, now = await read_target(port, key)
    except NotFoundError:
        detail = done if deletes else f"{done}; since then {DELETED}"
        return OperationResult(key, OperationStatus.DONE, detail)
    except BackendError as error:
        return OperationResult(key, OperationStatus.DONE, f"{done} ({_said(error)})")
    if now.uid != before.uid:
        detail = f"{done}; there is a new workflow of this name" if deletes else RECREATED
        return OperationResult(key, OperationStatus.DONE, detail)
    if is_done(operation, now) or (deletes and now.deleting):
        after = consequence(operation, now)
        detail = after if deletes else f"{done}; {after}" if after else done
        return OperationResult(
            key, OperationStatus.DONE, detail, command=next_command(operation, now)
        )
    detail = f"the server took it, and it is not {done} now: somebody changed it since"
    return OperationResult(key, OperationStatus.UNKNOWN, detail)


async def _found_out(
    port: WorkflowPort,
    operation: WorkflowOperation,
    before: OperationTarget,
    clock: Clock,
    lost: BackendError,
) -> OperationResult:
    """Return the outcome of a write whose answer was lost: it may have been applied."""
    key, done = before.key, DONE_WORDS[operation.kind]
    deletes = operation.kind is OperationKind.DELETE
    for attempt in range(REREADS):
        try:
            _, now = await read_target(port, key)
        except NotFoundError:
            if deletes:
                return OperationResult(key, OperationStatus.DONE, f"{done}; its answer was lost")
            return OperationResult(
                key, OperationStatus.UNKNOWN, f"{lost.title}; since then {DELETED}"
            )
        except BackendError:
            await clock.sleep(0.25 * 2**attempt)
            continue
        if now.uid != before.uid:
            status = OperationStatus.DONE if deletes else OperationStatus.UNKNOWN
            return OperationResult(key, status, f"{lost.title}; {RECREATED}")
        if is_done(operation, now) or (deletes and now.deleting):
            after = consequence(operation, now)
            detail = "; ".join(part for part in (done, after, "its answer was lost") if part)
            return OperationResult(
                key, OperationStatus.DONE, detail, command=next_command(operation, now)
            )
        if now.resource_version == before.resource_version:
            # A write that comes later holds this version; the next attempt would be a new write.
            return OperationResult(
                key, OperationStatus.UNKNOWN, f"{lost.title}; it was not applied so far"
            )
        return OperationResult(
            key, OperationStatus.FAILED, f"{lost.title}; it was not applied: look, and try again"
        )
    return OperationResult(key, OperationStatus.UNKNOWN, lost.title)


def _said(error: BackendError) -> str:
    return clean_line(error.detail or error.title)
