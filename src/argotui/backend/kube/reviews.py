"""Reviews by the API server: the user's identity and rights."""

from __future__ import annotations

import msgspec

from argotui.backend.kube.decode import decode_as
from argotui.backend.kube.transport import Transport
from argotui.backend.ports import Access, Identity
from argotui.errors import NotFoundError

_IDENTITY_VERSIONS = ("v1", "v1beta1")


class _UserInfo(msgspec.Struct):
    username: str = ""
    uid: str = ""
    groups: list[str] | None = None


class _IdentityStatus(msgspec.Struct, rename="camel"):
    user_info: _UserInfo = msgspec.field(default_factory=_UserInfo)


class _IdentityReview(msgspec.Struct):
    status: _IdentityStatus = msgspec.field(default_factory=_IdentityStatus)


class _AccessStatus(msgspec.Struct, rename="camel"):
    allowed: bool = False
    reason: str = ""
    evaluation_error: str = ""


class _AccessReview(msgspec.Struct):
    status: _AccessStatus = msgspec.field(default_factory=_AccessStatus)


class _Rule(msgspec.Struct, rename="camel"):
    api_groups: list[str] | None = None
    resources: list[str] | None = None
    resource_names: list[str] | None = None


class _RulesStatus(msgspec.Struct, rename="camel"):
    resource_rules: list[_Rule] | None = None


class _RulesReview(msgspec.Struct):
    status: _RulesStatus = msgspec.field(default_factory=_RulesStatus)


async def ask_identity(transport: Transport) -> Identity:
    """Return the user's identity (SelfSubjectReview); empty if the server does not know the
    review."""
    for version in _IDENTITY_VERSIONS:
        group = f"authentication.k8s.io/{version}"
        try:
            answer = await transport.request(
                "POST",
                f"/apis/{group}/selfsubjectreviews",
                doing="ask who you are",
                body=msgspec.json.encode({"apiVersion": group, "kind": "SelfSubjectReview"}),
                safe=True,
            )
        except NotFoundError:
            continue
        user = decode_as(answer.body, _IdentityReview, "SelfSubjectReview").status.user_info
        return Identity(user.username, user.groups or [], user.uid)
    return Identity(user="")


async def ask_access(transport: Transport, asked: Access, name: str) -> Access:
    """Return `asked` with the server's answer to it (SelfSubjectAccessReview)."""
    attributes = {
        "verb": asked.verb,
        "group": asked.group,
        "resource": asked.resource,
        "namespace": asked.namespace,
        "subresource": asked.subresource,
        "name": name,
    }
    group = "authorization.k8s.io/v1"
    answer = await transport.request(
        "POST",
        f"/apis/{group}/selfsubjectaccessreviews",
        doing="ask what you may do",
        body=msgspec.json.encode(
            {
                "apiVersion": group,
                "kind": "SelfSubjectAccessReview",
                "spec": {"resourceAttributes": {k: v for k, v in attributes.items() if v}},
            }
        ),
        safe=True,
    )
    status = decode_as(answer.body, _AccessReview, "SelfSubjectAccessReview").status
    return msgspec.structs.replace(
        asked, allowed=status.allowed, reason=status.reason or status.evaluation_error
    )


async def ask_namespaces(transport: Transport, namespace: str) -> list[str]:
    """Return the namespaces that the user's own rules name (SelfSubjectRulesReview).

    The review of one namespace lists the rules of the whole cluster too, so a ClusterRole to read
    namespaces by their names appears in it (`staging/src/k8s.io/api/authorization/v1`).
    """
    group = "authorization.k8s.io/v1"
    answer = await transport.request(
        "POST",
        f"/apis/{group}/selfsubjectrulesreviews",
        doing="ask what you may do",
        body=msgspec.json.encode(
            {
                "apiVersion": group,
                "kind": "SelfSubjectRulesReview",
                "spec": {"namespace": namespace},
            }
        ),
        safe=True,
    )
    rules = decode_as(answer.body, _RulesReview, "SelfSubjectRulesReview").status.resource_rules
    named = (
        name
        for rule in rules or []
        if "namespaces" in (rule.resources or []) and {"", "*"} & set(rule.api_groups or [])
        for name in rule.resource_names or []
    )
    return list(dict.fromkeys(named))
