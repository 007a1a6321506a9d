"""Objects of argoproj.io through an Argo server.

The server knows the kinds of its own version and leaves out every field that it does not know. So a
document is compared with what the server's lint makes of it before it is written.
"""

from __future__ import annotations

import copy
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from typing import Any

import jsonpatch

from argotui.backend import names
from argotui.backend.argo_server.cluster import ServerCluster
from argotui.backend.argo_server.documents import complete, merged, unknown_fields
from argotui.backend.clock import Clock
from argotui.backend.kube.decode import as_object
from argotui.backend.person import SameUser
from argotui.backend.ports import (
    Document,
    ObjectChange,
    ObjectPage,
    Precondition,
)
from argotui.errors import ConflictError, InvalidError, UnavailableError
from argotui.model.argo import Key, key_of_document
from argotui.model.kinds import (
    CLUSTER_WORKFLOW_TEMPLATE,
    CRON_WORKFLOW,
    WORKFLOW,
    WORKFLOW_TEMPLATE,
    Kind,
)

POLL = 10.0
"""Seconds between two looks at templates and schedules, of which the server streams no changes."""
NO_CHANGE = "An Argo server changes no workflow except by its own operations"
_PLACES = {
    WORKFLOW.name: ("workflows", "workflow"),
    WORKFLOW_TEMPLATE.name: ("workflow-templates", "template"),
    CLUSTER_WORKFLOW_TEMPLATE.name: ("cluster-workflow-templates", "template"),
    CRON_WORKFLOW.name: ("cron-workflows", "cronWorkflow"),
}
"""The path of each kind, and the name of its document in a request."""

_Known = dict[Key, tuple[str, str]]
"""Uid and resource version of each object."""


class ServerObjects(SameUser):
    """An `ObjectPort` over an Argo server; every write is sent once."""

    def __init__(self, cluster: ServerCluster, clock: Clock) -> None:
        super().__init__(cluster)
        self._cluster = cluster
        self._client = cluster.client
        self._clock = clock
        self._known: dict[tuple[str, str | None, str, str], _Known] = {}

    async def read(self, kind: Kind, namespace: str | None, name: str) -> Document:
        names.check_name(kind.name, name)
        doing = f"read {kind.named(namespace, name)}"
        answer = await self._client.get(*_path(kind, namespace), name, doing=doing)
        return complete(kind, as_object(answer.body, doing))

    async def list_objects(
        self,
        kind: Kind,
        namespace: str | None,
        *,
        labels: str = "",
        fields: str = "",
        limit: int = 500,
        continue_token: str = "",
    ) -> ObjectPage:
        doing = f"list {kind.inside(namespace)}"
        answer = await self._client.get(
            *_path(kind, namespace, listing=True),
            doing=doing,
            params={
                "listOptions.labelSelector": labels,
                "listOptions.fieldSelector": fields,
                "listOptions.limit": limit or "",
                "listOptions.continue": continue_token,
            },
        )
        listed = as_object(answer.body, doing)
        meta = listed.get("metadata") or {}
        items = [complete(kind, each) for each in listed.get("items") or []]
        known = self._known.setdefault((kind.name, namespace, labels, fields), {})
        if not continue_token:
            known.clear()
        known.update(_versions(items))
        return ObjectPage(
            items,
            str(meta.get("resourceVersion") or ""),
            str(meta.get("continue") or ""),
            int(meta.get("remainingItemCount") or 0),
        )

    async def watch_objects(
        self,
        kind: Kind,
        namespace: str | None,
        resource_version: str,
        *,
        labels: str = "",
        fields: str = "",
    ) -> AsyncGenerator[ObjectChange, None]:
        """See `ObjectPort`. The server streams no changes of these kinds: each look at the list is
        compared with the one before, beginning with the list that was read last."""
        if kind == WORKFLOW:
            raise UnavailableError("Watch workflows through `ClusterPort`")
        before = dict(self._known.get((kind.name, namespace, labels, fields)) or {})
        yield ObjectChange("BOOKMARK", resource_version)
        while True:
            await self._clock.sleep(POLL)
            items: list[Document] = []
            token, version = "", ""
            while True:
                page = await self.list_objects(
                    kind, namespace, labels=labels, fields=fields, continue_token=token
                )
                version = version or page.resource_version
                items += page.items
                token = page.continue_token
                if not token:
                    break
            now = _versions(items)
            for change in _differences(kind, before, now, items, version):
                yield change
            yield ObjectChange("BOOKMARK", version)
            before = now

    async def create(
        self, kind: Kind, namespace: str | None, document: Document, *, dry_run: bool = False
    ) -> Document:
        """See `ObjectPort`. The server cannot try out the creation of a template or schedule: a dry
        run is then its lint alone."""
        meta = document.get("metadata") or {}
        name = str(meta.get("name") or f"{meta.get('generateName') or ''}*")
        doing = f"{'try to ' if dry_run else ''}create {kind.named(namespace, name)}"
        linted = await self._lint(kind, namespace, document, doing)
        body: Document = {_PLACES[kind.name][1]: document}
        if namespace is not None and kind.namespaced:
            body["namespace"] = namespace
        if dry_run:
            if kind != WORKFLOW:
                return linted
            body["serverDryRun"] = True
        path = _path(kind, namespace)
        made = await self._client.send("POST", *path, doing=doing, body=body, safe=dry_run)
        return complete(kind, made)

    async def replace(self, kind: Kind, document: Document, *, dry_run: bool = False) -> Document:
        meta = document["metadata"]
        namespace, name = meta.get("namespace") or None, str(meta["name"])
        if kind == WORKFLOW:
            raise UnavailableError(NO_CHANGE)
        names.check_name(kind.name, name)
        doing = f"{'try to ' if dry_run else ''}replace {kind.named(namespace, name)}"
        linted = await self._lint(kind, namespace, document, doing)
        if dry_run:
            return linted
        place = _PLACES[kind.name][1]
        body: Document = {place: document, "name": name}
        if namespace is not None:
            body["namespace"] = namespace
        made = await self._client.send("PUT", *_path(kind, namespace), name, doing=doing, body=body)
        return complete(kind, made)

    async def merge(
        self,
        kind: Kind,
        namespace: str | None,
        name: str,
        patch: Document,
        *,
        dry_run: bool = False,
    ) -> Document:
        """See `ObjectPort`. The object is read, changed and replaced under the version read."""
        conditions = patch.get("metadata") or {}
        precondition = Precondition(
            str(conditions.get("uid") or ""), str(conditions.get("resourceVersion") or "")
        )
        return await self._change(
            kind, namespace, name, lambda found: merged(found, patch), precondition, dry_run
        )

    async def patch(
        self,
        kind: Kind,
        namespace: str | None,
        name: str,
        operations: Sequence[Document],
        *,
        dry_run: bool = False,
    ) -> Document:
        """See `ObjectPort`. The object is read, changed and replaced under the version read."""

        def applied(found: Document) -> Document:
            try:
                changed: Any = jsonpatch.apply_patch(found, list(operations))
            except (jsonpatch.JsonPatchException, jsonpatch.JsonPointerException) as error:
                raise InvalidError("The patch does not apply", str(error)) from None
            return dict(changed)

        return await self._change(kind, namespace, name, applied, Precondition(), dry_run)

    async def delete(
        self,
        kind: Kind,
        namespace: str | None,
        name: str,
        precondition: Precondition,
        *,
        dry_run: bool = False,
    ) -> None:
        """See `ObjectPort`. The server deletes whatever has the name: the precondition is checked
        by a read immediately before."""
        found = await self.read(kind, namespace, name)
        _check(found, precondition, kind, namespace, name)
        if dry_run:
            return
        doing = f"delete {kind.named(namespace, name)}"
        await self._client.send("DELETE", *_path(kind, namespace), name, doing=doing)

    async def _change(
        self,
        kind: Kind,
        namespace: str | None,
        name: str,
        change: Callable[[Document], Document],
        precondition: Precondition,
        dry_run: bool,
    ) -> Document:
        if kind == WORKFLOW:
            raise UnavailableError(NO_CHANGE)
        found = await self.read(kind, namespace, name)
        _check(found, precondition, kind, namespace, name)
        return await self.replace(kind, change(copy.deepcopy(found)), dry_run=dry_run)

    async def _lint(
        self, kind: Kind, namespace: str | None, document: Document, doing: str
    ) -> Document:
        """Return a document as the server understands it; raises InvalidError for one that it
        refuses, or of which it would leave out a field."""
        body: Document = {_PLACES[kind.name][1]: document}
        if namespace is not None and kind.namespaced:
            body["namespace"] = namespace
        linted = await self._client.send(
            "POST", *_path(kind, namespace), "lint", doing=doing, body=body, safe=True
        )
        if unknown := unknown_fields(document, linted):
            fields = ", ".join(unknown[:5]) + (", …" if len(unknown) > 5 else "")
            raise InvalidError(
                f"Could not {doing}: the Argo server does not know a field",
                f"unknown field: {fields}",
                "Check the spelling, and that the server is as new as the manifest.",
            )
        return complete(kind, linted)


