"""Fixtures for every kind of test: a clock that moves when told, a cluster in the process."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from textual.pilot import Pilot

from argotui.backend.kube import transport
from argotui.backend.kube.cluster import KubeCluster, open_cluster
from argotui.config.argo_variables import OF_ARGO
from argotui.demo.cluster import EmbeddedCluster
from tests.contract.lab import pods_are_simulated
from tests.support import LONGEST_TEST, PATIENCE, ManualClock

# How long one example takes, or the making of one, says nothing on a shared machine.
settings.register_profile("argotui", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("argotui")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Bound every test unless the command line does; run last what disturbs the cluster."""
    if config.getoption("timeout") is None:
        for item in items:
            item.add_marker(pytest.mark.timeout(LONGEST_TEST))
    items.sort(key=lambda item: item.get_closest_marker("disruptive") is not None)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what needs containers that really run on a cluster whose pods are simulated."""
    wanted = item.get_closest_marker("kubelet") and item.get_closest_marker("cluster")
    if wanted and "KUBECONFIG" in os.environ and pods_are_simulated():
        pytest.skip("no container runs on this cluster: its nodes are simulated by kwok")


@pytest.fixture(autouse=True)
def as_patient_as_the_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that the tests run on gives up before they do."""
    monkeypatch.setattr(transport, "CONNECT_TIMEOUT", PATIENCE)
    monkeypatch.setattr(Pilot._wait_for_screen, "__defaults__", (PATIENCE,))


@pytest.fixture(autouse=True)
def through_no_argo_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variables of whoever runs the tests lead no test to an Argo server."""
    for name in [*OF_ARGO.values(), "ARGO_TOKEN"]:
        monkeypatch.delenv(name, raising=False)


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
    connected = await open_cluster(kubeconfig=str(kubeconfig))
    yield connected
    await connected.close()
