"""Small pieces of CEL that several rules are made of."""

from __future__ import annotations

from collections.abc import Iterable


def literal(text: str) -> str:
    """Return a string as CEL writes it."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")
    return f"'{escaped}'"


def listing(texts: Iterable[str]) -> str:
    """Return strings as a CEL list."""
    return "[" + ", ".join(map(literal, texts)) + "]"


def unchanged(before: str, after: str, *, except_where: str = "false") -> str:
    """Return that two maps hold the same, but for the keys `k` where an expression holds."""
    return (
        f"[{before}, {after}].all(side, side.all(k,\n"
        f"  {except_where}\n"
        f"  || {before}[?k] == {after}[?k]))"
    )


def names_in(text: str) -> str:
    """Return the names in a comma-separated text as a CEL list."""
    return f"{text}.split(',')\n  .map(one, one.trim()).filter(one, one != '')"


def begins(key: str, *prefixes: str) -> str:
    """Return that a string begins with one of the prefixes."""
    found = " || ".join(f"{key}.startsWith({literal(prefix)})" for prefix in prefixes)
    return f"({found})" if len(prefixes) > 1 else found
