"""What a generated admission policy is made of."""

from __future__ import annotations

import re

import msgspec

_RULE = re.compile(r"\(argotui rule: ([a-z-]+)\)")
_REFUSAL = re.compile(r"ValidatingAdmissionPolicy '([^']+)' with binding '[^']+' denied request: ")


class Validation(msgspec.Struct, frozen=True):
    """One door that is kept shut: `holds` is a CEL expression that is true of an allowed request.

    `bypass` is one sentence for whoever reads the policy. What a refused person reads is `message`,
    or what the CEL expression `tells` says, with the rule's name behind it.
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
    """A named CEL expression that rules use as `variables.NAME`; `about` is for whoever reads."""

    name: str
    value: str
    about: str = ""


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """A ValidatingAdmissionPolicy to be. `kind` is the last part of its name; the controller is
    not asked where `exempt` holds other names than none. The resources are Argo's where no other
    `group` is named."""

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
    """A refusal by an admission policy, as the API server words it."""

    policy: str
    rule: str
    """The name of our rule; empty where the policy is not one of ours."""
    words: str


def plain_refusal(message: str) -> str:
    """Return why a request was refused: what a policy says before which one it was, as lines are
    cut at their ends. What no admission policy refused stays as it is."""
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
