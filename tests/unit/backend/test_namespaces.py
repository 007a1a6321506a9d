"""Which namespaces are found that may be read, and what is remembered of those opened before."""

from __future__ import annotations

import asyncio
import random
import stat
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from argotui.backend.freshness import Link
from argotui.backend.kube.cluster import KubeCluster, open_cluster
from argotui.backend.kube.connect import backend_over
from argotui.backend.namespaces import (
    ASKED,
    absence,
    readable_namespaces,
    some_of,
)
from argotui.backend.opened import NAMESPACES, PLACES, OpenedNamespaces
from argotui.backend.session import Session
from argotui.config.settings import Settings
from argotui.demo.api.kinds import ARGO
from argotui.demo.api.users import READ, Binding, PolicyRule
from argotui.demo.cluster import EmbeddedCluster
from tests.support import PATIENCE, ManualClock, until

HERE = ("demo", "https://one")


def allow(embedded: EmbeddedCluster, namespace: str, rule: PolicyRule) -> None:
    """Give the user `data` a right in a namespace, or in the whole cluster."""
    embedded.directory.bindings.append(Binding("more", "data-team", namespace, (rule,)))


@pytest.fixture
async def narrow(embedded: EmbeddedCluster, tmp_path: Path) -> AsyncIterator[KubeCluster]:
    """The cluster as one sees it who may read `data` and `argo`, and may list no namespaces."""
    allow(embedded, "argo", PolicyRule((ARGO,), ("workflows",), READ))
    kubeconfig = embedded.write_kubeconfig(tmp_path / "narrow", "data")
    cluster = await open_cluster(kubeconfig=str(kubeconfig))
    yield cluster
    await cluster.close()


async def test_who_may_list_no_namespaces_gets_those_that_are_known(narrow: KubeCluster) -> None:
    found = await readable_namespaces(narrow)
    assert found.names == ["data"]
    assert not found.complete
    found = await readable_namespaces(narrow, ["argo", "nope", "Not a name"])
    assert found.names == ["data", "argo"]
    assert not found.complete


async def test_namespaces_that_the_rules_of_the_cluster_name_are_found(
    embedded: EmbeddedCluster, narrow: KubeCluster
) -> None:
    allow(embedded, "", PolicyRule(("",), ("namespaces",), ("get",), ("argo", "elsewhere")))
    assert await narrow.namespaces_in_rules("data") == ["argo", "elsewhere"]
    assert (await readable_namespaces(narrow)).names == ["data", "argo"]


async def test_who_may_list_namespaces_gets_all_they_may_read(cluster: KubeCluster) -> None:
    found = await readable_namespaces(cluster)
    assert found.names == ["argo", "data", "default"]
    assert found.complete


async def test_more_than_are_asked_about_may_be_there(cluster: KubeCluster) -> None:
    found = await readable_namespaces(cluster, [f"ns-{number}" for number in range(ASKED + 1)])
    assert len(found.names) == ASKED
    assert not found.complete


async def test_a_namespace_that_is_not_there_is_told_with_the_nearest(cluster: KubeCluster) -> None:
    assert await absence(cluster, "argo") is None
    missing = await absence(cluster, "agro")
    assert missing is not None
    assert missing.certain
    assert missing.words == "there is no namespace agro; did you mean argo?"
    odd = await absence(cluster, "No_Name")
    assert odd is not None
    assert odd.words == "no namespace can have the name No_Name"


async def test_who_may_not_look_is_not_told_that_a_namespace_is_absent(
    embedded: EmbeddedCluster, narrow: KubeCluster
) -> None:
    unknown = await absence(narrow, "nope")
    assert unknown is not None
    assert not unknown.certain
    assert unknown.words == (
        "it is unknown whether namespace nope exists: you may not read namespaces"
    )
    assert await absence(narrow, "argo") is None  # there is a RoleBinding in it
    allow(embedded, "", PolicyRule((ARGO,), ("workflows",), READ))
    unknown = await absence(narrow, "argo")
    assert unknown is not None
    assert not unknown.certain
    allow(embedded, "", PolicyRule(("",), ("namespaces",), ("get",)))
    assert await absence(narrow, "argo") is None
    missing = await absence(narrow, "agro", ["argo"])
    assert missing is not None
    assert missing.words == "there is no namespace agro; did you mean argo?"


