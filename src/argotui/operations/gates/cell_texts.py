"""Texts of one cell about a gate, for the inbox and for `argotui gates`."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from argotui.model.gates.expiry import ExpiryOutcome, describe
from argotui.model.gates.gate import Gate
from argotui.model.gates.inbox import OpenGate
from argotui.model.gates.permission import Rules, denial_level, same_person
from argotui.model.gates.verdict import Level, PolicyAnswer, is_fresh
from argotui.model.redact import redact_text
from argotui.model.sanitise import clean_line
from argotui.model.spelling import spelled
from argotui.operations.admission.enforcement import Enforcement
from argotui.operations.gates.review import Review

SUSPENDED = "(suspended)"

Said = tuple[str, str]
"""A text with its colour role."""


class VerdictWords(NamedTuple):
    """A verdict in a few words, with its glyph and colour role."""

    glyph: str
    words: str
    role: str

    @property
    def text(self) -> str:
        return f"{self.glyph} {self.words}"


def verdict_words(review: Review, rules: Rules) -> VerdictWords:
    """Return the verdict of the policy, or why this user may not approve the gate."""
    verdict = review.verdict
    if rules.separation_of_duties and is_own(review):
        return VerdictWords("✖", "you asked for it yourself", "failed")
    if verdict.answer is PolicyAnswer.NO_VERDICT and not review.person.may_patch:
        return VerdictWords("○", f"not yours: {_of_you(review.person.refusal, review)}", "pending")
    if verdict.answer is PolicyAnswer.NO_VERDICT:
        return VerdictWords("○", verdict.why.value, "pending")
    if verdict.answer is PolicyAnswer.ALLOW:
        if review.approve.blocked:
            why = _of_you(review.approve.blocked[0], review)
            return VerdictWords("●", f"not yours: {why}", "pending")
        return VerdictWords("●", "allow", "succeeded")
    first = verdict.deny[0].msg if verdict.deny else "no rule allows it"
    more = f" (+{len(verdict.deny) - 1})" if len(verdict.deny) > 1 else ""
    if denial_level(rules, verdict) is Level.HARD:
        return VerdictWords("✖", f"deny: {first}{more}", "failed")
    return VerdictWords("▲", f"{first}{more}", "waiting")


def _of_you(why: str, review: Review) -> str:
    """Return a reason with `you` in place of the user's name."""
    name = f"{review.person.user} "
    return f"you {why.removeprefix(name)}" if why.startswith(name) else why


def is_own(review: Review) -> bool:
    """Return whether the user requested the workflow."""
    return bool(review.gate.asked_by) and same_person(review.person.user, review.gate.asked_by)


def verdict_cell(
    review: Review | None,
    problem: str,
    rules: Rules,
    now: datetime,
    enforcement: Enforcement | None = None,
) -> VerdictWords:
    """Return the cell of the verdict: also why it is missing, that only others may approve, or that
    it is stale."""
    if review is None:
        return VerdictWords("✖", f"not read: {problem}", "failed")
    found = verdict_words(review, rules)
    if found.role != "succeeded":
        return found
    if enforcement and enforcement.names(review.person.user, review.person.groups) is False:
        return VerdictWords("●", "allow, but you are no approver", "pending")
    if is_fresh(review.verdict, review.request.digest, now, rules.ttl):
        return found
    return found._replace(words=f"{found.words} (old)", role="pending")


def expiry_text(item: OpenGate, now: datetime) -> str:
    """Return when a gate ends by itself and what happens then, with a mark if that approves."""
    text = redact_text(clean_line(describe(item.expiry, now)))
    return f"{text} !" if item.risky else text


def expiry_short(item: OpenGate, now: datetime) -> str:
    """Return the same text without its common words, so that a cut keeps what happens."""
    return expiry_text(item, now).replace("takes defaults ", "").replace(" left →", " →")


def expiry_cell(item: OpenGate, now: datetime) -> Said:
    """Return the cell of the end, in the colour of what happens then."""
    roles = {
        ExpiryOutcome.APPROVES: "waiting",
        ExpiryOutcome.ERRORS: "failed",
        ExpiryOutcome.FAILS: "failed",
        ExpiryOutcome.NEVER: "dim",
    }
    return expiry_short(item, now), roles.get(item.expiry.outcome, "")


def gate_cell(gate: Gate) -> Said:
    """Return the cell of a gate's name."""
    return (clean_line(gate.name), "") if gate.node_id else (SUSPENDED, "dim")


def asked_cell(gate: Gate, you: str) -> Said:
    """Return the cell of the requester; `you` is the user, "" until known."""
    asked = gate.asked_by
    if asked and you and same_person(you, asked):
        return "you", "waiting"
    return (clean_line(asked), "") if asked else ("unknown", "dim")


def fill_in_cell(gate: Gate) -> str:
    """Return the names of the fields, empty without fields."""
    return ", ".join(spelled(each.name) for each in gate.supplied)
