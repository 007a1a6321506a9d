"""The archive through an Argo server."""

from __future__ import annotations

import re

import msgspec

from argotui.backend import names
from argotui.backend.argo_server.client import ArgoClient
from argotui.backend.argo_server.documents import complete, resubmit_body, retry_body
from argotui.backend.argo_server.listing import ArchiveList
from argotui.backend.kube.decode import as_object, decode_as, decode_workflow
from argotui.backend.kube.unpack import unpack_nodes
from argotui.backend.ports import (
    ArchivePage,
    ArchiveQuery,
    Document,
    ResubmitOptions,
    RetryOptions,
)
from argotui.errors import InvalidError, NotFoundError
from argotui.model.argo import Key
from argotui.model.kinds import WORKFLOW

_UID = re.compile(r"[0-9a-fA-F-]{8,64}")
_PATH = "archived-workflows"


class _Names(msgspec.Struct):
    items: list[str] | None = None


class ServerArchive:
    """An `ArchivePort` over an Argo server; every write is sent once."""

    def __init__(self, client: ArgoClient) -> None:
        self._client = client
        self._list = ArchiveList(client)

    @property
    def unavailable(self) -> str:
        return ""

    async def list_archived(
        self, query: ArchiveQuery, *, limit: int = 100, continue_token: str = ""
    ) -> ArchivePage:
        """See `ArchivePort`. A server without an archive has an empty one."""
        if query.namespace is not None:
            names.check_namespace(query.namespace)
        selectors: dict[str, object] = {
            "listOptions.labelSelector": query.labels,
            "namePrefix": query.name_prefix,
        }
        if query.name:
            names.check_name("workflow", query.name)
            selectors["fields"] = f"metadata.name={query.name}"
        page = await self._list.page(
            query.namespace,
            selectors,
            limit,
            continue_token,
            since=query.since,
            until=query.until,
        )
        items = sorted(
            (decode_workflow(item) for item in page.items),
            key=lambda each: str(each.status.started_at or ""),
            reverse=True,
        )
        return ArchivePage(items, page.next_token)

    async def find_archived(self, namespace: str, name: str) -> tuple[Key, str]:
        """See `ArchivePort`. Raises NotFoundError if there is none."""
        page = await self.list_archived(ArchiveQuery(namespace, name=name), limit=1)
        if not page.items:
            raise NotFoundError(f"There is no archived workflow {namespace}/{name}")
        return page.items[0].key, page.items[0].metadata.uid

    async def read_archived(self, uid: str) -> Document:
        """See `ArchivePort`."""
        doing = f"read the archived workflow {_checked(uid)}"
        answer = await self._client.get(_PATH, uid, doing=doing)
        document = complete(WORKFLOW, as_object(answer.body, doing))
        unpack_nodes(document, doing)
        return document

    async def delete_archived(self, uid: str) -> None:
        doing = f"delete the archived workflow {_checked(uid)}"
        await self._client.send("DELETE", _PATH, uid, doing=doing)

    async def retry_archived(self, key: Key, uid: str, options: RetryOptions) -> Document:
        return await self._put("retry", key, uid, retry_body(options))

    async def resubmit_archived(self, key: Key, uid: str, options: ResubmitOptions) -> Document:
        """See `ArchivePort`. Raises UnavailableError for another priority."""
        return await self._put("resubmit", key, uid, resubmit_body(options))

    async def label_keys(self) -> list[str]:
        answer = await self._client.get(
            "archived-workflows-label-keys", doing="list the label keys of the archive"
        )
        return decode_as(answer.body, _Names, "list of label keys").items or []

    async def label_values(self, key: str) -> list[str]:
        """See `ArchivePort`; a key that no workflow has has no value."""
        try:
            answer = await self._client.get(
                "archived-workflows-label-values",
                doing=f"list the values of label {key}",
                params={"listOptions.labelSelector": key},
            )
        except NotFoundError:
            return []
        return decode_as(answer.body, _Names, "list of label values").items or []

    async def _put(self, operation: str, key: Key, uid: str, body: Document) -> Document:
        doing = f"{operation} the archived workflow {key}"
        document = await self._client.send(
            "PUT",
            _PATH,
            _checked(uid),
            operation,
            doing=doing,
            body={"uid": uid, "namespace": key.namespace, **body},
        )
        unpack_nodes(document, doing)
        return complete(WORKFLOW, document)


def _checked(uid: str) -> str:
    if not _UID.fullmatch(uid):
        raise InvalidError(f"{uid!r} is no uid")
    return uid
