"""Users of the embedded cluster, with their tokens, groups and Roles."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Iterable

import msgspec

from argotui.demo.api.kinds import ARGO

ISSUER = "https://kubernetes.default.svc.cluster.local"

READ = ("get", "list", "watch")
EVERYTHING = ("*",)


class User(msgspec.Struct, frozen=True):
    """A user that the API server knows; `uid` is that of a token file."""

    name: str
    uid: str = ""
    groups: tuple[str, ...] = ()

    @property
    def all_groups(self) -> list[str]:
        return [*self.groups, "system:authenticated"] if self.uid else list(self.groups)


ANONYMOUS = User("system:anonymous", groups=("system:unauthenticated",))


class PolicyRule(msgspec.Struct, frozen=True):
    """A PolicyRule; `resources` may name subresources (`pods/log`) or be `*`."""

    groups: tuple[str, ...]
    resources: tuple[str, ...]
    verbs: tuple[str, ...]
    names: tuple[str, ...] = ()

    def allows(self, verb: str, group: str, resource: str, name: str) -> bool:
        return (
            _covers(self.verbs, verb)
            and _covers(self.groups, group)
            and _covers(self.resources, resource)
            and (not self.names or name in self.names)
        )


class Binding(msgspec.Struct, frozen=True):
    """A Role of a group in `namespace`; an empty namespace is the whole cluster."""

    role: str
    group: str
    namespace: str
    rules: tuple[PolicyRule, ...]

    @property
    def reason(self) -> str:
        """The reason that an access review gives."""
        return (
            f'RBAC: allowed by RoleBinding "{self.role}/{self.namespace}" of Role "{self.role}" '
            f'to Group "{self.group}"'
        )


def _covers(allowed: Iterable[str], asked: str) -> bool:
    return "*" in allowed or asked in allowed


def _standard_bindings() -> tuple[Binding, ...]:
    """Return the Roles of the test cluster, and one for the namespace `data`."""
    approver = (
        PolicyRule((ARGO,), ("*",), READ),
        PolicyRule((ARGO,), ("workflows",), ("update", "patch")),
        PolicyRule(("",), ("pods", "pods/log", "events", "configmaps"), READ),
    )
    developer = (
        PolicyRule((ARGO,), ("*",), (*READ, "create", "delete")),
        PolicyRule(("",), ("pods", "pods/log", "events"), READ),
    )
    viewer = (PolicyRule((ARGO,), ("*",), READ), PolicyRule(("",), ("pods",), READ))
    data = (
        PolicyRule((ARGO,), ("*",), EVERYTHING),
        PolicyRule(("",), ("pods", "pods/log", "events", "configmaps"), READ),
    )
    secret = (PolicyRule(("",), ("secrets",), ("get",), ("s3-credentials",)),)
    return (
        Binding("approver", "approvers", "argo", approver),
        Binding("artifact-reader", "approvers", "argo", secret),
        Binding("developer", "developers", "argo", developer),
        Binding("viewer", "viewers", "argo", viewer),
        Binding("data-team", "data-team", "data", data),
    )


USERS = {
    "admin": User("admin", "1", ("system:masters",)),
    "approver": User("approver@example.com", "5", ("approvers", "platform")),
    "developer": User("developer@example.com", "6", ("developers",)),
    "viewer": User("viewer@example.com", "7", ("viewers",)),
    "data": User("data@example.com", "8", ("data-team",)),
}
"""The users by their name in kubeconfigs; `data` has rights in the namespace `data` alone."""

SELF_RULES = (
    PolicyRule(
        ("authorization.k8s.io",),
        ("selfsubjectaccessreviews", "selfsubjectrulesreviews"),
        ("create",),
    ),
    PolicyRule(("authentication.k8s.io",), ("selfsubjectreviews",), ("create",)),
)
PUBLIC_PATHS = ("/healthz", "/livez", "/readyz", "/version", "/version/")
DISCOVERY_PATHS = ("/api", "/api/*", "/apis", "/apis/*", *PUBLIC_PATHS)


def _token(user: User) -> str:
    """Return a new token with the claims of Kubernetes' JSON Web Tokens, which Argo reads."""
    claims = {"iss": ISSUER, "sub": user.name}
    parts = ({"alg": "none"}, claims)
    head, payload = (
        base64.b64encode(json.dumps(part, separators=(",", ":")).encode()).decode().rstrip("=")
        for part in parts
    )
    return f"{head}.{payload}.{secrets.token_urlsafe(24)}"


class Directory:
    """Tokens and rights. Tokens are random: every process on the machine can reach the port."""

    def __init__(self) -> None:
        self.tokens = {name: _token(user) for name, user in USERS.items()}
        self._users = {token: USERS[name] for name, token in self.tokens.items()}
        self.bindings = list(_standard_bindings())

    def authenticate(self, header: str) -> User | None:
        """Return the user of an `Authorization` header, or None if the token is unknown."""
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            return ANONYMOUS
        return self._users.get(token.strip())

    def revoke(self, name: str) -> str:
        """Replace a user's token and return the new one; the old one gets 401."""
        del self._users[self.tokens[name]]
        self.tokens[name] = _token(USERS[name])
        self._users[self.tokens[name]] = USERS[name]
        return self.tokens[name]

    def decide(
        self,
        user: User,
        verb: str,
        group: str,
        resource: str,
        namespace: str = "",
        name: str = "",
        subresource: str = "",
    ) -> tuple[bool, str]:
        """Return whether a user has a right, and its binding (empty for `system:masters`)."""
        if "system:masters" in user.groups:
            return True, ""
        asked = f"{resource}/{subresource}" if subresource else resource
        if user.uid and any(rule.allows(verb, group, asked, name) for rule in SELF_RULES):
            return True, (
                'RBAC: allowed by ClusterRoleBinding "system:basic-user" of ClusterRole '
                '"system:basic-user" to Group "system:authenticated"'
            )
        for binding in self.bindings:
            if binding.group in user.groups and binding.namespace in ("", namespace):
                for rule in binding.rules:
                    if rule.allows(verb, group, asked, name):
                        return True, binding.reason
        return False, ""

    def decide_path(self, user: User, verb: str, path: str) -> tuple[bool, str]:
        """Return whether a user can read a non-resource path, and the binding that grants it."""
        if "system:masters" in user.groups:
            return True, ""
        if verb != "get":
            return False, ""
        if path in PUBLIC_PATHS:
            role, group = "system:public-info-viewer", (user.all_groups or [""])[-1]
        elif user.uid and (path in DISCOVERY_PATHS or path.startswith(("/api/", "/apis/"))):
            role, group = "system:discovery", "system:authenticated"
        else:
            return False, ""
        return True, (
            f'RBAC: allowed by ClusterRoleBinding "{role}" of ClusterRole "{role}" '
            f'to Group "{group}"'
        )

    def rules(self, user: User, namespace: str) -> list[PolicyRule]:
        """Return a user's rules in a namespace, as a rules review lists them."""
        rules = list(SELF_RULES) if user.uid else []
        if "system:masters" in user.groups:
            rules.append(PolicyRule(EVERYTHING, EVERYTHING, EVERYTHING))
        for binding in self.bindings:
            if binding.group in user.groups and binding.namespace in ("", namespace):
                rules.extend(binding.rules)
        return rules
