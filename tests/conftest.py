"""Fixtures for every kind of test: a clock that moves when told, a cluster in the process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from argotui.backend.kube.cluster import KubeCluster, connect
from argotui.demo.cluster import EmbeddedCluster
from tests.support import ManualClock


@pytest.fixture
def clock() -> ManualClock:
    """The time of the embedded cluster and of whatever the test hands it to."""
    return ManualClock()


@pytest.fixture
async def embedded(clock: ManualClock) -> AsyncIterator[EmbeddedCluster]:
    """An embedded cluster without workflows, on the manual clock; silent until it is advanced."""
    cluster = EmbeddedCluster(clock)
    await cluster.start()
    yield cluster
    await cluster.stop()


@pytest.fixture
async def cluster(embedded: EmbeddedCluster, tmp_path: Path) -> AsyncIterator[KubeCluster]:
    """The embedded cluster, connected to as its admin."""
    kubeconfig = embedded.write_kubeconfig(tmp_path / "kubeconfig")
    connected = await connect(kubeconfig=str(kubeconfig))
    yield connected
    await connected.close()
