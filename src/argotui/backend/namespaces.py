"""The namespaces that a user without cluster-wide rights can read, and whether one exists."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

import msgspec

from argotui.backend.names import is_namespace
from argotui.backend.ports import ClusterPort
from argotui.errors import BackendError, ForbiddenError
from argotui.model.nearest import suggest

AT_ONCE = 8
ASKED = 200
"""The most namespaces to ask about; the context's own is the first."""
NAMED = 4
"""How many namespaces a remark names."""


class Readable(msgspec.Struct, frozen=True):
    """The namespaces in which the user can list workflows, the context's own first.

    `complete`: there can be no others, because the server listed all namespaces and each was asked
    about.
    """

    names: list[str]
    complete: bool = True


async def readable_namespaces(cluster: ClusterPort, known: Iterable[str] = ()) -> Readable:
    """Return the namespaces in which the user can list workflows.

    Asks the server (SelfSubjectAccessReview) about each namespace that it lists. If it lists none,
    asks about those of the kubeconfig and those in the user's own rules. Asks about the `known`
    ones in either case. Raises the `BackendError` of a server that answers neither.
    """
    own = cluster.default_namespace or "default"
    first = [name for name in dict.fromkeys((own, *known)) if is_namespace(name)]
    try:
        others, listed = await cluster.namespaces(), True
    except ForbiddenError:
        others, listed = [*cluster.related_namespaces, *await _named_by_rules(cluster, own)], False
    everyone = list(dict.fromkeys((*first, *sorted(others))))
    limit = asyncio.Semaphore(AT_ONCE)

    async def may_list(name: str) -> bool:
        async with limit:
            access = await cluster.can("list", "workflows", namespace=name)
            return access.allowed

    asked = everyone[:ASKED]
    allowed = await asyncio.gather(*map(may_list, asked))
    names = [name for name, yes in zip(asked, allowed, strict=True) if yes]
    names.sort(key=lambda name: (name != own, name))
    return Readable(names, complete=listed and len(everyone) <= ASKED)


async def _named_by_rules(cluster: ClusterPort, namespace: str) -> list[str]:
    """Return the namespaces in the user's own rules; none if the server does not answer."""
    try:
        return [name for name in await cluster.namespaces_in_rules(namespace) if is_namespace(name)]
    except BackendError:
        return []


async def _has_own_right(cluster: ClusterPort, namespace: str) -> bool:
    """Say whether one has a right in a namespace and not in all: a RoleBinding is in a namespace
    that exists."""
    here = await cluster.can("list", "workflows", namespace=namespace)
    return here.allowed and not (await cluster.can("list", "workflows")).allowed


def some_of(names: Sequence[str]) -> str:
    """Return the first names, and how many more there are."""
    shown = ", ".join(names[:NAMED])
    return f"{shown} and {len(names) - NAMED} more" if len(names) > NAMED else shown


class Absence(msgspec.Struct, frozen=True):
    """The message about a missing namespace; not `certain` if the server does not say whether it
    exists."""

    words: str
    certain: bool = True


async def absence(
    cluster: ClusterPort, namespace: str, known: Iterable[str] = ()
) -> Absence | None:
    """Return the message about a missing namespace, with the nearest name; None if it exists.

    The answer is not certain if the user can neither list nor read namespaces. Raises the
    `BackendError` of a server that does not answer.
    """
    if not is_namespace(namespace):
        return Absence(f"no namespace can have the name {namespace}")
    try:
        names = await cluster.namespaces()
    except ForbiddenError:
        try:
            if await cluster.has_namespace(namespace):
                return None
        except ForbiddenError:
            if await _has_own_right(cluster, namespace):
                return None
            told = f"it is unknown whether namespace {namespace} exists"
            return Absence(f"{told}: you may not read namespaces", certain=False)
        names = [*cluster.related_namespaces, *known]
    if namespace in names:
        return None
    return Absence(f"there is no namespace {namespace}{suggest(namespace, names)}")
