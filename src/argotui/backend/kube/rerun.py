"""Retry and resubmit through the Kubernetes API, as the Argo server does it."""

from __future__ import annotations

import asyncio
import random
import string
from collections.abc import Sequence
from datetime import UTC, datetime

from argotui.backend.kube.objects import KubeObjects
from argotui.backend.kube.transport import Transport, path_of
from argotui.backend.kube.unpack import pack
from argotui.backend.ports import Document, Reading, ResubmitOptions, RetryOptions
from argotui.errors import ForbiddenError, InvalidError, NotFoundError
from argotui.model.kinds import WORKFLOW
from argotui.model.submission.build import as_created_by
from argotui.model.workflow.actor import ActionName, actor_labels
from argotui.model.workflow.resubmit import resubmitted
from argotui.model.workflow.retry import plan_retry
from argotui.model.workflow.run_again import CannotRunAgain

AT_ONCE = 8
"""How many pods are deleted at the same time."""
_SUFFIX = string.ascii_lowercase + string.digits


async def retry_workflow(
    objects: KubeObjects, transport: Transport, reading: Reading, options: RetryOptions, user: str
) -> Document:
    """Delete the pods of the nodes that run again, then write the workflow; return it.

    The server tries the write first: if it refuses, no pod is deleted. Raises InvalidError if the
    workflow cannot be retried, and ConflictError if it changed since it was read; in the latter
    case the pods may be gone, as with Argo's server.
    """
    _refuse_offloaded(reading)
    try:
        now = reading.date or datetime.now(UTC)
        plan = await asyncio.to_thread(plan_retry, reading.document, options, now)
    except CannotRunAgain as error:
        raise InvalidError(f"Could not retry {_named(reading)}", str(error)) from None
    document = plan.document
    labels = {
        **(document["metadata"].get("labels") or {}),
        **actor_labels(user, ActionName.RETRY),
    }
    document["metadata"]["labels"] = {k: v for k, v in labels.items() if v is not None}
    if reading.packing:
        status = document["status"]
        status["compressedNodes"] = pack(status.pop("nodes"), reading.packing)
    await objects.replace(WORKFLOW, document, dry_run=True)
    await _delete_pods(transport, document["metadata"]["namespace"], plan.pods)
    return await objects.replace(WORKFLOW, document)


async def resubmit_workflow(
    objects: KubeObjects, reading: Reading, options: ResubmitOptions, user: str
) -> Document:
    """Create a workflow like the one that was read, in the user's own name, and return it.

    Raises InvalidError if it cannot be memoized.
    """
    if options.memoized:
        _refuse_offloaded(reading)
    # The name of a memoized one is random, as that of any generateName.
    suffix = "".join(random.choices(_SUFFIX, k=5))
    try:
        now = reading.date or datetime.now(UTC)
        document = await asyncio.to_thread(resubmitted, reading.document, options, now, suffix)
    except CannotRunAgain as error:
        raise InvalidError(f"Could not resubmit {_named(reading)}", str(error)) from None
    if user:
        document = as_created_by(document, user)
    return await objects.create(WORKFLOW, document["metadata"]["namespace"], document)


def _refuse_offloaded(reading: Reading) -> None:
    if reading.offloaded:
        raise InvalidError(
            f"The nodes of {_named(reading)} are in the controller's database",
            hint="Use the Argo server: argotui --argo-server URL.",
        )


def _named(reading: Reading) -> str:
    meta = reading.document["metadata"]
    return f"workflow {meta['namespace']}/{meta['name']}"


async def _delete_pods(transport: Transport, namespace: str, names: Sequence[str]) -> None:
    """Delete pods; one that is gone already is no failure.

    Raises the first failure after all others were sent.
    """
    slots = asyncio.Semaphore(AT_ONCE)

    async def delete(name: str) -> None:
        path = path_of("api", "v1", "namespaces", namespace, "pods", name)
        async with slots:
            try:
                await transport.request("DELETE", path, doing=f"delete pod {namespace}/{name}")
            except NotFoundError:
                return
            except ForbiddenError as error:
                raise ForbiddenError(
                    error.title,
                    error.detail,
                    "A retry deletes the pods of the nodes that run again.",
                ) from error

    results = await asyncio.gather(*map(delete, names), return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
