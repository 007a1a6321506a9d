"""What a person does to a whole workflow, through the Kubernetes API."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

from argotui.backend.kube.cluster import KubeCluster
from argotui.backend.kube.gates import KubeGates
from argotui.backend.kube.objects import KubeObjects
from argotui.backend.kube.user import KubeUser
from argotui.backend.ports import Document, Precondition, Reading, ResubmitOptions, RetryOptions
from argotui.errors import BackendError, NotFoundError
from argotui.model.kinds import WORKFLOW
from argotui.model.workflow.actor import ActionName, actor_labels


class KubeWorkflows(KubeUser):
    """A `WorkflowPort` over a cluster.

    Every write to a workflow is one merge patch that holds the uid and the resource version that
    were read: the server refuses it with a conflict if either differs.
    """

    def __init__(self, cluster: KubeCluster) -> None:
        super().__init__(cluster)
        self._objects = KubeObjects(cluster)
        self._gates = KubeGates(cluster)
        self._user = ""

    @property
    def unavailable(self) -> Mapping[str, str]:
        return {}

    async def read_workflow(self, namespace: str, name: str) -> Reading:
        return await self._gates.read_gate(namespace, name)

    async def suspend(self, reading: Reading) -> Document:
        return await self._act(reading, ActionName.SUSPEND, {"suspend": True})

    async def lift_suspension(self, reading: Reading) -> Document:
        return await self._act(reading, ActionName.RESUME, {"suspend": None})

    async def shut_down(self, reading: Reading, strategy: str) -> Document:
        action = ActionName.STOP if strategy == "Stop" else ActionName.TERMINATE
        return await self._act(reading, action, {"shutdown": strategy})

    async def retry(self, reading: Reading, options: RetryOptions) -> Document:
        from argotui.backend.kube.rerun import retry_workflow

        user = await self._actor()
        return await retry_workflow(self._objects, self._transport, reading, options, user)

    async def resubmit(self, reading: Reading, options: ResubmitOptions) -> Document:
        from argotui.backend.kube.rerun import resubmit_workflow

        return await resubmit_workflow(self._objects, reading, options, await self._actor())

    async def delete_workflow(self, reading: Reading, *, force: bool = False) -> None:
        meta = reading.document["metadata"]
        version = meta["resourceVersion"]
        if force and meta.get("finalizers"):
            patched = await self._patch(reading, {"finalizers": None}, {})
            version = patched["metadata"]["resourceVersion"]
        try:
            await self._objects.delete(
                WORKFLOW, meta["namespace"], meta["name"], Precondition(meta["uid"], version)
            )
        except NotFoundError:
            # A workflow whose deletion waited for its finalizers goes with the last of them.
            if not (force and meta.get("deletionTimestamp")):
                raise

    async def edit_workflow(
        self,
        reading: Reading,
        *,
        labels: Mapping[str, str | None] | None = None,
        annotations: Mapping[str, str | None] | None = None,
        priority: int | None = None,
    ) -> Document:
        changes: dict[str, Any] = {}
        if labels:
            changes["labels"] = dict(labels)
        if annotations:
            changes["annotations"] = dict(annotations)
        return await self._patch(
            reading, changes, {} if priority is None else {"priority": priority}
        )

    async def submit(
        self, namespace: str, document: Document, *, dry_run: bool = False
    ) -> Document:
        return await self._objects.create(WORKFLOW, namespace, document, dry_run=dry_run)

    async def _act(self, reading: Reading, action: ActionName, spec: Document) -> Document:
        """Change the spec, and record who did so as Argo does."""
        labels = actor_labels(await self._actor(), action)
        return await self._patch(reading, {"labels": labels}, spec)

    async def _actor(self) -> str:
        """Return the user's name, asked for once; empty if the server does not say."""
        if not self._user:
            # The operation does not depend on the record, nor does Argo's own.
            with contextlib.suppress(BackendError):
                self._user = (await self.whoami()).user
        return self._user

    async def _patch(self, reading: Reading, metadata: Document, spec: Document) -> Document:
        meta = reading.document["metadata"]
        same = {"uid": meta["uid"], "resourceVersion": meta["resourceVersion"]}
        patch: Document = {"metadata": {**metadata, **same}}
        if spec:
            patch["spec"] = spec
        return await self._objects.merge(WORKFLOW, meta["namespace"], meta["name"], patch)
