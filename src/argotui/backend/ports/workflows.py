"""What a person does to a whole workflow, whichever way the cluster is reached."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from argotui.backend.ports.gates import Reading
from argotui.backend.ports.objects import Document
from argotui.backend.ports.person import PersonPort
from argotui.model.workflow.rerun_options import ResubmitOptions, RetryOptions

__all__ = ["ResubmitOptions", "RetryOptions", "WorkflowPort"]


class WorkflowPort(PersonPort, Protocol):
    """The writes to a workflow, except decisions on its gates (`GatePort`).

    A write is sent once, under the condition that the workflow is the one that was read. It returns
    the workflow as the server has it then. Every method raises a `BackendError`: `ConflictError` if
    the workflow changed, `InvalidError` if its state rules the operation out.
    """

    @property
    def unavailable(self) -> Mapping[str, str]:
        """The methods that this way to the cluster does not offer, with the reason."""
        ...

    async def read_workflow(self, namespace: str, name: str) -> Reading:
        """Return a workflow to the letter, with its nodes unpacked."""
        ...

    async def suspend(self, reading: Reading) -> Document:
        """Set `spec.suspend`: running pods go on, no node starts."""
        ...

    async def lift_suspension(self, reading: Reading) -> Document:
        """Remove `spec.suspend` and nothing else: open gates stay open."""
        ...

    async def shut_down(self, reading: Reading, strategy: str) -> Document:
        """Set `spec.shutdown` to `Stop` (exit handlers run) or `Terminate` (they do not)."""
        ...

    async def retry(self, reading: Reading, options: RetryOptions) -> Document: ...

    async def resubmit(self, reading: Reading, options: ResubmitOptions) -> Document:
        """Create a new workflow like this one and return it."""
        ...

    async def delete_workflow(self, reading: Reading, *, force: bool = False) -> None:
        """Delete a workflow.

        `force` removes its finalizers first, so its artifacts may stay in the store.
        """
        ...

    async def edit_workflow(
        self,
        reading: Reading,
        *,
        labels: Mapping[str, str | None] | None = None,
        annotations: Mapping[str, str | None] | None = None,
        priority: int | None = None,
    ) -> Document:
        """Set labels and annotations (None removes one), and the priority."""
        ...

    async def submit(
        self, namespace: str, document: Document, *, dry_run: bool = False
    ) -> Document:
        """Create a workflow; with `dry_run` the server checks it and creates nothing."""
        ...
