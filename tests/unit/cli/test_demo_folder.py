"""What a demo leaves behind: nothing, however it ends, and of a killed one nothing for long."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from argotui.cli.demo_folder import (
    LOCK,
    held,
    name_folder,
    remove_left_behind,
)
from tests.support import PATIENCE
from tests.terminal import ARGOTUI, Terminal

ENDINGS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


@pytest.fixture
def temporary(tmp_path: Path, environ: dict[str, str]) -> Path:
    """The folder for temporary files of what is started with `environ`."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    environ["TMPDIR"] = str(folder)
    return folder


@contextmanager
def headless(environ: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """A demo without a console that serves."""
    process = subprocess.Popen(
        [sys.executable, "-m", "argotui", "demo", "--headless", "--workflows", "0"],
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: [signal.signal(number, signal.SIG_DFL) for number in ENDINGS],
    )
    try:
        assert process.stdout
        assert Path(process.stdout.readline().strip()).exists()
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("number", ENDINGS)
def test_headless_it_takes_its_folder_along(
    environ: dict[str, str], temporary: Path, number: signal.Signals
) -> None:
    with headless(environ) as process:
        (folder,) = temporary.iterdir()
        assert folder.stat().st_mode & 0o777 == 0o700
        process.send_signal(number)
        assert process.wait(30) == 0
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("number", ENDINGS)
def test_the_console_takes_its_folder_along(
    environ: dict[str, str], temporary: Path, number: signal.Signals
) -> None:
    with Terminal([*ARGOTUI, "demo", "--workflows", "0"], environ) as terminal:
        terminal.until("gates wait")
        assert len(list(temporary.iterdir())) == 1
        os.kill(terminal.pid, number)
        terminal.wait()
    assert list(temporary.iterdir()) == []


def test_the_next_one_removes_what_a_killed_one_left_and_nothing_else(
    environ: dict[str, str], temporary: Path
) -> None:
    unknown = temporary / "argotui-demo-unknown"
    unknown.mkdir()
    linked = temporary / "argotui-demo-linked"
    with headless(environ) as process:
        (left,) = set(temporary.iterdir()) - {unknown}
        linked.symlink_to(left)
        with headless(environ) as other:
            in_use = set(temporary.iterdir()) - {unknown, linked, left}
            assert left.exists()
            process.kill()
            process.wait()
            assert (left / "kubeconfig").exists()
            remove_left_behind(temporary)
            assert set(temporary.iterdir()) == {unknown, linked, *in_use}
            other.terminate()
            assert other.wait(30) == 0
    assert set(temporary.iterdir()) == {unknown, linked}


def test_it_is_never_seen_without_its_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    folder = name_folder()
    with held(folder):
        assert [path.name for path in folder.iterdir()] == [LOCK]
        with held(name_folder()):
            assert folder.exists()
    assert list(tmp_path.iterdir()) == []


def test_a_failure_takes_it_along(tmp_path: Path) -> None:
    folder = tmp_path / "argotui-demo-failed"
    with pytest.raises(RuntimeError), held(folder):
        raise RuntimeError
    assert not folder.exists()


STUCK = """
import asyncio, pathlib, sys
from argotui.config.loading import load_settings
from argotui.cli import console_run
from argotui.cli.console_app import make_console
from argotui.cli.console_session import Opener

async def hang_up():
    console = make_console(Opener(load_settings(environ={})))
    console.exit = lambda: None
    ending = console_run.end_hung_up(console, pathlib.Path(sys.argv[1]).rmdir)
    await asyncio.Event().wait()

console_run.HANG_UP_SECONDS = 0.1
asyncio.run(hang_up())
"""
"""A console that does not come to its end once its terminal is gone."""


def test_what_has_no_time_to_end_in_good_order_takes_it_along_too(
    tmp_path: Path, environ: dict[str, str]
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    command = [sys.executable, "-c", STUCK, str(folder)]
    done = subprocess.run(command, env=environ, timeout=PATIENCE, check=False)
    assert done.returncode == 128 + signal.SIGHUP
    assert not folder.exists()
