"""The archive of an Argo server as argotui reads it, on the embedded cluster's and on a real one.

The real one needs no more than a few archived workflows, several of them in one namespace.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator

import pytest

from argotui.backend.ports import ArchivePort, ArchiveQuery
from argotui.demo.cluster import EmbeddedCluster
from argotui.errors import NotFoundError
from argotui.model.argo import ARCHIVING_STATUS, PERSISTED, Workflow
from tests.contract.argo_lab import SERVER, argo_of
from tests.contract.lab import Lab, real_lab
from tests.support import ManualClock
from tests.unit.argo_server.connections import completed

_REAL = [
    pytest.mark.cluster,
    pytest.mark.skipif(
        "KUBECONFIG" not in os.environ or not SERVER or "ARGOTUI_TEST_ARCHIVE" not in os.environ,
        reason="needs ARGOTUI_TEST_ARCHIVE",
    ),
]
ALL = ArchiveQuery()
MOST = 60
"""Workflows that a test reads at most: a real archive may have a hundred thousand."""


@pytest.fixture(params=["embedded", pytest.param("real", marks=_REAL)])
async def archive(request: pytest.FixtureRequest, clock: ManualClock) -> AsyncIterator[ArchivePort]:
    """An archive of at least a few workflows."""
    embedded: EmbeddedCluster | None = None
    if request.param == "real":
        lab = real_lab()
    else:
        embedded = EmbeddedCluster(clock)
        await embedded.start()
        lab = Lab(embedded.url, embedded.directory.tokens, None, clock, embedded)
    async with argo_of(lab) as argo:
        if argo.embedded is not None:
            for number in range(30):
                labels = {"team": f"team-{number % 3}"}
                node = {"id": "n", "name": f"job-{number}", "type": "Pod", "phase": "Succeeded"}
                argo.embedded.archive.add(
                    completed(f"job-{number}", -60 * number, labels=labels, nodes={"n": node})
                )
        yield (await argo.connect()).archive
    await lab.close()
    if embedded is not None:
        await embedded.stop()


async def _read(port: ArchivePort, query: ArchiveQuery, limit: int) -> list[Workflow]:
    found: list[Workflow] = []
    token = ""
    while len(found) < MOST:
        page = await port.list_archived(query, limit=limit, continue_token=token)
        assert len(page.items) <= limit
        found += page.items
        token = page.continue_token
        if not token:
            break
    return found[:MOST]


def _starts(found: list[Workflow]) -> list[object]:
    return [each.status.started_at for each in found]


@pytest.mark.parametrize("limit", [1, 7, 20])
async def test_pages_of_any_size_have_the_same_workflows_in_one_order(
    archive: ArchivePort, limit: int
) -> None:
    whole = await _read(archive, ALL, MOST)
    paged = await _read(archive, ALL, limit)
    assert {each.metadata.uid for each in paged} == {each.metadata.uid for each in whole}
    assert len({each.metadata.uid for each in paged}) == len(paged) == len(whole) > 2
    assert _starts(paged) == _starts(whole)
    assert sorted(_starts(paged), key=str, reverse=True) == _starts(paged)
    assert {each.metadata.labels[ARCHIVING_STATUS] for each in paged} == {PERSISTED}


async def test_a_window_has_both_of_its_ends(archive: ArchivePort) -> None:
    whole = await _read(archive, ALL, MOST)
    since, until = whole[-2].status.started_at, whole[1].status.started_at
    found = await _read(archive, ArchiveQuery(since=since, until=until), 7)
    assert {each.metadata.uid for each in found} == {each.metadata.uid for each in whole[1:-1]}


async def test_labels_and_names_choose(archive: ArchivePort) -> None:
    first = (await _read(archive, ALL, 1))[0]
    key = next(key for key in await archive.label_keys() if key in first.metadata.labels)
    value = first.metadata.labels[key]
    assert value in await archive.label_values(key)
    for each in await _read(archive, ArchiveQuery(labels=f"{key}={value}"), 20):
        assert each.metadata.labels[key] == value
    assert await _read(archive, ArchiveQuery(labels=f"{key}=argotui-none"), 20) == []
    assert await archive.label_values("argotui.io/none") == []
    namespace, name = first.key
    found = await _read(archive, ArchiveQuery(namespace, name=name), 20)
    assert first.metadata.uid in {each.metadata.uid for each in found}
    assert {each.metadata.name for each in found} == {name}
    prefixed = await _read(archive, ArchiveQuery(namespace, name_prefix=name[:-1]), 20)
    assert all(each.metadata.name.startswith(name[:-1]) for each in prefixed)


async def test_one_is_found_by_its_name_and_read_with_its_nodes(archive: ArchivePort) -> None:
    first = (await _read(archive, ALL, 1))[0]
    key, uid = await archive.find_archived(*first.key)
    assert key == first.key
    document = await archive.read_archived(uid)
    assert (document["kind"], document["metadata"]["uid"]) == ("Workflow", uid)
    assert document["status"]["nodes"]
    assert not first.nodes
    with pytest.raises(NotFoundError):
        await archive.find_archived("argo", "argotui-none")
    with pytest.raises(NotFoundError):
        await archive.read_archived("00000000-0000-4000-8000-ffffffffffff")
