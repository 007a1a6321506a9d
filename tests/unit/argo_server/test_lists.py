"""Lists through an Argo server: the cluster's workflows, then the archive."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from argotui.backend.ports import ArchiveQuery, Backend, Query
from argotui.demo.api.kinds import WORKFLOWS
from argotui.errors import GoneError
from argotui.model.argo import COMPLETED, Metadata
from tests.unit.argo_server.connections import Connections

ENDED = f"{COMPLETED}=true"


async def _history(backend: Backend, limit: int) -> list[str]:
    names: list[str] = []
    token = ""
    while True:
        page = await backend.cluster.list_metadata(
            Query("argo", labels=ENDED, archived=True), limit=limit, continue_token=token
        )
        assert len(page.items) <= limit
        names += [item.name for item in page.items if isinstance(item, Metadata)]
        token = page.continue_token
        if not token:
            return names


@pytest.mark.parametrize("limit", [1, 3, 7, 500])
async def test_the_history_has_the_cluster_and_then_the_archive_each_once(
    backend: Backend, connections: Connections, limit: int
) -> None:
    for number in range(5):
        connections.create(f"live-{number}", number)
    for number in range(9):
        # Several start in one second, as many more than a page holds.
        connections.archive(f"old-{number}", -100 - (0 if number < 6 else number))
    names = await _history(backend, limit)
    assert names[:5] == [f"live-{number}" for number in (4, 3, 2, 1, 0)] or limit == 500
    assert sorted(names) == sorted([f"live-{n}" for n in range(5)] + [f"old-{n}" for n in range(9)])


async def test_no_request_has_a_deep_offset_into_the_archive(
    backend: Backend, connections: Connections
) -> None:
    for number in range(40):
        connections.archive(f"old-{number}", -number)
    assert len(await _history(backend, 10)) == 40
    asked = [each for each in connections.server.requests if "/archived-workflows" in each]
    assert len(asked) >= 4
    offsets = [
        parse_qs(urlsplit(each.split()[1]).query).get("listOptions.continue") for each in asked
    ]
    assert {offset[0] for offset in offsets if offset} == {"1"}


async def test_deletions_between_two_pages_are_noticed(
    backend: Backend, connections: Connections
) -> None:
    for number in range(60):
        connections.create(f"live-{number:02d}", number)
    query = Query("argo")
    page = await backend.cluster.list_metadata(query, limit=30)
    objects = connections.cluster.objects
    for number in range(59, 50, -1):  # a few of the first page
        objects.delete(WORKFLOWS, "argo", f"live-{number:02d}")
    rest = await backend.cluster.list_metadata(query, limit=30, continue_token=page.continue_token)
    names = {item.name for item in (*page.items, *rest.items) if isinstance(item, Metadata)}
    assert names >= {f"live-{number:02d}" for number in range(51)}
    for number in range(50, 20, -1):
        objects.delete(WORKFLOWS, "argo", f"live-{number:02d}")
    with pytest.raises(GoneError):
        await backend.cluster.list_metadata(query, limit=30, continue_token=page.continue_token)


async def test_a_list_of_what_is_in_the_cluster_has_nothing_of_the_archive(
    backend: Backend, connections: Connections
) -> None:
    connections.create("live", 1)
    connections.archive("old", -1)
    for query in (Query("argo"), Query(None)):
        for limit in (0, 1, 10):
            page = await backend.cluster.list_metadata(query, limit=limit)
            assert [item.name for item in page.items if isinstance(item, Metadata)] == ["live"]
    rows, _ = await backend.cluster.table(Query("argo"))
    assert [row.key.name for row in rows] == ["live"]


async def test_the_archive_is_listed_by_labels_names_and_times(
    backend: Backend, connections: Connections
) -> None:
    for number in range(6):
        labels = {"team": "data" if number % 2 else "web"}
        connections.archive(f"job-{number}", -3600 * number, labels=labels)
    connections.archive("other", -10, namespace="data")
    now = connections.clock.now()

    async def names(query: ArchiveQuery) -> list[str]:
        page = await backend.archive.list_archived(query)
        return [item.metadata.name for item in page.items]

    assert await names(ArchiveQuery("argo", "team=data")) == ["job-1", "job-3", "job-5"]
    assert await names(ArchiveQuery(None, name_prefix="oth")) == ["other"]
    assert await names(ArchiveQuery("argo", name="job-4")) == ["job-4"]
    since = now.replace(hour=now.hour - 2)
    assert await names(ArchiveQuery("argo", since=since)) == ["job-0", "job-1", "job-2"]
    assert await names(ArchiveQuery("argo", until=since)) == ["job-2", "job-3", "job-4", "job-5"]
    assert await backend.archive.label_values("team") == ["data", "web"]
    assert "team" in await backend.archive.label_keys()


async def test_an_archived_workflow_opens_with_its_nodes(
    backend: Backend, connections: Connections
) -> None:
    node = {"id": "old-1", "name": "old", "type": "Pod", "phase": "Succeeded"}
    uid = connections.archive("old", -1, nodes={"old-1": node})
    found = await backend.cluster.get_workflow("argo", "old")
    assert (found.metadata.uid, list(found.nodes)) == (uid, ["old-1"])
    page = await backend.cluster.list_workflows(Query("argo", fields="metadata.name=old"))
    assert [item.metadata.uid for item in page.items if not isinstance(item, dict | Metadata)] == [
        uid
    ]


async def test_what_has_not_ended_is_not_looked_for_in_the_archive(
    backend: Backend, connections: Connections
) -> None:
    connections.create("live", 1)
    connections.archive("old", -1)
    connections.cluster.objects.create(
        WORKFLOWS,
        {"metadata": {"name": "runs", "namespace": "argo"}, "spec": {"suspend": True}},
    )
    query = Query("argo", labels=f"{COMPLETED}!=true")
    page = await backend.cluster.list_metadata(query)
    assert [item.name for item in page.items if isinstance(item, Metadata)] == ["runs"]
    assert "finishedBefore=0001" in connections.server.requests[-1]
