"""Which namespaces a person may read who may not read all at once, and whether one exists."""

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
"""How many namespaces are asked about at most; the context's own is the first."""
NAMED = 4
"""How many namespaces a remark names."""


class Readable(msgspec.Struct, frozen=True):
    """The namespaces whose workflows may be listed, the context's own first.

    `complete` says whether there can be no others: the server named all there are, and each was
    asked about.
    """

    names: list[str]
    complete: bool = True


async def readable_namespaces(cluster: ClusterPort, known: Iterable[str] = ()) -> Readable:
    """Return the namespaces whose workflows may be listed.

    Asks the server (SelfSubjectAccessReview) about each namespace it names. Where it names none,
    asks about those of the kubeconfig and those that one's own rules name; in either case about
    those that are `known`. Raises the `BackendError` of a server that answers neither.
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
    """Return what one's own rules tell; a server that does not say them is no failure."""
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
    """What to say of a namespace that does not exist; not `certain` where the server does not tell
    whether it does."""

    words: str
    certain: bool = True


async def absence(
    cluster: ClusterPort, namespace: str, known: Iterable[str] = ()
) -> Absence | None:
    """Return what to say of a namespace that does not exist, naming the nearest of those there are.

    None where it exists. Who may neither list nor read namespaces cannot be told. Raises the
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
            told = f"argotui cannot tell whether namespace {namespace} exists"
            return Absence(f"{told}: you may not read namespaces", certain=False)
        names = [*cluster.related_namespaces, *known]
    if namespace in names:
        return None
    return Absence(f"there is no namespace {namespace}{suggest(namespace, names)}")
