"""The cluster under test: the embedded one always, a real one where KUBECONFIG names it."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator

import pytest

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
