"""Parts of CEL expressions that several rules share."""

from __future__ import annotations

from collections.abc import Iterable


def literal(text: str) -> str:
    """Return a CEL string literal."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")
    return f"'{escaped}'"


def listing(texts: Iterable[str]) -> str:
    """Return a CEL list of string literals."""
    return "[" + ", ".join(map(literal, texts)) + "]"


def unchanged(before: str, after: str, *, except_where: str = "false") -> str:
    """Return the CEL for: two maps are equal, except for keys `k` for which an expression holds."""
    return (
        f"[{before}, {after}].all(side, side.all(k,\n"
        f"  {except_where}\n"
        f"  || {before}[?k] == {after}[?k]))"
    )


def names_in(text: str) -> str:
    """Return the CEL for: the names in a comma-separated text, as a list."""
    return f"{text}.split(',')\n  .map(one, one.trim()).filter(one, one != '')"


def begins(key: str, *prefixes: str) -> str:
    """Return the CEL for: a string begins with one of the prefixes."""
    found = " || ".join(f"{key}.startsWith({literal(prefix)})" for prefix in prefixes)
    return f"({found})" if len(prefixes) > 1 else found
