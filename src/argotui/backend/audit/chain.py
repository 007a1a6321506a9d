"""The hash chain of the audit log: what links one line to the next, and what breaks it.

The chain shows an edit, a removal and a swap. It cannot show that its last lines are missing, nor a
rewrite of all of it by its owner: that takes an anchor, a head that was written down elsewhere.
"""

from __future__ import annotations

import enum
import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import NamedTuple

GENESIS = "0" * 64


class Head(NamedTuple):
    """The last entry of a log: its number, from 1, and its hash."""

    seq: int
    hash: str

    def __str__(self) -> str:
        return f"{self.seq}:{self.hash}"


EMPTY = Head(0, GENESIS)


class Damage(enum.Enum):
    TORN = "torn"
    """Not JSON: a write that a crash cut short, or something else's line."""
    EDITED = "edited"
    """Its text does not give its hash."""
    MISSING = "missing"
    """It does not follow the line before it: lines are gone, or were put in."""
    SWAPPED = "swapped"
    """Its number is not above that of the line before it."""
    TRUNCATED = "truncated"
    """An anchor names an entry that the log does not hold."""
    REWRITTEN = "rewritten"
    """An anchor names another entry, or another log, than the one that is there."""


class ChainProblem(NamedTuple):
    """`line` counts from 1; 0 if the damage is not in one line."""

    line: int
    damage: Damage
    detail: str


def parse_head(text: str) -> Head | None:
    """Return the head that `str(head)` was, or None."""
    number, _, digest = text.partition(":")
    if number.isdecimal() and len(digest) == 64 and all(c in "0123456789abcdef" for c in digest):
        return Head(int(number), digest)
    return None


def parse_anchor(text: str) -> tuple[str, Head] | None:
    """Return log and head of an anchor `LOG/SEQ:HASH`, or None."""
    log, slash, rest = text.partition("/")
    head = parse_head(rest)
    return (log, head) if slash and head else None


def hash_of(entry: Mapping[str, object]) -> str:
    """Return an entry's hash: SHA-256 of its canonical JSON without `hash`, with `prev`."""
    body = {name: value for name, value in entry.items() if name != "hash"}
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()


def seal(entry: Mapping[str, object], after: Head) -> dict[str, object]:
    """Return an entry linked to the head that it follows: with `seq`, `prev` and `hash`."""
    sealed: dict[str, object] = {**entry, "seq": after.seq + 1, "prev": after.hash}
    sealed["hash"] = hash_of(sealed)
    return sealed


def head_of_line(line: bytes) -> Head | None:
    """Return the head that a line leaves, or None if it is not an entry."""
    try:
        entry = json.loads(line)
        seq, digest = entry["seq"], entry["hash"]
    except (ValueError, KeyError, TypeError):
        return None
    return Head(seq, digest) if isinstance(seq, int) and isinstance(digest, str) else None


def verify(lines: Iterable[bytes], anchors: Iterable[Head] = ()) -> tuple[Head, list[ChainProblem]]:
    """Return the head of a log and everything wrong with it, in line order.

    Anchors are heads written down elsewhere: each must be in the log as it was.
    """
    problems: list[ChainProblem] = []
    head = EMPTY
    seen: dict[int, str] = {}
    for number, line in enumerate(lines, start=1):
        here = head_of_line(line)
        if here is None:
            problems.append(ChainProblem(number, Damage.TORN, "not an entry"))
            continue
        entry = json.loads(line)
        if hash_of(entry) != here.hash:
            problems.append(ChainProblem(number, Damage.EDITED, f"entry {here.seq} was changed"))
        elif here.seq <= head.seq:
            problems.append(
                ChainProblem(
                    number, Damage.SWAPPED, f"entry {here.seq} stands after entry {head.seq}"
                )
            )
        elif here.seq != head.seq + 1 or entry.get("prev") != head.hash:
            problems.append(
                ChainProblem(number, Damage.MISSING, f"entry {here.seq} does not follow {head.seq}")
            )
        seen[here.seq] = here.hash
        head = here
    for anchor in sorted(set(anchors)):
        if anchor.seq and seen.get(anchor.seq) != anchor.hash:
            damage, what = (
                (Damage.REWRITTEN, "is another one in")
                if anchor.seq in seen
                else (Damage.TRUNCATED, "is not in")
            )
            detail = f"entry {anchor.seq}, which an anchor names, {what} this log"
            problems.append(ChainProblem(0, damage, detail))
    return head, problems
