"""`argotui` without a verb: the console on a cluster of the kubeconfig."""

from __future__ import annotations

import os
import sys

import click

from argotui.cli.settings import load
from argotui.errors import ConfigError


def need_terminal() -> None:
    """Raise ConfigError if the console could not be drawn or typed at."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise ConfigError(
            "The console needs a terminal for its input and its output",
            hint="In a script or a pipe: argotui list, get, watch or logs.",
        )
    if os.environ.get("TERM") == "dumb":
        raise ConfigError(
            "The console cannot run in this terminal: TERM is dumb",
            hint="Set TERM to what the terminal is, or use argotui list, get, watch or logs.",
        )
    encoding = sys.stdout.encoding or ""
    if encoding.lower().replace("-", "") != "utf8":
        raise ConfigError(
            f"The console needs a UTF-8 terminal, and this one reports {encoding}",
            hint="Set LC_ALL to a UTF-8 locale (locale -a lists them; C.UTF-8 is one), or use "
            "argotui list, get, watch or logs.",
        )


def open_console(context: click.Context, first: str = "") -> int:
    """Run the console until it is left, and return the exit code; `first` is a workflow to show."""
    loaded = load(context)
    need_terminal()

    from argotui.cli.console_run import run_console

    return run_console(loaded, first=first)
