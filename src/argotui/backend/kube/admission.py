"""Admission policies and dry runs through the Kubernetes API."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from argotui.backend.kube.decode import as_object
from argotui.backend.kube.gates import JSON_PATCH, MERGE_PATCH
from argotui.backend.kube.transport import JSON, Response, path_of
from argotui.backend.kube.user import KubeUser
from argotui.backend.ports import Document, NamespaceFacts
from argotui.errors import NotFoundError
from argotui.model.sanitise import clean_line

APPLY = "application/apply-patch+yaml"
FIELD_MANAGER = "argotui-admission"
PLURALS = {
    "ValidatingAdmissionPolicy": "validatingadmissionpolicies",
    "ValidatingAdmissionPolicyBinding": "validatingadmissionpolicybindings",
}


def _policy_path(kind: str, *name: str) -> str:
    return path_of("apis", "admissionregistration.k8s.io", "v1", PLURALS[kind], *name)


def _path(namespace: str, plural: str, *rest: str) -> str:
    group = ("api", "v1") if plural == "pods" else ("apis", "argoproj.io", "v1alpha1")
    return path_of(*group, "namespaces", namespace, plural, *rest)


def _items(response: Response, doing: str) -> list[Document]:
    items = as_object(response.body, doing).get("items")
    return [item for item in items or [] if isinstance(item, dict)]


def _texts(found: object) -> dict[str, str]:
    pairs = found.items() if isinstance(found, Mapping) else ()
    return {clean_line(str(key)): clean_line(str(value)) for key, value in pairs}


def _facts(document: Document) -> NamespaceFacts:
    meta = document.get("metadata") or {}
    return NamespaceFacts(
        clean_line(str(meta.get("name") or "")),
        _texts(meta.get("labels")),
        _texts(meta.get("annotations")),
    )


class KubeAdmission(KubeUser):
    """See `AdmissionPort`."""

    async def _list(self, path: str, doing: str, labels: str, limit: int = 500) -> list[Document]:
        params = {"labelSelector": labels, "limit": limit}
        response = await self._transport.request("GET", path, doing=doing, params=params)
        return _items(response, doing)

    async def policies(self, labels: str) -> list[Document]:
        kind = "ValidatingAdmissionPolicy"
        return await self._list(_policy_path(kind), "list admission policies", labels)

    async def bindings(self, labels: str) -> list[Document]:
        kind = "ValidatingAdmissionPolicyBinding"
        return await self._list(_policy_path(kind), "list admission policy bindings", labels)

    async def find(self, kind: str, name: str) -> Document | None:
        doing = f"read {kind} {name}"
        try:
            response = await self._transport.request("GET", _policy_path(kind, name), doing=doing)
        except NotFoundError:
            return None
        return as_object(response.body, doing)

    async def apply(self, document: Document, *, dry_run: bool = False) -> Document:
        kind, name = document["kind"], document["metadata"]["name"]
        doing = f"{'try to ' if dry_run else ''}apply {kind} {name}"
        params = {"fieldManager": FIELD_MANAGER, "force": "true"}
        if dry_run:
            params["dryRun"] = "All"
        response = await self._transport.request(
            "PATCH",
            _policy_path(kind, name),
            doing=doing,
            params=params,
            body=json.dumps(document).encode(),
            content_type=APPLY,
        )
        return as_object(response.body, doing)

    async def delete(self, kind: str, name: str) -> bool:
        doing = f"delete {kind} {name}"
        try:
            await self._transport.request("DELETE", _policy_path(kind, name), doing=doing)
        except NotFoundError:
            return False
        return True

    async def namespace(self, name: str) -> NamespaceFacts:
        doing = f"read namespace {name}"
        path = path_of("api", "v1", "namespaces", name)
        answer = await self._transport.request("GET", path, doing=doing)
        return _facts(as_object(answer.body, doing))

    async def namespaces(self, labels: str = "") -> list[NamespaceFacts]:
        path = path_of("api", "v1", "namespaces")
        return [_facts(one) for one in await self._list(path, "list namespaces", labels)]

    async def objects(
        self, namespace: str, plural: str, *, labels: str = "", limit: int = 50
    ) -> list[Document]:
        path = _path(namespace, plural)
        return await self._list(path, f"list {plural} in {namespace}", labels, limit)

    async def try_create(self, namespace: str, plural: str, document: Document) -> None:
        await self._try("POST", _path(namespace, plural), document, JSON)

    async def try_patch(
        self,
        namespace: str,
        plural: str,
        name: str,
        patch: Document | Sequence[Document],
        *,
        subresource: str = "",
    ) -> None:
        path = _path(namespace, plural, name, *([subresource] if subresource else []))
        merge = isinstance(patch, Mapping)
        await self._try("PATCH", path, patch, MERGE_PATCH if merge else JSON_PATCH)

    async def _try(self, method: str, path: str, body: object, content_type: str) -> None:
        await self._transport.request(
            method,
            path,
            doing="try a change",
            params={"dryRun": "All", "fieldManager": FIELD_MANAGER},
            body=json.dumps(body).encode(),
            content_type=content_type,
            safe=True,  # a dry run changes nothing
        )
