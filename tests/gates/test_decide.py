"""Acceptance: whoever decides decides once, on the right gate, what they saw."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import pytest

from argotui.backend.kube.cluster import open_cluster
from argotui.backend.kube.gates import KubeGates
from argotui.backend.policy.evaluator import PolicyEvaluator
from argotui.backend.policy.rego import RegoEngine
from argotui.backend.ports import PolicyPort
from argotui.demo.cluster import EmbeddedCluster
from argotui.model.gates.decision import Choice, Outcome
from argotui.model.gates.patch import pointer
from argotui.model.gates.permission import Rules
from argotui.model.gates.verdict import Verdict
from argotui.operations.gates.decide import ANCHOR, Result, decide
from argotui.operations.gates.review import (
    DecisionContext,
    GateGone,
    Review,
    review_gate,
)
from tests.gates.scenarios import COMING, coming, refused_for_what_came, without
from tests.gates.support import PACK, ClusterUsers, Skewed, gate_template, gated_workflow
from tests.lossy_proxy import LossyProxy, lossy_proxy
from tests.support import PATIENCE, ManualClock, until

YES = {"approve": "YES"}


async def seen_gate(users: ClusterUsers, name: str = "gate", user: str = "approver") -> Review:
    key = await users.create(gated_workflow("release", gate_template("gate")))
    gates = await users.open_gates(key)
    return await review_gate(await users.context(user), key, gates[name])


async def approve(context: DecisionContext, seen: Review, reason: str = "") -> Result:
    return await decide(context, seen, Choice.APPROVE, values=YES, reason=reason)


def kinds(users: ClusterUsers) -> list[tuple[object, object]]:
    return [(entry["kind"], entry.get("outcome")) for entry in users.audit.entries()]


async def test_an_approval_writes_value_phase_and_message_in_one_write(users: ClusterUsers) -> None:
    seen = await seen_gate(users)
    result = await approve(await users.context(), seen, "looks right")
    assert result.outcome is Outcome.DECIDED
    assert result.audit_id
    workflow = await (await users.cluster("admin")).get_workflow("argo", "release")
    node = workflow.nodes[seen.request.node_id]
    assert node.phase == "Succeeded"
    assert node.outputs
    assert node.outputs.parameters
    assert node.outputs.parameters[0].text == "YES"
    assert node.outputs.parameters[0].value_from is None
    assert node.message.startswith("approver@example.com: approved: looks right ")
    assert result.record
    assert result.record.actor == "approver@example.com"
    assert result.record.request == seen.request.digest[:16]
    head, problems = users.audit.check()
    assert problems == []
    assert kinds(users) == [("intent", None), ("outcome", "decided")]
    assert workflow.metadata.annotations[ANCHOR] == users.audit.anchor(head)
    await users.settle()
    workflow = await (await users.cluster("admin")).get_workflow("argo", "release")
    assert workflow.status.phase == "Succeeded"


async def test_a_denial_fails_the_node_with_its_reason(users: ClusterUsers) -> None:
    seen = await seen_gate(users)
    context = await users.context()
    silent = await decide(context, seen, Choice.DENY)
    assert silent.outcome is Outcome.NOT_PERMITTED
    assert "reason" in silent.detail
    assert kinds(users) == []
    result = await decide(context, seen, Choice.DENY, reason="prices are wrong")
    assert result.outcome is Outcome.DECIDED
    await users.settle()
    workflow = await (await users.cluster("admin")).get_workflow("argo", "release")
    node = workflow.nodes[seen.request.node_id]
    assert node.phase == "Failed"
    assert "denied: prices are wrong" in node.message
    assert workflow.status.phase == "Failed"


async def test_01_consoles_racing_for_one_gate_make_one_decision(users: ClusterUsers) -> None:
    seen = await seen_gate(users)
    contexts = [await users.context("approver"), await users.context("admin")] * 4
    results = await asyncio.gather(
        *(
            decide(
                context,
                seen,
                Choice.APPROVE if number % 2 else Choice.DENY,
                values=YES,
                reason="racing",
            )
            for number, context in enumerate(contexts)
        )
    )
    outcomes = [result.outcome for result in results]
    assert outcomes.count(Outcome.DECIDED) == 1
    assert outcomes.count(Outcome.ALREADY_DECIDED) == len(contexts) - 1
    assert users.audit.check()[1] == []
    sent = [entry for entry in users.audit.entries() if entry["kind"] == "intent"]
    ended = [entry for entry in users.audit.entries() if entry["kind"] == "outcome"]
    assert {e["decision"] for e in sent} == {e["decision"] for e in ended}


async def test_02_a_workflow_made_anew_under_its_name_is_refused(users: ClusterUsers) -> None:
    seen = await seen_gate(users)
    await users.delete(seen.request.key)
    again = await users.create(gated_workflow("release", gate_template("gate")))
    assert (await users.open_gates(again))["gate"] == seen.request.node_id
    result = await approve(await users.context(), seen)
    assert result.outcome is Outcome.CHANGED
    assert "created again" in result.detail
    assert await users.phases(again) == {"release": "Running", "gate": "Running"}
    assert kinds(users) == []


async def test_02_a_deleted_workflow_is_refused(users: ClusterUsers) -> None:
    seen = await seen_gate(users)
    await users.delete(seen.request.key)
    result = await approve(await users.context(), seen)
    assert (result.outcome, result.detail) == (Outcome.CHANGED, "the workflow was deleted")


async def test_03_a_parameter_edited_meanwhile_is_refused_with_the_difference(
    users: ClusterUsers,
) -> None:
    seen = await seen_gate(users)
    path = pointer("status", "nodes", seen.request.node_id, "inputs", "parameters", "1", "value")
    await users.patch(seen.request.key, {"op": "replace", "path": path, "value": "all of them"})
    result = await approve(await users.context(), seen)
    assert result.outcome is Outcome.CHANGED
    assert result.changes == (
        ("node.inputs.parameters[1].value", "three prices changed", "all of them"),
    )
    assert (await users.phases(seen.request.key))["gate"] == "Running"


async def test_03_what_is_edited_between_check_and_write_is_refused_by_the_write(
    users: ClusterUsers, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = await seen_gate(users)
    context = await users.context()
    path = pointer("status", "nodes", seen.request.node_id, "inputs", "parameters", "1", "value")
    sent = context.audit.append

    async def append_then_edit(entry: dict[str, object]) -> object:
        head = await sent(entry)
        if entry["kind"] == "intent":
            edit = {"op": "replace", "path": path, "value": "all of them"}
            await users.patch(seen.request.key, edit)
        return head

    monkeypatch.setattr(context.audit, "append", append_then_edit)
    result = await approve(context, seen)
    assert result.outcome is Outcome.CHANGED
    assert result.changes
    assert (await users.phases(seen.request.key))["gate"] == "Running"


@pytest.mark.parametrize("alone", [False, True])
@pytest.mark.parametrize(("part", "name", "value", "outcome"), COMING)
async def test_03_what_comes_between_check_and_write_is_refused_by_the_write(
    users: ClusterUsers,
    embedded: EmbeddedCluster,
    part: str,
    name: str,
    value: str,
    outcome: Outcome,
    alone: bool,
) -> None:
    seen = await seen_gate(users)
    key = seen.request.key
    assert embedded.controller is not None
    await embedded.controller.stop()
    await users.patch(key, *without(part))
    if not alone:
        await users.patch(key, *coming(part, "other", "x", alone=True))
    seen = await review_gate(await users.context(), key, seen.request.node_id)
    await refused_for_what_came(users, seen, part, name, value, outcome, alone=alone)


async def test_04_another_open_gate_of_the_workflow_stays_as_it_is(users: ClusterUsers) -> None:
    document = gated_workflow("two", gate_template("first"), gate_template("second"))
    key = await users.create(document)
    gates = await users.open_gates(key)
    context = await users.context()
    seen = await review_gate(context, key, gates["first"])
    assert (await approve(context, seen)).outcome is Outcome.DECIDED
    await users.settle()
    assert await users.phases(key) == {
        "two": "Running",
        "first": "Succeeded",
        "second": "Running",
    }


@asynccontextmanager
async def lossy_desk(
    users: ClusterUsers, embedded: EmbeddedCluster
) -> AsyncIterator[tuple[LossyProxy, DecisionContext]]:
    """The approver's decision context behind a proxy that can lose a response."""
    async with lossy_proxy(embedded.url) as proxy:
        config = embedded.kubeconfig("approver")
        config["clusters"][0]["cluster"]["server"] = proxy.url
        lossy = await open_cluster(kubeconfig=config)
        yield proxy, dataclasses.replace(await users.context(), gates=KubeGates(lossy))
        await lossy.close()


