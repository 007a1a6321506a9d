"""A program in a pseudo-terminal: the bytes it sends, and the screen they make."""

from __future__ import annotations

import os
import select
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import pexpect
import pyte

from tests.support import PATIENCE

ARGOTUI = [sys.executable, "-m", "argotui"]


def _heed_signals() -> None:
    """Let a child be told to end also where the tests themselves were started to ignore it."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


class Terminal:
    """A running terminal program; `read` must be called for it to go on.

    `seen` holds every byte it sent; `display` is the screen that a terminal would show.
    """

    def __init__(
        self,
        command: list[str],
        env: dict[str, str] | None = None,
        rows: int = 45,
        columns: int = 140,
    ) -> None:
        self.started = time.perf_counter()
        # These would outweigh the size of the pseudo-terminal.
        inherited = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES")}
        self._child = pexpect.spawn(
            command[0],
            command[1:],
            env={**inherited, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8", **(env or {})},
            dimensions=(rows, columns),
            timeout=PATIENCE,
            preexec_fn=_heed_signals,
        )
        self.pid = int(self._child.pid or 0)
        self.seen = bytearray()
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._fed = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self.stop()

    def read(self, seconds: float) -> bytes:
        """Return what arrives within `seconds`, at once when something does."""
        ready, _, _ = select.select([self._child.fileno()], [], [], seconds)
        if not ready:
            return b""
        try:
            data = os.read(self._child.fileno(), 65536)
        except OSError:
            return b""
        self.seen += data
        return data

    @property
    def display(self) -> list[str]:
        """The screen's lines as of what was read so far."""
        if self._fed < len(self.seen):
            self._stream.feed(bytes(self.seen[self._fed :]))
            self._fed = len(self.seen)
        return [line.rstrip() for line in self._screen.display]

    @property
    def text(self) -> str:
        return "\n".join(self.display)

    def until(self, wanted: str, *, absent: bool = False) -> str:
        """Read until `wanted` is on the screen (`absent`: no longer is); return its text."""
        missing = f"{wanted!r} {'still there' if absent else 'not there'}"
        return self.until_true(lambda text: (wanted in text) != absent, missing)

    def until_true(self, condition: Callable[[str], bool], missing: str) -> str:
        """Read until the screen's text meets a condition, else fail with what is `missing`."""
        deadline = time.monotonic() + PATIENCE
        while not condition(self.text):
            if not (self.alive or self.read(0)):
                raise AssertionError(f"{missing} when it ended:\n{self.text}")
            if time.monotonic() > deadline:
                raise AssertionError(f"{missing} after {PATIENCE:g} s:\n{self.text}")
            self.read(0.05)
        return self.text

    def send(self, keys: str) -> None:
        os.write(self._child.fileno(), keys.encode())

    def forget(self) -> None:
        """Empty the screen, as a terminal does that shows another one meanwhile."""
        self._fed = len(self.seen)
        self._screen.reset()

    def resize(self, rows: int, columns: int) -> None:
        self._screen.resize(rows, columns)
        self._child.setwinsize(rows, columns)

    @property
    def alive(self) -> bool:
        return bool(self._child.isalive())

    def wait(self) -> int:
        """Read until the program ends; return its exit code."""
        deadline = time.monotonic() + PATIENCE
        while self.alive:
            self.read(0.05)
            assert time.monotonic() < deadline, f"still running after {PATIENCE:g} s:\n{self.text}"
        while self.read(0.05):
            pass
        self._child.close()
        return int(self._child.exitstatus if self._child.exitstatus is not None else -1)

    def hang_up(self) -> None:
        """Close the terminal as a lost connection does, and wait for the program to end."""
        os.close(self._child.fileno())
        self._child.closed = True
        deadline = time.monotonic() + PATIENCE
        while os.waitpid(self.pid, os.WNOHANG) == (0, 0):
            assert time.monotonic() < deadline, f"still running {PATIENCE:g} s after the hang-up"
            time.sleep(0.02)

    def stop(self) -> None:
        """End the program as it wishes to be ended, by force where it does not."""
        if not self._child.closed and self.alive:
            os.kill(self.pid, signal.SIGTERM)
            deadline = time.monotonic() + PATIENCE
            while self.alive and time.monotonic() < deadline:
                self.read(0.02)
        self._child.close(force=True)


@contextmanager
def filtered_console(text: str, folder: Path) -> Iterator[Terminal]:
    """The console on the cluster of $KUBECONFIG, filtered to a text, with its files in a folder."""
    environ = {"XDG_CONFIG_HOME": str(folder), "XDG_STATE_HOME": str(folder)}
    with Terminal(ARGOTUI, environ, rows=40, columns=180) as terminal:
        terminal.until("live")
        terminal.send(f"/{text}\r")
        terminal.until(f"/{text}")
        yield terminal
