"""The user and the connection, for the other ports over a cluster."""

from __future__ import annotations

from argotui.backend.kube.cluster import KubeCluster
from argotui.backend.person import SameUser


class KubeUser(SameUser):
    """A `PersonPort` over a cluster, with its transport."""

    def __init__(self, cluster: KubeCluster) -> None:
        super().__init__(cluster)
        self._cluster = cluster
        self._transport = cluster.transport
