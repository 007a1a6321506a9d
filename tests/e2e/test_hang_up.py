"""A terminal that goes away, as over SSH, takes the console with it: no process is left behind."""

from __future__ import annotations

from pathlib import Path

from tests.terminal import ARGOTUI, Terminal


def test_the_console_ends_with_its_terminal(tmp_path: Path) -> None:
    env = {"XDG_CONFIG_HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path)}
    terminal = Terminal([*ARGOTUI, "demo", "--workflows", "3"], env)
    terminal.until("gates wait")
    terminal.until("running")
    terminal.hang_up()
