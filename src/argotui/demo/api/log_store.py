"""The logs of the embedded cluster's containers."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def nanoseconds(moment: datetime) -> int:
    """Return a time as nanoseconds since the epoch."""
    return (moment - EPOCH) // timedelta(microseconds=1) * 1000


def rfc3339_nano(stamp: int) -> str:
    """Return nanoseconds since the epoch as the kubelet writes them: nine digits, `Z`."""
    seconds, rest = divmod(stamp, 1_000_000_000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:09d}Z"


class StoredLog:
    """The lines of one run of a container: (nanoseconds since the epoch, bytes with newline)."""

    def __init__(self) -> None:
        self.lines: list[tuple[int, bytes]] = []
        self.closed = False
        self._waiting: list[asyncio.Future[None]] = []

    def append(self, stamp: int, text: bytes) -> None:
        """Add a line. Times never decrease, so a reader can resume by time."""
        if self.lines and stamp <= self.lines[-1][0]:
            stamp = self.lines[-1][0] + 1
        self.lines.append((stamp, text))
        self._wake()

    def close(self) -> None:
        """Mark the end of the container; followers get end of file."""
        self.closed = True
        self._wake()

    async def more(self, count: int) -> None:
        """Wait until there are more than `count` lines, or no more will come."""
        while len(self.lines) <= count and not self.closed:
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(future)
            await future

    def _wake(self) -> None:
        for future in self._waiting:
            if not future.done():
                future.set_result(None)
        self._waiting.clear()


class LogStore:
    """The logs of all pods, by pod uid and container; the latest run last."""

    def __init__(self) -> None:
        self._runs: dict[tuple[str, str], list[StoredLog]] = {}

    def start(self, uid: str, container: str) -> StoredLog:
        """Start the log of a new run of a container."""
        log = StoredLog()
        self._runs.setdefault((uid, container), []).append(log)
        return log

    def get(self, uid: str, container: str, *, previous: bool = False) -> StoredLog | None:
        """Return the log of the current or the previous run."""
        runs = self._runs.get((uid, container), [])
        place = 2 if previous else 1
        return runs[-place] if len(runs) >= place else None

    def forget(self, uid: str) -> None:
        """Delete the logs of a pod and end their followers."""
        for key in [key for key in self._runs if key[0] == uid]:
            for log in self._runs.pop(key):
                log.close()
