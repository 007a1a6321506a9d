"""Enforced or advisory, and who may decide: what each place says of it."""

from __future__ import annotations

import pytest

from argotui.operations.admission.enforcement import Enforcement, EnforcementState
from argotui.operations.admission.parameters import ApproverSource
from argotui.widgets.gates.enforcement_texts import (
    enforcement_counts,
    enforcement_line,
    enforcement_texts,
    enforcement_word,
)

ENFORCED = Enforcement(
    EnforcementState.ENFORCED,
    ApproverSource.TEMPLATES,
    ("group:qa", "user:ada"),
    "enforced by the cluster; approvers are named",
    who="group:qa, user:ada",
)
NOBODY = Enforcement(
    EnforcementState.ENFORCED,
    ApproverSource.TEMPLATES,
    detail="enforced by the cluster; approvers are named",
    who="nobody: none is named by the template or the workflow",
)
ADVISORY = Enforcement(
    EnforcementState.ADVISORY,
    detail="advisory: whoever may patch workflows in argo may open any gate",
    who="whoever may patch workflows in argo",
)
UNKNOWN = Enforcement(
    EnforcementState.UNKNOWN,
    detail="unknown whether the cluster enforces it: hidden",
    who="unknown",
)
RIGHT = Enforcement(
    EnforcementState.ENFORCED,
    ApproverSource.RBAC,
    ("right:gate",),
    "enforced by the cluster; approvers are those with the right",
    who="whoever has the right to approve gates.argotui.io gate",
)


@pytest.mark.parametrize(
    ("kept", "state", "state_role", "who", "who_role"),
    [
        (
            ENFORCED,
            "● enforced by the cluster; approvers are named",
            "succeeded",
            "group:qa, user:ada · you are one of them",
            "",
        ),
        (
            NOBODY,
            "● enforced by the cluster; approvers are named",
            "succeeded",
            "nobody: none is named by the template or the workflow",
            "waiting",
        ),
        (
            RIGHT,
            "● enforced by the cluster; approvers are those with the right",
            "succeeded",
            "whoever has the right to approve gates.argotui.io gate",
            "",
        ),
        (
            ADVISORY,
            "▲ advisory: whoever may patch workflows in argo may open any gate",
            "waiting",
            "",
            "",
        ),
        (
            UNKNOWN,
            "○ unknown whether the cluster enforces it: hidden",
            "pending",
            "unknown",
            "pending",
        ),
        (None, "… asking whether the cluster enforces it", "dim", "", ""),
    ],
    ids=["enforced", "nobody", "right", "advisory", "unknown", "asking"],
)
def test_the_screen_of_a_gate_tells_the_three_apart(
    kept: Enforcement | None, state: str, state_role: str, who: str, who_role: str
) -> None:
    assert enforcement_texts(kept, "ada", ("dev",)) == (state, state_role, who, who_role)


def test_who_is_not_named_is_told_so() -> None:
    words = enforcement_texts(ENFORCED, "eve", ("dev",))
    assert words.who.endswith("you are none of them")
    assert words.who_role == "waiting"
    assert enforcement_texts(ENFORCED, "eve", ("qa",)).who.endswith("you are one of them")


@pytest.mark.parametrize("kept", [ENFORCED, NOBODY, RIGHT, ADVISORY, UNKNOWN])
def test_the_sentence_begins_with_the_word_of_the_lists(kept: Enforcement) -> None:
    word, _ = enforcement_word(kept)
    assert enforcement_texts(kept, "ada", ()).state.split()[1].strip(":") == word
    assert enforcement_line(kept).startswith(word)


def test_lists_say_it_in_a_word_and_the_line_under_them_in_full() -> None:
    assert [enforcement_word(each) for each in (ENFORCED, ADVISORY, UNKNOWN, None)] == [
        ("enforced", ""),
        ("advisory", "waiting"),
        ("unknown", "pending"),
        ("…", "dim"),
    ]
    assert enforcement_line(ENFORCED) == "enforced by the cluster: group:qa, user:ada"
    assert enforcement_line(ADVISORY) == ADVISORY.detail
    assert enforcement_line(UNKNOWN) == UNKNOWN.detail


def test_several_are_counted_once_all_are_known() -> None:
    assert (
        enforcement_counts([ENFORCED, NOBODY, ADVISORY, UNKNOWN])
        == "2 enforced, 1 advisory, 1 unknown"
    )
    assert enforcement_counts([ADVISORY, ADVISORY]) == "all advisory"
    assert enforcement_counts([ENFORCED]) == "enforced"
    assert enforcement_counts([ADVISORY, None]) == ""
    assert enforcement_counts([]) == ""
