"""The API server goes away and comes back: nothing that changed is lost, and nothing told twice.

ARGOTUI_TEST_RESTART_APISERVER is the command that restarts the API server of KUBECONFIG's cluster.
"""

from __future__ import annotations

import asyncio
import os
import random
import shlex
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import aiohttp
import pytest

from argotui.backend.clock import SystemClock
from argotui.backend.feed import Feed
from argotui.backend.freshness import Freshness, Link
from argotui.backend.kube.cluster import KubeCluster, open_cluster
from argotui.backend.store import Store
from argotui.backend.workflow_feed import WorkflowFeed
from argotui.model.argo import COMPLETED, Key
from argotui.model.workflows.summary import Depth, Summary
from tests.contract.lab import LABEL, MERGE_PATCH, NAMESPACE, WORKFLOWS, Answer, Lab, real_lab
from tests.support import PATIENCE, until
from tests.terminal import Terminal, filtered_console

RESTART = shlex.split(os.environ.get("ARGOTUI_TEST_RESTART_APISERVER", ""))

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.disruptive,
    pytest.mark.skipif("KUBECONFIG" not in os.environ, reason="needs KUBECONFIG"),
    pytest.mark.skipif(not RESTART, reason="needs ARGOTUI_TEST_RESTART_APISERVER"),
]

NOBODYS = {"workflows.argoproj.io/controller-instanceid": "nobody"}
"""The label of workflows that no controller acts on."""
BEFORE, AFTER = 16, 16
"""How many steps are taken while the API server is there."""
AGE = 6
"""After so many steps a workflow meets its fate."""
PACE = 0.1
"""Seconds between two steps."""


class Told(NamedTuple):
    """One change of a row."""

    uid: str
    version: str
    depth: Depth


