"""Users of the embedded cluster, and of a real one with a real OPA."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from argotui.demo.cluster import EmbeddedCluster
from tests.gates.branch import Branch
from tests.gates.lab import Lab, opa_with_the_pack
from tests.gates.support import ClusterUsers
from tests.support import ManualClock


@pytest.fixture
async def users(
    embedded: EmbeddedCluster, clock: ManualClock, tmp_path: Path
) -> AsyncIterator[ClusterUsers]:
    async def settle() -> None:
        for _ in range(5):
            await clock.advance(1)
            await asyncio.sleep(0)

    def kubeconfig(user: str) -> Path:
        return embedded.write_kubeconfig(tmp_path / f"{user}.kubeconfig", user)

    found = ClusterUsers(kubeconfig, tmp_path / "state", clock, settle)
    yield found
    await found.close()


@pytest.fixture
async def still(clock: ManualClock) -> AsyncIterator[EmbeddedCluster]:
    """A cluster without a controller: what is put there stays as it is."""
    cluster = EmbeddedCluster(clock, controller=False)
    await cluster.start()
    yield cluster
    await cluster.stop()


@pytest.fixture
async def lab(tmp_path: Path) -> AsyncIterator[Lab]:
    async with opa_with_the_pack() as url:
        found = Lab(tmp_path, url)
        yield found
        await found.end()


@pytest.fixture
async def branch(tmp_path: Path) -> AsyncIterator[Branch]:
    async with opa_with_the_pack() as url:
        found = Branch(tmp_path, url, f"argotui-gates-{random.SystemRandom().getrandbits(32):08x}")
        await found.open()
        yield found
        await found.end()
