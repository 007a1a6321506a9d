"""Connecting to a cluster through the Kubernetes API."""

from __future__ import annotations

from argotui.backend.clock import Clock
from argotui.backend.kube.admission import KubeAdmission
from argotui.backend.kube.archive import NoArchive
from argotui.backend.kube.cluster import KubeCluster, open_cluster
from argotui.backend.kube.doctor import KubeDoctor
from argotui.backend.kube.gates import KubeGates
from argotui.backend.kube.kubeconfig_file import KubeconfigSource
from argotui.backend.kube.objects import KubeObjects
from argotui.backend.kube.workflows import KubeWorkflows
from argotui.backend.ports import Backend


async def connect(
    *,
    context: str | None = None,
    kubeconfig: KubeconfigSource = None,
    clock: Clock | None = None,
) -> Backend:
    """Return the ports of a context (default: the current one).

    Nothing is sent before the first request. Raises ConfigError if the kubeconfig leads to no
    cluster.
    """
    return backend_over(await open_cluster(context=context, kubeconfig=kubeconfig, clock=clock))


def backend_over(cluster: KubeCluster) -> Backend:
    """Return all ports over one cluster; they share its connections and credentials."""
    return Backend(
        cluster,
        KubeGates(cluster),
        KubeAdmission(cluster),
        KubeDoctor(cluster),
        KubeObjects(cluster),
        KubeWorkflows(cluster),
        NoArchive(),
    )
