"""What a person does in an evening with `argotui demo`, and what their terminal gets of it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.terminal import ARGOTUI, Terminal

ENTER, ESCAPE, CTRL_C = "\r", "\x1b", "\x03"
MODES = {1000: "clicks", 1002: "drags", 1003: "moves", 1006: "SGR mouse", 1015: "urxvt mouse"}
MODES |= {1004: "focus", 2004: "paste", 1049: "alternate screen"}
CRASHING = """
import sys
from argotui.screens.workflows.screen import WorkflowsScreen
def broken(screen):
    raise RuntimeError("a fault in a screen")
WorkflowsScreen.action_list_describe = broken
from argotui.cli.main import main
sys.argv = ["argotui", "demo", "--workflows", "3"]
sys.exit(main())
"""

Open = Callable[..., Terminal]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """An environment in which nothing of the machine's own is read or written."""
    return {
        "XDG_CONFIG_HOME": str(tmp_path),
        "XDG_STATE_HOME": str(tmp_path),
        "COLORTERM": "truecolor",
        "NO_COLOR": "",
        "ARGOTUI_POLICY": "",
    }


@pytest.fixture
def demo(environment: dict[str, str]) -> Iterator[Open]:
    """Opens the console on an embedded cluster whose workflows hardly move."""
    opened: list[Terminal] = []

    def open_demo(rows: int = 40, columns: int = 130, **environ: str) -> Terminal:
        command = [*ARGOTUI, "demo", "--workflows", "3", "--speed", "0.01"]
        terminal = Terminal(command, environment | environ, rows, columns)
        opened.append(terminal)
        terminal.until("hostile-texts")
        return terminal

    yield open_demo
    for terminal in opened:
        terminal.stop()


@contextmanager
def serving(environment: dict[str, str], *options: str) -> Iterator[dict[str, str]]:
    """An embedded cluster without a console; gives an environment with its kubeconfig."""
    command = [*ARGOTUI, "demo", "--headless", "--workflows", "30", *options]
    with Terminal(command, environment, rows=10, columns=200) as cluster:
        cluster.until("try it")
        kubeconfig = next(line for line in cluster.display if line.endswith("/kubeconfig"))
        yield environment | {"KUBECONFIG": kubeconfig}


def assert_restored(seen: bytes) -> None:
    """Fail unless every mode that was set is set back, and the cursor is to be seen."""
    for mode, name in MODES.items():
        states = re.findall(rb"\x1b\[\?%d([hl])" % mode, seen)
        assert not states or states[-1] == b"l", f"{name} left on"
    assert re.findall(rb"\x1b\[\?25([hl])", seen)[-1:] == [b"h"], "the cursor is left hidden"
    assert re.findall(rb"\x1b\[\?1049([hl])", seen) in ([b"h", b"l"],), "screens not paired"
    keyboards = re.findall(rb"\x1b\[([<>])\d*u", seen)
    assert keyboards.count(b">") <= keyboards.count(b"<"), "the keyboard protocol left on"


def test_from_the_list_to_a_log_and_back(demo: Open) -> None:
    on = demo()
    on.send(f"/cert-rotation{ENTER}")
    on.until("1 of ")
    on.send(ENTER)
    on.until("1 tree")
    on.until("next problem")
    on.send("n")
    on.until("exit code")
    on.send("l")
    on.until("s follow")
    on.until("ERROR failed with exit code")
    on.until("ended")
    on.send(ESCAPE)
    on.until("1 tree")
    on.send(ESCAPE)
    on.until("1 of ")
    on.send(ESCAPE)
    on.until(" shown", absent=True)
    on.send("g")  # the cursor stays on what was found, wherever that is in the list
    on.until("hostile-texts")
    on.send(f":logs migrate-accounts-9{ENTER}")
    on.until("following")
    on.send("s")
    on.until("paused")
    on.send("s")
    on.until("following")
    on.send(ESCAPE)
    on.until("hostile-texts")
    on.send(f":ns{ENTER}")
    on.until("type a part of the name")
    on.send(ESCAPE)
    on.until("type a part of the name", absent=True)
    on.send("0")
    on.until("NAMESPACE")
    on.send(f":q{ENTER}")
    assert on.wait() == 0
    assert_restored(bytes(on.seen))
    assert b"Warning" not in on.seen.rpartition(b"\x1b[?1049l")[2]


def test_markup_typed_into_the_prompts_is_text(demo: Open) -> None:
    on = demo()
    on.send("/[/x]")
    on.until("/[/x]")
    on.send(ENTER)
    on.until(" shown")
    on.send(ESCAPE + ESCAPE)
    on.until("docproc-")
    on.send(f":[/x]{ENTER}")
    on.until("there is no command [/x]")
    on.send(ESCAPE)
    on.send(f":ns [@click=app.quit]x{ENTER}")
    on.until("[@click=app.quit]x")
    assert on.alive


