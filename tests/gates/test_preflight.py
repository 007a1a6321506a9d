"""The dry run before a key is offered: for open, packed and suspended workflows."""

from __future__ import annotations

import pytest

from argotui.backend.kube.gates import pack
from argotui.demo.cluster import EmbeddedCluster
from argotui.model.gates.decision import Choice
from argotui.operations.gates.preflight import refusal
from argotui.operations.gates.review import Review, review_gate
from tests.gates.support import Office, gate_template, gated_workflow

YES = {"approve": "YES"}
DRY = "fieldManager=argotui&dryRun=All"


async def seen_as(office: Office, embedded: EmbeddedCluster, kind: str) -> Review:
    """Return a gate of one of the kinds, whose workflow nothing moves on."""
    key = await office.create(gated_workflow("release", gate_template("gate")))
    gates = await office.open_gates(key)
    assert embedded.controller is not None
    await embedded.controller.stop()
    desk = await office.desk()
    if kind == "packed":
        nodes = (await desk.gates.read_gate(*key)).document["status"]["nodes"]
        await office.patch(
            key,
            {"op": "add", "path": "/status/compressedNodes", "value": pack(nodes, "gzip")},
            {"op": "remove", "path": "/status/nodes"},
        )
    elif kind == "suspension":
        await office.patch(key, {"op": "add", "path": "/spec/suspend", "value": True})
    seen = await review_gate(desk, key, "" if kind == "suspension" else gates["gate"])
    assert bool(seen.reading.packing) is (kind == "packed")
    return seen


@pytest.mark.parametrize("kind", ["open", "packed", "suspension"])
async def test_what_the_server_would_refuse_is_said_beforehand_and_nothing_written(
    office: Office, embedded: EmbeddedCluster, kind: str
) -> None:
    seen = await seen_as(office, embedded, kind)
    desk = await office.desk()
    choices = [Choice.APPROVE] if kind == "suspension" else list(Choice)
    asked = len(embedded.server.requests)
    for choice in choices:
        assert await refusal(desk, seen, choice, YES) == ""
    verb = "PUT" if kind == "packed" else "PATCH"
    tried = [request for request in embedded.server.requests[asked:] if DRY in request]
    assert [request.split()[0] for request in tried] == [verb] * len(choices)
    embedded.faults.answer(403, times=len(choices), match=DRY)
    for choice in choices:
        assert "forbidden" in await refusal(desk, seen, choice, YES)
    again = await desk.gates.read_gate(*seen.request.key)
    assert again.document == seen.reading.document


@pytest.mark.parametrize("kind", ["open", "packed", "suspension"])
async def test_what_moved_on_since_is_no_refusal(
    office: Office, embedded: EmbeddedCluster, kind: str
) -> None:
    seen = await seen_as(office, embedded, kind)
    edit = {"op": "replace", "path": "/spec/templates/1/name", "value": "other"}
    await office.patch(seen.request.key, edit)
    assert await refusal(await office.desk(), seen, Choice.APPROVE, YES) == ""
    embedded.faults.answer(503, match=DRY)
    assert await refusal(await office.desk(), seen, Choice.APPROVE, YES) == ""


async def test_who_may_not_decide_anyway_costs_no_dry_run(
    office: Office, embedded: EmbeddedCluster
) -> None:
    key = await office.create(gated_workflow("release", gate_template("gate")))
    desk = await office.desk("viewer")
    seen = await review_gate(desk, key, (await office.open_gates(key))["gate"])
    asked = len(embedded.server.requests)
    assert await refusal(desk, seen, Choice.APPROVE, YES) == ""
    assert len(embedded.server.requests) == asked