def test_what_was_opened_is_there_the_next_time(tmp_path: Path) -> None:
    path = tmp_path / "state" / "namespaces.json"
    opened = OpenedNamespaces(path)
    assert opened.of(*HERE) == []
    opened.add(*HERE, "argo")
    opened.add(*HERE, "ux")
    opened.add("demo", "https://two", "other")
    again = OpenedNamespaces(path)
    assert again.of(*HERE) == ["ux", "argo"]
    assert again.of("demo", "https://two") == ["other"]
    again.add(*HERE, "argo")
    assert OpenedNamespaces(path).of(*HERE) == ["argo", "ux"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["namespaces.json"]


def test_what_is_remembered_has_bounds(tmp_path: Path) -> None:
    path = tmp_path / "namespaces.json"
    opened = OpenedNamespaces(path)
    for number in range(NAMESPACES + 5):
        opened.add(*HERE, f"ns-{number}")
    assert opened.of(*HERE)[0] == f"ns-{NAMESPACES + 4}"
    assert len(opened.of(*HERE)) == NAMESPACES
    for number in range(PLACES):
        opened.add(f"context-{number}", "", "argo")
    assert OpenedNamespaces(path).of(*HERE) == []
    assert OpenedNamespaces(path).of("context-0", "") == ["argo"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b'{"places": 3}',
        b'{"places": [{"context": "demo", "server": "https://one", "namespaces": ["\x1b[31m"]}]}',
    ],
    ids=["empty", "half", "list", "number", "escape"],
)
def test_a_file_that_is_none_is_no_failure(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "namespaces.json"
    path.write_bytes(content)
    opened = OpenedNamespaces(path)
    assert opened.of(*HERE) == []
    opened.add(*HERE, "argo")
    assert OpenedNamespaces(path).of(*HERE) == ["argo"]


def test_what_cannot_be_written_is_remembered_in_the_process(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    opened = OpenedNamespaces(blocked / "namespaces.json")
    opened.add(*HERE, "argo")
    assert opened.of(*HERE) == ["argo"]


def test_namespaces_opened_at_the_same_time_are_all_remembered(tmp_path: Path) -> None:
    opened = OpenedNamespaces(tmp_path / "namespaces.json")
    names = [f"ns-{number}" for number in range(8)]
    ready = threading.Barrier(len(names))

    def add(name: str) -> None:
        ready.wait(PATIENCE)
        opened.add(*HERE, name)

    threads = [threading.Thread(target=add, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(opened.of(*HERE)) == names


async def test_a_namespace_stays_found_after_another_was_opened(
    narrow: KubeCluster, clock: ManualClock, tmp_path: Path
) -> None:
    path = tmp_path / "namespaces.json"
    session = Session(
        backend_over(narrow),
        "argo",
        clock=clock,
        rng=random.Random(1),
        opened=OpenedNamespaces(path),
        settings=Settings(),
    )
    running = asyncio.create_task(session.run())
    await until(lambda: session.feed.freshness.link is Link.LIVE)
    session.note_opened()
    session.switch_namespace("data")
    await until(lambda: session.feed.freshness.link is Link.LIVE)
    session.note_opened()
    assert (await session.readable()).names == ["data", "argo"]
    session.switch_namespace(None)
    await until(lambda: session.feed.scope == ["argo", "data"])
    assert session.feed.notice == (
        "Showing argo, data. You cannot list namespaces; :ns NAME adds one"
    )
    await session.close()
    await running
    assert set(OpenedNamespaces(path).of(narrow.context, narrow.server)) == {"argo", "data"}


async def test_namespaces_of_the_settings_are_looked_in(narrow: KubeCluster) -> None:
    session = Session(backend_over(narrow), None, settings=Settings(namespaces=["argo"]))
    assert (await session.readable()).names == ["data", "argo"]


def test_many_names_are_counted() -> None:
    assert some_of(["a", "b"]) == "a, b"
    assert some_of([*"abcdef"]) == "a, b, c, d and 2 more"
