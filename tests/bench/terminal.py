"""What a terminal program costs: CPU, memory, bytes sent, time to answer a key."""

from __future__ import annotations

import re
import statistics
import time
from dataclasses import dataclass

import psutil

from tests.terminal import Terminal


@dataclass(frozen=True)
class Idle:
    """One quiet spell: CPU in percent of a core, memory in MB, output in bytes a second."""

    cpu: float
    memory: float
    output: float


class Program(Terminal):
    """A terminal program that is measured; its screen is decoded in `until_shown` alone."""

    def until_sent(self, pattern: bytes, seconds: float = 120, mark: int | None = None) -> float:
        """Return the seconds from now until `pattern` is among the bytes sent since `mark`."""
        start = time.perf_counter()
        begin = max(0, len(self.seen) - 200) if mark is None else mark
        wanted = re.compile(pattern)
        while time.perf_counter() - start < seconds:
            if wanted.search(self.seen, begin):
                return time.perf_counter() - start
            self.read(0.05)
        raise TimeoutError(f"{pattern!r} was not sent in {seconds} s")

    def until_shown(self, text: str, seconds: float) -> float:
        """Return the seconds from now until `text` stands on the screen.

        Only cells that differ are sent, so that a new text need not be among the bytes.
        """
        start = time.perf_counter()
        while time.perf_counter() - start < seconds:
            if text in self.text:
                return time.perf_counter() - start
            self.read(0.05)
        raise TimeoutError(f"{text!r} was not shown in {seconds} s")

    def watch(self, seconds: float) -> Idle:
        """Read without touching anything; say what it cost."""
        process = psutil.Process(self.pid)
        processes = [process, *process.children(recursive=True)]
        before = sum(p.cpu_times().user + p.cpu_times().system for p in processes)
        start, size = time.perf_counter(), len(self.seen)
        while (left := seconds - (time.perf_counter() - start)) > 0:
            self.read(left)
        took = time.perf_counter() - start
        after = sum(p.cpu_times().user + p.cpu_times().system for p in processes)
        memory = sum(p.memory_info().rss for p in processes) / 1e6
        return Idle(100 * (after - before) / took, memory, (len(self.seen) - size) / took)

    def press(self, key: str) -> float:
        """Send a key and return the seconds until the program answered with output."""
        while self.read(0.0):
            pass
        start = time.perf_counter()
        self.send(key)
        while not self.read(1.0):
            if time.perf_counter() - start > 10:
                raise TimeoutError(f"no answer to {key!r}")
        return time.perf_counter() - start


def percentile(values: list[float], share: float) -> float:
    """Return the `share` quantile, such as 0.99."""
    return statistics.quantiles(values, n=100, method="inclusive")[round(share * 100) - 1]
