"""Which namespaces a person may read who may not read all at once."""

from __future__ import annotations

import asyncio

from argotui.backend.errors import ForbiddenError
from argotui.backend.ports import ClusterPort

AT_ONCE = 8
ASKED = 200
"""How many namespaces are asked about at most; the context's own is the first."""


async def readable_namespaces(cluster: ClusterPort, *known: str) -> list[str]:
    """Return the namespaces whose workflows may be listed, the context's own first.

    Asks the server (SelfSubjectAccessReview) about each namespace it names, or where it names none
    about those that the kubeconfig names for it; and in either case about those that are `known`.
    Raises the `BackendError` of a server that answers neither.
    """
    first = list(dict.fromkeys((cluster.default_namespace or "default", *known)))
    try:
        names = await cluster.namespaces()
    except ForbiddenError:
        names = list(cluster.related_namespaces)
    names = [*first, *sorted(name for name in names if name not in first)][:ASKED]
    limit = asyncio.Semaphore(AT_ONCE)

    async def may_list(name: str) -> bool:
        async with limit:
            access = await cluster.can("list", "workflows", namespace=name)
            return access.allowed

    allowed = await asyncio.gather(*map(may_list, names))
    return [name for name, yes in zip(names, allowed, strict=True) if yes]
