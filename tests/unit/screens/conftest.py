"""A console on a cluster with a few workflows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from argotui.demo.cluster import EmbeddedCluster
from tests.support import ManualClock
from tests.unit.cli.cluster import workflow
from tests.unit.screens.console import Opener


@pytest.fixture(autouse=True)
def without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits for a person's quiet does not wait, and what is told to a person does not go away
    by itself: how fast a test goes on says nothing."""
    monkeypatch.setattr("argotui.screens.base.TYPING_PAUSE", 0.001)
    monkeypatch.setattr("argotui.screens.table_screen.STILL_SECONDS", 0.0)
    monkeypatch.setattr("argotui.widgets.table.virtual_table.SETTLE", 0.001)
    monkeypatch.setattr("argotui.screens.base.ANSWER_SECONDS", 3600.0)
    monkeypatch.setattr("argotui.app.QUIT_SECONDS", 3600.0)


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
