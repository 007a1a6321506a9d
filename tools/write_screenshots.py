"""Write the README's screenshots of the embedded cluster: `python -m tools.write_screenshots`."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from argotui.config.settings import Settings
from argotui.demo.api.kinds import WORKFLOWS
from argotui.demo.cluster import EmbeddedCluster
from tests.snapshots.driver import ClusterSetup, Console, SnapshotDriver
from tests.support import until

DOCS = Path(__file__).parents[1] / "docs"
SIZE = (120, 30)
SEED = 1
PASSED = 60
"""Seconds that the embedded cluster lives on before the picture, by its own clock."""


def _without_hostile(cluster: EmbeddedCluster) -> None:
    cluster.objects.delete(WORKFLOWS, "argo", "hostile-texts")


async def draw(folder: Path) -> None:
    """Write `screenshot.svg`, the list, and `screenshot-workflow.svg`, one of its workflows."""
    setup = ClusterSetup(_without_hostile, scenarios=True, seed=SEED, elapsed=PASSED)
    console = Console(setup, Settings())
    async with console.run_test(size=SIZE) as pilot:
        driver = SnapshotDriver(console, pilot)
        await until(lambda: console.connection.state == "ready")
        await driver.sees("visual-analysis", "docproc-", "live")
        await driver.still()
        (folder / "screenshot.svg").write_text(console.export_screenshot(), "utf-8")
        name = next(
            row.key.name
            for row in console.session.store.summaries()
            if row.key.name.startswith("visual-analysis") and row.gates
        )
        await driver.open(name)
        await driver.press("m")
        await driver.sees("‖ waiting")
        await driver.still()
        (folder / "screenshot-workflow.svg").write_text(console.export_screenshot(), "utf-8")


if __name__ == "__main__":
    os.environ.pop("NO_COLOR", None)
    os.environ["TZ"] = "UTC"
    asyncio.run(draw(Path(sys.argv[1]) if len(sys.argv) > 1 else DOCS))
