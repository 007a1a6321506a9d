"""Admission through an Argo server: there is none."""

from __future__ import annotations

from collections.abc import Sequence

from argotui.backend.person import SameUser
from argotui.backend.ports import Document, NamespaceFacts
from argotui.errors import UnavailableError

WHY = "An Argo server does not show admission policies"
HINT = "Connect to the cluster itself to see and install them."


class ServerAdmission(SameUser):
    """An `AdmissionPort` that has nothing: every method raises UnavailableError."""

    async def policies(self, labels: str) -> list[Document]:
        raise UnavailableError(WHY, hint=HINT)

    async def bindings(self, labels: str) -> list[Document]:
        raise UnavailableError(WHY, hint=HINT)

    async def find(self, kind: str, name: str) -> Document | None:
        raise UnavailableError(WHY, hint=HINT)

    async def apply(self, document: Document, *, dry_run: bool = False) -> Document:
        raise UnavailableError(WHY, hint=HINT)

    async def delete(self, kind: str, name: str) -> bool:
        raise UnavailableError(WHY, hint=HINT)

    async def namespace(self, name: str) -> NamespaceFacts:
        raise UnavailableError("An Argo server does not show namespaces", hint=HINT)

    async def namespaces(self, labels: str = "") -> list[NamespaceFacts]:
        raise UnavailableError("An Argo server does not list namespaces", hint=HINT)

    async def objects(
        self, namespace: str, plural: str, *, labels: str = "", limit: int = 50
    ) -> list[Document]:
        raise UnavailableError(WHY, hint=HINT)

    async def try_create(self, namespace: str, plural: str, document: Document) -> None:
        raise UnavailableError("An Argo server does not try out a creation", hint=HINT)

    async def try_patch(
        self,
        namespace: str,
        plural: str,
        name: str,
        patch: Document | Sequence[Document],
        *,
        subresource: str = "",
    ) -> None:
        raise UnavailableError("An Argo server takes no patch", hint=HINT)
