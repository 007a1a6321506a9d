"""The start of the console: it reads before there is one, and imports no more than it shows."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from argotui.cli.console_app import make_console
from argotui.cli.console_session import Opener
from argotui.config.loading import Loaded, load_settings
from argotui.demo.api.kinds import WORKFLOWS
from argotui.demo.cluster import EmbeddedCluster
from argotui.errors import ConfigError
from argotui.screens.workflows.screen import WorkflowsScreen
from argotui.target import Target
from tests.support import PATIENCE, ManualClock, until

LATER = ("argotui.operations", "argotui.demo", "argotui.backend.policy", "argotui.backend.audit")
"""What the first screen does not need."""

NAMES = [f"w-{number:02d}" for number in range(30)]


@pytest.fixture
def loaded(tmp_path: Path) -> Loaded:
    path = tmp_path / "config.toml"
    path.touch()
    return load_settings(path=path, environ={})


@pytest.fixture
async def cluster(clock: ManualClock) -> AsyncIterator[EmbeddedCluster]:
    embedded = EmbeddedCluster(clock, controller=False)
    for name in NAMES:
        meta = {"name": name, "namespace": "argo"}
        embedded.objects.create(WORKFLOWS, {"metadata": meta})
    await embedded.start()
    yield embedded
    await embedded.stop()


def test_the_first_screen_imports_nothing_of_the_others(environ: dict[str, str]) -> None:
    code = (
        "import sys; import argotui.cli.console_session, argotui.cli.console_app; "
        f"print([name for name in sys.modules if name.startswith({LATER!r})])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=environ, capture_output=True, text=True, timeout=PATIENCE
    )
    assert done.stdout == "[]\n", done.stderr


def test_the_cluster_is_asked_without_what_draws(environ: dict[str, str]) -> None:
    code = (
        "import sys; import argotui.cli.console_run, argotui.cli.console_session; "
        "print([name for name in ('textual', 'rich') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=environ, capture_output=True, text=True, timeout=PATIENCE
    )
    assert done.stdout == "[]\n", done.stderr


async def test_what_was_read_before_there_is_a_console_is_shown_and_goes_on(
    cluster: EmbeddedCluster, loaded: Loaded
) -> None:
    opener = Opener(loaded, cluster.kubeconfig)
    opener.begin()
    task = opener._early
    assert task is not None
    early = await asyncio.shield(task)
    await until(lambda: len(early.store) == len(NAMES))
    console = make_console(opener)
    async with console.run_test():
        await until(lambda: console.session_or_none is early)
        screen = console.screen
        assert isinstance(screen, WorkflowsScreen)
        await until(lambda: len(screen.table.rows) == len(NAMES))
        cluster.objects.delete(WORKFLOWS, "argo", NAMES[0])
        await until(lambda: len(screen.table.rows) == len(NAMES) - 1)


async def test_only_the_first_connection_is_the_one_made_early(
    cluster: EmbeddedCluster, loaded: Loaded
) -> None:
    opener = Opener(loaded, cluster.kubeconfig)
    opener.begin()
    early, later = await opener.open(opener.first), await opener.open(Target("demo"))
    assert early is not later
    for session in (early, later):
        await session.close()
    await opener.close()


async def test_a_session_that_nobody_took_is_closed(
    cluster: EmbeddedCluster, loaded: Loaded
) -> None:
    opener = Opener(loaded, cluster.kubeconfig)
    opener.begin()
    task = opener._early
    assert task is not None
    early = await asyncio.shield(task)
    await until(lambda: early.feed.freshness.trusted)
    await opener.close()
    assert not early.feed.freshness.trusted


async def test_why_there_is_no_connection_is_kept_for_who_asks(
    tmp_path: Path, loaded: Loaded
) -> None:
    opener = Opener(loaded, lambda: str(tmp_path / "missing"))
    opener.begin()
    with pytest.raises(ConfigError, match="does not exist"):
        await opener.open(opener.first)
    unasked = Opener(loaded, lambda: str(tmp_path / "missing"))
    unasked.begin()
    await unasked.close()
