"""The verdict of the policy on a request."""

from __future__ import annotations

import enum
import math
from collections.abc import Mapping
from datetime import datetime

import msgspec

from argotui.model.sanitise import clean_line

DOCUMENT_VERSION = 1


class PolicyAnswer(enum.Enum):
    """Only `ALLOW` allows; the others differ because their remedies differ."""

    ALLOW = "allow"
    DENY = "deny"
    NO_VERDICT = "no verdict"


class NoVerdict(enum.Enum):
    """The reasons for a missing verdict."""

    NONE = ""
    NOT_CONFIGURED = "no policy is configured"
    UNREACHABLE = "policy unreachable"
    BROKEN = "policy broken"
    STALE = "verdict out of date"


class Level(enum.IntEnum):
    """How binding a denial is; the settings say it, not the policy."""

    ADVISORY = 1
    """Shown, without further effect."""
    SOFT = 2
    """A person with the right may override with a reason."""
    HARD = 3
    """Blocked."""


class Reason(msgspec.Struct, frozen=True):
    msg: str
    code: str = ""


class Verdict(msgspec.Struct, frozen=True):
    """A policy's answer for one digest. `age` is relative to `at`; times are aware."""

    answer: PolicyAnswer
    digest: str
    at: datetime
    why: NoVerdict = NoVerdict.NONE
    detail: str = ""
    deny: tuple[Reason, ...] = ()
    warn: tuple[Reason, ...] = ()
    confidence: float | None = None
    threshold: float | None = None
    required_groups: tuple[str, ...] = ()
    policy: str = ""
    revision: str = ""
    decision_id: str = ""
    took: float = 0.0


def level_named(name: str) -> Level:
    """Return the level of that name; one that argotui does not know is hard."""
    return {"advisory": Level.ADVISORY, "soft": Level.SOFT}.get(name, Level.HARD)


class MalformedDocument(ValueError):
    """The decision document violates the contract."""


def _reasons(value: object, name: str) -> tuple[Reason, ...]:
    if not isinstance(value, list):
        raise MalformedDocument(f"{name} is not a list")
    found = []
    for item in value:
        if isinstance(item, str):
            found.append(Reason(clean_line(item)))
        elif isinstance(item, Mapping) and isinstance(item.get("msg"), str):
            found.append(Reason(clean_line(item["msg"]), clean_line(str(item.get("code") or ""))))
        else:
            raise MalformedDocument(f"{name} holds something that is neither text nor has a msg")
    return tuple(found)


def _unit(value: object, name: str) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise MalformedDocument(f"{name} is not a number")
    if not math.isfinite(value) or not 0 <= value <= 1:
        raise MalformedDocument(f"{name} is not between 0 and 1")
    return float(value)


def _text(value: object) -> str:
    return clean_line(value) if isinstance(value, str) else ""


def read_document(document: object, *, digest: str, at: datetime, took: float = 0.0) -> Verdict:
    """Return the verdict in a decision document (`v`, `allow`, `deny`, `warn`, ...).

    Fails closed: ALLOW needs a known `v`, `allow` that is the boolean true and an empty `deny`.
    Raises `MalformedDocument` for any other document; callers turn that into NO VERDICT.
    """
    if not isinstance(document, Mapping):
        raise MalformedDocument("the decision is not an object")
    version = document.get("v")
    if isinstance(version, bool) or version != DOCUMENT_VERSION:
        raise MalformedDocument(f"the decision's version is not {DOCUMENT_VERSION}")
    allow = document.get("allow")
    if not isinstance(allow, bool):
        raise MalformedDocument("allow is not a boolean")
    deny = _reasons(document.get("deny", []), "deny")
    groups = document.get("required_groups") or []
    if not isinstance(groups, list) or not all(isinstance(group, str) for group in groups):
        raise MalformedDocument("required_groups is not a list of names")
    name, _, revision = _text(document.get("policy")).partition("@")
    return Verdict(
        answer=PolicyAnswer.ALLOW if allow and not deny else PolicyAnswer.DENY,
        digest=digest,
        at=at,
        deny=deny,
        warn=_reasons(document.get("warn", []), "warn"),
        confidence=_unit(document.get("confidence"), "confidence"),
        threshold=_unit(document.get("threshold"), "threshold"),
        required_groups=tuple(clean_line(group) for group in groups),
        policy=name,
        revision=revision,
        took=took,
    )


def no_verdict(why: NoVerdict, detail: str, *, digest: str, at: datetime) -> Verdict:
    """Return a missing verdict, with cleaned words of the policy engine."""
    return Verdict(PolicyAnswer.NO_VERDICT, digest, at, why=why, detail=clean_line(detail)[:500])


def is_fresh(verdict: Verdict, digest: str, now: datetime, ttl: float) -> bool:
    """Whether a verdict is about this digest and at most `ttl` seconds old."""
    return verdict.digest == digest and 0 <= (now - verdict.at).total_seconds() <= ttl
