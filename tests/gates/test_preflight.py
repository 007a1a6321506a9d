"""The dry run before a key is offered: for open, packed and suspended workflows."""

from __future__ import annotations

import pytest

from argotui.backend.kube.unpack import pack
from argotui.demo.cluster import EmbeddedCluster
from argotui.model.gates.decision import Choice
from argotui.operations.gates.preflight import refusal
from argotui.operations.gates.review import Review, review_gate
from tests.gates.support import ClusterUsers, gate_template, gated_workflow

YES = {"approve": "YES"}
DRY = "fieldManager=argotui&dryRun=All"


async def seen_as(users: ClusterUsers, embedded: EmbeddedCluster, kind: str) -> Review:
    """Return a gate of one of the kinds, whose workflow nothing moves on."""
    key = await users.create(gated_workflow("release", gate_template("gate")))
    gates = await users.open_gates(key)
    assert embedded.controller is not None
    await embedded.controller.stop()
    context = await users.context()
    if kind == "packed":
        nodes = (await context.gates.read_gate(*key)).document["status"]["nodes"]
        await users.patch(
            key,
            {"op": "add", "path": "/status/compressedNodes", "value": pack(nodes, "gzip")},
            {"op": "remove", "path": "/status/nodes"},
        )
    elif kind == "suspension":
        await users.patch(key, {"op": "add", "path": "/spec/suspend", "value": True})
    seen = await review_gate(context, key, "" if kind == "suspension" else gates["gate"])
    assert bool(seen.reading.packing) is (kind == "packed")
    return seen


@pytest.mark.parametrize("kind", ["open", "packed", "suspension"])
async def test_what_the_server_would_refuse_is_said_beforehand_and_nothing_written(
    users: ClusterUsers, embedded: EmbeddedCluster, kind: str
) -> None:
    seen = await seen_as(users, embedded, kind)
    context = await users.context()
    choices = [Choice.APPROVE] if kind == "suspension" else list(Choice)
    asked = len(embedded.server.requests)
    for choice in choices:
        assert await refusal(context, seen, choice, YES) == ""
    verb = "PUT" if kind == "packed" else "PATCH"
    tried = [request for request in embedded.server.requests[asked:] if DRY in request]
    assert [request.split()[0] for request in tried] == [verb] * len(choices)
    embedded.faults.answer(403, times=len(choices), match=DRY)
    for choice in choices:
        assert "forbidden" in await refusal(context, seen, choice, YES)
    again = await context.gates.read_gate(*seen.request.key)
    assert again.document == seen.reading.document


@pytest.mark.parametrize("kind", ["open", "packed", "suspension"])
async def test_what_moved_on_since_is_no_refusal(
    users: ClusterUsers, embedded: EmbeddedCluster, kind: str
) -> None:
    seen = await seen_as(users, embedded, kind)
    edit = {"op": "replace", "path": "/spec/templates/1/name", "value": "other"}
    await users.patch(seen.request.key, edit)
    assert await refusal(await users.context(), seen, Choice.APPROVE, YES) == ""
    embedded.faults.answer(503, match=DRY)
    assert await refusal(await users.context(), seen, Choice.APPROVE, YES) == ""


async def test_who_may_not_decide_anyway_costs_no_dry_run(
    users: ClusterUsers, embedded: EmbeddedCluster
) -> None:
    key = await users.create(gated_workflow("release", gate_template("gate")))
    context = await users.context("viewer")
    seen = await review_gate(context, key, (await users.open_gates(key))["gate"])
    asked = len(embedded.server.requests)
    assert await refusal(context, seen, Choice.APPROVE, YES) == ""
    assert len(embedded.server.requests) == asked
