"""The embedded cluster behind its Argo server."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from argotui.backend.ports import Backend
from argotui.demo.argo_server.http import ArgoServer
from argotui.demo.cluster import EmbeddedCluster
from tests.support import ManualClock
from tests.unit.argo_server.connections import Connections


@pytest.fixture
async def server(embedded: EmbeddedCluster, clock: ManualClock) -> AsyncIterator[ArgoServer]:
    """The Argo server of the embedded cluster."""
    found = ArgoServer(embedded.url, clock)
    await found.start()
    yield found
    await found.stop()


@pytest.fixture
async def connections(
    embedded: EmbeddedCluster, server: ArgoServer, clock: ManualClock
) -> AsyncIterator[Connections]:
    """Connections of the cluster's users through that server."""
    found = Connections(embedded, server, clock)
    yield found
    await found.close()


@pytest.fixture
async def backend(connections: Connections) -> Backend:
    """The connection of an admin."""
    return await connections.open("admin")
