"""What the state of the whole workflow lets a decision do."""

from __future__ import annotations

from typing import Any

import pytest

from argotui.demo.api.kinds import WORKFLOWS
from argotui.demo.cluster import EmbeddedCluster
from argotui.model.argo import Key
from argotui.model.gates.decision import Choice, Outcome
from argotui.operations.gates.decide import decide
from argotui.operations.gates.review import review_gate
from tests.gates.support import ClusterUsers
from tests.unit.model.gate_documents import GATE, gate_document

KEY = Key("argo", "wf")


@pytest.fixture
def embedded(still: EmbeddedCluster) -> EmbeddedCluster:
    return still


@pytest.mark.parametrize(
    ("spec", "node_id", "outcome", "said"),
    [
        ({"shutdown": "Stop"}, GATE, Outcome.NOT_PERMITTED, "told to stop: nothing runs after"),
        ({"shutdown": "Terminate"}, GATE, Outcome.NOT_PERMITTED, "told to terminate: nothing"),
        ({"suspend": True}, GATE, Outcome.DECIDED, "lets nothing go on before the workflow is"),
        ({"suspend": True, "shutdown": "Stop"}, GATE, Outcome.NOT_PERMITTED, "told to stop"),
        ({"suspend": True, "shutdown": "Stop"}, "", Outcome.DECIDED, "resuming the workflow ends"),
        ({"suspend": True}, "", Outcome.DECIDED, "1 gate inside stays open"),
    ],
)
async def test_approving_does_what_it_says_or_is_refused(
    embedded: EmbeddedCluster,
    users: ClusterUsers,
    spec: dict[str, Any],
    node_id: str,
    outcome: Outcome,
    said: str,
) -> None:
    document = gate_document()
    del document["metadata"]["resourceVersion"]
    document["spec"] |= spec
    embedded.objects.create(WORKFLOWS, document)
    context = await users.context()
    seen = await review_gate(context, KEY, node_id)
    stands = seen.permission(Choice.APPROVE)
    assert any(said in each for each in (*stands.blocked, *stands.notes, stands.effect))
    assert stands.allowed is (outcome is Outcome.DECIDED)
    values = {"note": "x", "approve": "YES"} if node_id else {}
    result = await decide(context, seen, Choice.APPROVE, values=values, reason="so be it")
    assert result.outcome is outcome, result
    if node_id:
        again = (
            await review_gate(context, KEY, node_id) if outcome is Outcome.NOT_PERMITTED else seen
        )
        assert again.permission(Choice.DENY).allowed


@pytest.mark.parametrize("suspended", [False, True])
@pytest.mark.parametrize("choice", Choice)
async def test_a_suspension_that_comes_or_goes_makes_another_decision_of_an_approval(
    embedded: EmbeddedCluster, users: ClusterUsers, choice: Choice, suspended: bool
) -> None:
    document = gate_document()
    del document["metadata"]["resourceVersion"]
    document["spec"]["suspend"] = suspended
    embedded.objects.create(WORKFLOWS, document)
    context = await users.context()
    seen = await review_gate(context, KEY, GATE)
    toggled = embedded.objects.get(WORKFLOWS, *KEY)
    assert toggled is not None
    document = toggled.decode()
    document["spec"]["suspend"] = not suspended
    embedded.objects.update(WORKFLOWS, document)
    values = {"note": "x", "approve": "YES"}
    result = await decide(context, seen, choice, values=values, reason="so be it")
    if choice is Choice.DENY:
        assert result.outcome is Outcome.DECIDED
    else:
        assert result.outcome is Outcome.CHANGED
        assert ("resumed" if suspended else "suspended") in result.detail
        assert await review_gate(context, KEY, GATE)
