"""A text in a file, and the editor that a person has chosen for it."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from argotui.errors import ConfigError

_VARIABLES = ("KUBE_EDITOR", "VISUAL", "EDITOR")
_DEFAULT = "vi"


def editor_command(environ: Mapping[str, str] = os.environ) -> list[str]:
    """Return the command of the editor: KUBE_EDITOR, VISUAL, EDITOR, or vi."""
    chosen = next((environ[name] for name in _VARIABLES if environ.get(name)), _DEFAULT)
    try:
        return shlex.split(chosen) or [_DEFAULT]
    except ValueError:
        return [chosen]


class EditFile:
    """A file that only its owner can read, with the text to edit."""

    def __init__(self, stem: str, text: str) -> None:
        handle, name = tempfile.mkstemp(prefix=f"argotui-{stem}-", suffix=".yaml")
        os.close(handle)
        self.path = Path(name)
        self.write(text)

    def write(self, text: str) -> None:
        self.path.write_text(text, "utf-8")

    def read(self) -> str:
        """Return the text as it is now. Raises ConfigError if it cannot be read."""
        try:
            return self.path.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"{self.path} cannot be read", str(error)) from None

    def edit(self) -> None:
        """Run the editor and wait for it. Raises ConfigError if it cannot run or fails."""
        command = editor_command()
        try:
            code = subprocess.call([*command, str(self.path)])  # noqa: S603 - the user's own
        except OSError as error:
            title = f"The editor {command[0]} cannot run"
            raise ConfigError(title, str(error), "Set EDITOR.") from None
        if code != 0:
            raise ConfigError(f"The editor {command[0]} ended with code {code}")

    def remove(self) -> None:
        self.path.unlink(missing_ok=True)
