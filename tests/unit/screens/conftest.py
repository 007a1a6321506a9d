"""A console on a cluster with a few workflows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from argotui.demo.cluster import EmbeddedCluster
from tests.support import ManualClock
from tests.unit.cli.cluster import workflow
from tests.unit.screens.console import Opener


@pytest.fixture
async def opener(clock: ManualClock, tmp_path: Path) -> AsyncIterator[Opener]:
    """An embedded cluster whose workflows change only when a test changes them."""
    cluster = EmbeddedCluster(clock, controller=False)
    await cluster.start()
    opener = Opener(cluster, clock, tmp_path)
    opener.put(
        workflow("etl-1", "Running", age=600, steps={"a": "Succeeded", "b": "Running"}),
        workflow("etl-2", "Succeeded", age=300),
        workflow("report", "Running", age=1200, steps={"gate": "Running", "a": "Succeeded"}),
        workflow("broken", "Failed", age=60, message="pod [/x] failed [@click=app.exit]"),
        workflow("elsewhere", "Running", age=30, namespace="data"),
    )
    yield opener
    await cluster.stop()