async def test_07_an_answer_lost_after_the_write_is_shown_as_decided(
    users: ClusterUsers, embedded: EmbeddedCluster
) -> None:
    seen = await seen_gate(users)
    async with lossy_desk(users, embedded) as (proxy, context):
        seen = await review_gate(context, seen.request.key, seen.request.node_id)
        proxy.lose(b"PATCH ")
        result = await approve(context, seen)
    assert proxy.lost == 1
    assert result.outcome is Outcome.DECIDED
    assert kinds(users) == [("intent", None), ("outcome", "decided")]


async def test_07_an_answer_that_cannot_be_found_out_is_unknown_and_not_sent_again(
    users: ClusterUsers, embedded: EmbeddedCluster, clock: ManualClock
) -> None:
    seen = await seen_gate(users)
    async with lossy_desk(users, embedded) as (proxy, context):
        seen = await review_gate(context, seen.request.key, seen.request.node_id)
        proxy.lose(b"PATCH ", and_block=True)
        deciding = asyncio.create_task(approve(context, seen))
        await until(lambda: proxy.lost)
        await until(deciding.done, "the outcome", meanwhile=partial(clock.advance, 5))
        result = await deciding
    assert result.outcome is Outcome.UNKNOWN
    assert kinds(users)[-1][1] == result.outcome.value
    assert (await users.phases(seen.request.key))["gate"] == "Succeeded"
    assert len(kinds(users)) == 2


