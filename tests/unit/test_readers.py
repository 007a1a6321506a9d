"""What reads a workflow and its logs for a screen, without a screen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from argotui.backend.kube.connect import connect
from argotui.backend.session import Session
from argotui.demo.api.kinds import PODS, WORKFLOWS
from argotui.demo.cluster import EmbeddedCluster
from argotui.errors import BackendError
from argotui.model.argo import Key
from argotui.operations.logs.reader import LogReader
from argotui.operations.logs.together import LogsTogether
from argotui.operations.workflow.reader import WorkflowReader
from tests.support import ManualClock, until
from tests.unit.logs.log_pods import pod_document, workflow_document, write

KEY = Key("argo", "wf")


@pytest.fixture
async def session(
    embedded: EmbeddedCluster, clock: ManualClock, tmp_path: Path
) -> AsyncIterator[Session]:
    kubeconfig = embedded.write_kubeconfig(tmp_path / "kubeconfig", "admin")
    made = Session(await connect(kubeconfig=str(kubeconfig)), "argo", clock=clock)
    yield made
    await made.close()


async def test_a_workflow_is_followed_and_its_yaml_read_when_asked(
    embedded: EmbeddedCluster, session: Session
) -> None:
    document = workflow_document("wf", "a")
    document["spec"]["arguments"] = {"parameters": [{"name": "password", "value": "hunter2"}]}
    embedded.objects.create(WORKFLOWS, document)
    reader = WorkflowReader(KEY)
    assert reader.workflow is None
    assert not await reader.read_yaml(), "nothing can be read before it is started"
    changes: list[int] = []
    feed = reader.start(session, lambda: changes.append(reader.version))
    running = asyncio.create_task(feed.run())
    try:
        await until(lambda: reader.workflow is not None)
        assert changes
        assert reader.events_are_old
        assert await reader.read_events()
        assert not reader.events_are_old
        assert await reader.read_yaml()
        assert reader.yaml is not None
        assert reader.yaml_secrets == 1
        assert "hunter2" not in "\n".join(reader.yaml.lines)
        assert await reader.reveal_yaml()
        assert "hunter2" in "\n".join(reader.yaml.lines)
        assert not reader.yaml_is_old
        entry = embedded.objects.need(WORKFLOWS, "argo", "wf")
        changed = entry.decode()
        changed["metadata"]["labels"] = {"team": "data"}
        embedded.objects.update(WORKFLOWS, changed)
        await until(lambda: reader.yaml_is_old and reader.events_are_old)
        reader.close()
        assert feed.on_change is None
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_why_a_view_could_not_be_read_is_kept_until_it_can(
    embedded: EmbeddedCluster, session: Session
) -> None:
    reader = WorkflowReader(KEY)
    reader.start(session, lambda: None)
    assert not await reader.read_yaml()
    assert isinstance(reader.errors["yaml"], BackendError)
    embedded.objects.create(WORKFLOWS, workflow_document("wf", "a"))
    assert await reader.read_yaml()
    assert reader.errors == {}


async def test_logs_are_read_once_the_workflow_is_known_and_again_when_asked(
    embedded: EmbeddedCluster, session: Session, clock: ManualClock
) -> None:
    embedded.objects.create(WORKFLOWS, workflow_document("wf", "a"))
    log = embedded.logs.start(embedded.objects.create(PODS, pod_document("a")).uid, "main")
    write(log, 0, 5)
    reader = LogReader([KEY])
    began: list[LogsTogether] = []
    feeds = reader.start(session, 3, lambda: None, began.append)
    running = [asyncio.create_task(feed.run()) for feed in feeds]
    try:
        await until(lambda: len(began) == 1)
        assert reader.reading is began[0]
        assert reader.options.tail == 3
        got: list[bytes] = []

        async def consume() -> None:
            async for batch in reader.batches(began[-1]):
                got.extend(batch[2])

        running.append(asyncio.create_task(consume()))
        await until(lambda: len(got) == 3, meanwhile=lambda: clock.advance(0.1))
        reader.read_past(minutes=5)
        assert len(began) == 2
        assert reader.minutes == 5
        assert began[1].ask.tail is None
        reader.read(reader.in_container("all"))
        assert reader.container == "all"
        assert reader.reading is began[2]
        assert reader.reconnect()
        reader.error = BackendError("cut")
        assert not reader.reconnect(), "what failed is read from the start"
        assert len(began) == 4
        assert reader.error is None
    finally:
        reader.close()
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
