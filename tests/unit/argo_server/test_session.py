"""The console's data through an Argo server: live, and on into the archive."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from argotui.backend.clock import SystemClock
from argotui.backend.freshness import Link
from argotui.backend.namespaces import absence, readable_namespaces
from argotui.backend.ports import ArchiveQuery
from argotui.backend.session import Session
from argotui.demo.api.kinds import WORKFLOWS
from argotui.model.argo import Key
from argotui.model.workflow.operations import (
    OperationKind,
    OperationResult,
    OperationStatus,
    WorkflowOperation,
    target_of_summary,
    why_not_possible,
)
from argotui.operations.archive.archived import row_of
from argotui.operations.workflows.bulk import BulkRun
from tests.gates.support import gate_template, gated_workflow
from tests.support import until
from tests.unit.argo_server.connections import Connections


@asynccontextmanager
async def _session(connections: Connections, user: str = "admin") -> AsyncIterator[Session]:
    session = Session(await connections.open(user, SystemClock()), "argo")
    running = asyncio.create_task(session.run())
    try:
        yield session
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_the_list_is_live_and_its_history_goes_on_in_the_archive(
    connections: Connections,
) -> None:
    connections.create("live", 1)
    for number in range(1200):
        connections.archive(f"old-{number}", -number)
    async with _session(connections) as session:
        feed, store = session.feed, session.store
        await until(lambda: feed.freshness.link is Link.LIVE, "a live list")
        await until(lambda: Key("argo", "live") in store, "the workflow of the cluster")
        assert Key("argo", "old-1199") not in store
        while await feed.more_history():
            assert feed.history.error is None
        assert len(list(store.summaries())) == 1201
        row = store.get(Key("argo", "old-7"))
        assert row is not None
        stop = WorkflowOperation(OperationKind.STOP)
        assert "only in the archive" in why_not_possible(stop, target_of_summary(row))


@pytest.mark.parametrize(
    ("kind", "status", "left"),
    [
        (OperationKind.DELETE, OperationStatus.DONE, 0),
        (OperationKind.RETRY, OperationStatus.DONE, 1),
        (OperationKind.RESUBMIT, OperationStatus.DONE, 1),
        (OperationKind.SUSPEND, OperationStatus.NOT_POSSIBLE, 1),
    ],
)
async def test_an_archived_workflow_is_operated_on_in_the_archive(
    connections: Connections, kind: OperationKind, status: OperationStatus, left: int
) -> None:
    node = {"id": "old", "name": "old", "type": "Pod", "phase": "Failed"}
    spec = {"entrypoint": "main", "templates": [{"name": "main", "suspend": {}}]}
    connections.archive("old", -1, phase="Failed", nodes={"old": node}, spec=spec)
    backend = await connections.open("admin")
    page = await backend.archive.list_archived(ArchiveQuery("argo"))
    target = target_of_summary(row_of(page.items[0]))
    assert target.archived
    bulk = BulkRun(
        backend.workflows,
        WorkflowOperation(kind),
        [target],
        connections.clock,
        archive=backend.archive,
    )
    results: list[OperationResult] = []
    await bulk.run(results.append)
    assert [(result.status, result.key) for result in results] == [(status, target.key)]
    assert len(connections.server.archive) == left
    made = [entry.name for entry in connections.cluster.objects.items(WORKFLOWS, "argo")]
    assert len(made) == (kind in (OperationKind.RETRY, OperationKind.RESUBMIT))


async def test_changes_arrive_while_it_is_live(connections: Connections) -> None:
    async with _session(connections) as session:
        await until(lambda: session.feed.freshness.link is Link.LIVE, "a live list")
        document = gated_workflow("release", gate_template("gate"))
        document["metadata"]["namespace"] = "argo"
        connections.cluster.objects.create(WORKFLOWS, document)
        await connections.settle()
        key = Key("argo", "release")
        await until(lambda: (row := session.store.get(key)) is not None and row.gates, "the gate")
        connections.cluster.objects.delete(WORKFLOWS, *key)
        await until(lambda: key not in session.store, "the deletion")


async def test_who_may_not_list_everywhere_sees_what_may_be_listed(
    connections: Connections,
) -> None:
    session = Session(await connections.open("approver", SystemClock()), None)
    running = asyncio.create_task(session.run())
    connections.create("mine", 1)
    try:
        await until(lambda: Key("argo", "mine") in session.store, "the readable namespace")
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_no_namespace_is_said_to_be_missing(connections: Connections) -> None:
    connections.create("mine", 1)
    connections.create("other", 1, namespace="data")
    backend = await connections.open("admin")
    readable = await readable_namespaces(backend.cluster)
    assert (readable.names, readable.complete) == (["argo", "data"], False)
    found = await absence(backend.cluster, "empty")
    assert found is None or not found.certain
    found = await absence(backend.cluster, "No_Name")
    assert found is not None
    assert found.certain
