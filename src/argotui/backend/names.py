"""Kubernetes names, checked before they go into a path or a selector."""

from __future__ import annotations

import re

from argotui.errors import InvalidError

MAX_NAME = 253
MAX_LABEL = 63
_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
# Argo cuts the part before the hash so that the whole is a name (workflow/util/pod_name.go).
_POD_PREFIX = MAX_NAME - 11


def check_name(kind: str, name: str) -> None:
    """Raise InvalidError unless `name` is an RFC 1123 subdomain of at most 253 characters.

    In a selector, anything else could mean something else.
    """
    if len(name) > MAX_NAME or not _SUBDOMAIN.fullmatch(name):
        raise InvalidError(
            f"No {kind} can have the name {name[:MAX_NAME]!r}",
            "Names hold lower-case letters, digits, '-' and '.', at most 253 of them.",
        )


def check_namespace(name: str) -> None:
    """Raise InvalidError unless `name` can be a namespace's."""
    if not is_namespace(name):
        raise InvalidError(
            f"No namespace can have the name {name[:MAX_NAME]!r}",
            "Names of namespaces hold lower-case letters, digits and '-', at most 63 of them.",
        )


def is_namespace(name: str) -> bool:
    """Say whether `name` can be a namespace's."""
    return len(name) <= MAX_LABEL and "." not in name and bool(_SUBDOMAIN.fullmatch(name))


def is_pod_prefix(prefix: str, workflow: str) -> bool:
    """Say whether a pod's name without its hash can be that of a pod of this workflow."""
    if prefix == workflow or prefix.startswith(f"{workflow}-"):
        return True
    return len(prefix) >= _POD_PREFIX and workflow.startswith(prefix)
