"""Acceptance on a real cluster, what concerns its API server: numbered as in test_decide."""

from __future__ import annotations

import asyncio
import dataclasses
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
import yaml

from argotui.backend.clock import SystemClock
from argotui.backend.kube.cluster import open_cluster
from argotui.backend.kube.gates import KubeGates
from argotui.backend.policy.evaluator import PolicyEvaluator
from argotui.backend.policy.opa import OpaEngine
from argotui.model.gates.decision import Choice, Outcome
from argotui.model.gates.patch import pointer
from argotui.model.gates.permission import Rules
from argotui.model.gates.verdict import PolicyAnswer
from argotui.operations.gates.decide import Result, decide
from argotui.operations.gates.preflight import refusal
from argotui.operations.gates.review import DecisionContext, Review, review_gate
from tests.contract.lab import real_access
from tests.gates.branch import OVERRIDE, PATCH, READ, UPDATE, Branch
from tests.gates.lab import ON_CLUSTER, Lab, asking, bulky, seen_by, seen_packed
from tests.gates.scenarios import COMING, approve_while, refused_for_what_came, without
from tests.gates.support import InterruptedLog, Skewed, gate_template, gated_workflow
from tests.lossy_proxy import lossy_proxy
from tests.support import PATIENCE, until_answer

pytestmark = ON_CLUSTER
YES = {"approve": "YES"}


def told(lab: Lab) -> list[object]:
    assert lab.audit.check()[1] == []
    return [entry.get("outcome") or entry["kind"] for entry in lab.audit.entries()]


async def approve(context: DecisionContext, seen: Review, reason: str = "") -> Result:
    return await decide(context, seen, Choice.APPROVE, values=YES, reason=reason)


async def test_02_a_workflow_made_anew_under_its_name_is_refused(lab: Lab) -> None:
    document = gated_workflow("", gate_template("gate"))
    key = await lab.start(document)
    seen = await seen_by(lab, "approver", key)
    await lab.delete(key)
    await lab.create(document)
    assert await lab.waits(key) == seen.request.node_id
    result = await approve(await lab.context(), seen)
    assert result.outcome is Outcome.CHANGED
    assert "created again" in result.detail
    assert (await lab.phases(key))["gate"] == "Running"
    assert told(lab) == []


async def test_03_a_parameter_edited_meanwhile_is_refused_with_the_difference(lab: Lab) -> None:
    key = await lab.start(gated_workflow("", gate_template("gate")))
    seen = await seen_by(lab, "approver", key)
    path = pointer("status", "nodes", seen.request.node_id, "inputs", "parameters", "1", "value")
    edit = {"op": "replace", "path": path, "value": "all <of> them"}
    result = await approve_while(lab, seen, [edit])
    assert result.outcome is Outcome.CHANGED
    difference = ("node.inputs.parameters[1].value", "three prices changed", "all <of> them")
    assert result.changes == (difference,)
    assert told(lab) == ["intent", Outcome.CHANGED.value]
    assert (await approve(await lab.context(), seen)).changes == (difference,)
    assert (await lab.phases(key))["gate"] == "Running"


@pytest.mark.parametrize("alone", [False, True])
@pytest.mark.parametrize(("part", "name", "value", "outcome"), COMING)
async def test_03_what_comes_between_check_and_write_is_refused_by_the_write(
    lab: Lab, part: str, name: str, value: str, outcome: Outcome, alone: bool
) -> None:
    document = gated_workflow("", gate_template("gate"))
    del document["metadata"]["annotations"]
    key = await lab.start(document, "admin")
    node_id = await lab.waits(key)
    found = await KubeGates(await lab.cluster("admin")).read_gate(*key)
    there = found.document["metadata"].get(part)
    if alone and there:
        await lab.patch(key, *without(part))
    seen = await review_gate(await lab.context(), key, node_id)
    assert alone is (part not in seen.reading.document["metadata"])
    await refused_for_what_came(lab, seen, part, name, value, outcome, alone=alone)


async def test_04_another_open_gate_of_the_workflow_stays_as_it_is(lab: Lab) -> None:
    key = await lab.start(gated_workflow("", gate_template("gate"), gate_template("second")))
    await lab.waits(key, "second")
    seen = await seen_by(lab, "approver", key)
    assert (await approve(await lab.context(), seen)).outcome is Outcome.DECIDED
    assert (await lab.phases(key))["gate"] == "Succeeded"
    again = await seen_by(lab, "approver", key, "second")
    assert again.gate.name == "second"
    assert await lab.open_gates(key) == {"second": again.request.node_id}


