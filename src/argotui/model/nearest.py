"""What somebody meant who misspelt a name."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest(word: str, known: Iterable[str], alike: float = 0.6) -> str | None:
    """Return the known word that `word` is most likely a slip of, or None.

    `alike` is how near it must be, from 0 to 1 (`difflib.get_close_matches`).
    """
    by_lower = {name.lower(): name for name in known}
    found = difflib.get_close_matches(word.lower(), by_lower, n=1, cutoff=alike)
    return by_lower[found[0]] if found else None


def suggest(word: str, known: Iterable[str]) -> str:
    """Return `; did you mean X?` for a slip, else nothing."""
    found = nearest(word, known)
    return f"; did you mean {found}?" if found else ""
