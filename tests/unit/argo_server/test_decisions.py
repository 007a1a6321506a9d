"""Decisions through an Argo server: the one decision path, and what it says it cannot guarantee."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from argotui.backend.argo_server.gates import RACE
from argotui.backend.audit.log import AuditLog
from argotui.backend.policy.evaluator import NoPolicy
from argotui.backend.ports import Backend
from argotui.demo.api.kinds import WORKFLOWS
from argotui.model.argo import Key
from argotui.model.gates.decision import Choice, Outcome
from argotui.model.gates.gate import open_gates
from argotui.model.gates.permission import Rules
from argotui.operations.gates.decide import Result, decide
from argotui.operations.gates.preflight import refusal
from argotui.operations.gates.review import DecisionContext, Review, review_gate
from tests.gates.support import InterruptedLog, gate_template, gated_workflow
from tests.unit.argo_server.connections import Connections

KEY = Key("argo", "release")


def _context(
    backend: Backend, connections: Connections, audit: AuditLog, *, strict: bool = False
) -> DecisionContext:
    clock = connections.clock
    rules = Rules(without_verdict="advisory")
    return DecisionContext(backend.gates, NoPolicy(clock), audit, clock, rules, strict)


async def _gates(connections: Connections, *names: str, suspended: bool = False) -> dict[str, str]:
    spec = {"suspend": True} if suspended else {}
    document = gated_workflow("release", *(gate_template(name) for name in names), **spec)
    document["metadata"]["namespace"] = "argo"
    connections.cluster.objects.create(WORKFLOWS, document)
    await connections.settle()
    admin = await connections.open("admin")
    workflow = await admin.cluster.get_workflow(*KEY)
    return {gate.name: gate.node_id for gate in open_gates(workflow)}


async def _node(connections: Connections, node_id: str) -> dict[str, object]:
    document = connections.cluster.objects.need(WORKFLOWS, *KEY).decode()
    found: dict[str, object] = document["status"]["nodes"][node_id]
    return found


async def _decide(context: DecisionContext, review: Review, choice: Choice) -> Result:
    values = {"approve": "YES"} if choice is Choice.APPROVE else {}
    return await decide(context, review, choice, values=values, reason="seen")


@pytest.mark.parametrize("choice", list(Choice))
async def test_one_set_decides_one_gate(
    connections: Connections, tmp_path: Path, choice: Choice
) -> None:
    gates = await _gates(connections, "gate", "other")
    backend = await connections.open("approver")
    context = _context(backend, connections, AuditLog(tmp_path / "audit"))
    review = await review_gate(context, KEY, gates["gate"])
    assert review.person.user == "approver@example.com"
    assert RACE in review.permission(choice).notes
    before = len(connections.server.requests)
    result = await _decide(context, review, choice)
    assert (result.outcome, result.detail) == (Outcome.DECIDED, choice.done)
    sent = [each for each in connections.server.requests[before:] if not each.startswith("GET ")]
    assert sent == ["PUT /api/v1/workflows/argo/release/set"]
    node = await _node(connections, gates["gate"])
    assert node["phase"] == choice.phase
    assert str(node["message"]).startswith(f"approver@example.com: {choice.done}: seen ")
    assert (await _node(connections, gates["other"]))["phase"] == "Running"
    assert [entry["kind"] for entry in context.audit.entries()] == ["intent", "outcome"]


async def _between(
    connections: Connections, tmp_path: Path, happen: Callable[[], Awaitable[None]]
) -> tuple[Result, str]:
    """Return the outcome of an approval if something happens between its check and its write."""
    gates = await _gates(connections, "gate")
    backend = await connections.open("approver")
    audit = InterruptedLog(tmp_path / "audit", happen)
    context = _context(backend, connections, audit)
    review = await review_gate(context, KEY, gates["gate"])
    return await _decide(context, review, Choice.APPROVE), gates["gate"]


def _edit(connections: Connections, change: Callable[[dict[str, object]], None]) -> None:
    document = connections.cluster.objects.need(WORKFLOWS, *KEY).decode()
    change(document)
    connections.cluster.objects.update(WORKFLOWS, document)


async def test_inputs_that_change_before_the_write_stop_it(
    connections: Connections, tmp_path: Path
) -> None:
    async def happen() -> None:
        def change(document: dict[str, object]) -> None:
            text = json.dumps(document["status"]).replace("three prices", "all prices")
            document["status"] = json.loads(text)

        _edit(connections, change)

    result, node_id = await _between(connections, tmp_path, happen)
    assert result.outcome is Outcome.CHANGED
    assert (await _node(connections, node_id))["phase"] == "Running"


async def test_a_change_elsewhere_does_not_stop_it_as_the_note_says(
    connections: Connections, tmp_path: Path
) -> None:
    async def happen() -> None:
        def change(document: dict[str, object]) -> None:
            metadata = document["metadata"]
            assert isinstance(metadata, dict)
            metadata["labels"] = {**(metadata.get("labels") or {}), "risk": "high"}

        _edit(connections, change)

    result, node_id = await _between(connections, tmp_path, happen)
    assert result.outcome is Outcome.DECIDED
    assert (await _node(connections, node_id))["phase"] == "Succeeded"


async def test_a_decision_of_somebody_else_before_the_write_stands(
    connections: Connections, tmp_path: Path
) -> None:
    async def happen() -> None:
        def change(document: dict[str, object]) -> None:
            status = document["status"]
            assert isinstance(status, dict)
            for node in status["nodes"].values():
                if node["type"] == "Suspend":
                    node |= {"phase": "Failed", "message": "bob: no"}

        _edit(connections, change)

    result, node_id = await _between(connections, tmp_path, happen)
    assert result.outcome is Outcome.ALREADY_DECIDED
    assert (await _node(connections, node_id))["message"] == "bob: no"


async def test_a_suspended_workflow_is_not_resumed(
    connections: Connections, tmp_path: Path
) -> None:
    await _gates(connections, "gate", suspended=True)
    backend = await connections.open("approver")
    context = _context(backend, connections, AuditLog(tmp_path / "audit"))
    review = await review_gate(context, KEY, "")
    assert "approving all its open gates" in review.approve.blocked[0]
    result = await decide(context, review, Choice.APPROVE, reason="go")
    assert result.outcome is Outcome.NOT_PERMITTED
    assert not any("/resume" in each for each in connections.server.requests)


async def test_a_strict_decision_is_refused_with_the_reason(
    connections: Connections, tmp_path: Path
) -> None:
    gates = await _gates(connections, "gate")
    backend = await connections.open("approver")
    context = _context(backend, connections, AuditLog(tmp_path / "audit"), strict=True)
    review = await review_gate(context, KEY, gates["gate"])
    assert "gates.strict" in review.approve.blocked[0]
    assert (await _decide(context, review, Choice.APPROVE)).outcome is Outcome.NOT_PERMITTED


async def test_who_may_not_update_learns_it_from_the_write(
    connections: Connections, tmp_path: Path
) -> None:
    gates = await _gates(connections, "gate")
    backend = await connections.open("viewer")
    context = _context(backend, connections, AuditLog(tmp_path / "audit"))
    review = await review_gate(context, KEY, gates["gate"])
    assert await refusal(context, review, Choice.APPROVE, {}) == ""
    result = await _decide(context, review, Choice.APPROVE)
    assert result.outcome is Outcome.NOT_PERMITTED
    assert "cannot update" in result.detail
