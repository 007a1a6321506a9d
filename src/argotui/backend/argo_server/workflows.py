"""What a person does to a whole workflow, through an Argo server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from argotui.backend import names
from argotui.backend.argo_server.cluster import ServerCluster
from argotui.backend.argo_server.documents import complete, resubmit_body, retry_body
from argotui.backend.argo_server.gates import RESUME, ServerGates
from argotui.backend.argo_server.listing import workflows_of
from argotui.backend.argo_server.objects import NO_CHANGE, ServerObjects
from argotui.backend.kube.unpack import unpack_nodes
from argotui.backend.person import SameUser
from argotui.backend.ports import (
    Document,
    Reading,
    ResubmitOptions,
    RetryOptions,
)
from argotui.errors import ConflictError, NotFoundError, UnavailableError
from argotui.model.argo import ARCHIVING_STATUS, PERSISTED
from argotui.model.kinds import WORKFLOW

_UNAVAILABLE = {
    "lift_suspension": RESUME,
    "edit_workflow": NO_CHANGE,
}


class ServerWorkflows(SameUser):
    """A `WorkflowPort` over an Argo server.

    The server writes to whatever has the name: a workflow that was replaced since it was read is
    found by another read immediately before the write, and by the answer.
    """

    def __init__(self, cluster: ServerCluster, objects: ServerObjects) -> None:
        super().__init__(cluster)
        self._cluster = cluster
        self._client = cluster.client
        self._gates = ServerGates(cluster)
        self._objects = objects

    @property
    def unavailable(self) -> Mapping[str, str]:
        return _UNAVAILABLE

    async def read_workflow(self, namespace: str, name: str) -> Reading:
        """See `WorkflowPort`. Raises NotFoundError for one that is only in the archive."""
        reading = await self._gates.read_gate(namespace, name)
        labels = reading.document["metadata"].get("labels") or {}
        if labels.get(ARCHIVING_STATUS) == PERSISTED:
            raise NotFoundError(f"The workflow {namespace}/{name} is only in the archive")
        return reading

    async def suspend(self, reading: Reading) -> Document:
        return await self._put(reading, "suspend", {})

    async def lift_suspension(self, reading: Reading) -> Document:
        """Raise UnavailableError: the server's resume approves all open gates as well."""
        raise UnavailableError("Could not resume the workflow", RESUME)

    async def shut_down(self, reading: Reading, strategy: str) -> Document:
        return await self._put(reading, "stop" if strategy == "Stop" else "terminate", {})

    async def retry(self, reading: Reading, options: RetryOptions) -> Document:
        return await self._put(reading, "retry", retry_body(options))

    async def resubmit(self, reading: Reading, options: ResubmitOptions) -> Document:
        """See `WorkflowPort`. Raises UnavailableError for another priority."""
        return await self._put(reading, "resubmit", resubmit_body(options), same=False)

    async def delete_workflow(self, reading: Reading, *, force: bool = False) -> None:
        namespace, name, _ = await self._unchanged(reading)
        await self._client.send(
            "DELETE",
            *workflows_of(namespace),
            name,
            doing=f"delete workflow {namespace}/{name}",
            params={"force": True} if force else None,
        )

    async def edit_workflow(
        self,
        reading: Reading,
        *,
        labels: Mapping[str, str | None] | None = None,
        annotations: Mapping[str, str | None] | None = None,
        priority: int | None = None,
    ) -> Document:
        """Raise UnavailableError: the server has no such operation."""
        raise UnavailableError("Could not change the workflow", NO_CHANGE)

    async def submit(
        self, namespace: str, document: Document, *, dry_run: bool = False
    ) -> Document:
        return await self._objects.create(WORKFLOW, namespace, document, dry_run=dry_run)

    async def _put(
        self, reading: Reading, operation: str, options: dict[str, Any], *, same: bool = True
    ) -> Document:
        namespace, name, uid = await self._unchanged(reading)
        doing = f"{operation} workflow {namespace}/{name}"
        document = await self._client.send(
            "PUT",
            *workflows_of(namespace),
            name,
            operation,
            doing=doing,
            body={"namespace": namespace, "name": name, **options},
        )
        unpack_nodes(document, doing)
        if same and document["metadata"].get("uid") != uid:
            raise ConflictError(f"The workflow {namespace}/{name} was replaced by another one")
        return complete(WORKFLOW, document)

    async def _unchanged(self, reading: Reading) -> tuple[str, str, str]:
        """Return namespace, name and uid of a workflow if it is as it was read; raises
        ConflictError if it is not."""
        meta = reading.document["metadata"]
        namespace, name, uid = str(meta["namespace"]), str(meta["name"]), str(meta["uid"])
        names.check_name("workflow", name)
        now = await self._cluster.get_workflow(namespace, name)
        found = now.metadata
        if (found.uid, found.resource_version) != (uid, meta.get("resourceVersion", "")):
            raise ConflictError(f"The workflow {namespace}/{name} was changed meanwhile")
        return namespace, name, uid
