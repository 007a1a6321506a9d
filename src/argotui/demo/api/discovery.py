"""Version, health, and the lists of groups and resources."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from argotui.demo.api.call import ApiCall, answer_json, no_such_path
from argotui.demo.api.kinds import ARGO, KINDS, ResourceType

VERSION = {
    "major": "1",
    "minor": "34",
    "gitVersion": "v1.34.10+argotui-demo",
    "gitCommit": "unknown",
    "gitTreeState": "clean",
    "buildDate": "2026-01-01T00:00:00Z",
    "goVersion": "none",
    "compiler": "none",
    "platform": "none",
}
_LOG = {
    "name": "pods/log",
    "singularName": "",
    "namespaced": True,
    "kind": "Pod",
    "verbs": ["get"],
}
_REVIEWS = {
    "authentication.k8s.io": [("selfsubjectreviews", "SelfSubjectReview")],
    "authorization.k8s.io": [
        ("selfsubjectaccessreviews", "SelfSubjectAccessReview"),
        ("selfsubjectrulesreviews", "SelfSubjectRulesReview"),
    ],
}


def serve(call: ApiCall) -> web.Response:
    """Answer a path that names no resource."""
    path = call.path.rstrip("/") or "/"
    if path in ("/healthz", "/livez", "/readyz"):
        return web.Response(text="ok")
    document = _documents().get(path)
    return answer_json(document) if document is not None else no_such_path()


def _documents() -> dict[str, dict[str, Any]]:
    groups = {ARGO: "v1alpha1"} | dict.fromkeys(_REVIEWS, "v1")
    documents: dict[str, dict[str, Any]] = {
        "/version": VERSION,
        "/api": {
            "kind": "APIVersions",
            "versions": ["v1"],
            "serverAddressByClientCIDRs": [],
        },
        "/api/v1": {
            "kind": "APIResourceList",
            "groupVersion": "v1",
            "resources": [*_resources(""), _LOG],
        },
        "/apis": {
            "kind": "APIGroupList",
            "apiVersion": "v1",
            "groups": [_group(name, version) for name, version in groups.items()],
        },
    }
    for name, version in groups.items():
        documents[f"/apis/{name}"] = {"kind": "APIGroup", "apiVersion": "v1"} | _group(
            name, version
        )
        documents[f"/apis/{name}/{version}"] = {
            "kind": "APIResourceList",
            "apiVersion": "v1",
            "groupVersion": f"{name}/{version}",
            "resources": _resources(name) or _review_resources(name),
        }
    return documents


def _group(name: str, version: str) -> dict[str, Any]:
    served = {"groupVersion": f"{name}/{version}", "version": version}
    return {"name": name, "versions": [served], "preferredVersion": served}


def _resources(group: str) -> list[dict[str, Any]]:
    return [_resource(kind) for kind in KINDS if kind.group == group]


def _resource(kind: ResourceType) -> dict[str, Any]:
    described: dict[str, Any] = {
        "name": kind.plural,
        "singularName": kind.singular,
        "namespaced": kind.namespaced,
        "kind": kind.kind,
        "verbs": list(kind.verbs),
    }
    if kind.short:
        described["shortNames"] = list(kind.short)
    return described


def _review_resources(group: str) -> list[dict[str, Any]]:
    return [
        {
            "name": plural,
            "singularName": kind.lower(),
            "namespaced": False,
            "kind": kind,
            "verbs": ["create"],
        }
        for plural, kind in _REVIEWS[group]
    ]
