"""Self reviews: who the caller is and what the caller may do."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

from argotui.demo.api import status
from argotui.demo.api.call import (
    ApiCall,
    Site,
    answer_json,
    no_such_path,
)
from argotui.demo.api.users import DISCOVERY_PATHS, PUBLIC_PATHS, PolicyRule

GROUPS = ("authentication.k8s.io", "authorization.k8s.io")


async def serve(site: Site, call: ApiCall) -> web.Response:
    """Answer a self review, the only resource that these groups serve."""
    if call.verb != "create":
        raise status.method_not_allowed()
    try:
        spec = (json.loads(await call.request.read() or b"{}") or {}).get("spec") or {}
    except (ValueError, AttributeError):
        raise status.bad_request("the object provided is unrecognized") from None
    match call.need_kind.plural:
        case "selfsubjectreviews":
            return answer_json(_identity(site, call), 201)
        case "selfsubjectaccessreviews":
            return answer_json(_access(site, call, spec), 201)
        case "selfsubjectrulesreviews":
            return answer_json(_rules(site, call, spec), 201)
    return no_such_path()


def _identity(site: Site, call: ApiCall) -> dict[str, Any]:
    user: dict[str, Any] = {"username": call.user.name}
    if call.user.uid:
        user["uid"] = call.user.uid
    user["groups"] = call.user.all_groups
    return {
        "kind": "SelfSubjectReview",
        "apiVersion": "authentication.k8s.io/v1",
        "metadata": {"creationTimestamp": site.store.timestamp()},
        "status": {"userInfo": user},
    }


def _access(site: Site, call: ApiCall, spec: dict[str, Any]) -> dict[str, Any]:
    asked, path = spec.get("resourceAttributes"), spec.get("nonResourceAttributes")
    if (asked is None) == (path is None):
        error = status.invalid(
            ".authorization.k8s.io",
            "",
            "spec.resourceAttributes",
            "FieldValueInvalid",
            "Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must "
            "be specified",
            group="authorization.k8s.io",
        )
        del error.document["details"]["kind"]
        raise error
    if asked is not None:
        allowed, reason = site.directory.decide(
            call.user,
            *(
                asked.get(part, "")
                for part in ("verb", "group", "resource", "namespace", "name", "subresource")
            ),
        )
    else:
        path = path or {}
        allowed, reason = site.directory.decide_path(
            call.user, path.get("verb", ""), path.get("path", "")
        )
    verdict: dict[str, Any] = {"allowed": allowed}
    if reason:
        verdict["reason"] = reason
    return {
        "kind": "SelfSubjectAccessReview",
        "apiVersion": "authorization.k8s.io/v1",
        "metadata": {},
        "spec": spec,
        "status": verdict,
    }


def _rules(site: Site, call: ApiCall, spec: dict[str, Any]) -> dict[str, Any]:
    paths = [{"verbs": ["get"], "nonResourceURLs": list(PUBLIC_PATHS)}]
    if call.user.uid:
        paths.append({"verbs": ["get"], "nonResourceURLs": list(DISCOVERY_PATHS)})
    if "system:masters" in call.user.groups:
        paths.append({"verbs": ["*"], "nonResourceURLs": ["*"]})
    rules = site.directory.rules(call.user, str(spec.get("namespace", "")))
    return {
        "kind": "SelfSubjectRulesReview",
        "apiVersion": "authorization.k8s.io/v1",
        "metadata": {},
        "spec": {},
        "status": {
            "resourceRules": [_rule(rule) for rule in rules],
            "nonResourceRules": paths,
            "incomplete": False,
        },
    }


def _rule(rule: PolicyRule) -> dict[str, Any]:
    written: dict[str, Any] = {
        "verbs": list(rule.verbs),
        "apiGroups": list(rule.groups),
        "resources": list(rule.resources),
    }
    if rule.names:
        written["resourceNames"] = list(rule.names)
    return written
