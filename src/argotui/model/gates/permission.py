"""The permission of one person at one gate, by policy, separation of duties and rights."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

import msgspec

from argotui.model.gates.decision import Choice
from argotui.model.gates.form import (
    REFUSALS,
    asked_otherwise,
    beginning,
    prefilled,
)
from argotui.model.gates.gate import Gate, GateKind, Supplied
from argotui.model.gates.verdict import (
    Level,
    PolicyAnswer,
    Verdict,
    level_named,
)
from argotui.model.gates.workflow_state import Outlook
from argotui.model.spelling import shown_value, spelled

NOTHING_SAID = Outlook("")


class Rules(msgspec.Struct, frozen=True):
    """The rules of the settings, in addition to the policy."""

    levels: Mapping[str, str] = {}
    """Level names by denial code or policy name; all others are hard."""
    without_verdict: str = "soft"
    """The level of a missing verdict."""
    separation_of_duties: bool = True
    ttl: float = 15.0
    """Seconds for which a verdict allows a decision."""


class Person(msgspec.Struct, frozen=True):
    """A user as the API server knows them, with their rights at a gate."""

    user: str
    groups: tuple[str, ...] = ()
    may_patch: bool = True
    refusal: str = ""
    """The API server's words if `may_patch` is False."""
    may_override: bool = False


class Permission(msgspec.Struct, frozen=True):
    """Whether a person may make a choice: `blocked` says why not, one line each; `reason_for` says
    why a reason is required; `notes` are further facts."""

    blocked: tuple[str, ...] = ()
    reason_for: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    override: bool = False
    effect: str = ""
    """The effect of the choice on the workflow, in a sentence."""

    @property
    def allowed(self) -> bool:
        return not self.blocked

    @property
    def needs_reason(self) -> bool:
        return bool(self.reason_for)


def _folded(name: str) -> str:
    """Return the normal form of a name, equal for different spellings of one identity.

    Identity providers ignore the case of e-mail addresses, and many that of names. argotui cannot
    know whether this one does, so names that differ only in spelling count as one person.
    """
    return unicodedata.normalize("NFKC", name).casefold().strip()


def _labels_of(name: str) -> set[str]:
    """Return how Argo's creator labels may spell a name, the "@" of an e-mail address as ".at.".

    Characters that labels do not allow become "-"; only the last 63 characters remain, with letters
    or digits at both ends (`dnsFriendly` in workflow/creator/creator.go).
    """
    return {
        "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "-" for c in text)[
            -63:
        ].strip("-_.")
        for text in (name, name.replace("@", ".at.", 1))
    }


def same_person(user: str, requester: str) -> bool:
    """Whether a requester, in the spelling of an annotation or a label, may be this user.

    In doubt it is the same person: labels lose characters, and names may differ in case, in
    surrounding space or in Unicode forms. Rights and lists of approvers need the exact name.
    """
    user, requester = _folded(user), _folded(requester)
    if not requester:
        return False
    return user == requester or not _labels_of(user).isdisjoint(_labels_of(requester) - {""})


def denial_level(rules: Rules, verdict: Verdict) -> Level:
    """Return the level of a denial: the hardest of its reasons; hard without reasons."""
    found = [
        level_named(rules.levels.get(reason.code) or rules.levels.get(verdict.policy, "hard"))
        for reason in verdict.deny
    ]
    return max(found, default=Level.HARD)


def _of_policy(verdict: Verdict, rules: Rules, person: Person) -> Permission:
    if verdict.answer is PolicyAnswer.ALLOW:
        return Permission()
    if verdict.answer is PolicyAnswer.NO_VERDICT:
        said = verdict.why.value + (f": {verdict.detail}" if verdict.detail else "")
        if level_named(rules.without_verdict) is Level.HARD:
            return Permission(blocked=(said,))
        return Permission(reason_for=(said,))
    said = "; ".join(reason.msg for reason in verdict.deny) or "no rule allows it"
    said = f"policy denies: {said}"
    match denial_level(rules, verdict):
        case Level.ADVISORY:
            return Permission(notes=(said,))
        case Level.SOFT if person.may_override:
            return Permission(reason_for=(said,), override=True)
        case Level.SOFT:
            return Permission(blocked=(f"{said} (overriding takes a right that you lack)",))
        case _:
            return Permission(blocked=(said,))


