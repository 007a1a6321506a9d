"""The people of a namespace under attack: with rights for all that the policies refuse."""

from __future__ import annotations

from collections.abc import Iterator

from tests.contract.lab import Document

_ANY = ["get", "list", "watch", "create", "update", "patch", "delete"]
_READ = ["get", "list", "watch"]
ROLES: dict[str, tuple[list[Document], list[Document]]] = {
    "developer": (
        [
            {"apiGroups": ["argoproj.io"], "resources": ["*"], "verbs": _ANY},
            {"apiGroups": [""], "resources": ["pods", "pods/status"], "verbs": _ANY},
        ],
        [{"kind": "Group", "name": "developers"}],
    ),
    "patcher": (
        [
            {"apiGroups": ["argoproj.io"], "resources": ["*"], "verbs": _READ},
            {
                "apiGroups": ["argoproj.io"],
                "resources": ["workflows"],
                "verbs": ["update", "patch"],
            },
            {"apiGroups": ["argoproj.io"], "resources": ["workflowactions"], "verbs": ["create"]},
        ],
        [{"kind": "Group", "name": "approvers"}, {"kind": "Group", "name": "qa"}],
    ),
    "viewer": (
        [{"apiGroups": ["argoproj.io"], "resources": ["*"], "verbs": _READ}],
        [{"kind": "Group", "name": "viewers"}],
    ),
    "executor": (
        [
            {
                "apiGroups": ["argoproj.io"],
                "resources": ["workflowtaskresults", "workflowtasksets", "workflowtasksets/status"],
                "verbs": [*_READ, "create", "patch"],
            },
        ],
        [{"kind": "ServiceAccount", "name": "default"}],
    ),
}


def role(name: str, namespace: str) -> Iterator[tuple[str, Document]]:
    """Yield a role and its binding, each with its plural."""
    rules, subjects = ROLES[name]
    group = "rbac.authorization.k8s.io"
    yield (
        "roles",
        {
            "apiVersion": f"{group}/v1",
            "kind": "Role",
            "metadata": {"name": name},
            "rules": rules,
        },
    )
    bound = [
        {**one, "namespace": namespace}
        if one["kind"] == "ServiceAccount"
        else {**one, "apiGroup": group}
        for one in subjects
    ]
    yield (
        "rolebindings",
        {
            "apiVersion": f"{group}/v1",
            "kind": "RoleBinding",
            "metadata": {"name": name},
            "roleRef": {"apiGroup": group, "kind": "Role", "name": name},
            "subjects": bound,
        },
    )
