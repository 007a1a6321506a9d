"""A session on the embedded cluster: its namespace, what may be read, and its end."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from argotui.backend.feed import Feed
from argotui.backend.freshness import Link
from argotui.backend.kube.cluster import KubeCluster, open_cluster
from argotui.backend.kube.connect import backend_over, connect
from argotui.backend.session import Session
from argotui.backend.store import Store
from argotui.demo.api.kinds import WORKFLOWS
from argotui.demo.cluster import EmbeddedCluster
from argotui.errors import ForbiddenError
from argotui.model.argo import Key
from tests.support import ManualClock, until


def add(embedded: EmbeddedCluster, namespace: str, name: str) -> None:
    document = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {},
    }
    embedded.objects.create(WORKFLOWS, document)


@pytest.fixture
async def session(
    embedded: EmbeddedCluster, cluster: KubeCluster, clock: ManualClock
) -> AsyncIterator[Session]:
    add(embedded, "argo", "a")
    add(embedded, "data", "d")
    session = Session(backend_over(cluster), "argo", clock=clock, rng=random.Random(1))
    yield session
    await session.close()


async def test_another_namespace_is_another_store_and_the_same_listener(session: Session) -> None:
    heard = 0

    def listen() -> None:
        nonlocal heard
        heard += 1

    session.feed.on_change = listen
    running = asyncio.create_task(session.run())
    await until(lambda: Key("argo", "a") in session.store)
    session.store.drain()
    session.switch_namespace("data")
    assert session.namespace == "data"
    assert session.store.drain().reset
    before = heard
    await until(lambda: Key("data", "d") in session.store)
    await until(lambda: session.feed.freshness.link is Link.LIVE)
    assert heard > before
    assert Key("argo", "a") not in session.store
    session.switch_namespace(None)
    await until(lambda: len(session.store) == 2)
    await session.close()
    await running
    assert session.feed.freshness.link is Link.CLOSED


async def test_a_session_can_be_left_before_it_ever_ran(session: Session) -> None:
    session.switch_namespace("data")
    assert session.feed.namespace == "data"


async def test_the_readable_namespaces_are_those_the_server_allows(
    session: Session, embedded: EmbeddedCluster, tmp_path: Path
) -> None:
    assert (await session.readable()).names == ["argo", "data", "default"]
    kubeconfig = embedded.write_kubeconfig(tmp_path / "data", user="data")
    narrow = Session(await connect(kubeconfig=str(kubeconfig)))
    assert (await narrow.readable()).names == ["data"]
    await narrow.close()


async def test_the_namespace_looked_at_is_asked_about_though_nothing_names_it(
    embedded: EmbeddedCluster, clock: ManualClock, tmp_path: Path
) -> None:
    add(embedded, "data", "d")
    kubeconfig = embedded.write_kubeconfig(tmp_path / "data", user="data")
    kubeconfig.write_text(kubeconfig.read_text().replace("namespace: data", "namespace: argo"))
    session = Session(await connect(kubeconfig=str(kubeconfig)), "argo", clock=clock)
    assert (await session.readable()).names == []
    session.switch_namespace("data")
    assert (await session.readable()).names == ["data"]
    store, feed = session.follow_all()
    running = asyncio.create_task(feed.run())
    await until(lambda: Key("data", "d") in store)
    assert feed.scope == ["data"]
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await session.close()


async def test_a_user_of_one_namespace_who_asks_for_all_gets_that_one(
    embedded: EmbeddedCluster, clock: ManualClock, tmp_path: Path
) -> None:
    add(embedded, "argo", "a")
    add(embedded, "data", "d")
    kubeconfig = embedded.write_kubeconfig(tmp_path / "data", user="data")
    cluster = await open_cluster(kubeconfig=str(kubeconfig))
    with pytest.raises(ForbiddenError):
        await cluster.namespaces()
    store = Store()
    feed = Feed(cluster, store, None, clock, random.Random(1))
    running = asyncio.create_task(feed.run())
    await until(lambda: feed.freshness.link is Link.LIVE)
    assert feed.scope == ["data"]
    assert feed.notice
    # The controller may end the workflow just now: then it comes with what has ended.
    await until(lambda: [row.key for row in store.summaries()] == [Key("data", "d")])
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await cluster.close()


async def test_one_workflow_is_followed_in_full(
    session: Session, embedded: EmbeddedCluster
) -> None:
    feed = session.follow(Key("argo", "a"))
    running = asyncio.create_task(feed.run())
    await until(lambda: feed.workflow is not None and feed.freshness.link is Link.LIVE)
    embedded.objects.delete(WORKFLOWS, "argo", "a")
    await until(lambda: feed.gone)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert feed.freshness.link is Link.CLOSED
