"""An office on the embedded cluster."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from argotui.demo.cluster import EmbeddedCluster
from tests.gates.support import Office
from tests.support import ManualClock


@pytest.fixture
async def office(
    embedded: EmbeddedCluster, clock: ManualClock, tmp_path: Path
) -> AsyncIterator[Office]:
    async def settle() -> None:
        for _ in range(5):
            await clock.advance(1)
            await asyncio.sleep(0)

    def kubeconfig(user: str) -> Path:
        return embedded.write_kubeconfig(tmp_path / f"{user}.kubeconfig", user)

    found = Office(kubeconfig, tmp_path / "state", clock, settle)
    yield found
    await found.close()