async def test_07_an_answer_lost_after_the_write_is_shown_as_decided(lab: Lab) -> None:
    key = await lab.start(gated_workflow("", gate_template("gate")))
    access = real_access()
    async with lossy_proxy(access.server, access.tls) as proxy:
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "lossy",
            "clusters": [{"name": "lossy", "cluster": {"server": proxy.url}}],
            "users": [{"name": "approver", "user": {"token": access.tokens["approver"]}}],
            "contexts": [{"name": "lossy", "context": {"cluster": "lossy", "user": "approver"}}],
        }
        path = lab.audit.path.parent / "lossy.kubeconfig"
        path.write_text(yaml.safe_dump(config))
        path.chmod(0o600)
        lossy = await open_cluster(kubeconfig=str(path))
        context = dataclasses.replace(await lab.context(), gates=KubeGates(lossy))
        seen = await review_gate(context, key, await lab.waits(key))
        proxy.lose(b"PATCH ")
        result = await approve(context, seen)
        await lossy.close()
    assert proxy.lost == 1
    assert result.outcome is Outcome.DECIDED, result.detail
    assert told(lab) == ["intent", "decided"]
    assert (await lab.phases(key))["gate"] == "Succeeded"


@asynccontextmanager
async def skewed_desk(lab: Lab, off: float) -> AsyncIterator[DecisionContext]:
    """The approver's decision context on a machine whose clock is wrong."""
    clock = Skewed(SystemClock(), off)
    policy = PolicyEvaluator(
        OpaEngine(os.environ["OPA_URL"].rstrip("/"), timeout=PATIENCE), clock, limit=PATIENCE
    )
    yield dataclasses.replace(await lab.context(policy=policy), clock=clock)
    await policy.close()


@pytest.mark.parametrize("off", [-600, 600])
async def test_08_a_clock_that_is_off_ends_no_gate_before_its_time(lab: Lab, off: float) -> None:
    key = await lab.start(gated_workflow("", gate_template("gate", duration="60s")))
    async with skewed_desk(lab, off) as context:
        seen = await review_gate(context, key, await lab.waits(key))
        result = await approve(context, seen)
    assert result.outcome is Outcome.DECIDED, result.detail


@pytest.mark.parametrize("off", [-600, 600])
async def test_08_a_clock_that_is_off_decides_no_gate_after_its_time(lab: Lab, off: float) -> None:
    key = await lab.start(gated_workflow("", gate_template("gate", duration="3s")))
    async with skewed_desk(lab, off) as context:
        seen = await review_gate(context, key, await lab.waits(key))
        assert seen.gate.since is not None
        ends = seen.gate.since + timedelta(seconds=3)

        async def over() -> bool:
            date = (await context.gates.read_gate(*key)).date
            return date is not None and date >= ends

        await until_answer(over, "the end of the gate's time")
        result = await approve(context, seen)
    assert result.outcome in (Outcome.CHANGED, Outcome.ALREADY_DECIDED)
    assert told(lab) == []


async def test_08_a_gate_that_expired_is_told_as_already_decided(lab: Lab) -> None:
    key = await lab.start(asking(duration="5s"))
    seen = await seen_by(lab, "approver", key)
    assert (await lab.ends(key)).status.phase == "Succeeded"
    result = await approve(await lab.context(), seen, "too late")
    assert result.outcome is Outcome.ALREADY_DECIDED
    assert told(lab) == []
    phases = {n.display_name: n.phase for n in (await lab.workflow(key)).nodes.values()}
    assert phases["go"] == "Skipped"  # its default was NO


async def test_09_the_requester_may_neither_approve_nor_deny(lab: Lab) -> None:
    key = await lab.start(gated_workflow("", gate_template("gate")))
    own = await seen_by(lab, "developer", key)
    for choice in Choice:
        assert any("you asked for this workflow" in line for line in own.permission(choice).blocked)
        result = await decide(
            await lab.context("developer"), own, choice, values=YES, reason="mine"
        )
        assert result.outcome is Outcome.NOT_PERMITTED
    assert (await lab.phases(key))["gate"] == "Running"
    assert told(lab) == []