@pytest.mark.parametrize("off", [0, -600, 600])
@pytest.mark.parametrize(("left", "outcome"), [(1, Outcome.DECIDED), (-1, Outcome.CHANGED)])
async def test_08_a_gate_is_decided_before_its_expiry_and_not_after_whatever_the_clock_here(
    users: ClusterUsers,
    embedded: EmbeddedCluster,
    clock: ManualClock,
    left: int,
    outcome: Outcome,
    off: float,
) -> None:
    key = await users.create(gated_workflow("timed", gate_template("gate", duration="10m")))
    here = Skewed(clock, off)
    policy = PolicyEvaluator(RegoEngine(PACK), here, limit=PATIENCE)
    context = dataclasses.replace(await users.context(policy=policy), clock=here)
    seen = await review_gate(context, key, (await users.open_gates(key))["gate"])
    assert embedded.controller is not None
    await embedded.controller.stop()
    assert seen.gate.since is not None
    elapsed = (clock.now() - seen.gate.since).total_seconds()
    await clock.advance(600 - elapsed - left)
    result = await approve(context, seen)
    await policy.close()
    assert result.outcome is outcome
    if outcome is Outcome.CHANGED:
        assert "expired" in result.detail


async def test_09_the_creator_may_neither_approve_nor_deny(users: ClusterUsers) -> None:
    document = gated_workflow("own", gate_template("gate"))
    document["metadata"]["annotations"]["argotui.io/creator"] = "approver@example.com"
    key = await users.create(document)
    context = await users.context()
    seen = await review_gate(context, key, (await users.open_gates(key))["gate"])
    for choice in Choice:
        assert "somebody else" in seen.permission(choice).blocked[0]
        result = await decide(context, seen, choice, values=YES, reason="mine")
        assert result.outcome is Outcome.NOT_PERMITTED
    relaxed = await users.context(rules=Rules(separation_of_duties=False))
    result = await decide(relaxed, seen, Choice.DENY, reason="mine")
    assert result.outcome is Outcome.DECIDED


async def test_09_an_unknown_creator_takes_a_reason(users: ClusterUsers) -> None:
    document = gated_workflow("nobody", gate_template("gate"))
    del document["metadata"]["annotations"]
    key = await users.create(document)
    context = await users.context()
    seen = await review_gate(context, key, (await users.open_gates(key))["gate"])
    assert seen.approve.needs_reason
    assert (await approve(context, seen)).outcome is Outcome.NOT_PERMITTED
    assert (await approve(context, seen, "checked by hand")).outcome is Outcome.DECIDED


async def test_10_who_may_not_patch_is_told_so_before_and_after(
    users: ClusterUsers, embedded: EmbeddedCluster
) -> None:
    seen = await seen_gate(users, user="viewer")
    assert not seen.approve.allowed
    assert "viewer@example.com may not patch" in seen.approve.blocked[0]
    result = await approve(await users.context("viewer"), seen)
    assert result.outcome is Outcome.NOT_PERMITTED
    embedded.faults.answer(403, match="fieldManager")
    allowed = await review_gate(await users.context(), seen.request.key, seen.request.node_id)
    assert allowed.approve.allowed
    refused = await approve(await users.context(), allowed)
    assert refused.outcome is Outcome.NOT_PERMITTED
    assert "forbidden" in refused.detail
    assert kinds(users) == [("intent", None), ("outcome", "not permitted")]


