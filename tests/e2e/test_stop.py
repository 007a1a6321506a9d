"""The console stopped from outside (SIGTSTP) and brought back by the shell's `fg` (SIGCONT)."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import psutil

from tests.terminal import ARGOTUI, Terminal


def test_after_a_stop_every_line_is_drawn_again(tmp_path: Path) -> None:
    environ = {"XDG_CONFIG_HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path)}
    with Terminal([*ARGOTUI, "demo"], environ, rows=24, columns=100) as terminal:
        terminal.until("live")
        terminal.until("PROGRESS")
        process = psutil.Process(terminal.pid)
        os.kill(terminal.pid, signal.SIGTSTP)
        terminal.until_true(lambda _: process.status() == psutil.STATUS_STOPPED, "no stop")
        while terminal.read(0.1):
            pass
        terminal.forget()
        os.kill(terminal.pid, signal.SIGCONT)
        terminal.until_true(
            lambda text: (
                sum(bool(line.strip()) for line in text.splitlines()) > 15
                and all(word in text for word in ("live", "PROGRESS", "keys"))
            ),
            "lines are missing",
        )