async def test_10_who_may_not_patch_is_told_so_before_and_after(lab: Lab) -> None:
    key = await lab.start(gated_workflow("", gate_template("gate")))
    viewed = await seen_by(lab, "viewer", key)
    assert any("viewer@example.com may not patch" in line for line in viewed.approve.blocked)
    result = await approve(await lab.context("viewer"), viewed)
    assert result.outcome is Outcome.NOT_PERMITTED
    assert (await lab.phases(key))["gate"] == "Running"
    assert told(lab) == []


async def test_10_a_right_that_is_lost_just_before_the_write_is_told_clearly(
    branch: Branch,
) -> None:
    await branch.hire("clerk", READ, PATCH)
    key = await branch.start(gated_workflow("", gate_template("gate")), "admin")
    seen = await seen_by(branch, "clerk", key)
    assert seen.approve.allowed
    assert await refusal(await branch.context("clerk"), seen, Choice.APPROVE, YES) == ""
    log = InterruptedLog(branch.audit.path, lambda: branch.dismiss("clerk"))
    result = await approve(await branch.context("clerk", audit=log), seen)
    assert result.outcome is Outcome.NOT_PERMITTED
    assert f'User "{branch.called("clerk")}" cannot patch resource "workflows"' in result.detail
    assert told(branch) == ["intent", Outcome.NOT_PERMITTED.value]
    assert (await branch.phases(key))["gate"] == "Running"
    context = await branch.context("clerk")
    assert "cannot patch" in await refusal(context, seen, Choice.APPROVE, YES)


async def test_a_soft_denial_takes_the_right_to_override_and_a_reason(branch: Branch) -> None:
    await asyncio.gather(
        branch.hire("clerk", READ, PATCH), branch.hire("chief", READ, PATCH, OVERRIDE)
    )
    soft = Rules(levels={"confidence": "soft"})
    key = await branch.start(asking("0.4"), "admin")

    seen = await seen_by(branch, "clerk", key)
    assert seen.verdict.answer is PolicyAnswer.DENY
    assert [reason.code for reason in seen.verdict.deny] == ["confidence"]
    context = await branch.context("clerk", rules=soft)
    refused = await approve(
        context, await review_gate(context, key, seen.request.node_id), "urgent"
    )
    assert refused.outcome is Outcome.NOT_PERMITTED
    assert "policy denies: " in refused.detail
    assert seen.verdict.deny[0].msg in refused.detail
    assert "overriding takes a right that you lack" in refused.detail

    hard = await branch.context("chief", rules=Rules())
    seen = await review_gate(hard, key, seen.request.node_id)
    assert seen.person.may_override
    assert (await approve(hard, seen, "urgent")).outcome is Outcome.NOT_PERMITTED

    context = await branch.context("chief", rules=soft)
    seen = await review_gate(context, key, seen.request.node_id)
    assert seen.approve.allowed
    assert seen.approve.override
    silent = await approve(context, seen)
    assert silent.outcome is Outcome.NOT_PERMITTED
    assert "a reason is needed" in silent.detail
    assert told(branch) == []

    result = await approve(context, seen, "the customer waits")
    assert result.outcome is Outcome.DECIDED, result.detail
    chief = branch.called("chief")
    (node,) = [n for n in (await branch.workflow(key)).nodes.values() if n.type == "Suspend"]
    assert node.phase == "Succeeded"
    assert node.message.startswith(f"{chief}: approved: the customer waits ")
    intent, outcome = branch.audit.entries()
    assert intent["actor"] == chief
    assert intent["override"] is True
    assert intent["reason"] == "the customer waits"
    assert outcome["outcome"] == Outcome.DECIDED.value
    assert branch.audit.check()[1] == []


async def test_a_dry_run_tells_who_may_not_write_compressed_nodes(branch: Branch) -> None:
    await asyncio.gather(
        branch.hire("clerk", READ, PATCH), branch.hire("chief", READ, PATCH, UPDATE)
    )
    key = await branch.start(bulky(), "admin")
    seen = await seen_packed(branch, "clerk", key)
    assert seen.approve.allowed
    said = await refusal(await branch.context("clerk"), seen, Choice.APPROVE, YES)
    assert f'User "{branch.called("clerk")}" cannot update resource "workflows"' in said
    chief = await branch.context("chief")
    seen = await seen_packed(branch, "chief", key)
    for choice in Choice:
        assert await refusal(chief, seen, choice, YES) == ""
    assert (await branch.phases(key))["gate-0"] == "Running"
    result = await approve(chief, seen)
    assert result.outcome is Outcome.DECIDED, result.detail
