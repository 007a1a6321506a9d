"""The parts of a generated admission policy, and the refusals of policies."""

from __future__ import annotations

import re

import msgspec

_RULE = re.compile(r"\(argotui rule: ([a-z-]+)\)")
_REFUSAL = re.compile(r"ValidatingAdmissionPolicy '([^']+)' with binding '[^']+' denied request: ")


class Validation(msgspec.Struct, frozen=True):
    """One rule against a bypass: `holds` is a CEL expression, true for a request that is allowed.

    `bypass` is one sentence for readers of the policy. A refused user reads `message`, or the
    result of the CEL expression `tells`, followed by the name of the rule.
    """

    name: str
    bypass: str
    holds: str
    message: str = ""
    tells: str = ""

    @property
    def suffix(self) -> str:
        return f" (argotui rule: {self.name})"


class Variable(msgspec.Struct, frozen=True):
    """A named CEL expression that rules use as `variables.NAME`; `about` is for readers."""

    name: str
    value: str
    about: str = ""


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """A ValidatingAdmissionPolicy to generate. `kind` is the last part of its name; the policy does
    not apply to the users in `exempt`. The resources are Argo's by default (`group`)."""

    kind: str
    about: str
    group: str = "argoproj.io"
    version: str = "v1alpha1"
    resources: tuple[str, ...]
    rules: tuple[Validation, ...]
    variables: tuple[Variable, ...] = ()
    exempt: tuple[str, ...] = ()
    decision: str = ""
    """A CEL expression for the audit annotation `decision`; empty text means no annotation."""


class Refusal(msgspec.Struct, frozen=True):
    """A refusal by an admission policy, in the words of the API server."""

    policy: str
    rule: str
    """The name of our rule; empty for a policy of others."""
    words: str


def plain_refusal(message: str) -> str:
    """Return why a request was refused: first the words of the policy, then its rule or name,
    because lines are cut at their ends. Other messages stay as they are."""
    told = read_refusal(message)
    if told is None:
        return message
    return f"{told.words} ({f'rule {told.rule}' if told.rule else told.policy})"


def read_refusal(message: str) -> Refusal | None:
    """Return which policy refused a request and why, or None if no admission policy did."""
    found = _REFUSAL.search(message)
    if found is None:
        return None
    words = message[found.end() :].strip()
    named = _RULE.search(words)
    if named is None:
        return Refusal(found[1], "", words)
    return Refusal(found[1], named[1], words[: named.start()].strip())
