"""Objects of argoproj.io through the Kubernetes API, to the letter."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing

from argotui.backend import names
from argotui.backend.kube.decode import (
    WatchEvent,
    as_object,
    decode_metadata,
    decode_raw_document,
)
from argotui.backend.kube.gates import FIELD_MANAGER, JSON_PATCH, MERGE_PATCH, go_json
from argotui.backend.kube.transport import JSON, path_of
from argotui.backend.kube.user import KubeUser
from argotui.backend.kube.watching import watch_events
from argotui.backend.ports import Document, ObjectChange, ObjectPage, Precondition
from argotui.model.kinds import Kind


class KubeObjects(KubeUser):
    """An `ObjectPort` over a cluster."""

    async def read(self, kind: Kind, namespace: str | None, name: str) -> Document:
        doing = f"read {kind.named(namespace, name)}"
        response = await self._transport.request("GET", _path(kind, namespace, name), doing=doing)
        return decode_raw_document(response.body)

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
        params = {
            "labelSelector": labels,
            "fieldSelector": fields,
            "limit": limit or "",
            "continue": continue_token,
        }
        response = await self._transport.request(
            "GET", _path(kind, namespace), doing=doing, params=params
        )
        answer = decode_raw_document(response.body)
        items, meta = answer.get("items"), answer.get("metadata")
        meta = meta if isinstance(meta, dict) else {}
        found = (
            [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
        )
        return ObjectPage(
            found,
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
    ) -> AsyncIterator[ObjectChange]:
        events = watch_events(
            self._transport,
            _path(kind, namespace),
            resource_version,
            doing=f"watch {kind.inside(namespace)}",
            labels=labels,
            fields=fields,
        )
        async with aclosing(events):
            async for event in events:
                yield _change(event, resource_version)

    async def create(
        self, kind: Kind, namespace: str | None, document: Document, *, dry_run: bool = False
    ) -> Document:
        meta = document.get("metadata") or {}
        name = str(meta.get("name") or f"{meta.get('generateName') or ''}*")
        doing = f"{'try to ' if dry_run else ''}create {kind.named(namespace, name)}"
        return await self._write("POST", _path(kind, namespace), document, JSON, doing, dry_run)

    async def replace(self, kind: Kind, document: Document, *, dry_run: bool = False) -> Document:
        meta = document["metadata"]
        namespace, name = meta.get("namespace") or None, meta["name"]
        doing = f"{'try to ' if dry_run else ''}replace {kind.named(namespace, name)}"
        path = _path(kind, namespace, name)
        return await self._write("PUT", path, document, JSON, doing, dry_run)

    async def merge(
        self,
        kind: Kind,
        namespace: str | None,
        name: str,
        patch: Document,
        *,
        dry_run: bool = False,
    ) -> Document:
        doing = f"{'try to ' if dry_run else ''}change {kind.named(namespace, name)}"
        path = _path(kind, namespace, name)
        return await self._write("PATCH", path, patch, MERGE_PATCH, doing, dry_run)

    async def patch(
        self,
        kind: Kind,
        namespace: str | None,
        name: str,
        operations: Sequence[Document],
        *,
        dry_run: bool = False,
    ) -> Document:
        doing = f"{'try to ' if dry_run else ''}change {kind.named(namespace, name)}"
        path = _path(kind, namespace, name)
        return await self._write("PATCH", path, list(operations), JSON_PATCH, doing, dry_run)

    async def delete(
        self,
        kind: Kind,
        namespace: str | None,
        name: str,
        precondition: Precondition,
        *,
        dry_run: bool = False,
    ) -> None:
        conditions = {"uid": precondition.uid, "resourceVersion": precondition.resource_version}
        options: Document = {
            "apiVersion": "v1",
            "kind": "DeleteOptions",
            "propagationPolicy": "Background",
            "preconditions": {key: value for key, value in conditions.items() if value},
        }
        if dry_run:
            # In the body: where there is one, the server ignores the options of the URL.
            options["dryRun"] = ["All"]
        await self._transport.request(
            "DELETE",
            _path(kind, namespace, name),
            doing=f"{'try to ' if dry_run else ''}delete {kind.named(namespace, name)}",
            body=go_json(options),
        )

    async def _write(
        self, method: str, path: str, body: object, content_type: str, doing: str, dry_run: bool
    ) -> Document:
        params = {
            "fieldManager": FIELD_MANAGER,
            # Else the server drops a field that it does not know, and says so to nobody.
            "fieldValidation": "Strict" if content_type == JSON else "",
            "dryRun": "All" if dry_run else "",
        }
        response = await self._transport.request(
            method,
            path,
            doing=doing,
            params={key: value for key, value in params.items() if value},
            body=go_json(body),
            content_type=content_type,
        )
        return as_object(response.body, doing)


def _change(event: WatchEvent | None, resource_version: str) -> ObjectChange:
    if event is None:
        return ObjectChange("BOOKMARK", resource_version)
    version = decode_metadata(event.object).resource_version
    if event.type == "BOOKMARK":
        return ObjectChange("BOOKMARK", version)
    return ObjectChange(event.type, version, decode_raw_document(bytes(event.object)))


def _path(kind: Kind, namespace: str | None, name: str | None = None) -> str:
    """Return the path of a list or an object. Raises InvalidError for an impossible name."""
    place = []
    if namespace is not None and kind.namespaced:
        names.check_namespace(namespace)
        place = ["namespaces", namespace]
    if name is None:
        return path_of("apis", "argoproj.io", "v1alpha1", *place, kind.plural)
    names.check_name(kind.name, name)
    return path_of("apis", "argoproj.io", "v1alpha1", *place, kind.plural, name)
