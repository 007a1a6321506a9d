"""Let another program have the terminal, while the console goes on reading."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import Any, NamedTuple

from textual.app import App

_KEPT = 4096
"""How many bytes of what a program says on stderr are kept."""


class Ended(NamedTuple):
    """How a program ended, and the end of what it wrote to stderr."""

    code: int
    said: str


async def run_aside(app: App[Any], command: Sequence[str], title: str) -> Ended:
    """Give a program the terminal until it ends, and draw the console again after that.

    The event loop goes on; nothing is drawn meanwhile. `title` is a line that is printed first.
    Raises SuspendNotSupported without a terminal, and OSError if the program cannot be started.
    """
    with app.batch_update(), app.suspend():
        sys.stdout.write(f"{title}\n")
        sys.stdout.flush()
        # Ctrl-C belongs to the program; one that is ignored would be ignored by it as well.
        before = signal.signal(signal.SIGINT, _pass)
        try:
            return await _run(command)
        finally:
            signal.signal(signal.SIGINT, before)


def _pass(number: int, frame: FrameType | None) -> None:
    """Do nothing on a signal."""


async def _run(command: Sequence[str]) -> Ended:
    process = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
    said = b""
    try:
        if process.stderr is not None:
            while data := await process.stderr.read(1024):
                os.write(sys.stderr.fileno(), data)
                said = (said + data)[-_KEPT:]
        return Ended(await process.wait(), said.decode(errors="replace"))
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()
