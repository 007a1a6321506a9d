"""Files from the command line and the settings; some can be read only once."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

_read: dict[tuple[str, int, int], bytes] = {}
_lock = threading.Lock()


def read_text(path: str | os.PathLike[str]) -> str:
    """Return the UTF-8 text of a file; for a pipe, the text of the first read.

    `<(command)` of a shell, a FIFO and /dev/stdin return their content once. A second read, for
    another context or connection, would return nothing or block. Raises OSError and
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
    """Return whether a path is a regular file, which can be read and replaced repeatedly."""
    return os.path.isfile(path)
