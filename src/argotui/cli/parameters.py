"""The options that give parameters of a workflow their values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from argotui.cli import values
from argotui.cli.decide import assignments

F = TypeVar("F", bound=Callable[..., Any])


def parameter_option(text: str = "The value of a parameter.") -> Callable[[F], F]:
    """Return the option `-p NAME=VALUE`, whose help is `text`."""
    return click.option(
        "-p",
        "--parameter",
        "parameters",
        multiple=True,
        callback=assignments,
        metavar="NAME=VALUE",
        help=text,
    )


parameter_file_option = click.option(
    "-f",
    "--parameter-file",
    metavar="FILE",
    help="A YAML or JSON file of parameters; -p counts more.",
    shell_complete=values.files,
)