def _path(kind: Kind, namespace: str | None, *, listing: bool = False) -> tuple[str, ...]:
    place = _PLACES[kind.name][0]
    if not kind.namespaced:
        return (place,)
    if namespace is None:
        if not listing:
            raise InvalidError(f"A {kind.name} is in a namespace")
        return (place, "")
    names.check_namespace(namespace)
    return (place, namespace)


def _check(
    found: Document, precondition: Precondition, kind: Kind, namespace: str | None, name: str
) -> None:
    meta: Mapping[str, Any] = found.get("metadata") or {}
    uid, version = precondition.uid, precondition.resource_version
    if (uid and meta.get("uid") != uid) or (version and meta.get("resourceVersion") != version):
        raise ConflictError(f"{kind.named(namespace, name)} was changed meanwhile")


def _versions(items: Sequence[Document]) -> _Known:
    found: _Known = {}
    for item in items:
        meta = item.get("metadata") or {}
        found[key_of_document(item)] = (
            str(meta.get("uid") or ""),
            str(meta.get("resourceVersion") or ""),
        )
    return found


def _differences(
    kind: Kind, before: _Known, now: _Known, items: Sequence[Document], version: str
) -> list[ObjectChange]:
    """Return the changes between two lists, in the order of their resource versions."""
    changes = []
    for item in items:
        key = key_of_document(item)
        if before.get(key) != now[key]:
            told = "MODIFIED" if before.get(key, ("",))[0] == now[key][0] else "ADDED"
            changes.append(ObjectChange(told, now[key][1], item))
    changes.sort(key=lambda change: int(change.resource_version or 0))
    for (namespace, name), (uid, _) in before.items():
        if (namespace, name) not in now:
            gone = complete(kind, {"metadata": {"name": name, "namespace": namespace, "uid": uid}})
            changes.append(ObjectChange("DELETED", version, gone))
    return changes
