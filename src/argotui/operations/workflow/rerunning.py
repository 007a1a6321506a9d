"""Retry one workflow as it was previewed, or resubmit it, and say what really happened.

A retry is written once, to the very version that was previewed: if the workflow changed meanwhile,
somebody has to look again. Afterwards the workflow is read again and compared with the plan.
"""

from __future__ import annotations

import asyncio
from datetime import datetime

import msgspec

from argotui.backend.clock import Clock
from argotui.backend.ports import Document, Reading, ResubmitOptions, RetryOptions, WorkflowPort
from argotui.errors import (
    BackendError,
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    ServerError,
    UnauthorizedError,
    UnreachableError,
)
from argotui.model.argo import COMPLETED, RESUBMITTED, Key, key_of_document
from argotui.model.sanitise import clean_line
from argotui.model.workflow.operations import OperationResult, OperationStatus
from argotui.model.workflow.retry import RetryPlan, plan_retry
from argotui.model.workflow.retry_preview import NOTHING, differences, plan_notes, plan_words
from argotui.model.workflow.run_again import CannotRunAgain, part, text

LOOK_AGAIN = "it changed since it was looked at: look at the preview again"


class RetryPreview(msgspec.Struct, frozen=True):
    """What a retry of one workflow would do; `reading` is the version that it holds for."""

    key: Key
    reading: Reading
    options: RetryOptions
    plan: RetryPlan
    notes: list[str]


async def preview_retry(
    port: WorkflowPort, key: Key, options: RetryOptions, clock: Clock
) -> RetryPreview:
    """Return what a retry of a workflow would do. Raises InvalidError if it is not possible."""
    return await previewed(key, await port.read_workflow(*key), options, clock)


async def previewed(
    key: Key, reading: Reading, options: RetryOptions, clock: Clock
) -> RetryPreview:
    """Return what a retry of a workflow that was read would do.

    Raises InvalidError if it is not possible.
    """
    now = reading.date or clock.now()
    try:
        # Ten thousand nodes take a quarter of a second.
        return await asyncio.to_thread(_preview, key, reading, options, now)
    except CannotRunAgain as error:
        raise InvalidError(f"Could not retry workflow {key}", str(error)) from None


def _preview(key: Key, reading: Reading, options: RetryOptions, now: datetime) -> RetryPreview:
    document = reading.document
    plan = plan_retry(document, options, now)
    return RetryPreview(key, reading, options, plan, plan_notes(document, options, plan))


async def retry_previewed(port: WorkflowPort, preview: RetryPreview) -> OperationResult:
    """Retry a workflow as its preview says, and return how it came out.

    Never raises BackendError.
    """
    key, done = preview.key, f"retried: {plan_words(preview.plan)}"
    if NOTHING in preview.notes:
        done = f"{done}. {NOTHING}"
    lost = ""
    try:
        await port.retry(preview.reading, preview.options)
    except ConflictError:
        return OperationResult(key, OperationStatus.CHANGED, LOOK_AGAIN)
    except NotFoundError:
        return OperationResult(key, OperationStatus.NOT_FOUND, "it was deleted meanwhile")
    except (ForbiddenError, UnauthorizedError) as error:
        return OperationResult(key, OperationStatus.NOT_PERMITTED, _said(error))
    except (UnreachableError, ServerError) as error:
        lost = clean_line(error.title)
    except BackendError as error:
        return OperationResult(key, OperationStatus.FAILED, _said(error))
    try:
        after = (await port.read_workflow(*key)).document
    except BackendError as error:
        status = OperationStatus.UNKNOWN if lost else OperationStatus.DONE
        return OperationResult(key, status, f"{lost or done} ({_said(error)})")
    if lost and not _taken(preview, after):
        detail = f"{lost}; it was not applied so far; its pods may be deleted"
        return OperationResult(key, OperationStatus.UNKNOWN, detail)
    if part(after, "metadata").get("uid") != part(preview.reading.document, "metadata").get("uid"):
        detail = f"{done}; since then it was deleted and created again"
        return OperationResult(key, OperationStatus.UNKNOWN, detail)
    if wrong := differences(preview.plan, after):
        detail = f"retried, but not as planned: {'; '.join(wrong)}"
        return OperationResult(key, OperationStatus.UNKNOWN, detail)
    return OperationResult(
        key, OperationStatus.DONE, f"{done}; the answer was lost" if lost else done
    )


async def resubmit(
    port: WorkflowPort, reading: Reading, options: ResubmitOptions
) -> OperationResult:
    """Create a workflow like one that was read, once, and return how it came out with the new one.

    Never raises BackendError.
    """
    key = key_of_document(reading.document)
    try:
        made = await port.resubmit(reading, options)
    except (ForbiddenError, UnauthorizedError) as error:
        return OperationResult(key, OperationStatus.NOT_PERMITTED, _said(error))
    except (UnreachableError, ServerError) as error:
        detail = (
            f"{clean_line(error.title)}; it may have been created: "
            f"`argotui list -n {key.namespace} -l {RESUBMITTED}={key.name}`"
        )
        return OperationResult(key, OperationStatus.UNKNOWN, detail)
    except InvalidError as error:
        return OperationResult(key, OperationStatus.NOT_POSSIBLE, _said(error))
    except BackendError as error:
        return OperationResult(key, OperationStatus.FAILED, _said(error))
    new = Key(key.namespace, clean_line(text(part(made, "metadata"), "name")))
    return OperationResult(key, OperationStatus.DONE, f"resubmitted as {new.name}", new)


def _taken(preview: RetryPreview, after: Document) -> bool:
    """Return whether a retry whose answer was lost is in the workflow."""
    before = preview.reading.document
    started = text(part(after, "status"), "startedAt")
    return (
        COMPLETED not in part(after, "metadata", "labels")
        and part(after, "metadata").get("uid") == part(before, "metadata").get("uid")
        and started != text(part(before, "status"), "startedAt")
    )


def _said(error: BackendError) -> str:
    parts = [error.detail or error.title, error.hint]
    return clean_line(" ".join(part for part in parts if part))
