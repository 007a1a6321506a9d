"""Connections through the embedded cluster's Argo server, and workflows to archive there."""

from __future__ import annotations

import asyncio
import os
from datetime import timedelta
from typing import Any

from argotui.backend.argo_server.connect import connect_server
from argotui.backend.argo_server.target import ServerAddress
from argotui.backend.clock import Clock
from argotui.backend.ports import Backend
from argotui.demo.api.kinds import WORKFLOWS
from argotui.demo.argo_server.http import ArgoServer
from argotui.demo.cluster import EmbeddedCluster
from argotui.model.argo import COMPLETED, PHASE
from tests.support import EPOCH, ManualClock


class Connections:
    """Connections of users through one Argo server."""

    def __init__(self, cluster: EmbeddedCluster, server: ArgoServer, clock: ManualClock) -> None:
        self.cluster = cluster
        self.server = server
        self.clock = clock
        self._opened: list[Backend] = []

    async def open(self, user: str, clock: Clock | None = None) -> Backend:
        """Return the connection of a user."""
        found = await connect_server(
            ServerAddress(self.server.url),
            namespace="argo",
            kubeconfig=os.devnull,
            clock=clock or self.clock,
            environ={"ARGO_TOKEN": f"Bearer {self.cluster.token(user)}"},
        )
        self._opened.append(found)
        return found

    def archive(self, name: str, started: float, **parts: Any) -> str:
        """Archive a workflow that started so many seconds after the epoch; return its uid."""
        document = completed(name, started, **parts)
        self.server.archive.add(document)
        return str(document["metadata"]["uid"])

    def create(self, name: str, started: float, **parts: Any) -> str:
        """Put a completed workflow into the cluster; return its uid."""
        document = completed(name, started, **parts)
        del document["metadata"]["uid"]
        return self.cluster.objects.create(WORKFLOWS, document).uid

    async def settle(self) -> None:
        """Let the controller act."""
        for _ in range(5):
            await self.clock.advance(1)
            await asyncio.sleep(0)

    async def close(self) -> None:
        for each in self._opened:
            await each.cluster.close()


def completed(
    name: str,
    started: float,
    *,
    phase: str = "Succeeded",
    labels: dict[str, str] | None = None,
    namespace: str = "argo",
    nodes: dict[str, Any] | None = None,
    spec: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Return a completed workflow."""

    def at(seconds: float) -> str:
        return (EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")

    number = abs(hash((name, started))) % 10**12
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "uid": f"00000000-0000-4000-8000-{number:012d}",
            "creationTimestamp": at(started),
            "labels": {COMPLETED: "true", PHASE: phase, **(labels or {})},
        },
        "spec": spec or {"entrypoint": "main"},
        "status": {
            "phase": phase,
            "startedAt": at(started),
            "finishedAt": at(started + 60),
            "nodes": nodes or {},
        },
    }
