"""How a decision comes out where something goes wrong just then."""

from __future__ import annotations

import asyncio

import pytest

from argotui.backend.kube.gates import go_json
from argotui.demo.cluster import EmbeddedCluster
from argotui.model.argo import COMPLETED
from argotui.model.gates.decision import Choice, Outcome
from argotui.model.gates.patch import pointer
from argotui.model.gates.request import RESUMED
from argotui.operations.gates import decide as deciding
from argotui.operations.gates.decide import decide
from argotui.operations.gates.review import GateGone, Review, review_gate
from tests.gates.support import ClusterUsers, gate_template, gated_workflow
from tests.support import ManualClock, until

YES = {"approve": "YES"}
WRITES = "fieldManager=argotui"


async def seen_gate(users: ClusterUsers, **spec: object) -> Review:
    key = await users.create(gated_workflow("release", gate_template("gate"), **spec))
    return await review_gate(await users.context(), key, (await users.open_gates(key))["gate"])


def record(users: ClusterUsers) -> list[object]:
    return [entry.get("outcome") or entry["kind"] for entry in users.audit.entries()]


def test_text_is_spelt_as_the_api_server_spells_it() -> None:
    said = go_json(["<é> & \u2028\u2029", '/ "q" \\ \n\t\b\f\x01\x7f', "価格 😀", 1.5, None])
    assert said.decode() == (
        '["\\u003cé\\u003e \\u0026 \\u2028\\u2029",'
        '"/ \\"q\\" \\\\ \\n\\t\\b\\f\\u0001\x7f","価格 😀",1.5,null]'
    )


async def test_a_decision_that_was_begun_is_ended_although_nobody_waits_for_it(
    users: ClusterUsers, embedded: EmbeddedCluster, clock: ManualClock
) -> None:
    seen = await seen_gate(users)
    embedded.faults.delay(3, match=WRITES)
    task = asyncio.create_task(decide(await users.context(), seen, Choice.APPROVE, values=YES))
    await until(lambda: any(WRITES in request for request in embedded.server.requests))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert record(users) == ["intent"]
    await clock.advance(3)
    await until(lambda: len(record(users)) == 2)
    assert record(users) == ["intent", "decided"]
    assert (await users.phases(seen.request.key))["gate"] == "Succeeded"


async def test_a_program_that_ends_meanwhile_leaves_the_outcome_unknown(
    users: ClusterUsers, embedded: EmbeddedCluster
) -> None:
    seen = await seen_gate(users)
    embedded.faults.delay(3, match=WRITES)
    task = asyncio.create_task(decide(await users.context(), seen, Choice.APPROVE, values=YES))
    await until(lambda: any(WRITES in request for request in embedded.server.requests))
    for under_way in tuple(deciding._under_way):
        under_way.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert record(users) == ["intent", "outcome unknown"]


async def test_a_server_that_asks_for_patience_is_asked_again(
    users: ClusterUsers, embedded: EmbeddedCluster, clock: ManualClock
) -> None:
    seen = await seen_gate(users)
    embedded.faults.answer(429, match=WRITES, retry_after=2)
    task = asyncio.create_task(decide(await users.context(), seen, Choice.APPROVE, values=YES))
    await until(lambda: "intent" in record(users))
    await until(lambda: clock.sleepers)
    await clock.advance(2)
    assert (await task).outcome is Outcome.DECIDED
    assert record(users) == ["intent", "changed since you looked", "intent", "decided"]


async def test_a_decision_that_was_taken_stays_one_when_the_workflow_is_deleted_at_once(
    users: ClusterUsers, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = await seen_gate(users)
    context = await users.context()
    patch = context.gates.patch_workflow

    async def patch_and_delete(*arguments: object, **more: object) -> object:
        written = await patch(*arguments, **more)  # type: ignore[arg-type]  # handed on
        await users.delete(seen.request.key)
        return written

    monkeypatch.setattr(context.gates, "patch_workflow", patch_and_delete)
    result = await decide(context, seen, Choice.APPROVE, values=YES)
    assert result.outcome is Outcome.DECIDED
    assert result.detail == "approved; since then: the workflow was deleted"


async def test_of_two_who_let_a_workflow_go_on_one_did(users: ClusterUsers) -> None:
    document = gated_workflow("held", gate_template("gate"), suspend=True)
    del document["metadata"]["annotations"]
    key = await users.create(document)
    contexts = [await users.context("approver"), await users.context("admin")]
    seen = [await review_gate(context, key, "") for context in contexts]
    results = await asyncio.gather(
        *(decide(d, s, Choice.APPROVE, reason="go") for d, s in zip(contexts, seen, strict=True))
    )
    assert {result.outcome for result in results} == {Outcome.DECIDED, Outcome.ALREADY_DECIDED}
    winner = next(r for r in results if r.outcome is Outcome.DECIDED)
    assert winner.decision is not None
    workflow = await (await users.cluster("admin")).get_workflow(*key)
    assert workflow.metadata.annotations[RESUMED].startswith(winner.decision.actor)

    # Held once more it is another request, for which somebody has to look again.
    await users.patch(key, {"op": "add", "path": "/spec/suspend", "value": True})
    stale = await decide(contexts[0], seen[0], Choice.APPROVE, reason="again")
    assert stale.outcome is Outcome.CHANGED
    assert [path for path, _, _ in stale.changes]


async def test_a_gate_of_a_workflow_that_ended_is_none(
    users: ClusterUsers, embedded: EmbeddedCluster
) -> None:
    seen = await seen_gate(users)
    assert embedded.controller is not None
    await embedded.controller.stop()
    await users.patch(
        seen.request.key,
        {"op": "replace", "path": "/status/phase", "value": "Failed"},
        {"op": "replace", "path": pointer("metadata", "labels", COMPLETED), "value": "true"},
    )
    context = await users.context()
    with pytest.raises(GateGone, match="the workflow is Failed"):
        await review_gate(context, seen.request.key, seen.request.node_id)
    result = await decide(context, seen, Choice.APPROVE, values=YES)
    assert result.outcome is Outcome.CHANGED
    assert "the workflow is Failed" in result.detail
    assert record(users) == []
