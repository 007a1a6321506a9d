"""Secrets in places that workflows show: found by name and by shape, and hidden."""

from __future__ import annotations

import json
import re

from argotui.model.sanitise import clean

MASK = "••••"

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")

_SECRET_WORDS = frozenset(
    {
        "password",
        "passwords",
        "passwd",
        "passphrase",
        "pwd",
        "token",
        "secret",
        "secrets",
        "apikey",
        "accesskey",
        "privatekey",
        "dsn",
        "credential",
        "credentials",
        "authorization",
        "bearer",
        "jwt",
    }
)
_HARMLESS_LAST = frozenset(
    {
        "name",
        "names",
        "ref",
        "path",
        "paths",
        "file",
        "type",
        "kind",
        "count",
        "counts",
        "length",
        "limit",
        "policy",
        "namespace",
        "url",
        "endpoint",
        "expiry",
        "ttl",
        "enabled",
    }
)
_HARMLESS_KEYS = frozenset(
    {
        "public",
        "primary",
        "foreign",
        "partition",
        "sort",
        "cache",
        "object",
        "artifact",
        "s",
        "idempotency",
        "memoize",
        "index",
        "config",
        "map",
        "label",
        "group",
        "routing",
        "row",
    }
)

_NAMED = (
    r"[\w.-]{0,64}(?:passw(?:or)?d|passphrase|secret|token|api[_-]?key|access[_-]?key|private[_-]?key"
    r"|credentials?|dsn)[\w-]{0,64}"
)

_PEM = re.compile(
    r"(-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----)(.*?)"
    r"(-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----|\Z)",
    re.DOTALL,
)
_ENTRY = re.compile(
    r"""(\bname["']?\s*:\s*["']?([\w.-]{1,128})["']?\s*[\n,]\s*["']?value["']?\s*:[ \t]*["']?)"""
    r"""(?!\{\{)([^\s"'][^\n"']*)"""
)
_ASSIGNED = re.compile(
    rf"""(?i)(?<![\w.-])({_NAMED})(["']?[ \t]*[:=][ \t]*["']?|[ \t]+(?=[^\s-]))"""
    r"""(?!\{\{|\$|["'\[\{|>•])([^\s"',;&]+)"""
)
_SHAPES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\beyJ[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*){1,3}"), MASK),
    (re.compile(r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b"), MASK),
    (
        re.compile(
            r"\b(?:gh[opsru]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{20,}|xox[abeoprs]-[\w-]{10,}"
            r"|AIza[\w-]{35}|sk-[\w-]{20,}|hv[sb]\.[\w-]{20,})"
        ),
        MASK,
    ),
    (re.compile(r"(?i)\b(bearer|basic)([ \t]+)[\w.~+/=-]{8,}"), rf"\1\2{MASK}"),
    (
        re.compile(
            r"(?i)\b(x-(?:amz|goog)-(?:signature|credential|security-token)|sig|signature)"
            r"(=|%3d)[^&\s\"'<>]{8,}"
        ),
        rf"\1\2{MASK}",
    ),
    (re.compile(r"(://[^\s/:@\"']{0,256}:)[^\s\"']{1,1024}@"), rf"\1{MASK}@"),
)
_HINT = re.compile(
    r"(?i)eyJ|A[KSBC][IC]A|gh[opsru]_|_pat_|glpat|xox|AIza|sk-|hv[sb]\.|bearer|basic|sig|x-(?:amz|goog)"
    r"|://|passw|passphrase|secret|token|api[_-]?key|access[_-]?key|private|credential|dsn|value"
)


def is_secret_name(name: str) -> bool:
    """Say whether a value under this name (camelCase, kebab-case or snake_case) is to be covered.

    `db-password` and `apiKey` are; `secretName`, `token_url` and `partition-key` point at something
    and are not.
    """
    words = [word.lower() for word in _WORDS.findall(name)]
    if not words:
        return False
    last = words[-1]
    if last == "key":
        return len(words) == 1 or words[-2] not in _HARMLESS_KEYS
    return last not in _HARMLESS_LAST and not _SECRET_WORDS.isdisjoint(words)


def redact_text(text: str) -> str:
    """Return `text` with what has the shape of a secret covered: private keys, JWTs, cloud and
    forge tokens, bearer and basic credentials, signatures of presigned URLs, passwords in URLs,
    and what is assigned to a telling name. Idempotent.
    """
    if not _HINT.search(text):
        return text
    text = _PEM.sub(rf"\1{MASK}\3", text)
    for shape, cover in _SHAPES:
        text = shape.sub(cover, text)
    text = _ENTRY.sub(_cover_entry, text)
    return _ASSIGNED.sub(_cover_assigned, text)


def redact_value(name: str, value: str) -> str:
    """Return a named value, hidden completely if its name suggests a secret, else by shape."""
    if not value:
        return value
    if is_secret_name(name):
        return MASK
    return _redact_string(value)


def redact_tree(value: object, name: str = "") -> object:
    """Return a decoded JSON value with its secrets covered: under telling names, in `name`/`value`
    pairs, after a telling flag in a list of arguments, and by shape. Equal in structure.
    """
    if isinstance(value, str):
        if name != "key" and is_secret_name(name):
            return MASK if value else value
        return _redact_string(value)
    if isinstance(value, dict):
        return _redact_mapping(value)
    if isinstance(value, list):
        return _redact_list(value, name)
    if isinstance(value, bool) or value is None or name == "key":
        return value
    return MASK if is_secret_name(name) else value


def _redact_mapping(value: dict[object, object]) -> dict[object, object]:
    entry = value.get("name")
    named = isinstance(entry, str) and is_secret_name(entry)
    covered: dict[object, object] = {}
    for key, item in value.items():
        if named and key in ("value", "default") and not isinstance(item, dict | list):
            covered[key] = item if item in (None, "") else MASK
        else:
            covered[key] = redact_tree(item, clean(str(key)))
    return covered


def _redact_list(value: list[object], name: str) -> list[object]:
    covered: list[object] = []
    flagged = False
    for item in value:
        is_flag = isinstance(item, str) and item.startswith("-")
        if flagged and isinstance(item, str) and not is_flag:
            covered.append(MASK if item else item)
        else:
            covered.append(redact_tree(item, name))
        flagged = is_flag and is_secret_name(str(item))
    return covered


def _redact_string(value: str) -> str:
    """Cover a string as it looks once it is clean: a control could hide a secret in it."""
    seen = clean(value)
    covered = _redact_clean(seen)
    return value if covered == seen else covered


def _redact_clean(value: str) -> str:
    """Cover a string; one that is JSON itself is judged by its own names."""
    if value[:1] in "{[" and value.rstrip()[-1:] in ("}", "]"):
        try:
            decoded = json.loads(value)
        except (ValueError, RecursionError):
            return redact_text(value)
        covered = redact_tree(decoded)
        return value if covered == decoded else json.dumps(covered, ensure_ascii=False)
    return redact_text(value)


def _cover_entry(match: re.Match[str]) -> str:
    return f"{match[1]}{MASK}" if is_secret_name(match[2]) else match[0]


def _cover_assigned(match: re.Match[str]) -> str:
    blank = match[2].strip("\"' \t") == ""
    if blank and not match[1].startswith("--"):
        return match[0]
    return f"{match[1]}{match[2]}{MASK}" if is_secret_name(match[1]) else match[0]
