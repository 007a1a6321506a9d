"""Who may do what in the embedded cluster: bearer tokens, groups and Roles."""

from __future__ import annotations

import secrets
from collections.abc import Iterable

import msgspec

from argotui.demo.api.kinds import ARGO

READ = ("get", "list", "watch")
EVERYTHING = ("*",)


class User(msgspec.Struct, frozen=True):
    """Someone the API server knows: `uid` as in a token file."""

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
    """A Role given to a group: within `namespace`, or in the whole cluster where that is empty."""

    role: str
    group: str
    namespace: str
    rules: tuple[PolicyRule, ...]

    @property
    def reason(self) -> str:
        """What an access review says of it."""
        return (
            f'RBAC: allowed by RoleBinding "{self.role}/{self.namespace}" of Role "{self.role}" '
            f'to Group "{self.group}"'
        )


def _covers(allowed: Iterable[str], asked: str) -> bool:
    return "*" in allowed or asked in allowed


def _standard_bindings() -> tuple[Binding, ...]:
    """Return the Roles of the laboratory cluster, and one for a namespace of its own."""
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
"""By the name used for kubeconfigs; `data` may only act in the namespace `data`."""

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


class Directory:
    """Tokens and rights; tokens are random, because the port is open to the whole machine."""

    def __init__(self) -> None:
        self.tokens = {name: secrets.token_urlsafe(24) for name in USERS}
        self._users = {token: USERS[name] for name, token in self.tokens.items()}
        self.bindings = list(_standard_bindings())

    def authenticate(self, header: str) -> User | None:
        """Return whose `Authorization` header it is; None for a token nobody has."""
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            return ANONYMOUS
        return self._users.get(token.strip())

    def revoke(self, name: str) -> str:
        """Give a user a new token and return it; the old one is 401 from now on."""
        del self._users[self.tokens[name]]
        self.tokens[name] = secrets.token_urlsafe(24)
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
        """Return whether a user may, and by which binding (empty for members of masters)."""
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
        """Return whether a user may read a path that is no resource, and by which binding."""
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
        """Return all rules a user has in a namespace, as a rules review lists them."""
        rules = list(SELF_RULES) if user.uid else []
        if "system:masters" in user.groups:
            rules.append(PolicyRule(EVERYTHING, EVERYTHING, EVERYTHING))
        for binding in self.bindings:
            if binding.group in user.groups and binding.namespace in ("", namespace):
                rules.extend(binding.rules)
        return rules
