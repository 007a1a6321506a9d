"""Who one is and what one may do, for each of the users."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.lab import PODS, WORKFLOWS, Lab

REVIEWS = "/apis/authorization.k8s.io/v1"


async def _may(lab: Lab, user: str, verb: str, resource: str, **more: str) -> dict[str, Any]:
    group = "" if resource in ("pods", "events", "secrets", "namespaces") else "argoproj.io"
    attributes = {"verb": verb, "group": group, "resource": resource, "namespace": "argo"} | more
    body = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": attributes},
    }
    answer = await lab.request("POST", f"{REVIEWS}/selfsubjectaccessreviews", body, user=user)
    assert answer.status == 201
    verdict: dict[str, Any] = answer.json["status"]
    return verdict


async def test_an_unknown_token_and_no_token(lab: Lab) -> None:
    headers = {"Authorization": "Bearer nobody-has-this"}
    unknown = await lab.request("GET", WORKFLOWS, user="", headers=headers)
    assert unknown.refusal == (401, "Unauthorized", "Unauthorized")
    nobody = await lab.request("GET", WORKFLOWS, user="")
    assert nobody.refusal == (
        403,
        "Forbidden",
        'workflows.argoproj.io is forbidden: User "system:anonymous" cannot list resource '
        '"workflows" in API group "argoproj.io" in the namespace "argo"',
    )
    assert (await lab.request("GET", "/version", user="")).status == 200


@pytest.mark.parametrize(
    ("method", "path", "what"),
    [
        (
            "GET",
            "/apis/argoproj.io/v1alpha1/workflows",
            'workflows.argoproj.io is forbidden: User "viewer@example.com" cannot list resource '
            '"workflows" in API group "argoproj.io" at the cluster scope',
        ),
        (
            "DELETE",
            f"{WORKFLOWS}/zz",
            'workflows.argoproj.io "zz" is forbidden: User "viewer@example.com" cannot delete '
            'resource "workflows" in API group "argoproj.io" in the namespace "argo"',
        ),
        (
            "GET",
            f"{PODS}/x/log",
            'pods "x" is forbidden: User "viewer@example.com" cannot get resource "pods/log" in '
            'API group "" in the namespace "argo"',
        ),
        (
            "GET",
            "/api/v1/namespaces",
            'namespaces is forbidden: User "viewer@example.com" cannot list resource '
            '"namespaces" in API group "" at the cluster scope',
        ),
        ("GET", "/nope", 'forbidden: User "viewer@example.com" cannot get path "/nope"'),
    ],
)
async def test_what_a_viewer_may_not(lab: Lab, method: str, path: str, what: str) -> None:
    answer = await lab.request(method, path, user="viewer")
    assert answer.refusal == (403, "Forbidden", what)


@pytest.mark.parametrize(
    ("user", "name", "groups"),
    [
        ("admin", "admin", ["system:masters"]),
        ("approver", "approver@example.com", ["approvers", "platform"]),
        ("developer", "developer@example.com", ["developers"]),
        ("viewer", "viewer@example.com", ["viewers"]),
    ],
)
async def test_who_one_is(lab: Lab, user: str, name: str, groups: list[str]) -> None:
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    answer = await lab.request(
        "POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", body, user=user
    )
    assert answer.status == 201
    info = answer.json["status"]["userInfo"]
    assert info["username"] == name
    assert info["groups"] == [*groups, "system:authenticated"]


@pytest.mark.parametrize(
    ("user", "allowed"),
    [
        ("approver", {"list", "get", "watch", "update", "patch"}),
        ("developer", {"list", "get", "watch", "create", "delete"}),
        ("viewer", {"list", "get", "watch"}),
        ("admin", {"list", "get", "watch", "create", "delete", "update", "patch"}),
    ],
)
async def test_rights_to_workflows(lab: Lab, user: str, allowed: set[str]) -> None:
    for verb in ("list", "get", "watch", "create", "delete", "update", "patch"):
        verdict = await _may(lab, user, verb, "workflows")
        assert verdict["allowed"] is (verb in allowed), (user, verb)
        elsewhere = await _may(lab, user, verb, "workflows", namespace="default")
        assert elsewhere["allowed"] is (user == "admin")


async def test_rights_to_what_is_beside_workflows(lab: Lab) -> None:
    for user, logs, events, secret in (
        ("approver", True, True, True),
        ("developer", True, True, False),
        ("viewer", False, False, False),
    ):
        assert (await _may(lab, user, "get", "pods", subresource="log"))["allowed"] is logs
        assert (await _may(lab, user, "list", "events"))["allowed"] is events
        found = await _may(lab, user, "get", "secrets", name="s3-credentials")
        assert found["allowed"] is secret
        assert not (await _may(lab, user, "list", "secrets"))["allowed"]


async def test_a_review_says_why(lab: Lab) -> None:
    verdict = await _may(lab, "approver", "patch", "workflows")
    assert verdict["reason"] == (
        'RBAC: allowed by RoleBinding "approver/argo" of Role "approver" to Group "approvers"'
    )
    assert await _may(lab, "viewer", "patch", "workflows") == {"allowed": False}


async def test_a_review_of_nothing_is_refused(lab: Lab) -> None:
    body = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview", "spec": {}}
    answer = await lab.request("POST", f"{REVIEWS}/selfsubjectaccessreviews", body)
    assert answer.refusal[:2] == (422, "Invalid")


async def test_all_rights_at_once(lab: Lab) -> None:
    body = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectRulesReview",
        "spec": {"namespace": "argo"},
    }
    answer = await lab.request("POST", f"{REVIEWS}/selfsubjectrulesreviews", body, user="viewer")
    rules = answer.json["status"]["resourceRules"]
    assert {
        "verbs": ["get", "list", "watch"],
        "apiGroups": ["argoproj.io"],
        "resources": ["*"],
    } in rules
    assert answer.json["status"]["incomplete"] is False


async def test_a_right_is_checked_when_it_is_used(lab: Lab) -> None:
    await lab.create("a")
    allowed = await lab.patch("a", {"metadata": {"labels": {"x": "y"}}}, user="approver")
    assert allowed.status == 200
    for user in ("developer", "viewer"):
        refused = await lab.patch("a", {"metadata": {"labels": {"x": "z"}}}, user=user)
        assert refused.refusal[:2] == (403, "Forbidden")
        assert f'User "{user}@example.com" cannot patch' in refused.refusal[2]
