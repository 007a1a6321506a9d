"""Admission policies, and dry runs that show what the cluster refuses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec

from argotui.backend.ports.objects import Document
from argotui.backend.ports.person import PersonPort


class NamespaceFacts(msgspec.Struct, frozen=True):
    """A namespace with what admission policies see of it, sanitised."""

    name: str
    labels: Mapping[str, str] = {}
    annotations: Mapping[str, str] = {}


class AdmissionPort(PersonPort, Protocol):
    """Admission policies of a cluster. Every method raises a `BackendError`."""

    async def policies(self, labels: str) -> list[Document]:
        """Return the ValidatingAdmissionPolicies that a label selector finds."""
        ...

    async def bindings(self, labels: str) -> list[Document]: ...

    async def find(self, kind: str, name: str) -> Document | None:
        """Return a policy or binding; None if there is none."""
        ...

    async def apply(self, document: Document, *, dry_run: bool = False) -> Document:
        """Apply a policy or binding (server-side apply); return it as the server has it then."""
        ...

    async def delete(self, kind: str, name: str) -> bool:
        """Delete a policy or binding; False if there was none."""
        ...

    async def namespace(self, name: str) -> NamespaceFacts: ...

    async def namespaces(self, labels: str = "") -> list[NamespaceFacts]: ...

    async def objects(
        self, namespace: str, plural: str, *, labels: str = "", limit: int = 50
    ) -> list[Document]:
        """Return objects of a type that the controller goes by, at most `limit`."""
        ...

    async def try_create(self, namespace: str, plural: str, document: Document) -> None:
        """Create an object in a dry run: return if the server allows it, raise if not."""
        ...

    async def try_patch(
        self,
        namespace: str,
        plural: str,
        name: str,
        patch: Document | Sequence[Document],
        *,
        subresource: str = "",
    ) -> None:
        """Patch an object in a dry run: a merge patch, or a JSON Patch if it is a sequence."""
        ...
