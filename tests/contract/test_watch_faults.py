"""A feed of a real API server through a line that breaks: acceptance 13 where the server counts."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from argotui.backend.clock import SystemClock
from argotui.backend.feed import Feed
from argotui.backend.freshness import Link
from argotui.backend.kube.cluster import open_cluster
from argotui.backend.store import Store
from tests.contract.lab import MERGE_PATCH, Document, Lab, real_access, real_lab
from tests.fault_proxy import FaultProxy
from tests.support import until

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif("KUBECONFIG" not in os.environ, reason="needs KUBECONFIG"),
]
FAULTS = 3
MOST_CONNECTIONS = 12
"""For one fault: two watches and what they need to be up to date again, with room to fail."""


class Line:
    """A feed of a namespace of its own, through a proxy to the API server."""

    def __init__(self, lab: Lab, proxy: FaultProxy, feed: Feed, store: Store) -> None:
        self.lab = lab
        self.proxy = proxy
        self.feed = feed
        self.store = store
        self.links: list[Link] = []
        assert feed.namespace is not None
        self.path = f"/apis/argoproj.io/v1alpha1/namespaces/{feed.namespace}/workflows"

    async def add(self, name: str) -> None:
        body = {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Workflow",
            "metadata": {"name": name, "labels": {"workflows.argoproj.io/completed": "true"}},
            "spec": {},
        }
        assert (await self.lab.request("POST", self.path, body)).status == 201

    async def note(self, name: str, value: str) -> None:
        patch = {"metadata": {"annotations": {"n": value}}}
        path = f"{self.path}/{name}"
        assert (
            await self.lab.request("PATCH", path, patch, content_type=MERGE_PATCH)
        ).status == 200

    async def delete(self, name: str) -> None:
        assert (await self.lab.request("DELETE", f"{self.path}/{name}")).status == 200

    async def truth(self) -> dict[str, str]:
        items: list[Document] = (await self.lab.get(self.path)).json["items"]
        return {i["metadata"]["name"]: i["metadata"]["resourceVersion"] for i in items}

    def rows(self) -> dict[str, str]:
        return {row.key.name: row.resource_version for row in self.store.summaries()}

    async def broken(self, fault: str, before: int) -> None:
        """Wait until a fault was met: for a new connection where all were lost.

        Where one was, another that is open and idle may do instead.
        """
        if "line" in fault:
            await until(lambda: not self.proxy.cut_is_due, what="the cut")
        else:
            await until(lambda: self.proxy.accepted > before, what="a new connection")

    async def recovered(self) -> None:
        """Wait until the feed is live and shows what the server holds."""
        truth = await self.truth()
        await until(lambda: self.feed.freshness.trusted and self.rows() == truth, what="the truth")


@pytest.fixture
def kubeconfig() -> Document:
    found: Document = yaml.safe_load(Path(os.environ["KUBECONFIG"]).read_text())
    return found


@pytest.fixture
async def line(kubeconfig: Document, tmp_path: Path) -> AsyncIterator[Line]:
    access, lab = real_access(), real_lab()
    namespace = f"argotui-line-{lab.run}"
    made = await lab.request("POST", "/api/v1/namespaces", {"metadata": {"name": namespace}})
    assert made.status == 201
    address = urlsplit(access.server)
    assert address.hostname
    proxy = FaultProxy(address.port or 443, address.hostname)
    await proxy.start()
    cluster = kubeconfig["clusters"][0]["cluster"]
    cluster["server"] = f"https://127.0.0.1:{urlsplit(proxy.url).port}"
    cluster["tls-server-name"] = address.hostname
    path = tmp_path / "config"
    path.write_text(yaml.safe_dump(kubeconfig))
    path.chmod(0o600)
    through = await open_cluster(kubeconfig=str(path))
    store = Store()
    feed = Feed(through, store, namespace, SystemClock(), random.Random(1))
    found = Line(lab, proxy, feed, store)
    feed.on_change = lambda: found.links.append(feed.freshness.link)
    running = asyncio.create_task(feed.run())
    yield found
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    await through.close()
    await proxy.stop()
    await lab.request("DELETE", f"/api/v1/namespaces/{namespace}")
    await lab.close()


FAULT: dict[str, Callable[[FaultProxy], Any]] = {
    "cut": lambda proxy: proxy.cut(),
    "reset": lambda proxy: proxy.reset(),
    "cut in the middle of a line": lambda proxy: proxy.cut_after(100),
}


@pytest.mark.parametrize("fault", FAULT)
async def test_13_a_broken_line_to_the_server_loses_nothing_and_is_mended_without_haste(
    line: Line, fault: str
) -> None:
    for name in ("a", "b", "c"):
        await line.add(name)
    await line.recovered()
    for number in range(FAULTS):
        before = line.proxy.accepted
        line.links.clear()
        FAULT[fault](line.proxy)
        await line.note("a", str(number))
        await line.delete("b")
        await line.add("b")
        await line.add(f"new-{number}")
        await line.broken(fault, before)
        await line.recovered()
        # Cut within a line, it may be the answer to one question alone: no watch is lost with it.
        assert Link.STALE in line.links or "line" in fault
        assert line.proxy.accepted - before <= MOST_CONNECTIONS