class RecordingStore(Store):
    """A store that keeps account of every change that it told of."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[Told] = []
        self.gone: list[str] = []

    def apply(self, reading: Summary) -> bool:
        changed = super().apply(reading)
        row = self.get(reading.key)
        if changed and row is not None:
            self.told.append(Told(row.uid, row.resource_version, row.depth))
        return changed

    def remove(self, key: Key, uid: str = "") -> bool:
        row = self.get(key)
        removed = super().remove(key, uid)
        if removed and row is not None:
            self.gone.append(row.uid)
        return removed

    @property
    def versions(self) -> set[str]:
        return {told.version for told in self.told}


class Writer:
    """Another client: it makes workflows and changes, ends or deletes them a little later, and is
    as stubborn as a controller: what was not acknowledged is tried again."""

    def __init__(self, lab: Lab) -> None:
        self.steps = 0
        self.versions: list[str] = []
        """What it made of workflows, in its order; deletions have none."""
        self.pulse: list[str] = []
        """The same of the one workflow that changes with every step."""
        self.failures = 0
        self._lab = lab
        self._clock = SystemClock()

    def name(self, number: int) -> str:
        return self._lab.name(f"n{number:03}")

    @property
    def heart(self) -> Key:
        return Key(NAMESPACE, self._lab.name("pulse"))

    async def begin(self) -> None:
        await self._create(self.heart.name)

    async def run(self, over: asyncio.Event) -> None:
        """Take a step after the other until it is over."""
        while not over.is_set():
            await self._step(self.steps)
            self.steps += 1
            await self._clock.sleep(PACE)

    async def _step(self, number: int) -> None:
        self.versions.append(await self._create(self.name(number)))
        note = {"metadata": {"annotations": {"step": str(number)}}}
        self.pulse.append(await self._patch(self.heart.name, note))
        if number < AGE:
            return
        name = self.name(number - AGE)
        match number % 4:
            case 0:
                done = {"phase": "Running", "message": f"step {number}"}
                self.versions.append(await self._patch(name, {"status": done}))
            case 1:
                marks = {COMPLETED: "true", "workflows.argoproj.io/phase": "Succeeded"}
                ended = {"metadata": {"labels": marks}, "status": {"phase": "Succeeded"}}
                self.versions.append(await self._patch(name, ended))
            case 2:
                await self._until_told("DELETE", f"{WORKFLOWS}/{name}", None, {200, 404})

    async def _create(self, name: str) -> str:
        document = {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Workflow",
            "metadata": {"name": name, "labels": {LABEL: self._lab.run, **NOBODYS}},
            "spec": {},
        }
        made = await self._until_told("POST", WORKFLOWS, document, {201, 409})
        if made.status == 409:  # made, although the answer was lost
            made = await self._until_told("GET", f"{WORKFLOWS}/{name}", None, {200})
        return str(made.json["metadata"]["resourceVersion"])

    async def _patch(self, name: str, patch: object) -> str:
        done = await self._until_told("PATCH", f"{WORKFLOWS}/{name}", patch, {200})
        return str(done.json["metadata"]["resourceVersion"])

    async def _until_told(self, method: str, path: str, body: object, wanted: set[int]) -> Answer:
        kind = MERGE_PATCH if method == "PATCH" else "application/json"
        while True:
            try:
                answer = await self._lab.request(method, path, body, content_type=kind)
                # A server that comes up answers 404 in plain text for what it does not serve yet.
                if answer.status in wanted and answer.body.startswith(b"{"):
                    return answer
            except (aiohttp.ClientError, OSError):
                pass
            self.failures += 1
            await self._clock.sleep(PACE)


class Followed:
    """The feeds of a list and of one workflow, and each state and version they went through."""

    def __init__(self, cluster: KubeCluster, heart: Key) -> None:
        clock, rng = SystemClock(), random.Random(1)
        self.store = RecordingStore()
        self.list = Feed(cluster, self.store, NAMESPACE, clock, rng)
        self.pulse = WorkflowFeed(cluster, heart, clock, rng)
        self.beats: list[str] = []
        self.links: dict[str, list[Link]] = {"list": [], "pulse": []}
        self._version = 0
        self.list.on_change = lambda: self._note("list", self.list.freshness)
        self.pulse.on_change = self._beat

    def _note(self, name: str, freshness: Freshness) -> None:
        if self.links[name][-1:] != [freshness.link]:
            self.links[name].append(freshness.link)

    def _beat(self) -> None:
        self._note("pulse", self.pulse.freshness)
        if self.pulse.version != self._version and self.pulse.workflow is not None:
            self._version = self.pulse.version
            self.beats.append(self.pulse.workflow.metadata.resource_version)

    @property
    def live(self) -> bool:
        return self.list.freshness.trusted and self.pulse.freshness.trusted

    def rows(self, lab: Lab) -> dict[str, tuple[str, str, str]]:
        """The rows of this run as name: (uid, resource version, phase)."""
        return {
            row.key.name: (row.uid, row.resource_version, row.phase)
            for row in self.store.summaries()
            if row.labels.get(LABEL) == lab.run
        }

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(feed.run()) for feed in (self.list, self.pulse)]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def fresh(lab: Lab) -> dict[str, tuple[str, str, str]]:
    """The workflows of this run as the API server lists them now."""
    listed = (await lab.get(WORKFLOWS, labelSelector=f"{LABEL}={lab.run}")).json["items"]
    return {
        one["metadata"]["name"]: (
            one["metadata"]["uid"],
            one["metadata"]["resourceVersion"],
            (one.get("status") or {}).get("phase", ""),
        )
        for one in listed
    }


@pytest.fixture
async def lab() -> AsyncIterator[Lab]:
    """The cluster, which is there again when the test is over."""
    lab = real_lab()
    yield lab

    async def ready() -> bool:
        try:
            return (await lab.get("/readyz")).status == 200
        except (aiohttp.ClientError, OSError):
            return False

    await lab.until(ready, "the API server to be there")
    await lab.close()


@pytest.fixture
async def cluster() -> AsyncIterator[KubeCluster]:
    connected = await open_cluster()
    yield connected
    await connected.close()


@pytest.fixture
def console(lab: Lab, tmp_path: Path) -> Iterator[Terminal]:
    """The console, filtered to the workflows of this test."""
    with filtered_console(lab.run, tmp_path) as terminal:
        yield terminal


def header(text: str) -> str:
    return text.partition("\n")[0]


def goes_stale_and_comes_back(console: Terminal) -> None:
    console.until_true(lambda text: " stale " in header(text), "it is not said to be stale")
    console.until_true(lambda text: header(text).endswith(" live"), "not live again")


async def restart() -> None:
    process = await asyncio.create_subprocess_exec(
        *RESTART, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    _, said = await asyncio.wait_for(process.communicate(), PATIENCE)
    assert process.returncode == 0, said.decode()


async def test_the_api_server_is_restarted_while_everything_changes(
    console: Terminal, lab: Lab, cluster: KubeCluster
) -> None:
    writer = Writer(lab)
    await writer.begin()
    followed = Followed(cluster, writer.heart)
    over = asyncio.Event()
    async with followed.running():
        await until(lambda: followed.live, "the feeds to be live")
        writing = asyncio.create_task(writer.run(over))
        await until(lambda: writer.steps >= BEFORE, "the first changes")
        early, early_beats = set(writer.versions), set(writer.pulse)
        assert writer.failures == 0
        await until(lambda: early <= followed.store.versions, what="the list to tell of them")
        await until(lambda: early_beats <= set(followed.beats), what="the workflow to do so")

        on_screen = asyncio.create_task(asyncio.to_thread(goes_stale_and_comes_back, console))
        await restart()
        await on_screen
        await until(lambda: followed.live, "the feeds to be live again")
        assert writer.failures > 0
        last = writer.steps + AFTER
        await until(lambda: writer.steps >= last, "the last changes")
        over.set()
        await writing

        for links in followed.links.values():  # all the while it was known what to trust
            assert Link.STALE in links
            assert links[-1] is Link.LIVE
        there = await fresh(lab)
        await until(lambda: followed.rows(lab) == there, "the list to be that of the server")
        await until(lambda: followed.beats[-1] == writer.pulse[-1], "the last of the pulse")

    # What it should have come to: the fresh list is no less than what was written.
    deleted = {writer.name(n - AGE) for n in range(AGE, writer.steps) if n % 4 == 2}
    kept = {writer.name(n) for n in range(writer.steps)} - deleted
    assert set(there) == kept | {writer.heart.name}
    # Each one's last state was told, and nothing twice.
    assert {version for _, version, _ in there.values()} <= followed.store.versions
    told = Counter(followed.store.told)
    assert [one for one, times in told.items() if times > 1] == []
    assert [uid for uid, times in Counter(followed.store.gone).items() if times > 1] == []
    assert not set(followed.store.gone) & {uid for uid, _, _ in there.values()}
    numbers = [int(version) for version in followed.beats]
    assert numbers == sorted(set(numbers))
    console.until(f"{len(there):,} of ")
    console.send(":q\r")
    assert console.wait() == 0
