"""What the embedded cluster can be made to do wrong."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest

from argotui.demo.api.kinds import WORKFLOWS
from argotui.demo.cluster import EmbeddedCluster
from tests.support import ManualClock, until

PATH = "/apis/argoproj.io/v1alpha1/namespaces/argo/workflows"


def _session(embedded: EmbeddedCluster) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        base_url=embedded.url, headers={"Authorization": f"Bearer {embedded.token()}"}
    )


def _create(embedded: EmbeddedCluster, name: str) -> None:
    labels = {"workflows.argoproj.io/completed": "true"}
    meta = {"name": name, "namespace": "argo", "labels": labels}
    embedded.objects.create(WORKFLOWS, {"metadata": meta, "spec": {}})


async def test_answers_are_planned_for_the_next_requests(embedded: EmbeddedCluster) -> None:
    embedded.faults.answer(429, 1, retry_after=7)
    embedded.faults.answer(500, 1)
    embedded.faults.answer(410, 1, match="watch=1")
    async with _session(embedded) as session:
        async with session.get(PATH) as response:
            assert (response.status, response.headers["Retry-After"]) == (429, "7")
        async with session.get(PATH) as response:
            assert response.status == 500
        async with session.get(PATH) as response:
            assert response.status == 200
        async with session.get(f"{PATH}?watch=1") as response:
            assert response.status == 410


async def test_a_dropped_request_has_no_answer(embedded: EmbeddedCluster) -> None:
    embedded.faults.drop()
    async with _session(embedded) as session:
        with pytest.raises(aiohttp.ClientError):
            await session.post(PATH, json={})
        async with session.get(PATH) as response:
            assert response.status == 200


async def test_a_delay_is_one_of_the_clusters_clock(
    embedded: EmbeddedCluster, clock: ManualClock
) -> None:
    embedded.faults.delay(5.0)
    async with _session(embedded) as session:
        answer = asyncio.ensure_future(session.get(PATH))
        await until(lambda: embedded.server.requests, what="the request")
        await until(lambda: clock.sleepers, what="the delay")
        assert not answer.done()
        await clock.advance(5.0)
        response = await answer
        assert response.status == 200
        response.close()


async def test_a_line_is_cut_in_its_middle(embedded: EmbeddedCluster) -> None:
    embedded.faults.cut_line(match="watch=1")
    async with _session(embedded) as session, session.get(f"{PATH}?watch=1") as response:
        _create(embedded, "a")
        with pytest.raises(aiohttp.ClientPayloadError):
            await response.read()


async def test_silence_keeps_the_connection_open(embedded: EmbeddedCluster) -> None:
    async with _session(embedded) as session, session.get(f"{PATH}?watch=1") as response:
        embedded.faults.silent = True
        _create(embedded, "a")
        _create(embedded, "b")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(response.content.readline(), 0.05)
        embedded.faults.clear()
        _create(embedded, "c")
        names = [(await response.content.readline()).split(b'"name":"')[1][:1] for _ in range(3)]
    assert names == [b"a", b"b", b"c"]


async def test_a_restart_drops_everybody_and_forgets_the_history(
    embedded: EmbeddedCluster,
) -> None:
    _create(embedded, "a")
    version = embedded.objects.version
    _create(embedded, "b")
    async with _session(embedded) as session:
        watching = await session.get(f"{PATH}?watch=1&resourceVersion={version}")
        url = embedded.url
        await embedded.server.restart()
        with pytest.raises(aiohttp.ClientError):
            await watching.read()
        assert embedded.url == url
        async with session.get(PATH) as response:
            assert len((await response.json())["items"]) == 2
        async with session.get(f"{PATH}?watch=1&resourceVersion={version}") as response:
            assert b'"code":410' in await response.read()


async def test_a_revoked_token_is_unknown(embedded: EmbeddedCluster) -> None:
    async with _session(embedded) as session:
        fresh = embedded.directory.revoke("admin")
        async with session.get(PATH) as response:
            assert response.status == 401
        headers = {"Authorization": f"Bearer {fresh}"}
        async with session.get(PATH, headers=headers) as response:
            assert response.status == 200
