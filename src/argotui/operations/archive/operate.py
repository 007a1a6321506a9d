"""Operations on workflows that are only in the archive, with results like those elsewhere."""

from __future__ import annotations

from argotui.backend.ports import ArchivePort
from argotui.errors import (
    BackendError,
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    UnauthorizedError,
)
from argotui.model.argo import key_of_document
from argotui.model.workflow.operations import (
    OperationKind,
    OperationResult,
    OperationStatus,
    OperationTarget,
    WorkflowOperation,
    why_not_possible,
)
from argotui.operations.archive.archived import Archived, delete_one


async def operate_archived(
    archive: ArchivePort, operation: WorkflowOperation, target: OperationTarget
) -> OperationResult:
    """Do an operation on an archived workflow and return how it came out; never raises
    BackendError.

    A write is sent once: one whose answer is lost is unknown.
    """
    key = target.key
    if why := why_not_possible(operation, target):
        return OperationResult(key, OperationStatus.NOT_POSSIBLE, why)
    try:
        return await _operate(archive, operation, target)
    except NotFoundError:
        return OperationResult(key, OperationStatus.NOT_FOUND, "it is not in the archive any more")
    except (ForbiddenError, UnauthorizedError) as error:
        return OperationResult(key, OperationStatus.NOT_PERMITTED, error.detail or error.title)
    except (ConflictError, InvalidError) as error:
        return OperationResult(key, OperationStatus.FAILED, error.detail or error.title)
    except BackendError as error:
        return OperationResult(key, OperationStatus.UNKNOWN, error.detail or error.title)


async def _operate(
    archive: ArchivePort, operation: WorkflowOperation, target: OperationTarget
) -> OperationResult:
    key, uid = target.key, target.uid
    match operation.kind:
        case OperationKind.DELETE:
            await delete_one(archive, Archived(key, uid))
            return OperationResult(key, OperationStatus.DONE, "deleted from the archive")
        case OperationKind.RETRY:
            made = key_of_document(await archive.retry_archived(key, uid, operation.retry))
            detail = "created in the cluster again; what failed in it runs again"
        case OperationKind.RESUBMIT:
            made = key_of_document(await archive.resubmit_archived(key, uid, operation.resubmit))
            detail = f"resubmitted as {made.name}"
        case _:
            raise AssertionError("no other operation is possible on an archived workflow")
    return OperationResult(key, OperationStatus.DONE, detail, made)