def permission_for(
    choice: Choice,
    gate: Gate,
    verdict: Verdict,
    person: Person,
    rules: Rules,
    ahead: Outlook = NOTHING_SAID,
) -> Permission:
    """Return the permission of a person at a gate; `ahead` is the effect of the choice.

    A denial does not depend on the verdict of the policy: who may decide may always deny, with a
    reason. But the requester decides nothing.
    """
    blocked = [ahead.refused] if ahead.refused else []
    reasons: list[str] = []
    notes = [*ahead.warnings]
    if not person.user:
        blocked.append("the API server does not say who you are, and a decision needs a name")
    if not person.may_patch:
        blocked.append(person.refusal or "you may not change workflows here")
    if rules.separation_of_duties:
        if gate.asked_by and same_person(person.user, gate.asked_by):
            blocked.append("you asked for this workflow; somebody else has to decide")
        elif not gate.asked_by:
            reasons.append("who asked is not recorded, so separation of duties cannot be shown")
    if choice is Choice.DENY:
        reasons.append("a denial says why")
        if gate.kind is GateKind.WORKFLOW:
            blocked.append("a suspended workflow can be resumed or stopped, not denied")
        return Permission(tuple(blocked), tuple(reasons), tuple(notes), effect=ahead.effect)
    policy = _of_policy(verdict, rules, person)
    if verdict.required_groups and not set(verdict.required_groups) & set(person.groups):
        blocked.append("the policy asks for one of " + ", ".join(verdict.required_groups))
    return Permission(
        blocked=(*blocked, *policy.blocked),
        reason_for=(*reasons, *policy.reason_for),
        notes=(*notes, *policy.notes, *(warning.msg for warning in verdict.warn)),
        override=policy.override,
        effect=ahead.effect,
    )


def value_problems(gate: Gate, values: Mapping[str, str]) -> list[str]:
    """Return the problems with the values, one line each.

    Argo itself checks neither that all outputs are set nor that a value is in the enum. A value of
    the gate that means no counts only if it was chosen: an approval does not mean it.
    """
    known = {supplied.name: supplied for supplied in gate.supplied}
    problems = [f"{spelled(name)} is not asked for" for name in values if name not in known]
    for name, supplied in known.items():
        value = values.get(name, prefilled(supplied))
        choices = ", ".join(shown_value(name, choice) for choice in supplied.enum)
        if value is None:
            why = _why_not(supplied)
            given = f" ({choices})" if choices else ""
            problems.append(f"{spelled(name)} must be filled in{given}{why}")
        elif supplied.enum and value not in supplied.enum:
            said = shown_value(name, value)
            problems.append(f"{spelled(name)} must be one of {choices}, not {said}")
    return problems


def _why_not(supplied: Supplied) -> str:
    """Return why the gate's own value is not sent by default."""
    value = beginning(supplied)
    if value is None:
        return ""
    said = shown_value(supplied.name, value)
    which = "what was asked for" if asked_otherwise(supplied) else "its default"
    why = "does not approve" if value.lower() in REFUSALS else "is none of them"
    return f": {which}, '{said}', {why}"


def all_values(gate: Gate, values: Mapping[str, str]) -> dict[str, str]:
    """Return the values to write: the given ones, else the initial value of each field."""
    written = {}
    for supplied in gate.supplied:
        value = values.get(supplied.name, prefilled(supplied))
        if value is not None:
            written[supplied.name] = value
    return written


def values_to_try(gate: Gate, values: Mapping[str, str]) -> dict[str, str]:
    """Return a value for each field, for a dry run: an empty field gets any choice."""
    tried = all_values(gate, values)
    for supplied in gate.supplied:
        tried.setdefault(supplied.name, supplied.enum[0] if supplied.enum else "")
    return tried
