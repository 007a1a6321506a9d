"""What goes wrong behind the screens, in a file readable by its owner alone."""

from __future__ import annotations

import logging
import os
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path

import platformdirs

from argotui.model.redact import redact_text
from argotui.model.sanitise import clean

BYTES = 1_000_000
OLD_FILES = 2


class SafeFormatter(logging.Formatter):
    """Removes secrets and terminal control characters, also from tracebacks."""

    def format(self, record: logging.LogRecord) -> str:
        return redact_text(clean(super().format(record)))


class OwnFile(RotatingFileHandler):
    """A rotating log file with mode 0600 from the start."""

    def _open(self) -> TextIOWrapper:
        os.close(os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT, 0o600))
        return super()._open()


def log_to_file(folder: Path | None = None) -> Path | None:
    """Send warnings and worse to a file and return its path, or None if it cannot be written.

    The Kubernetes client is held at warnings whatever its own level: it would log whole answers.
    """
    folder = folder or platformdirs.user_state_path("argotui")
    logging.getLogger("kubernetes_asyncio").setLevel(logging.WARNING)
    root = logging.getLogger()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / "argotui.log"
        handler: logging.Handler = OwnFile(
            path, maxBytes=BYTES, backupCount=OLD_FILES, encoding="utf-8", errors="backslashreplace"
        )
    except OSError:
        root.addHandler(logging.NullHandler())
        return None
    handler.setFormatter(SafeFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    handler.setLevel(logging.WARNING)
    root.addHandler(handler)
    return path
