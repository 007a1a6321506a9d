"""Counts in words."""

from __future__ import annotations


def counted(number: int, thing: str, things: str = "") -> str:
    """Return `1 line`, `2 lines`, `12,408 lines`.

    `things` is the plural if it is not formed with an s. It may include a verb: `1 gate waits` and
    `2 gates wait`.
    """
    return f"{number:,} {thing if number == 1 else things or thing + 's'}"


def none_of(number: int, thing: str, does: str, does_not: str, things: str = "") -> str:
    """Return `None of the 4 lines matches` (`does`), and of one `The only line does not match`."""
    if number == 1:
        return f"The only {thing} {does_not}"
    return f"None of the {counted(number, thing, things)} {does}"
