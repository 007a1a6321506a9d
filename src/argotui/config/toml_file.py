"""Read a TOML file, and explain its mistakes in the user's terms."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from argotui.config.files import read_text
from argotui.errors import ConfigError


def read_file(path: Path) -> dict[str, object]:
    """Return the document in a TOML file; raises ConfigError."""
    try:
        return tomllib.loads(read_text(path))
    except FileNotFoundError:
        raise ConfigError(
            f"There is no config file {path}",
            hint="Write one with: argotui config init",
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ConfigError(f"The config file {path} cannot be read", str(reason)) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"The config file {path} is not valid TOML", str(error)) from None


_NAMES = {
    "str": "text",
    "bool": "true or false",
    "int": "a whole number",
    "float": "a number",
    "array": "a list",
    "object": "a table",
    "null": "nothing",
}


def explain(message: str, where: str) -> str:
    """Return msgspec's message about a value at `where` in the terms of a config file."""
    message, _, path = message.partition(" - at `")
    key = path.rstrip("`").removeprefix("$").lstrip(".")

    def name(match: re.Match[str]) -> str:
        kinds = [kind.strip() for kind in match[1].split("|")]
        if len(kinds) > 1:
            kinds = [kind for kind in kinds if kind != "null"]
        return " or ".join(_NAMES.get(kind, kind) for kind in kinds)

    told = re.sub(r"`([^`]*)`", name, message)
    if expected := re.fullmatch(r"Expected (.*), got (.*)", told):
        told = f"must be {expected[1]}, not {expected[2]}"
    elif expected := re.fullmatch(r"Expected (.*)", told):
        told = f"must be {expected[1]}"
    if key:
        where += f" {key}" if where.endswith(":") else f".{key}"
    return f"{where} {told}"
