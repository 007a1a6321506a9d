"""The archive of completed workflows, which an Argo server keeps in a database."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

import msgspec

from argotui.backend.ports.objects import Document
from argotui.backend.ports.workflows import ResubmitOptions, RetryOptions
from argotui.model.argo import Key, Workflow


class ArchiveQuery(msgspec.Struct, frozen=True):
    """Which archived workflows to list; `namespace` None means all of them.

    `since` and `until` bound when a workflow started, both included.
    """

    namespace: str | None = None
    labels: str = ""
    name: str = ""
    name_prefix: str = ""
    since: datetime | None = None
    until: datetime | None = None


class ArchivePage(msgspec.Struct, frozen=True):
    """One page of the archive, the last started first; the workflows have no nodes."""

    items: list[Workflow]
    continue_token: str = ""


class ArchivePort(Protocol):
    """The archive. A write is sent once. Every method raises a `BackendError`."""

    @property
    def unavailable(self) -> str:
        """Why there is no archive this way; empty if there may be one."""
        ...

    async def list_archived(
        self, query: ArchiveQuery, *, limit: int = 100, continue_token: str = ""
    ) -> ArchivePage: ...

    async def find_archived(self, namespace: str, name: str) -> tuple[Key, str]:
        """Return the key and uid of the archived workflow of a name that started last."""
        ...

    async def read_archived(self, uid: str) -> Document:
        """Return an archived workflow to the letter, with its nodes unpacked."""
        ...

    async def delete_archived(self, uid: str) -> None: ...

    async def retry_archived(self, key: Key, uid: str, options: RetryOptions) -> Document:
        """Create the workflow in the cluster again, its failed nodes reset, and return it."""
        ...

    async def resubmit_archived(self, key: Key, uid: str, options: ResubmitOptions) -> Document:
        """Create a new workflow like the archived one and return it."""
        ...

    async def label_keys(self) -> list[str]: ...

    async def label_values(self, key: str) -> list[str]: ...
