"""Who may do what at a gate: verdict, level, rights and duties as one table."""

from __future__ import annotations

import itertools
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argotui.model.argo import Key
from argotui.model.gates.decision import Choice
from argotui.model.gates.gate import Gate, GateKind, Supplied
from argotui.model.gates.permission import (
    Person,
    Rules,
    all_values,
    denial_level,
    permission_for,
    same_person,
    value_problems,
)
from argotui.model.gates.verdict import (
    Level,
    NoVerdict,
    PolicyAnswer,
    Reason,
    Verdict,
)
from tests.unit.model.fixtures import START

ADA = "ada@example.com"
BOB = "bob@example.com"


def gate(asked_by: str = ADA, kind: GateKind = GateKind.NODE, *supplied: Supplied) -> Gate:
    return Gate(
        kind=kind,
        key=Key("argo", "wf"),
        uid="u",
        node_id="wf-1",
        name="gate",
        node_name="wf.gate",
        template="gate",
        since=START,
        supplied=supplied,
        asked_by=asked_by,
    )


def verdict(answer: PolicyAnswer = PolicyAnswer.ALLOW, *codes: str, **more: object) -> Verdict:
    return Verdict(
        answer,
        "d",
        START,
        deny=tuple(Reason(f"because of {code}", code) for code in codes),
        policy="gates",
        **more,  # type: ignore[arg-type]  # the fields that a case needs
    )


BLOCKED, REASON, FREE = "blocked", "reason", "free"
DENIED = verdict(PolicyAnswer.DENY, "hours")
NONE = verdict(PolicyAnswer.NO_VERDICT, why=NoVerdict.UNREACHABLE)


@pytest.mark.parametrize(
    ("found", "level", "override", "expected"),
    [
        (verdict(), "hard", False, FREE),
        (DENIED, "hard", False, BLOCKED),
        (DENIED, "hard", True, BLOCKED),
        (DENIED, "soft", False, BLOCKED),
        (DENIED, "soft", True, REASON),
        (DENIED, "advisory", False, FREE),
        (DENIED, "no such level", True, BLOCKED),
        (verdict(PolicyAnswer.DENY), "advisory", True, BLOCKED),
        (NONE, "hard", True, BLOCKED),
        (NONE, "soft", False, REASON),
        (NONE, "advisory", False, REASON),
    ],
)
def test_the_policy_binds_as_its_level_says(
    found: Verdict, level: str, override: bool, expected: str
) -> None:
    rules = Rules(levels={"hours": level}, without_verdict=level)
    stands = permission_for(
        Choice.APPROVE, gate(), found, Person(BOB, may_override=override), rules
    )
    assert (BLOCKED if stands.blocked else REASON if stands.needs_reason else FREE) == expected
    assert stands.override is (expected == REASON and found is DENIED)
    if found is DENIED and level == "advisory":
        assert stands.notes == ("policy denies: because of hours",)


@pytest.mark.parametrize(
    ("user", "may_patch", "asked_by", "separate"),
    list(itertools.product(["", ADA, BOB], [True, False], ["", ADA], [True, False])),
)
@pytest.mark.parametrize("choice", list(Choice))
def test_names_rights_and_duties_bind_both_choices(
    choice: Choice, user: str, may_patch: bool, asked_by: str, separate: bool
) -> None:
    rules = Rules(separation_of_duties=separate)
    person = Person(user, may_patch=may_patch, refusal="" if may_patch else "no such right")
    stands = permission_for(choice, gate(asked_by), verdict(), person, rules)
    own = separate and bool(user) and user == asked_by
    assert stands.allowed is (bool(user) and may_patch and not own)
    assert ("no such right" in stands.blocked) is not may_patch
    unknown = separate and not asked_by
    assert stands.needs_reason is (unknown or choice is Choice.DENY)


@pytest.mark.parametrize("found", [DENIED, NONE, verdict(required_groups=("elders",))])
def test_a_denial_is_not_held_to_the_policy(found: Verdict) -> None:
    stands = permission_for(Choice.DENY, gate(), found, Person(BOB), Rules(without_verdict="hard"))
    assert stands.allowed
    assert stands.reason_for == ("a denial says why",)


def test_a_suspended_workflow_cannot_be_denied() -> None:
    suspended = gate(kind=GateKind.WORKFLOW)
    assert not permission_for(Choice.DENY, suspended, verdict(), Person(BOB), Rules()).allowed
    assert permission_for(Choice.APPROVE, suspended, verdict(), Person(BOB), Rules()).allowed


@pytest.mark.parametrize(("groups", "allowed"), [((), False), (("a",), False), (("b", "c"), True)])
def test_groups_that_the_policy_requires(groups: tuple[str, ...], allowed: bool) -> None:
    found = verdict(required_groups=("c", "d"))
    stands = permission_for(Choice.APPROVE, gate(), found, Person(BOB, groups), Rules())
    assert stands.allowed is allowed


