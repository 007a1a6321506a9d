"""Deciding on a real cluster, by a real OPA, as the lab's users."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from argotui.backend.clock import SystemClock
from argotui.model.argo import Key
from argotui.model.gates.decision import Choice, Outcome
from argotui.model.gates.request import RESUMED
from argotui.model.gates.verdict import PolicyAnswer
from argotui.operations.gates.decide import ANCHOR, decide
from argotui.operations.gates.review import GateGone, review_gate
from tests.gates.lab import ON_CLUSTER, Lab, asking, bulky, seen_by, seen_packed
from tests.gates.support import gate_template, gated_workflow
from tests.support import until_answer

pytestmark = ON_CLUSTER
ROUNDS = 6
YES = {"approve": "YES"}


async def test_an_approval_by_the_verdict_of_opa_lets_the_workflow_go_on(lab: Lab) -> None:
    key = await lab.start(asking("0.97"))
    seen = await seen_by(lab, "approver", key)
    assert seen.verdict.answer is PolicyAnswer.ALLOW
    assert seen.verdict.confidence == 0.97
    assert seen.gate.asked_by == "developer@example.com"
    result = await decide(await lab.context(), seen, Choice.APPROVE, values=YES, reason="fine <&é>")
    assert result.outcome is Outcome.DECIDED, result.detail
    ended = await lab.ends(key)
    phases = {node.display_name: node.phase for node in ended.nodes.values()}
    assert ended.status.phase == "Succeeded"
    assert phases["go"] == "Succeeded"
    node = ended.nodes[seen.request.node_id]
    assert node.message.startswith("approver@example.com: approved: fine <&é> ")
    head, problems = lab.audit.check()
    assert problems == []
    assert ended.metadata.annotations[ANCHOR] == lab.audit.anchor(head)

    log = Path(os.environ["KUBECONFIG"]).parent.parent / "log" / "kube-audit.log"
    if not log.exists():
        return

    async def recorded() -> dict[str, Any]:
        lines = [line for line in log.read_text().splitlines() if result.audit_id in line]
        found: dict[str, Any] = json.loads(lines[-1]) if lines else {}
        return found

    entry = await until_answer(recorded, "the API server's audit log")
    assert entry["user"]["username"] == "approver@example.com"
    assert entry["verb"] == "patch"
    assert entry["objectRef"]["name"] == key.name


async def test_a_denial_fails_the_node_and_what_is_behind_it(lab: Lab) -> None:
    key = await lab.start(asking())
    seen = await seen_by(lab, "approver", key)
    result = await decide(await lab.context(), seen, Choice.DENY, reason="prices are wrong")
    assert result.outcome is Outcome.DECIDED, result.detail
    ended = await lab.ends(key)
    assert ended.status.phase == "Failed"
    assert "denied: prices are wrong" in ended.nodes[seen.request.node_id].message
    assert not any(node.display_name == "go" for node in ended.nodes.values())


async def test_a_low_confidence_is_denied_by_opa(lab: Lab) -> None:
    key = await lab.start(asking("0.4"))
    seen = await seen_by(lab, "approver", key)
    assert seen.verdict.answer is PolicyAnswer.DENY
    assert [reason.code for reason in seen.verdict.deny] == ["confidence"]


async def by_kubectl(key: Key, node_id: str) -> bool:
    """Open a gate as a careful person with kubectl does; whether that worked."""
    path = f"/status/nodes/{node_id}"
    patch = [
        {"op": "test", "path": f"{path}/phase", "value": "Running"},
        {"op": "replace", "path": f"{path}/phase", "value": "Succeeded"},
        {"op": "add", "path": f"{path}/message", "value": "by hand"},
    ]
    process = await asyncio.create_subprocess_exec(
        *("kubectl", "-n", key.namespace, "patch", "workflow", key.name, "--type=json"),
        *("-p", json.dumps(patch)),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    return await process.wait() == 0


async def race(lab: Lab, key: Key, head_start: float) -> tuple[Outcome, Outcome, bool]:
    """Two consoles decide what both have seen, kubectl with a head start: it begins slowly."""
    seen = {user: await seen_by(lab, user, key) for user in ("approver", "admin")}

    async def console(user: str, choice: Choice) -> Outcome:
        context = await lab.context(user)
        await SystemClock().sleep(head_start)
        return (await decide(context, seen[user], choice, values=YES, reason="racing")).outcome

    return await asyncio.gather(
        console("approver", Choice.APPROVE),
        console("admin", Choice.DENY),
        by_kubectl(key, seen["admin"].request.node_id),
    )


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="needs kubectl")
async def test_01_two_consoles_and_kubectl_make_one_decision(lab: Lab) -> None:
    winners = []
    for number in range(ROUNDS):
        key = await lab.start(gated_workflow("", gate_template("gate")))
        approved, denied, by_hand = await race(lab, key, 0.03 * (number % 4))
        outcomes = [approved, denied]
        assert outcomes.count(Outcome.DECIDED) + by_hand == 1, (outcomes, by_hand)
        assert set(outcomes) <= {Outcome.DECIDED, Outcome.ALREADY_DECIDED}
        winner = "by hand" if by_hand else "approver" if approved is Outcome.DECIDED else "admin"
        (told,) = [
            n.message for n in (await lab.workflow(key)).nodes.values() if n.type == "Suspend"
        ]
        assert told.startswith(winner)
        winners.append(winner)
    assert lab.audit.check()[1] == []
    entries = list(lab.audit.entries())
    decided = [one for one in entries if one.get("outcome") == Outcome.DECIDED.value]
    assert len(decided) == ROUNDS - winners.count("by hand")


async def test_a_suspended_workflow_says_who_let_it_go_on(lab: Lab) -> None:
    document = asking()
    document["spec"]["suspend"] = True
    key = await lab.start(document)

    # The controller fills in the spec when it takes a workflow up.
    async def taken_up() -> str:
        return (await lab.workflow(key)).status.phase

    await until_answer(taken_up, "the controller to take it up")
    context = await lab.context()
    seen = await review_gate(context, key, "")
    result = await decide(context, seen, Choice.APPROVE, reason="begin")
    assert result.outcome is Outcome.DECIDED, result.detail
    assert (await decide(context, seen, Choice.APPROVE)).outcome is Outcome.ALREADY_DECIDED
    with pytest.raises(GateGone):
        await review_gate(context, key, "")
    said = (await lab.workflow(key)).metadata.annotations[RESUMED]
    assert said.startswith("approver@example.com: approved: begin")


async def test_gates_of_nodes_that_the_controller_compressed(lab: Lab) -> None:
    key = await lab.start(bulky())
    seen = await seen_packed(lab, "approver", key)
    result = await decide(await lab.context(), seen, Choice.APPROVE, values=YES, reason="large")
    assert result.outcome is Outcome.DECIDED, result.detail
    phases = await lab.phases(key)
    assert phases["gate-0"] == "Succeeded"
    assert phases["gate-1"] == "Running"
