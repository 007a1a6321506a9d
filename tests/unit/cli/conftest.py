"""A command line in a process of its own, away from the settings of whoever runs the tests."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from argotui.demo.cluster import EmbeddedCluster
from tests.support import PATIENCE, ManualClock
from tests.unit.cli.cluster import CommandLine

NOT_KEPT = ("NO_COLOR", "COLUMNS", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED")
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """The environment of the command line: a home without any file."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("ARGO", "XDG_", "KUBE")) and name not in NOT_KEPT
    }
    home = tmp_path / "home"
    home.mkdir()
    return kept | {"HOME": str(home), "PYTHONUTF8": "1"}


@pytest.fixture
def run(environ: dict[str, str]) -> Run:
    """Run `argotui` with arguments and return what it printed and its exit code."""

    def run(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "argotui", *arguments],
            env=environ | more,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )

    return run


@pytest.fixture
async def argotui(
    clock: ManualClock, tmp_path: Path, environ: dict[str, str]
) -> AsyncIterator[CommandLine]:
    """The command line on an embedded cluster in which nothing happens by itself."""
    cluster = EmbeddedCluster(clock, controller=False)
    await cluster.start()
    yield CommandLine(cluster, tmp_path, environ)
    await cluster.stop()
