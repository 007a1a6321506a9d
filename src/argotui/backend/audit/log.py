"""The audit log: hash-chained JSON lines, one on disk before each write and one after it."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from argotui.backend.audit.chain import (
    EMPTY,
    ChainProblem,
    Head,
    head_of_line,
    seal,
    verify,
)
from argotui.errors import BackendError

_TAIL = 1 << 16


class AuditError(BackendError):
    """The log cannot be written or read; without it nothing may be decided."""


class AuditLog:
    """One file of entries, shared by every console of a user on a machine.

    The file is created with mode 0600 in a directory of mode 0700. Each append takes an exclusive
    lock, links to whatever the last entry is by then, and returns after fsync.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    async def append(self, entry: Mapping[str, object]) -> Head:
        """Write one entry and return the new head; raises `AuditError` if it is not on disk."""
        return await asyncio.to_thread(self.append_now, entry)

    def append_now(self, entry: Mapping[str, object]) -> Head:
        """Write one entry, blocking."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                os.fchmod(descriptor, 0o600)
                last, torn = self._last(descriptor)
                sealed = seal(entry, last)
                line = json.dumps(sealed, separators=(",", ":"), ensure_ascii=True) + "\n"
                # A line that a crash cut short stays; verify reports it.
                data = (b"\n" if torn else b"") + line.encode("ascii")
                while data:
                    data = data[os.write(descriptor, data) :]
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise AuditError(
                f"The audit log cannot be written: {error.strerror}",
                str(self.path),
                "Nothing was decided. Mend the file or name another one (gates.audit_log).",
            ) from error
        return Head(int(str(sealed["seq"])), str(sealed["hash"]))

    def lines(self) -> Iterator[bytes]:
        """Yield the raw lines, oldest first; nothing if there is no log yet."""
        try:
            with self.path.open("rb") as file:
                for line in file:
                    yield line.rstrip(b"\n")
        except FileNotFoundError:
            return
        except OSError as error:
            raise AuditError(
                f"The audit log cannot be read: {error.strerror}", str(self.path)
            ) from error

    def entries(self) -> Iterator[dict[str, object]]:
        """Yield the entries that can be read, oldest first, unverified."""
        for line in self.lines():
            with contextlib.suppress(ValueError):
                entry = json.loads(line)
                if isinstance(entry, dict):
                    yield entry

    @property
    def identity(self) -> str:
        """The identity of this log: the start of its first entry's hash; "" if the log is empty."""
        first = next(self.lines(), b"")
        head = head_of_line(first)
        return head.hash[:16] if head else ""

    def anchor(self, head: Head) -> str:
        """Return a head in the form for other places: `LOG/SEQ:HASH`."""
        return f"{self.identity}/{head}"

    def check(self, anchors: tuple[Head, ...] = ()) -> tuple[Head, list[ChainProblem]]:
        """Return the log's head and everything wrong with it."""
        return verify(self.lines(), anchors)

    @staticmethod
    def _last(descriptor: int) -> tuple[Head, bool]:
        """Return the head of the last intact entry, and whether the last line has no end."""
        size = os.fstat(descriptor).st_size
        if size == 0:
            return EMPTY, False
        length = _TAIL
        while True:
            start = max(0, size - length)
            block = os.pread(descriptor, size - start, start)
            lines = block.split(b"\n")
            # The first piece may be the end of a longer line.
            for line in reversed(lines if start == 0 else lines[1:]):
                if line and (head := head_of_line(line)):
                    return head, not block.endswith(b"\n")
            if start == 0:
                return EMPTY, not block.endswith(b"\n")
            length *= 4