def test_warnings_are_notes() -> None:
    found = verdict(warn=(Reason("mind the gap"),))
    assert permission_for(Choice.APPROVE, gate(), found, Person(BOB), Rules()).notes == (
        "mind the gap",
    )


def test_the_hardest_of_several_reasons_binds() -> None:
    rules = Rules(levels={"a": "advisory", "b": "soft", "gates": "soft"})
    assert denial_level(rules, verdict(PolicyAnswer.DENY, "a")) is Level.ADVISORY
    assert denial_level(rules, verdict(PolicyAnswer.DENY, "a", "b")) is Level.SOFT
    assert denial_level(rules, verdict(PolicyAnswer.DENY, "a", "other")) is Level.SOFT
    assert denial_level(Rules(), verdict(PolicyAnswer.DENY, "a")) is Level.HARD


def label(text: str) -> str:
    """`dnsFriendly` of Argo's creator.go."""
    kept = string.ascii_letters + string.digits + "-_."
    text = "".join(c if c in kept else "-" for c in text)[-63:]
    return text.strip("-_.")


@given(
    user=st.emails()
    | st.text(string.printable, min_size=1).filter(str.strip)
    | st.sampled_from(
        [
            "ada+ci@example.com",
            "ada.at.home@example.com",
            "system:serviceaccount:argo:bot",
            f"{'long' * 30}@example.com",
        ]
    )
)
def test_nobody_approves_what_they_asked_for_however_argo_spells_them(user: str) -> None:
    assert same_person(user, user)
    email = label(user.replace("@", ".at.", 1))
    for spelling in (label(user), email, email.replace(".at.", "@")):
        assert not spelling or same_person(user, spelling)


@pytest.mark.parametrize(
    ("user", "requester"),
    [
        (ADA, "Ada@Example.com"),
        ("ADA@EXAMPLE.COM", ADA),
        (f" {ADA}", ADA),
        (ADA, f"{ADA}\n"),
        ("ada", "Ada"),
        ("Ada@Example.com", "ada.at.example.com"),
        ("ada+ci@example.com", "Ada-CI.at.Example.com"),
        ("STRASSE@example.com", "straße@example.com"),
        ("ada@example.com", "ａｄａ@example.com"),
        ("system:serviceaccount:argo:bot", "System:ServiceAccount:argo:bot"),
    ],
)
def test_two_spellings_of_one_person_are_held_for_one(user: str, requester: str) -> None:
    person = Person(user, may_override=True)
    for choice in Choice:
        stands = permission_for(choice, gate(requester), verdict(), person, Rules())
        assert any("somebody else" in why for why in stands.blocked)


@pytest.mark.parametrize(
    "requester", ["", " ", "\u3000", ADA, "ada", "bob", "bob@example.org", "eve.at.example"]
)
def test_other_people_are_others(requester: str) -> None:
    assert not same_person(BOB, requester)


NOTE = Supplied("note")
APPROVE = Supplied("approve", default="NO", enum=("YES", "NO"))


@pytest.mark.parametrize(
    ("values", "problems", "written"),
    [
        ({"approve": "YES", "note": "x"}, 0, {"approve": "YES", "note": "x"}),
        ({"approve": "NO", "note": ""}, 0, {"approve": "NO", "note": ""}),
        ({"note": "x"}, 1, None),
        ({"approve": "YES"}, 1, None),
        ({"approve": "yes", "note": "x"}, 1, None),
        ({"approve": "YES", "note": "x", "more": "y"}, 1, None),
        ({}, 2, None),
    ],
)
def test_values_are_held_to_what_is_asked(
    values: dict[str, str], problems: int, written: dict[str, str] | None
) -> None:
    asking = gate(ADA, GateKind.NODE, NOTE, APPROVE)
    assert len(value_problems(asking, values)) == problems
    if written is not None:
        assert all_values(asking, values) == written


@pytest.mark.parametrize(
    ("supplied", "problem"),
    [
        (Supplied("size", default="small"), None),
        (Supplied("size", default="small", enum=("small", "large")), None),
        (Supplied("approve", default="No"), "approve must be filled in: its default, 'No', does"),
        (APPROVE, "approve must be filled in (YES, NO): its default, 'NO', does not approve"),
        (Supplied("size", default="huge", enum=("small",)), "size must be filled in (small): its"),
        (NOTE, "note must be filled in"),
    ],
)
def test_a_default_that_does_not_approve_has_to_be_chosen(
    supplied: Supplied, problem: str | None
) -> None:
    found = value_problems(gate(ADA, GateKind.NODE, supplied), {})
    assert len(found) == (problem is not None)
    assert problem is None or found[0].startswith(problem)
