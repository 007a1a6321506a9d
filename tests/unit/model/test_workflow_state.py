"""Every pair of states that a workflow can be in, and what deciding does in it."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

import pytest

from argotui.model.gates.decision import Choice
from argotui.model.gates.expiry import describe, expiry_of
from argotui.model.gates.gate import GateKind, open_gates
from argotui.model.gates.inbox import open_gates_of
from argotui.model.gates.workflow_state import (
    WorkflowState,
    outlook,
    outlook_in,
    state_words,
    states_of,
)
from argotui.model.workflows.summary import summarise
from tests.support import EPOCH
from tests.unit.model.gate_documents import GATE, Document, as_workflow, gate_document

S, STOP, TERM, LATE, PEND, NEW, DEL, AWAY = WorkflowState

GOES_ON = "approving lets the workflow go on"
HELD = "approving lets nothing go on before the workflow is resumed"
STARTS_LATER = f"{GOES_ON} once it is not pending any more"
NOTHING = "approving lets nothing go on"
RESUMES = "resuming the workflow lets it go on"
RESUMES_LATER = f"{RESUMES} once it is not pending any more"
STARTS = "resuming lets the workflow start"
ENDS = "resuming the workflow ends it: it is {}, and only its exit handlers run"
ENDS_ALL = "resuming the workflow ends it: it is told to terminate"
STOPS = ENDS.format("told to stop")
TOO_LATE = ENDS.format("past its deadline")
OF_STOP = "the workflow is told to stop: nothing runs after the gate"
OF_TERM = "the workflow is told to terminate: nothing runs after the gate"
OF_LATE = "the workflow is past its deadline: nothing runs after the gate"

# What approving a gate does, why it is refused, and the same for a gate of an exit handler: in each
# state alone (twice the same), and in each pair.
GATES: dict[tuple[WorkflowState, WorkflowState], tuple[str, str, str, str]] = {
    (S, S): (HELD, "", HELD, ""),
    (S, STOP): (NOTHING, OF_STOP, HELD, ""),
    (S, TERM): (NOTHING, OF_TERM, NOTHING, OF_TERM),
    (S, LATE): (NOTHING, OF_LATE, HELD, ""),
    (S, PEND): (HELD, "", HELD, ""),
    (S, NEW): (HELD, "", HELD, ""),
    (S, DEL): (HELD, "", HELD, ""),
    (S, AWAY): (HELD, "", HELD, ""),
    (STOP, STOP): (NOTHING, OF_STOP, GOES_ON, ""),
    (STOP, TERM): (NOTHING, OF_TERM, NOTHING, OF_TERM),
    (STOP, LATE): (NOTHING, OF_STOP, GOES_ON, ""),
    (STOP, PEND): (NOTHING, OF_STOP, STARTS_LATER, ""),
    (STOP, NEW): (NOTHING, OF_STOP, GOES_ON, ""),
    (STOP, DEL): (NOTHING, OF_STOP, GOES_ON, ""),
    (STOP, AWAY): (NOTHING, OF_STOP, GOES_ON, ""),
    (TERM, TERM): (NOTHING, OF_TERM, NOTHING, OF_TERM),
    (TERM, LATE): (NOTHING, OF_TERM, NOTHING, OF_TERM),
    (TERM, PEND): (NOTHING, OF_TERM, NOTHING, OF_TERM),
    (TERM, NEW): (NOTHING, OF_TERM, NOTHING, OF_TERM),
    (TERM, DEL): (NOTHING, OF_TERM, NOTHING, OF_TERM),
    (TERM, AWAY): (NOTHING, OF_TERM, NOTHING, OF_TERM),
    (LATE, LATE): (NOTHING, OF_LATE, GOES_ON, ""),
    (LATE, PEND): (NOTHING, OF_LATE, STARTS_LATER, ""),
    (LATE, NEW): (NOTHING, OF_LATE, GOES_ON, ""),
    (LATE, DEL): (NOTHING, OF_LATE, GOES_ON, ""),
    (LATE, AWAY): (NOTHING, OF_LATE, GOES_ON, ""),
    (PEND, PEND): (STARTS_LATER, "", STARTS_LATER, ""),
    (PEND, NEW): (STARTS_LATER, "", STARTS_LATER, ""),
    (PEND, DEL): (STARTS_LATER, "", STARTS_LATER, ""),
    (PEND, AWAY): (STARTS_LATER, "", STARTS_LATER, ""),
    (NEW, NEW): (GOES_ON, "", GOES_ON, ""),
    (NEW, DEL): (GOES_ON, "", GOES_ON, ""),
    (NEW, AWAY): (GOES_ON, "", GOES_ON, ""),
    (DEL, DEL): (GOES_ON, "", GOES_ON, ""),
    (DEL, AWAY): (GOES_ON, "", GOES_ON, ""),
    (AWAY, AWAY): (GOES_ON, "", GOES_ON, ""),
}

# What resuming a workflow that is suspended as a whole does where it is in these states too.
RESUMING: dict[tuple[WorkflowState, WorkflowState], str] = {
    (STOP, STOP): STOPS,
    (STOP, TERM): ENDS_ALL,
    (STOP, LATE): STOPS,
    (STOP, PEND): STOPS,
    (STOP, NEW): STOPS,
    (STOP, DEL): STOPS,
    (STOP, AWAY): STOPS,
    (TERM, TERM): ENDS_ALL,
    (TERM, LATE): ENDS_ALL,
    (TERM, PEND): ENDS_ALL,
    (TERM, NEW): ENDS_ALL,
    (TERM, DEL): ENDS_ALL,
    (TERM, AWAY): ENDS_ALL,
    (LATE, LATE): TOO_LATE,
    (LATE, PEND): TOO_LATE,
    (LATE, NEW): TOO_LATE,
    (LATE, DEL): TOO_LATE,
    (LATE, AWAY): TOO_LATE,
    (PEND, PEND): RESUMES_LATER,
    (PEND, NEW): f"{STARTS} once it is not pending any more",
    (PEND, DEL): RESUMES_LATER,
    (PEND, AWAY): RESUMES_LATER,
    (NEW, NEW): STARTS,
    (NEW, DEL): STARTS,
    (NEW, AWAY): STARTS,
    (DEL, DEL): RESUMES,
    (DEL, AWAY): RESUMES,
    (AWAY, AWAY): RESUMES,
}


def test_the_tables_have_every_pair() -> None:
    pairs = list(itertools.combinations_with_replacement(WorkflowState, 2))
    assert list(GATES) == pairs
    assert list(RESUMING) == [pair for pair in pairs if S not in pair]


@pytest.mark.parametrize("pair", GATES, ids=lambda pair: "-".join(each.name for each in pair))
def test_what_deciding_a_gate_does(pair: tuple[WorkflowState, WorkflowState]) -> None:
    effect, refused, exit_effect, exit_refused = GATES[pair]
    for exits, wanted in ((False, (effect, refused)), (True, (exit_effect, exit_refused))):
        for states in (pair, pair[::-1]):
            found = outlook_in(Choice.APPROVE, GateKind.NODE, states, exits=exits)
            assert (found.effect, found.refused) == wanted
            if not found.refused:
                assert any(HELD in warning for warning in found.warnings) is (S in pair)
                assert any("deleted" in warning for warning in found.warnings) is (DEL in pair)
                assert any("controller" in each for each in found.warnings) is (AWAY in pair)
        denied = outlook_in(Choice.DENY, GateKind.NODE, pair, exits=exits)
        assert denied.refused == ""
        assert ("resumed" in denied.effect) is (S in pair)


@pytest.mark.parametrize("pair", RESUMING, ids=lambda pair: "-".join(each.name for each in pair))
def test_what_resuming_does(pair: tuple[WorkflowState, WorkflowState]) -> None:
    found = outlook_in(Choice.APPROVE, GateKind.WORKFLOW, (S, *pair))
    assert (found.effect, found.refused) == (RESUMING[pair], "")
    assert (found.effect in found.warnings) is ("ends it" in found.effect)
    assert any("deleted" in warning for warning in found.warnings) is (DEL in pair)


def test_resuming_opens_no_gate_and_says_how_many_stay() -> None:
    for count, words in ((0, ""), (1, "; 1 gate inside stays open"), (3, "; 3 gates inside stay")):
        found = outlook_in(Choice.APPROVE, GateKind.WORKFLOW, (S,), inside=count)
        assert found.effect.startswith(RESUMES + words)


MAKING: dict[WorkflowState, dict[str, Any]] = {
    S: {"spec": {"suspend": True}},
    STOP: {"spec": {"shutdown": "Stop"}},
    TERM: {"spec": {"shutdown": "Terminate"}},
    LATE: {"spec": {"activeDeadlineSeconds": 60}, "status": {"startedAt": "2026-01-05T11:58:30Z"}},
    PEND: {"status": {"phase": "Pending"}},
    NEW: {"status": {"phase": ""}},
    DEL: {"metadata": {"deletionTimestamp": "2026-01-05T11:59:00Z"}},
    AWAY: {},
}


def in_states(*states: WorkflowState, node: dict[str, Any] | None = None) -> Document:
    document = gate_document()
    for state in states:
        for part, fields in MAKING[state].items():
            document[part] |= fields
    gate = document["status"]["nodes"][GATE]
    gate |= {"startedAt": "2026-01-05T11:30:00Z"} | (node or {})
    if AWAY in states:
        document["spec"]["templates"][0]["suspend"] = {"duration": "10m"}
    return document


@pytest.mark.parametrize(
    "pair",
    [pair for pair in GATES if pair not in ((STOP, TERM), (PEND, NEW))],
    ids=lambda pair: "-".join(each.name for each in pair),
)
def test_the_states_are_read_from_the_workflow(pair: tuple[WorkflowState, WorkflowState]) -> None:
    workflow = as_workflow(in_states(*pair))
    found = set(states_of(workflow, EPOCH))
    held = {STOP, TERM, S} & set(pair)  # then the gate's own time does not run, or is over
    assert found - {AWAY} == set(pair) - {AWAY}
    assert (AWAY in found) is (AWAY in pair and not held)
    gate = next(open_gates(workflow))
    effect, refused, _, _ = GATES[pair]
    ahead = outlook(Choice.APPROVE, gate, workflow, EPOCH)
    assert (ahead.effect, ahead.refused) == (effect, refused)


def test_a_gate_of_an_exit_handler_outlives_the_order_to_stop() -> None:
    document = in_states(STOP, node={"displayName": "wf.onExit", "name": "wf.onExit"})
    workflow = as_workflow(document)
    gate = next(open_gates(workflow))
    assert outlook(Choice.APPROVE, gate, workflow, EPOCH).refused == ""
    document["spec"]["shutdown"] = "Terminate"
    workflow = as_workflow(document)
    assert outlook(Choice.APPROVE, gate, workflow, EPOCH).refused == OF_TERM


def test_what_has_ended_has_no_states() -> None:
    document = in_states(S, STOP)
    document["status"]["phase"] = "Failed"
    assert states_of(as_workflow(document), EPOCH) == ()


def test_a_workflow_that_nobody_takes_is_unattended() -> None:
    document = in_states(NEW)
    document["status"]["nodes"] = {}
    for age, found in ((30, False), (90, True)):
        created = EPOCH - timedelta(seconds=age)
        document["metadata"]["creationTimestamp"] = created.isoformat()
        assert (AWAY in states_of(as_workflow(document), EPOCH)) is found


@pytest.mark.parametrize(
    ("states", "ends"),
    [
        ((), "never expires"),
        ((S,), "suspended: never expires"),
        ((STOP,), "FAILS, told to stop"),
        ((S, TERM), "FAILS, told to terminate"),
        ((S, LATE), "over → FAILS, workflow deadline"),
        ((AWAY,), "over → ERRORS, note has no default"),
        ((S, AWAY), "once resumed → ERRORS, note has no default"),
    ],
)
def test_what_happens_by_itself_is_true_in_every_state(
    states: tuple[WorkflowState, ...], ends: str
) -> None:
    workflow = as_workflow(in_states(*states))
    assert describe(expiry_of(workflow, workflow.nodes[GATE]), EPOCH) == ends
    assert summarise(workflow).waits_for(EPOCH) == f"gate gate, {ends}"


def test_the_list_says_what_a_suspended_workflow_is_told() -> None:
    document = in_states(S, STOP)
    document["status"]["nodes"] = {}
    workflow = as_workflow(document)
    assert summarise(workflow).waits_for(EPOCH) == "suspended as a whole, told to stop"
    (item,) = open_gates_of(workflow)
    assert describe(item.expiry, EPOCH) == "never expires; told to stop: resuming ends it"
    assert state_words(states_of(workflow, EPOCH)) == "suspended as a whole, told to stop"
