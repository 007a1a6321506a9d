"""What a decision led to is watched, written down beside it, and can be completed later."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from argotui.backend.audit.record import Recorded, recorded
from argotui.errors import ForbiddenError
from argotui.model.argo import Key
from argotui.model.gates.decision import Choice, Outcome
from argotui.model.gates.effect import Effect, Started
from argotui.operations.gates.decide import Result, decide
from argotui.operations.gates.effects import (
    EffectObservers,
    EffectTarget,
    lacking,
    look_again,
    observe,
    target_of,
)
from argotui.operations.gates.review import Review, review_gate
from tests.gates.support import COMMAND, ClusterUsers, gate_template, gated_workflow
from tests.support import ManualClock, until

ANSWER = "{{tasks.gate.outputs.parameters.approve}}"


def release(**spec: object) -> dict[str, Any]:
    """Return a DAG with steps for a YES and for a NO behind its gate, `after` others."""
    after = spec.pop("after", "gate")
    document = gated_workflow("release", gate_template("gate"), **spec)
    templates = document["spec"]["templates"]
    tasks = templates[0]["dag"]["tasks"]
    for name, when in (("deploy", f"{ANSWER} == YES"), ("discard", f"{ANSWER} == NO")):
        tasks.append({"name": name, "template": "work", "depends": after, "when": when})
    if after != "gate":
        tasks.append({"name": "tests", "template": "tests"})
    slow = {"image": "busybox:lab", "command": ["sh", "-c", "sleep 300"]}
    templates.append({"name": "tests", "container": slow})
    templates.append({"name": "work", "container": COMMAND})
    return document


async def decided(users: ClusterUsers, choice: Choice, **spec: object) -> tuple[Review, Result]:
    key = await users.create(release(**spec))
    gates = await users.open_gates(key)
    seen = await review_gate(await users.context(), key, next(iter(gates.values())))
    values = {"approve": "YES"} if seen.request.node_id else {}
    result = await decide(await users.context(), seen, choice, values=values, reason="so")
    assert result.outcome is Outcome.DECIDED
    return seen, result


def row(users: ClusterUsers) -> Recorded:
    (found,) = recorded(users.audit.entries())
    assert users.audit.check()[1] == []
    return found


async def watch(
    users: ClusterUsers, clock: ManualClock, seen: Review, result: Result, limit: float
) -> Effect:
    """Observe while time goes on until it is over."""
    assert result.decision
    target = await target_of(seen, result.decision.id)
    cluster = await users.cluster("approver")
    task = asyncio.create_task(observe(cluster, users.audit, clock, target, limit))

    async def step() -> None:
        while not task.done():
            await clock.advance(1)
            await asyncio.sleep(0.01)

    await asyncio.wait_for(step(), 20)
    return await task


async def test_what_starts_and_what_is_skipped_behind_a_gate_is_written_down(
    users: ClusterUsers, clock: ManualClock
) -> None:
    seen, result = await decided(users, Choice.APPROVE)
    found = await watch(users, clock, seen, result, 60)
    assert (found.ran, found.complete) == (Started.STARTED, True)
    assert (found.started, found.skipped) == (("deploy",), ("discard",))
    told = row(users)
    assert told.effect_words == "started deploy; skipped discard"
    assert told.values == {"approve": "YES"}
    assert [entry["kind"] for entry in users.audit.entries()] == ["intent", "outcome", "effect"]
    assert lacking([told]) == []


async def test_a_denial_ends_the_workflow_and_nothing_runs(
    users: ClusterUsers, clock: ManualClock
) -> None:
    seen, result = await decided(users, Choice.DENY)
    found = await watch(users, clock, seen, result, 60)
    assert (found.ran, found.phase, found.complete) == (Started.SKIPPED, "Failed", True)
    assert found.skipped == ("deploy", "discard")


async def test_nothing_yet_is_said_and_completed_later(
    users: ClusterUsers, clock: ManualClock
) -> None:
    seen, result = await decided(users, Choice.APPROVE, after="gate && tests")
    found = await watch(users, clock, seen, result, 5)
    assert (found.ran, found.complete, found.watched) == (Started.YET, False, 5)
    assert row(users).effect_words == "nothing yet after 5s"
    gates = (await users.context()).gates

    async def again() -> list[tuple[bool, str]]:
        later = await look_again(gates, users.audit, clock, lacking([row(users)]))
        return [(each.effect is not None, each.problem) for each in later]

    assert await again() == [(False, "still: nothing yet")]
    await clock.advance(320)
    await users.settle()
    assert await again() == [(True, "")]
    assert row(users).effect_words == "started deploy; skipped discard"
    assert await again() == []


async def test_a_resumed_workflow_has_an_effect_too(
    users: ClusterUsers, clock: ManualClock
) -> None:
    seen, result = await decided(users, Choice.APPROVE, suspend=True)
    assert seen.request.node_id == ""
    found = await watch(users, clock, seen, result, 60)
    assert (found.ran, found.started) == (Started.STARTED, ("gate",))


@pytest.mark.parametrize("anew", [False, True])
async def test_of_a_workflow_that_is_gone_the_effect_is_not_known(
    users: ClusterUsers, clock: ManualClock, anew: bool
) -> None:
    seen, result = await decided(users, Choice.APPROVE)
    await users.delete(seen.request.key)
    if anew:
        await users.create(release())
    assert (await watch(users, clock, seen, result, 60)).ran is Started.GONE
    assert row(users).effect_words == "not known: the workflow was deleted"


async def test_who_may_not_read_the_workflow_leaves_the_effect_open(
    users: ClusterUsers, clock: ManualClock
) -> None:
    seen, result = await decided(users, Choice.APPROVE)
    assert result.decision
    target = EffectTarget(result.decision.id, Key("elsewhere", "release"), seen.request.uid, "")
    cluster = await users.cluster("approver")
    with pytest.raises(ForbiddenError):
        await observe(cluster, users.audit, clock, target, 60)
    assert row(users).effect_words == "not looked at"


async def test_watches_end_with_the_console_and_keep_what_they_saw(
    users: ClusterUsers, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen, result = await decided(users, Choice.DENY)
    assert result.decision
    cluster = await users.cluster("approver")
    looked: list[Effect] = []
    look = EffectTarget.look

    def noted(self: EffectTarget, workflow: Any) -> Effect:
        looked.append(look(self, workflow))
        return Effect(Started.SKIPPED, skipped=("deploy",))

    monkeypatch.setattr(EffectTarget, "look", noted)
    observers = EffectObservers(cluster, users.audit, clock)
    observers.begin(seen, result.decision.id)
    await until(lambda: looked)
    await observers.close()
    assert row(users).effect_words == "skipped deploy; nothing ran so far"