async def test_values_are_checked_before_anything_is_sent(users: ClusterUsers) -> None:
    seen = await seen_gate(users)
    context = await users.context()
    for values in ({"approve": "MAYBE"}, {"approve": "YES", "more": "x"}):
        result = await decide(context, seen, Choice.APPROVE, values=values)
        assert result.outcome is Outcome.NOT_PERMITTED
    assert kinds(users) == []


async def test_a_policy_judges_the_defaults_that_are_written(users: ClusterUsers) -> None:
    template = gate_template("gate")
    replicas = {"name": "replicas", "valueFrom": {"supplied": {}, "default": "100"}}
    template["outputs"]["parameters"].append(replicas)
    key = await users.create(gated_workflow("large", template))
    asked: list[object] = []

    class Watched(PolicyPort):
        async def verdict(self, question: dict[str, object], digest: str) -> Verdict:
            asked.append(question)
            return await inner.verdict(question, digest)

        async def close(self) -> None:
            await inner.close()

    context = await users.context()
    inner = context.policy
    watched = dataclasses.replace(context, policy=Watched())
    seen = await review_gate(watched, key, (await users.open_gates(key))["gate"])
    assert (await approve(watched, seen)).outcome is Outcome.DECIDED
    values = [question["gate"]["values"] for question in asked]  # type: ignore[index]
    assert values == [{}, {"approve": "YES", "replicas": "100"}]


async def test_a_suspended_workflow_goes_on_and_its_gates_stay(users: ClusterUsers) -> None:
    document = gated_workflow("held", gate_template("gate"))
    key = await users.create(document)
    await users.patch(key, {"op": "add", "path": "/spec/suspend", "value": True})
    context = await users.context()
    seen = await review_gate(context, key, "")
    assert not seen.deny.allowed
    result = await decide(context, seen, Choice.APPROVE, reason="go on")
    assert result.outcome is Outcome.DECIDED
    await users.settle()
    assert (await users.phases(key))["gate"] == "Running"
    with pytest.raises(GateGone):
        await review_gate(context, key, "")


async def test_compressed_nodes_are_decided_by_a_conditional_put(
    users: ClusterUsers, embedded: EmbeddedCluster
) -> None:
    from argotui.backend.kube.unpack import pack

    seen = await seen_gate(users)
    assert embedded.controller is not None
    await embedded.controller.stop()
    nodes = seen.reading.document["status"]["nodes"]
    for packing in ("gzip", "zstd", "brotli"):
        await users.patch(
            seen.request.key,
            {"op": "add", "path": "/status/compressedNodes", "value": pack(nodes, packing)},
            {"op": "remove", "path": "/status/nodes"}
            if packing == "gzip"
            else {"op": "test", "path": "/metadata/uid", "value": seen.request.uid},
        )
        context = await users.context()
        packed = await review_gate(context, seen.request.key, seen.request.node_id)
        assert packed.reading.packing == packing
        assert packed.request == seen.request
        result = await approve(context, packed, packing)
        assert result.outcome is Outcome.DECIDED, result.detail
        gone = await approve(context, packed, packing)
        assert gone.outcome is Outcome.ALREADY_DECIDED


async def test_offloaded_nodes_are_refused_with_the_way_out(
    users: ClusterUsers, embedded: EmbeddedCluster
) -> None:
    seen = await seen_gate(users)
    assert embedded.controller is not None
    await embedded.controller.stop()
    await users.patch(
        seen.request.key,
        {"op": "add", "path": "/status/offloadNodeStatusVersion", "value": "fnv:1"},
        {"op": "remove", "path": "/status/nodes"},
    )
    with pytest.raises(GateGone, match="Argo server"):
        await review_gate(await users.context(), seen.request.key, seen.request.node_id)
    result = await approve(await users.context(), seen)
    assert result.outcome is Outcome.NOT_PERMITTED
    assert "Argo server" in result.detail


async def test_secrets_do_not_reach_the_audit_log(users: ClusterUsers) -> None:
    gate = gate_template("gate")
    gate["inputs"]["parameters"].append({"name": "api_token", "value": "tok-1234567890"})
    key = await users.create(gated_workflow("secret", gate))
    context = await users.context()
    seen = await review_gate(context, key, (await users.open_gates(key))["gate"])
    assert (await approve(context, seen)).outcome is Outcome.DECIDED
    text = users.audit.path.read_text()
    assert "tok-1234567890" not in text
    assert json.loads(text.splitlines()[0])["inputs"]["api_token"]
