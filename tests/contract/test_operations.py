"""Operations on workflows that change, vanish or come back while they are operated on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from argotui.backend.clock import SystemClock
from argotui.backend.kube.workflows import KubeWorkflows
from argotui.backend.ports import Backend, Document, Reading
from argotui.errors import ThrottledError
from argotui.model.argo import Key
from argotui.model.workflow.operations import (
    OperationKind,
    OperationResult,
    OperationStatus,
    OperationTarget,
    WorkflowOperation,
)
from argotui.operations.workflow.operate import ATTEMPTS, operate
from argotui.operations.workflows.bulk import BulkRun, counts_of
from argotui.operations.workflows.selecting import WorkflowSelection, refusals, select
from tests.contract.lab import LABEL, NAMESPACE, WORKFLOWS, Lab

STOP = WorkflowOperation(OperationKind.STOP)
DELETE = WorkflowOperation(OperationKind.DELETE)
WAITING = {"entrypoint": "a", "suspend": True, "templates": [{"name": "a", "suspend": {}}]}
Between = Callable[[], Awaitable[object]]


class Meddled(KubeWorkflows):
    """The port to a cluster, with something that happens between each read and its write."""

    def __init__(self, backend: Backend, between: Between) -> None:
        super().__init__(backend.cluster)  # type: ignore[arg-type]  # a KubeCluster, in all labs
        self._between = between
        self.reads = self.writes = 0

    async def read_workflow(self, namespace: str, name: str) -> Reading:
        self.reads += 1
        return await super().read_workflow(namespace, name)

    async def shut_down(self, reading: Reading, strategy: str) -> Document:
        await self._between()
        self.writes += 1
        return await super().shut_down(reading, strategy)

    async def delete_workflow(self, reading: Reading, *, force: bool = False) -> None:
        await self._between()
        self.writes += 1
        await super().delete_workflow(reading, force=force)


async def _operate(
    lab: Lab, operation: WorkflowOperation, between: Between
) -> tuple[OperationResult, Meddled]:
    port = Meddled(await lab.backend(), between)
    key = Key(NAMESPACE, lab.name("a"))
    return await operate(port, operation, key, SystemClock()), port


def _once(act: Between) -> Between:
    done = False

    async def between() -> None:
        nonlocal done
        if not done:
            done = True
            await act()

    return between


async def _put(lab: Lab) -> Document:
    """Create a workflow that has not ended and that no controller acts on."""
    return await lab.create("a", WAITING, inert=False)


async def _relabel(lab: Lab) -> None:
    meta = (await lab.workflow("a"))["metadata"]
    await lab.patch("a", {"metadata": {"labels": {"n": meta["resourceVersion"]}}})


@pytest.mark.parametrize("operation", [STOP, DELETE], ids=["stop", "delete"])
async def test_a_conflict_is_tried_again_after_another_read(
    lab: Lab, operation: WorkflowOperation
) -> None:
    await _put(lab)
    result, port = await _operate(lab, operation, _once(lambda: _relabel(lab)))
    assert result.status is OperationStatus.DONE
    assert port.writes >= 2
    assert port.reads == port.writes + 1


async def test_a_workflow_that_never_rests_is_given_up(lab: Lab) -> None:
    await _put(lab)
    result, port = await _operate(lab, STOP, lambda: _relabel(lab))
    assert result.status is OperationStatus.CHANGED
    assert "it changed with each attempt" in result.detail
    assert port.writes == ATTEMPTS
    assert "shutdown" not in (await lab.workflow("a"))["spec"]


@pytest.mark.parametrize("operation", [STOP, DELETE], ids=["stop", "delete"])
async def test_a_new_workflow_of_the_same_name_is_left_alone(
    lab: Lab, operation: WorkflowOperation
) -> None:
    await _put(lab)
    made: list[Document] = []

    async def recreate() -> None:
        await lab.request("DELETE", f"{WORKFLOWS}/{lab.name('a')}")
        made.append(await _put(lab))

    result, _ = await _operate(lab, operation, _once(recreate))
    assert result.status is OperationStatus.CHANGED
    assert result.detail == "it was deleted and created again under the same name"
    found = await lab.workflow("a")
    assert found["metadata"]["uid"] == made[0]["metadata"]["uid"]
    assert "shutdown" not in found["spec"]


async def test_a_workflow_that_is_deleted_meanwhile_is_gone(lab: Lab) -> None:
    await _put(lab)
    path = f"{WORKFLOWS}/{lab.name('a')}"
    for operation in (STOP, DELETE):
        result, _ = await _operate(lab, operation, _once(lambda: lab.request("DELETE", path)))
        assert result.status is OperationStatus.NOT_FOUND
        assert result.detail == "it was deleted meanwhile"
        await _put(lab)


async def test_what_ends_meanwhile_is_not_stopped(lab: Lab) -> None:
    await _put(lab)
    ended = {
        "metadata": {"labels": {"workflows.argoproj.io/completed": "true"}},
        "status": {"phase": "Succeeded"},
    }
    result, _ = await _operate(lab, STOP, _once(lambda: lab.patch("a", ended)))
    assert result.status is OperationStatus.NOT_POSSIBLE
    assert result.detail == "it has ended (Succeeded)"
    assert "shutdown" not in (await lab.workflow("a"))["spec"]


async def test_a_server_that_asks_to_wait_is_asked_again(lab: Lab) -> None:
    await _put(lab)

    async def throttle() -> None:
        raise ThrottledError("too many requests", retry_after=0.01)

    result, port = await _operate(lab, STOP, _once(throttle))
    assert result.status is OperationStatus.DONE
    assert port.writes >= 1


async def test_many_are_chosen_checked_and_done(lab: Lab) -> None:
    for stem in ("a", "b", "c"):
        await lab.create(stem)
    await lab.create("d", WAITING, inert=False)
    backend, clock = await lab.backend(), SystemClock()
    wanted = WorkflowSelection(NAMESPACE, labels=f"{LABEL}={lab.run}")
    found = await select(backend.cluster, backend.workflows, wanted, clock)
    assert [t.key.name for t in found.targets] == [lab.name(stem) for stem in "abcd"]
    viewer = (await lab.backend("viewer")).workflows
    refused = await refusals(viewer, DELETE, found.targets)
    assert set(refused.values()) == {f"you may not delete workflows in {NAMESPACE}"}
    assert await refusals(backend.workflows, DELETE, found.targets) == {}
    await lab.request("DELETE", f"{WORKFLOWS}/{lab.name('b')}")
    told: list[OperationResult] = []
    bulk = BulkRun(backend.workflows, DELETE, found.targets, clock, at_once=2)
    await bulk.run(told.append)
    assert len(told) == bulk.done == 4
    assert counts_of(bulk.ordered) == "3 done, 1 not found"
    for stem in ("a", "c", "d"):
        assert (await lab.get(f"{WORKFLOWS}/{lab.name(stem)}")).status == 404


async def test_a_cancelled_run_leaves_the_rest_alone(lab: Lab) -> None:
    for stem in ("a", "b", "c"):
        await lab.create(stem)
    backend, clock = await lab.backend(), SystemClock()
    wanted = WorkflowSelection(NAMESPACE, labels=f"{LABEL}={lab.run}")
    found = await select(backend.cluster, backend.workflows, wanted, clock)
    bulk = BulkRun(backend.workflows, DELETE, found.targets, clock, at_once=1)

    def cancel(result: Any) -> None:
        bulk.cancel()

    await bulk.run(cancel)
    assert counts_of(bulk.ordered) == "1 done, 2 not sent"
    assert [target.key.name for target in bulk.failed] == [lab.name("b"), lab.name("c")]
    assert (await lab.workflow("b"))["metadata"]["name"] == lab.name("b")


async def _chosen(lab: Lab, stem: str) -> OperationTarget:
    backend = await lab.backend()
    wanted = WorkflowSelection(NAMESPACE, fields=f"metadata.name={lab.name(stem)}")
    (target,) = (await select(backend.cluster, backend.workflows, wanted, SystemClock())).targets
    return target


async def test_what_has_ended_is_deleted_as_it_was_chosen(lab: Lab) -> None:
    await lab.create("a")

    async def nothing() -> None: ...

    port = Meddled(await lab.backend(), nothing)
    key, clock = Key(NAMESPACE, lab.name("a")), SystemClock()
    fresh = await _chosen(lab, "a")
    await lab.request("DELETE", f"{WORKFLOWS}/{lab.name('a')}")
    await lab.create("a")
    result = await operate(port, DELETE, key, clock, chosen=fresh)
    assert result.status is OperationStatus.CHANGED
    await lab.request("DELETE", f"{WORKFLOWS}/{lab.name('a')}")
    result = await operate(port, DELETE, key, clock, chosen=fresh)
    assert result.status is OperationStatus.NOT_FOUND
    await lab.create("a")
    stale = await _chosen(lab, "a")
    await _relabel(lab)
    port.reads = port.writes = 0
    result = await operate(port, DELETE, key, clock, chosen=stale)
    assert result.status is OperationStatus.DONE
    # The version that was chosen is refused; the one that is read then is deleted.
    assert (port.reads, port.writes) == (2, 2)
    await lab.create("a")
    port.reads = port.writes = 0
    result = await operate(port, DELETE, key, clock, chosen=await _chosen(lab, "a"))
    assert result.status is OperationStatus.DONE
    assert (port.reads, port.writes) == (1, 1)
