"""The archive of completed workflows: find, list, and bring back."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence

import msgspec

from argotui.backend.ports import ArchivePort, ArchiveQuery
from argotui.errors import ConflictError, NotFoundError
from argotui.model.argo import Key, Workflow, key_of_document
from argotui.model.workflows.summary import Depth, Summary, summarise

PAGE = 100
"""Workflows of a page: the first one is there at once, others on demand."""
_UID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)


class Archived(msgspec.Struct, frozen=True):
    """An archived workflow: several may have one key, each has a uid of its own."""

    key: Key
    uid: str


def is_uid(text: str) -> bool:
    """Say whether a text has the form of a uid, as `argo archive` decides it."""
    return bool(_UID.fullmatch(text))


def row_of(workflow: Workflow) -> Summary:
    """Return the list row of an archived workflow, which a list has without its nodes."""
    return msgspec.structs.replace(summarise(workflow), depth=Depth.METADATA, why=None)


async def archived_pages(
    port: ArchivePort, query: ArchiveQuery, limit: int = 0
) -> AsyncIterator[list[Summary]]:
    """Yield pages of the archive, the last started first; `limit` 0 means all of it."""
    token, left = "", limit
    while True:
        size = min(PAGE, left) if limit else PAGE
        page = await port.list_archived(query, limit=size, continue_token=token)
        yield [row_of(workflow) for workflow in page.items]
        token, left = page.continue_token, left - len(page.items)
        if not token or (limit and left <= 0):
            return


async def find_one(
    port: ArchivePort, namespace: str, text: str, *, as_uid: bool = False, as_name: bool = False
) -> Archived:
    """Return the archived workflow of a uid, or the last one of a name in a namespace.

    A text in the form of a uid is one, unless `as_name`. Raises NotFoundError.
    """
    if as_uid or (is_uid(text) and not as_name):
        document = await port.read_archived(text)
        return Archived(key_of_document(document), text)
    key, uid = await port.find_archived(namespace, text)
    return Archived(key, uid)


async def find_several(
    port: ArchivePort,
    namespace: str,
    texts: Sequence[str],
    *,
    as_uid: bool = False,
    as_name: bool = False,
) -> list[Archived]:
    """Return the archived workflows that are named, each once."""
    found = [
        await find_one(port, namespace, text, as_uid=as_uid, as_name=as_name) for text in texts
    ]
    return list({each.uid: each for each in found}.values())


async def delete_one(port: ArchivePort, archived: Archived) -> None:
    """Delete an archived workflow, and read again: raises ConflictError if it is still there."""
    await port.delete_archived(archived.uid)
    try:
        await port.read_archived(archived.uid)
    except NotFoundError:
        return
    raise ConflictError(
        f"The archived workflow {archived.key} is still there",
        "The Argo server took the deletion and deleted nothing.",
    )