def test_one_ctrl_c_asks_and_two_leave(demo: Open) -> None:
    on = demo()
    on.send(CTRL_C)
    on.until("Press again to leave")
    on.send(CTRL_C * 2)  # the first may come too late to be the second within a moment
    assert on.wait() == 0
    assert_restored(bytes(on.seen))


def test_the_terminal_may_change_its_size(demo: Open) -> None:
    on = demo(rows=24, columns=80)
    on.resize(50, 200)
    on.until("TEMPLATE")
    on.until_true(lambda text: "? keys" in on.display[49], "no footer at the bottom")
    on.resize(15, 60)
    on.until_true(lambda text: "keys" in on.display[14], "no footer at the bottom")
    on.send(ENTER)
    on.until("1 tree")
    for tab in "23456":
        on.send(tab)
        on.resize(24, 80)
        on.resize(5, 20)
        on.resize(30, 100)
    on.until_true(lambda text: "? keys" in on.display[29], "no footer at the bottom")
    on.send(f":q{ENTER}")
    assert on.wait() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_terminal_is_restored_when_the_console_is_told_to_end(
    demo: Open, number: signal.Signals
) -> None:
    on = demo()
    os.kill(on.pid, number)
    assert on.wait() == 0
    assert_restored(bytes(on.seen))


def test_a_terminal_is_restored_after_a_crash(environment: dict[str, str], tmp_path: Path) -> None:
    with Terminal([sys.executable, "-c", CRASHING], environment) as on:
        on.until("hostile-texts")
        on.send("d")
        assert on.wait() != 0
        assert_restored(bytes(on.seen))
        left = on.seen.rpartition(b"\x1b[?1049l")[2].decode()
    assert "internal error: RuntimeError" in left
    assert "Traceback" not in left
    report = next((tmp_path / "argotui").glob("crash-*.txt"))
    assert "a fault in a screen" in report.read_text()


def test_without_colour_none_is_sent(demo: Open) -> None:
    on = demo(NO_COLOR="1")
    on.send(ENTER)
    on.until("1 tree")
    for tab in "23451":
        on.send(tab)
    on.send(f":theme light{ENTER}")
    on.until("1 tree")
    on.send(f":q{ENTER}")
    assert on.wait() == 0
    parameters = set(re.findall(rb"\x1b\[([\d;:]*)m", bytes(on.seen)))
    codes = {int(code) for each in parameters for code in re.split(rb"[;:]", each) if code}
    attributes = {1, 2, 3, 4, 7, 9}
    assert codes <= {0, *attributes, 22, 23, 24, 27, 29}, f"colours among {sorted(codes)}"
    assert 7 in codes, "the cursor is not to be seen"


def test_nothing_is_sent_while_nothing_happens(demo: Open) -> None:
    """The header's word for freshness has no seconds, ages are coarse, no cursor blinks."""
    on = demo()
    on.until("live")
    sent: list[int] = []
    for _ in range(12):  # the first ages may move, and the demo's workflows do go on now and then
        before = len(on.seen)
        for _ in range(10):
            on.read(0.25)
        sent.append(len(on.seen) - before)
        if sent[-1] < 2.5 * 200:
            return
    pytest.fail(f"never still: {sent} bytes")


@pytest.mark.parametrize("command", [["demo"], []])
def test_without_a_terminal_it_says_so(command: list[str], environment: dict[str, str]) -> None:
    environ = {**os.environ, **environment}
    done = subprocess.run(
        [*ARGOTUI, *command], env=environ, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "needs a terminal" in done.stderr
    assert not done.stdout


def test_a_dumb_terminal_is_refused(environment: dict[str, str]) -> None:
    with Terminal([*ARGOTUI, "demo"], {**environment, "TERM": "dumb"}) as on:
        assert on.wait() == 2
        assert "TERM is dumb" in on.text
        assert b"\x1b" not in on.seen


def test_a_pipe_that_closes_early_is_silent(environment: dict[str, str]) -> None:
    with serving(environment) as environ:
        for verb in ("list", "list -o json", "get release-2.41 -o yaml", "logs hostile-texts"):
            script = f'{sys.executable} -m argotui {verb} | head -1; echo "${{PIPESTATUS[0]}}"'
            done = subprocess.run(
                ["bash", "-c", script],
                env={**os.environ, **environ},
                capture_output=True,
                text=True,
            )
            assert done.stderr == "", verb
            first, code = done.stdout.splitlines()
            assert first, verb
            assert code in ("0", "141"), verb
