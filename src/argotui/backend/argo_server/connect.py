"""Connecting to a cluster through an Argo server."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping

from argotui.backend.argo_server.admission import ServerAdmission
from argotui.backend.argo_server.archive import ServerArchive
from argotui.backend.argo_server.client import ArgoClient
from argotui.backend.argo_server.cluster import ServerCluster
from argotui.backend.argo_server.doctor import ServerDoctor
from argotui.backend.argo_server.gates import ServerGates
from argotui.backend.argo_server.objects import ServerObjects
from argotui.backend.argo_server.target import ServerAddress, server_target
from argotui.backend.argo_server.workflows import ServerWorkflows
from argotui.backend.clock import Clock, SystemClock
from argotui.backend.kube.kubeconfig_file import KubeconfigSource
from argotui.backend.ports import Backend


async def connect_server(
    address: ServerAddress,
    *,
    namespace: str | None = None,
    kubeconfig: KubeconfigSource = None,
    clock: Clock | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Backend:
    """Return the ports of an Argo server.

    Nothing is sent before the first request. Raises ConfigError for an address or a token that
    cannot be used.
    """
    own_clock = clock or SystemClock()
    target = await asyncio.to_thread(server_target, address, namespace, kubeconfig, environ)
    cluster = ServerCluster(ArgoClient(target, own_clock), own_clock)
    objects = ServerObjects(cluster, own_clock)
    return Backend(
        cluster,
        ServerGates(cluster),
        ServerAdmission(cluster),
        ServerDoctor(cluster),
        objects,
        ServerWorkflows(cluster, objects),
        ServerArchive(cluster.client),
    )
