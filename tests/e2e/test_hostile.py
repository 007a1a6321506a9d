"""What a workflow says must not reach the terminal as anything but text: asserted on the bytes.

The embedded cluster has a workflow whose names, messages, parameters, events and log lines hold
escape sequences, C1 controls, bidirectional controls and Textual markup.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.terminal import ARGOTUI, Terminal

# What the hostile workflow would have a terminal do, and what would show that it did.
PAYLOADS = {
    "clipboard": rb"\x1b\]52",
    "title": rb"\x1b\][012];",
    "8-bit CSI": rb"\xc2\x9b",
    "8-bit controls": rb"\xc2[\x80-\x9f]",
    "bidirectional": rb"\xe2\x80[\xaa-\xae]|\xe2\x81[\xa6-\xa9]",
    "zero width": rb"\xe2\x80[\x8b-\x8f]",
    "tab": rb"\t",
    "separators": rb"\xe2\x80[\xa8\xa9]",
    "plain SGR red": rb"\x1b\[31m",
}
SIZE = {"rows": 40, "columns": 130}


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Terminal]:
    """The console on the embedded cluster, its list of workflows filtered to the hostile one."""
    env = {
        "XDG_CONFIG_HOME": str(tmp_path),
        "XDG_STATE_HOME": str(tmp_path),
        "COLORTERM": "truecolor",
        "ARGOTUI_POLICY": "",
    }
    with Terminal([*ARGOTUI, "demo", "--workflows", "3"], env, **SIZE) as terminal:
        terminal.until("hostile-texts")
        terminal.send("/hostile\r")
        terminal.until("1 of ")
        yield terminal


def assert_harmless(terminal: Terminal) -> None:
    for name, pattern in PAYLOADS.items():
        found = re.search(pattern, bytes(terminal.seen))
        assert found is None, (
            f"{name}: {bytes(terminal.seen)[found.start() - 40 : found.end() + 40]!r}"
        )


def quit_console(terminal: Terminal) -> None:
    assert terminal.alive, terminal.text
    terminal.send(":q\r")
    assert terminal.wait() == 0
    assert "Traceback" not in terminal.text


def open_hostile(terminal: Terminal) -> None:
    terminal.send("\r")
    terminal.until("1 tree")


def test_11_no_sequence_of_a_workflow_reaches_the_terminal(console: Terminal) -> None:
    open_hostile(console)
    for tab, shown in (("2", "2 graph"), ("3", "3 timeline"), ("4", "4 events"), ("5", "5 yaml")):
        console.send(tab)
        console.until(shown)
        for key in ("\x1b[B", "\x1b[6~", "\x1b[A"):
            console.send(key)
            console.read(0.2)
    console.send("1")
    for _ in range(20):
        console.send("j")
        console.read(0.05)
    console.send("\r")
    console.read(0.5)
    assert_harmless(console)
    console.send("\x1b")
    console.send("\x1b")
    quit_console(console)
    assert_harmless(console)


def test_11_no_sequence_of_a_log_reaches_the_terminal(console: Terminal) -> None:
    console.send("l")
    console.until("logs  hostile-texts")
    console.until("echo(8:zero")
    for key in ("w", "t", "0", "G", "g"):
        console.send(key)
        console.read(0.3)
    console.send("/cleared\r")
    console.until("14 hits")
    assert "cleared" in console.text
    assert_harmless(console)
    console.send("\x1b\x1b")
    quit_console(console)


def click(terminal: Terminal, row: int, column: int) -> None:
    """Press and release the left button, as a terminal reports it (SGR mouse mode)."""
    at = f"{column + 1};{row + 1}"
    terminal.send(f"\x1b[<0;{at}M\x1b[<0;{at}m")


def test_11_clicking_what_a_workflow_says_runs_nothing(console: Terminal) -> None:
    open_hostile(console)
    rows = SIZE["rows"] - 2
    for row in range(3, rows):
        for column in range(2, SIZE["columns"], 8):
            click(console, row, column)
        console.read(0.05)
    assert_harmless(console)
    console.send("\x03\x03")
    assert console.wait() == 0


@pytest.mark.parametrize("screen", ["inbox", "gate"])
def test_11_no_sequence_of_a_gate_reaches_the_terminal_and_clicking_it_runs_nothing(
    console: Terminal, screen: str
) -> None:
    console.send(":gates\r")
    console.until("EXPIRES")
    console.send("/hostile\r")
    console.until("1 of ")
    if screen == "gate":
        console.send("\r")
        console.until("request")
        for key in ("\x1b[6~", "\x1b[5~", "\t", "\x1b[B", "\x1b[B", "\x1b[A"):
            console.send(key)
            console.read(0.2)
    assert_harmless(console)
    for row in range(3, SIZE["rows"] - 2):
        for column in range(2, SIZE["columns"], 8):
            click(console, row, column)
        console.read(0.05)
    assert console.alive
    assert_harmless(console)
    console.send("\x03\x03")
    assert console.wait() == 0
    assert "Traceback" not in console.text


def test_11_the_command_line_prints_no_sequence_either(tmp_path: Path) -> None:
    server = [*ARGOTUI, "demo", "--headless", "--workflows", "3"]
    with Terminal(server, {"XDG_CONFIG_HOME": str(tmp_path)}, rows=10, columns=200) as cluster:
        cluster.until("kubeconfig")
        found = re.search(r"\S*kubeconfig\S*", cluster.text)
        assert found
        kubeconfig = next(
            word for word in cluster.text.split() if "kubeconfig" in word and "/" in word
        ).removeprefix("KUBECONFIG=")
        env = {"KUBECONFIG": kubeconfig, "XDG_CONFIG_HOME": str(tmp_path)}
        for verb in (
            ["list", "hostile"],
            ["get", "hostile-texts"],
            ["get", "hostile-texts", "-o", "yaml"],
            ["logs", "hostile-texts"],
            ["gates", "--no-verdict"],
        ):
            with Terminal([*ARGOTUI, *verb], env, rows=40, columns=200) as run:
                assert run.wait() == 0, run.text
                for name in ("clipboard", "title", "8-bit controls", "bidirectional"):
                    assert not re.search(PAYLOADS[name], bytes(run.seen)), (verb, name)
    assert os.environ.get("KUBECONFIG") != kubeconfig
