"""The measurements themselves; each returns plain numbers."""

from __future__ import annotations

import asyncio
import os
import shutil
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.bench.load import Api, change, kubeconfig_token, namespace_for
from tests.bench.logs import measure as log_stages
from tests.bench.terminal import Idle, Program, percentile
from tests.terminal import ARGOTUI

ROW = rb"load-\d{5}"
SETTLE = 6.0
QUIET = 10.0


@dataclass(frozen=True)
class Tool:
    """A program to measure: its command for a namespace, and keys that bring its list up."""

    name: str
    command: Callable[[str], list[str]]
    keys: str = ""
    env: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Opening:
    """From process start: seconds to the first rows; then what an idle spell costs."""

    rows: float
    idle: Idle


def installed() -> list[Tool]:
    """Return argotui and those of its peers that this machine has."""
    tools = [Tool("argotui", lambda ns: [*ARGOTUI, "-n", ns])]
    if shutil.which("k9s"):
        command = lambda ns: ["k9s", "-n", ns, "-c", "workflows"]  # noqa: E731
        tools.append(Tool("k9s", command))
    if shutil.which("aw8s") and "ARGOLAB_ARGO_SERVER" in os.environ:
        server = ["--server", os.environ["ARGOLAB_ARGO_SERVER"], "--token", kubeconfig_token()]
        tools.append(Tool("aw8s", lambda ns: ["aw8s", *server, "--namespace", ns]))
    return tools


def opening(tool: Tool, size: int) -> Opening:
    """Open a tool on a namespace and watch it."""
    with Program(tool.command(namespace_for(size)), dict(tool.env)) as program:
        begun = time.perf_counter()
        program.until_sent(ROW, mark=0)
        rows = time.perf_counter() - begun
        program.watch(SETTLE)
        return Opening(rows, program.watch(QUIET))


_METER = """
import os, subprocess, sys, time
begun = time.perf_counter()
child = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
_, status, usage = os.wait4(child.pid, 0)
print(time.perf_counter() - begun, usage.ru_maxrss, os.waitstatus_to_exitcode(status))
"""


def command(arguments: list[str]) -> tuple[float, float]:
    """Run a command to its end; return seconds and peak MB.

    Linux counts what the parent held at the time of the fork into a child's peak, so the parent is
    an interpreter that holds next to nothing.
    """
    meter = [sys.executable, "-I", "-S", "-c", _METER, *arguments]
    printed = subprocess.run(meter, capture_output=True, text=True, check=True).stdout
    took, peak, code = printed.split()
    if code != "0":
        raise SystemExit(f"{arguments} ended with {code}")
    return float(took), int(peak) / 1000


def best_of(times: int, arguments: list[str]) -> float:
    """Return the median seconds of a command run several times."""
    return statistics.median(command(arguments)[0] for _ in range(times))


class Changes:
    """A writer of changes at a steady rate, in a thread with a loop of its own."""

    def __init__(self, size: int, names: list[str], rate: float) -> None:
        self._size, self._names, self._rate = size, names, rate
        self._stop = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)
        self.made = 0

    async def _run(self) -> None:
        api = Api()
        pending: set[asyncio.Task[None]] = set()
        begun = time.perf_counter()
        while not self._stop.is_set():
            name = self._names[self.made % len(self._names)]
            message = f"change {self.made}"
            task = asyncio.create_task(change(api, namespace_for(self._size), name, message))
            pending.add(task)
            task.add_done_callback(pending.discard)
            self.made += 1
            ahead = self.made / self._rate - (time.perf_counter() - begun)
            await asyncio.sleep(max(0.0, ahead))
        await asyncio.gather(*pending)
        await api.close()

    def __enter__(self) -> Changes:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()


@dataclass(frozen=True)
class Busy:
    """With changes arriving: their real rate, what that costs, key presses in seconds."""

    rate: float
    idle: Idle
    key_median: float
    key_99: float


def busy(size: int, names: list[str], rate: float = 50.0) -> Busy:
    """Watch argotui while the rows on its screen change, then press keys."""
    with Program([*ARGOTUI, "-n", namespace_for(size)], {}) as program:
        program.until_sent(ROW, mark=0)
        program.watch(SETTLE)
        with Changes(size, names, rate) as changes:
            program.watch(2.0)
            made, begun = changes.made, time.perf_counter()
            cost = program.watch(QUIET)
            real = (changes.made - made) / (time.perf_counter() - begun)
            pressed = [program.press("j" if n % 40 < 20 else "k") for n in range(200)]
    return Busy(real, cost, statistics.median(pressed), percentile(pressed, 0.99))


def change_to_row(size: int, names: list[str], times: int = 20) -> list[float]:
    """Return the seconds from a change's acknowledgement to its row on the screen."""
    taken: list[float] = []
    with Program([*ARGOTUI, "-n", namespace_for(size)], {}) as program:
        program.until_sent(ROW, mark=0)
        program.watch(SETTLE)
        for number in range(times):
            marker = f"seen-{number:03d}-{os.getpid()}"

            async def write(text: str = marker, name: str = names[number % len(names)]) -> None:
                api = Api()
                await change(api, namespace_for(size), name, text)
                await api.close()

            writer = threading.Thread(target=lambda job=write: asyncio.run(job()))
            writer.start()
            writer.join()
            taken.append(program.until_shown(marker, seconds=10))
    return taken


def visible_names(size: int) -> list[str]:
    """Return the names on argotui's first screen."""
    with Program([*ARGOTUI, "-n", namespace_for(size)], {}) as program:
        program.until_sent(ROW, mark=0)
        program.watch(SETTLE)
        lines = program.display
    found = [word for line in lines for word in line.split() if word.startswith("load-")]
    return list(dict.fromkeys(found))


def log_lines() -> float:
    """Return the lines per second that the log view takes in while it is on a screen."""
    return next(rate for name, rate, _ in log_stages(100_000) if name.startswith("followed"))
