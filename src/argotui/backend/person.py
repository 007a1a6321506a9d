"""The user of a connection, for each of its ports."""

from __future__ import annotations

from argotui.backend.ports.person import Access, Identity, PersonPort


class SameUser:
    """A `PersonPort` that asks another one: all ports of a connection act as one user."""

    def __init__(self, person: PersonPort) -> None:
        self._person = person

    async def whoami(self) -> Identity:
        """See `PersonPort`."""
        return await self._person.whoami()

    async def can(
        self,
        verb: str,
        resource: str,
        *,
        namespace: str = "",
        group: str = "argoproj.io",
        subresource: str = "",
        name: str = "",
    ) -> Access:
        """See `PersonPort`."""
        return await self._person.can(
            verb, resource, namespace=namespace, group=group, subresource=subresource, name=name
        )
