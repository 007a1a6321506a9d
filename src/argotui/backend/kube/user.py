"""The identity and rights of the user, for the other ports over a cluster."""

from __future__ import annotations

from argotui.backend.kube.cluster import KubeCluster
from argotui.backend.ports import Access, Identity


class KubeUser:
    """A `PersonPort` over a cluster."""

    def __init__(self, cluster: KubeCluster) -> None:
        self._cluster = cluster
        self._transport = cluster.transport

    async def whoami(self) -> Identity:
        return await self._cluster.whoami()

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
        return await self._cluster.can(
            verb, resource, namespace=namespace, group=group, subresource=subresource, name=name
        )
