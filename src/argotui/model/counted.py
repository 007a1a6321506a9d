"""Numbers of things, in words."""

from __future__ import annotations


def counted(number: int, thing: str) -> str:
    """Return `1 line`, `2 lines`, `12,408 lines`; the plural is that with an s."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
