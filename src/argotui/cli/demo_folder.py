"""The folder of a demo: readable by its owner alone, and gone with the demo."""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

PREFIX = "argotui-demo-"
LOCK = "in-use"
"""A file that the demo locks. The folder of a killed demo is recognised by the missing lock."""


def name_folder() -> Path:
    """Return the path of a new folder with a random name; it is not created yet."""
    return Path(tempfile.gettempdir()) / f"{PREFIX}{secrets.token_hex(8)}"


@contextlib.contextmanager
def held(folder: Path) -> Iterator[None]:
    """Make the folder and remove it at the end; first, remove those of demos that were killed."""
    remove_left_behind(folder.parent)
    folder.mkdir(mode=0o700)
    lock = -1
    try:
        lock = _lock(folder)
        yield
    finally:
        remove(folder)
        if lock >= 0:
            os.close(lock)


def remove(folder: Path) -> None:
    """Remove the folder of a demo that ends, if it is still there."""
    shutil.rmtree(folder, ignore_errors=True)


def remove_left_behind(parent: Path) -> None:
    """Remove the folders of this user's demos that ended without a chance to do so themselves."""
    for folder in parent.glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
                continue
            lock = os.open(folder / LOCK, os.O_RDWR | os.O_NOFOLLOW)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                remove(folder)
            finally:
                os.close(lock)


def _lock(folder: Path) -> int:
    """Return the descriptor of the lock, -1 if the file system has no locks."""
    unnamed = folder / f".{LOCK}"
    lock = os.open(unnamed, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        return -1
    unnamed.rename(folder / LOCK)  # never to be seen without its lock
    return lock
