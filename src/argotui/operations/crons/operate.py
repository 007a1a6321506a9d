"""Suspend, resume and delete a CronWorkflow: read, write once, read again.

A write holds the uid that was read. One that the server refused is tried again after another read;
one whose answer is lost is never sent again: another read finds the outcome.
"""

from __future__ import annotations

from enum import StrEnum

from argotui.backend.clock import Clock
from argotui.backend.ports import ObjectPort, Precondition
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
from argotui.model.cron.summary import CronSummary, summarise_cron
from argotui.model.kinds import CRON_WORKFLOW
from argotui.model.workflow.operations import OperationResult, OperationStatus
from argotui.operations.workflow.operate import (
    ATTEMPTS,
    DELETED,
    LONGEST_WAIT,
    READ_ONLY,
    RECREATED,
    REREADS,
)


class CronOperation(StrEnum):
    """What a person does to a CronWorkflow, as its verb is called."""

    SUSPEND = "suspend"
    RESUME = "resume"
    DELETE = "delete"

    @property
    def done(self) -> str:
        """The word for what was done."""
        return {"suspend": "suspended", "resume": "resumed", "delete": "deleted"}[self.value]

    @property
    def api_verb(self) -> str:
        """The verb of the API that it takes, as access reviews name it."""
        return "delete" if self is CronOperation.DELETE else "patch"

    def is_done(self, row: CronSummary) -> bool:
        """Return whether a CronWorkflow is as the operation leaves it."""
        match self:
            case CronOperation.SUSPEND:
                return row.suspended
            case CronOperation.RESUME:
                return not row.suspended
            case CronOperation.DELETE:
                return row.deleting


async def read_cron(port: ObjectPort, key: Key) -> CronSummary:
    """Return a CronWorkflow as it is now. Raises BackendError."""
    return summarise_cron(await port.read(CRON_WORKFLOW, *key))


async def operate_cron(
    port: ObjectPort,
    operation: CronOperation,
    key: Key,
    clock: Clock,
    *,
    uid: str = "",
    read_only: bool = False,
) -> OperationResult:
    """Do an operation on a CronWorkflow and return how it came out; never raises BackendError.

    With `uid` it is done to that object only, and to no later one of the same name.
    """
    if read_only:
        return OperationResult(key, OperationStatus.NOT_PERMITTED, READ_ONLY)
    try:
        return await _attempts(port, operation, key, uid, clock)
    except NotFoundError:
        return OperationResult(key, OperationStatus.NOT_FOUND, "there is no such CronWorkflow")
    except (ForbiddenError, UnauthorizedError) as error:
        return OperationResult(key, OperationStatus.NOT_PERMITTED, error.detail or error.title)
    except BackendError as error:
        return OperationResult(key, OperationStatus.FAILED, error.detail or error.title)


async def _attempts(
    port: ObjectPort, operation: CronOperation, key: Key, uid: str, clock: Clock
) -> OperationResult:
    said = ""
    for _ in range(ATTEMPTS):
        row = await read_cron(port, key)
        uid = uid or row.uid
        if row.uid != uid:
            return OperationResult(key, OperationStatus.CHANGED, RECREATED)
        if operation.is_done(row):
            before = "it is being deleted" if row.deleting else f"it was {operation.done} before"
            return OperationResult(key, OperationStatus.UNCHANGED, before)
        try:
            await _write(port, operation, row)
        except ConflictError as refused:
            said = refused.detail or refused.title
            continue
        except ThrottledError as refused:
            said = refused.detail or refused.title
            await clock.sleep(min(refused.retry_after or 1.0, LONGEST_WAIT))
            continue
        except (NotFoundError, ForbiddenError, UnauthorizedError, InvalidError):
            raise
        except BackendError as lost:
            return await _found_out(port, operation, row, clock, lost)
        return await _confirmed(port, operation, row)
    return OperationResult(key, OperationStatus.CHANGED, f"it changed with each attempt: {said}")


async def _write(port: ObjectPort, operation: CronOperation, row: CronSummary) -> None:
    if operation is CronOperation.DELETE:
        await port.delete(CRON_WORKFLOW, *row.key, Precondition(row.uid))
        return
    # As `setCronWorkflowSuspend` of the Argo server: false, not absent.
    suspend = operation is CronOperation.SUSPEND
    patch = {"metadata": {"uid": row.uid}, "spec": {"suspend": suspend}}
    await port.merge(CRON_WORKFLOW, *row.key, patch)


async def _confirmed(
    port: ObjectPort, operation: CronOperation, before: CronSummary
) -> OperationResult:
    """Return the outcome of a write that the server accepted, after another read."""
    key, deletes = before.key, operation is CronOperation.DELETE
    try:
        now = await read_cron(port, key)
    except NotFoundError:
        detail = operation.done if deletes else f"{operation.done}; since then {DELETED}"
        return OperationResult(key, OperationStatus.DONE, detail)
    except BackendError as error:
        detail = f"{operation.done} ({error.detail or error.title})"
        return OperationResult(key, OperationStatus.DONE, detail)
    if now.uid != before.uid:
        detail = f"{operation.done}; there is a new one of this name" if deletes else RECREATED
        return OperationResult(key, OperationStatus.DONE, detail)
    if operation.is_done(now):
        detail = "it is being deleted" if deletes else _consequence(operation, now)
        return OperationResult(key, OperationStatus.DONE, detail)
    detail = f"the server took it, and it is not {operation.done} now: somebody changed it since"
    return OperationResult(key, OperationStatus.UNKNOWN, detail)


def _consequence(operation: CronOperation, row: CronSummary) -> str:
    """Return what was done, and why a resumed one runs nothing all the same."""
    if operation is CronOperation.RESUME and row.refusal:
        return f"resumed; it runs nothing: {row.refusal}"
    if operation is CronOperation.RESUME and row.stopped:
        return "resumed; it runs nothing: its stopStrategy stopped it"
    if operation is CronOperation.SUSPEND and row.active:
        return f"suspended; {', '.join(row.active)} goes on"
    return operation.done


async def _found_out(
    port: ObjectPort,
    operation: CronOperation,
    before: CronSummary,
    clock: Clock,
    lost: BackendError,
) -> OperationResult:
    """Return the outcome of a write whose answer was lost: it may have been applied."""
    key, deletes = before.key, operation is CronOperation.DELETE
    for attempt in range(REREADS):
        try:
            now = await read_cron(port, key)
        except NotFoundError:
            if deletes:
                detail = f"{operation.done}; its answer was lost"
                return OperationResult(key, OperationStatus.DONE, detail)
            return OperationResult(
                key, OperationStatus.UNKNOWN, f"{lost.title}; since then {DELETED}"
            )
        except BackendError:
            await clock.sleep(0.25 * 2**attempt)
            continue
        if now.uid != before.uid:
            status = OperationStatus.DONE if deletes else OperationStatus.UNKNOWN
            return OperationResult(key, status, f"{lost.title}; {RECREATED}")
        if operation.is_done(now):
            detail = f"{_consequence(operation, now)}; its answer was lost"
            return OperationResult(key, OperationStatus.DONE, detail)
        return OperationResult(
            key, OperationStatus.UNKNOWN, f"{lost.title}; it was not applied so far"
        )
    return OperationResult(key, OperationStatus.UNKNOWN, lost.title)
