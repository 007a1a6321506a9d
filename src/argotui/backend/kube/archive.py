"""The archive through the Kubernetes API: there is none."""

from __future__ import annotations

from argotui.backend.ports import (
    ArchivePage,
    ArchiveQuery,
    Document,
    ResubmitOptions,
    RetryOptions,
)
from argotui.errors import UnavailableError
from argotui.model.argo import Key

WHY = "The archive is in Argo's database, which only an Argo server reads"
HINT = "Name one with --argo-server or ARGO_SERVER."


class NoArchive:
    """An `ArchivePort` that has nothing: every method raises UnavailableError."""

    @property
    def unavailable(self) -> str:
        return WHY

    async def list_archived(
        self, query: ArchiveQuery, *, limit: int = 100, continue_token: str = ""
    ) -> ArchivePage:
        raise UnavailableError(WHY, hint=HINT)

    async def find_archived(self, namespace: str, name: str) -> tuple[Key, str]:
        raise UnavailableError(WHY, hint=HINT)

    async def read_archived(self, uid: str) -> Document:
        raise UnavailableError(WHY, hint=HINT)

    async def delete_archived(self, uid: str) -> None:
        raise UnavailableError(WHY, hint=HINT)

    async def retry_archived(self, key: Key, uid: str, options: RetryOptions) -> Document:
        raise UnavailableError(WHY, hint=HINT)

    async def resubmit_archived(self, key: Key, uid: str, options: ResubmitOptions) -> Document:
        raise UnavailableError(WHY, hint=HINT)

    async def label_keys(self) -> list[str]:
        raise UnavailableError(WHY, hint=HINT)

    async def label_values(self, key: str) -> list[str]:
        raise UnavailableError(WHY, hint=HINT)
