"""Files that somebody names: some can be read only once."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

_read: dict[tuple[str, int, int], bytes] = {}
_lock = threading.Lock()


def read_text(path: str | os.PathLike[str]) -> str:
    """Return the UTF-8 text that a file holds; of a pipe, what came out of it the first time.

    `<(command)` of a shell, a FIFO and /dev/stdin give what they hold once; who asks again (another
    context, another connection) would get nothing, or wait for ever. Raises OSError and
    UnicodeDecodeError.
    """
    found = os.stat(path)
    if stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode):
        return Path(path).read_text(encoding="utf-8")
    known = (os.path.abspath(path), found.st_dev, found.st_ino)
    with _lock:
        if known not in _read:
            _read[known] = Path(path).read_bytes()
        return _read[known].decode("utf-8")


def is_regular(path: str | os.PathLike[str]) -> bool:
    """Say whether a path is that of a file that can be read, and replaced, again and again."""
    return os.path.isfile(path)
