"""Internal errors: a short message, and a report without secrets."""

from __future__ import annotations

import os
import platform
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path

from argotui import __version__
from argotui.cli import exits


def report(error: BaseException) -> int:
    """Write a crash report that only its owner can read, print its path, return the exit code."""
    print(f"argotui: internal error: {type(error).__name__}", file=sys.stderr)
    try:
        path = write(error)
    except OSError as failure:
        print(f"  A report could not be written: {failure.strerror}", file=sys.stderr)
    else:
        print(f"  A report, with secrets removed, is in {path}", file=sys.stderr)
    return exits.BUG


def write(error: BaseException, folder: Path | None = None) -> Path:
    """Write the report of an error to a new file (mode 0600) and return its path."""
    if folder is None:
        import platformdirs

        folder = platformdirs.user_state_path("argotui")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"crash-{datetime.now(UTC):%Y%m%dT%H%M%S}-{os.getpid()}.txt"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(describe(error))
    return path


def describe(error: BaseException) -> str:
    """Return the report of an error: versions, the verb, and the sanitised traceback.

    Arguments and variables are left out, because they may hold names and values of a cluster.
    """
    from argotui.cli.verbs import VERBS
    from argotui.model.redact import redact_text
    from argotui.model.sanitise import clean

    verb = next((word for word in sys.argv[1:] if word in VERBS), "console")
    head = [
        f"argotui {__version__}",
        f"Python {platform.python_version()} on {platform.system()} {platform.machine()}",
        f"verb: {verb}",
    ]
    trace = "".join(traceback.format_exception(error))
    home = os.path.expanduser("~")
    if len(home) > 1:
        trace = trace.replace(home, "~")
    return "\n".join([*head, "", redact_text(clean(trace))]) + "\n"
