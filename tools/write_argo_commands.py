"""Write the commands and flags of `argo`: `python -m tools.write_argo_commands [ARGO]`."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

FILE = Path(__file__).with_name("argo_commands.json")
_COMMANDS = re.compile(r"^Available Commands:\n(.*?)\n\n", re.MULTILINE | re.DOTALL)
_FLAGS = re.compile(r"^Flags:\n(.*?)(?:\n\n|\Z)", re.MULTILINE | re.DOTALL)
_FLAG = re.compile(r"\s+(?:-\w, )?--([\w-]+)")


def commands_of(argo: str, *words: str) -> Iterator[tuple[str, list[str]]]:
    """Yield each command of an `argo` that has no commands of its own, with its flags."""
    line = [argo, *words, "--help"]
    done = subprocess.run(line, capture_output=True, text=True, check=True)  # noqa: S603
    inner = _COMMANDS.search(done.stdout + "\n\n")
    names = [line.split()[0] for line in inner[1].splitlines()] if inner else []
    for name in names:
        if name != "help":
            yield from commands_of(argo, *words, name)
    if not names:
        flags = _FLAGS.search(done.stdout)
        found = [_FLAG.match(line) for line in (flags[1] if flags else "").splitlines()]
        yield " ".join(words), sorted(each[1] for each in found if each and each[1] != "help")


def text_of(argo: str) -> str:
    """Return the commands of an `argo` as they stand in the file."""
    return json.dumps(dict(commands_of(argo)), indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    FILE.write_text(text_of(sys.argv[1] if len(sys.argv) > 1 else "argo"), "utf-8")
