"""The cluster under test: the embedded one always, a real one where KUBECONFIG names it."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from argotui.backend.kube.cluster import open_cluster
from argotui.backend.kube.objects import KubeObjects
from argotui.demo.cluster import EmbeddedCluster
from tests.contract.lab import Lab, real_lab
from tests.support import ManualClock

_REAL = [
    pytest.mark.cluster,
    pytest.mark.skipif("KUBECONFIG" not in os.environ, reason="needs KUBECONFIG"),
]


@pytest.fixture(params=["embedded", pytest.param("real", marks=_REAL)])
async def lab(request: pytest.FixtureRequest, clock: ManualClock) -> AsyncIterator[Lab]:
    """A cluster to make workflows in; they are gone after the test."""
    if request.param == "real":
        lab = real_lab()
        yield lab
        await lab.close()
        return
    embedded = EmbeddedCluster(clock)
    await embedded.start()
    lab = Lab(embedded.url, embedded.directory.tokens, None, clock, embedded)
    yield lab
    await lab.close()
    await embedded.stop()


@pytest.fixture
async def objects(lab: Lab, tmp_path: Path) -> AsyncIterator[KubeObjects]:
    """The port of objects, as the admin of the cluster under test."""
    kubeconfig = os.environ.get("KUBECONFIG", "")
    if lab.embedded is not None:
        kubeconfig = str(lab.embedded.write_kubeconfig(tmp_path / "kubeconfig"))
    cluster = await open_cluster(kubeconfig=kubeconfig)
    yield KubeObjects(cluster)
    await cluster.close()
