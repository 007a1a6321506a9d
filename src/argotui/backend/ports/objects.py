"""Objects of argoproj.io to the letter: templates, schedules, and whatever is submitted."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any, Protocol

import msgspec

from argotui.backend.ports.person import PersonPort
from argotui.model.kinds import Kind

Document = dict[str, Any]
"""A Kubernetes object as decoded JSON, not sanitised."""


class ObjectPage(msgspec.Struct, frozen=True):
    """One page of a list of objects."""

    items: list[Document]
    resource_version: str
    continue_token: str = ""
    remaining: int = 0


class ObjectChange(msgspec.Struct, frozen=True):
    """One watch event: `type` is ADDED, MODIFIED, DELETED or BOOKMARK (then only the resource
    version counts). An ERROR event is raised as its `BackendError` instead."""

    type: str
    resource_version: str
    object: Document | None = None


class Precondition(msgspec.Struct, frozen=True):
    """What an object must still be for a delete: the server refuses it otherwise."""

    uid: str = ""
    resource_version: str = ""


class ObjectPort(PersonPort, Protocol):
    """Reads and writes of objects. `namespace` is None for all namespaces, or a cluster-wide kind.

    Documents are not sanitised: a caller sanitises what it shows. A write is sent once: it may have
    been applied although it failed. Every method raises a `BackendError`.
    """

    async def read(self, kind: Kind, namespace: str | None, name: str) -> Document: ...

    async def list_objects(
        self,
        kind: Kind,
        namespace: str | None,
        *,
        labels: str = "",
        fields: str = "",
        limit: int = 500,
        continue_token: str = "",
    ) -> ObjectPage: ...

    def watch_objects(
        self,
        kind: Kind,
        namespace: str | None,
        resource_version: str,
        *,
        labels: str = "",
        fields: str = "",
    ) -> AsyncIterator[ObjectChange]:
        """Yield changes until the server ends the watch (normal, then watch again).

        The first is a BOOKMARK of `resource_version`, yielded as soon as the server has accepted
        the watch.
        """
        ...

    async def create(
        self, kind: Kind, namespace: str | None, document: Document, *, dry_run: bool = False
    ) -> Document:
        """Create an object and return it as the server has it; unknown fields are refused."""
        ...

    async def replace(self, kind: Kind, document: Document, *, dry_run: bool = False) -> Document:
        """Replace an object. Raises ConflictError if it changed since it was read."""
        ...

    async def merge(
        self,
        kind: Kind,
        namespace: str | None,
        name: str,
        patch: Document,
        *,
        dry_run: bool = False,
    ) -> Document:
        """Apply a merge patch.

        `metadata.uid` and `metadata.resourceVersion` in it are conditions.
        """
        ...

    async def patch(
        self,
        kind: Kind,
        namespace: str | None,
        name: str,
        operations: Sequence[Document],
        *,
        dry_run: bool = False,
    ) -> Document:
        """Apply a JSON Patch. Raises InvalidError if a `test` fails; nothing is written then."""
        ...

    async def delete(
        self,
        kind: Kind,
        namespace: str | None,
        name: str,
        precondition: Precondition,
        *,
        dry_run: bool = False,
    ) -> None:
        """Delete an object, its dependents in the background."""
        ...
