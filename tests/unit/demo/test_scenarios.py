"""What the demo shows: every kind of trouble and of waiting, the same for the same seed."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

import pytest

from argotui.demo.api.kinds import PODS, WORKFLOWS, Document
from argotui.demo.cluster import EmbeddedCluster
from argotui.demo.scenarios.director import KEPT
from argotui.demo.scenarios.hostile import HOSTILE_TEXTS
from argotui.model.argo import COMPLETED
from tests.support import EPOCH, ManualClock

HISTORY = 20


@pytest.fixture(scope="module")
def demo() -> EmbeddedCluster:
    """A demo that was never started: what is there is its past."""
    return EmbeddedCluster(ManualClock(), scenarios=True, workflows=HISTORY)


@pytest.fixture(scope="module")
def workflows(demo: EmbeddedCluster) -> dict[str, Document]:
    return {entry.name: entry.decode() for entry in demo.objects.items(WORKFLOWS)}


def _nodes(workflow: Document) -> dict[str, Any]:
    return {node["displayName"]: node for node in workflow["status"]["nodes"].values()}


def _running(workflows: dict[str, Document], stem: str) -> Document:
    return next(
        found
        for name, found in workflows.items()
        if name.startswith(stem) and found["status"]["phase"] == "Running"
    )


def test_the_same_seed_gives_the_same_objects(demo: EmbeddedCluster) -> None:
    other = EmbeddedCluster(ManualClock(), scenarios=True, workflows=HISTORY)
    for kind in (WORKFLOWS, PODS):
        assert [entry.raw for entry in demo.objects.items(kind)] == [
            entry.raw for entry in other.objects.items(kind)
        ]
    different = EmbeddedCluster(ManualClock(), seed=2, scenarios=True, workflows=HISTORY)
    assert [entry.uid for entry in demo.objects.items(WORKFLOWS)] != [
        entry.uid for entry in different.objects.items(WORKFLOWS)
    ]


def test_nothing_is_of_the_future(workflows: dict[str, Document]) -> None:
    now = f"{EPOCH:%Y-%m-%dT%H:%M:%SZ}"
    for workflow in workflows.values():
        assert workflow["metadata"]["creationTimestamp"] <= now
        assert workflow["status"].get("startedAt", "") <= now
        assert workflow["status"].get("finishedAt", "") <= now


def test_every_phase_is_there(workflows: dict[str, Document]) -> None:
    phases = {workflow["status"]["phase"] for workflow in workflows.values()}
    assert {"Running", "Succeeded", "Failed"} <= phases
    history = [name for name in workflows if workflows[name]["metadata"]["labels"][COMPLETED]]
    assert len(history) >= HISTORY


def test_gates_of_every_kind_wait(workflows: dict[str, Document]) -> None:
    report = _nodes(_running(workflows, "visual-analysis-"))
    release, money = _nodes(workflows["release-2.41"]), _nodes(workflows["campaign-budget-q1"])
    migration = workflows["migrate-accounts-9"]
    for node in (release["deploy-prod"], money["finance"], money["legal"]):
        assert (node["type"], node["phase"]) == ("Suspend", "Running")
    assert "outputs" not in release["deploy-prod"]
    asked = {each["name"]: each["valueFrom"] for each in money["finance"]["outputs"]["parameters"]}
    assert asked["approve"]["default"] == "NO"
    assert set(asked) == {"approve", "amount", "comment"}
    assert report["scrape"]["phase"] == "Succeeded"
    assert migration["metadata"]["labels"]["workflows.argoproj.io/creator"] == "approver"
    assert _nodes(migration)["schema-change"]["phase"] == "Running"
    assert workflows["backfill-clickstream-4"]["spec"]["suspend"] is True


def test_troubles_of_every_kind_are_there(workflows: dict[str, Document]) -> None:
    messages = [
        node.get("message", "")
        for workflow in workflows.values()
        for node in (workflow["status"].get("nodes") or {}).values()
    ]
    assert "main: OOMKilled (exit code 137)" in messages
    assert "No more retries left" in messages
    rotation = _nodes(workflows["cert-rotation-12"])
    hooked = [node for node in rotation.values() if (node.get("nodeFlag") or {}).get("hooked")]
    assert len(hooked) >= 3
    types = {
        node["type"]
        for workflow in workflows.values()
        for node in (workflow["status"].get("nodes") or {}).values()
    }
    assert {"Pod", "Steps", "StepGroup", "DAG", "TaskGroup", "Retry", "Skipped", "Suspend"} <= types


def test_one_is_wide_one_is_huge_one_remembers(workflows: dict[str, Document]) -> None:
    nightly = max(
        (found for name, found in workflows.items() if name.startswith("nightly-etl-")),
        key=lambda found: len(found["status"]["nodes"]),
    )
    assert len(nightly["status"]["nodes"]) > 30
    huge = workflows["simulate-portfolio-2026"]["status"]
    packed = json.loads(gzip.decompress(base64.b64decode(huge["compressedNodes"])))
    assert len(packed) == 5000
    assert "nodes" not in huge
    hits = [
        node
        for workflow in workflows.values()
        for node in (workflow["status"].get("nodes") or {}).values()
        if (node.get("memoizationStatus") or {}).get("hit")
    ]
    assert hits
    assert all(node["phase"] == "Succeeded" and node["outputs"] for node in hits)


def test_the_hostile_one_carries_every_text(workflows: dict[str, Document]) -> None:
    nodes = workflows["hostile-texts"]["status"]["nodes"].values()
    values = {
        each["value"]
        for node in nodes
        for each in (node.get("inputs") or {}).get("parameters") or []
    }
    assert set(HOSTILE_TEXTS) <= values
    names = "".join(node["displayName"] for node in nodes)
    assert "\x1b]52;" in names
    assert "[@click=app.quit]" in names


async def test_it_is_silent_until_the_clock_moves() -> None:
    clock = ManualClock()
    demo = EmbeddedCluster(clock, scenarios=True, workflows=5)
    await demo.start()
    version = demo.objects.version
    await clock.advance(0)
    assert demo.objects.version == version
    await clock.advance(120)
    assert demo.objects.version > version
    await demo.stop()


async def test_new_ones_keep_starting_and_old_ones_go() -> None:
    clock = ManualClock()
    demo = EmbeddedCluster(clock, scenarios=True, speed=10)
    await demo.start()
    before = {entry.name for entry in demo.objects.items(WORKFLOWS)}
    for _ in range(4):
        await clock.advance(30)
    now = {entry.name: entry for entry in demo.objects.items(WORKFLOWS)}
    assert len(set(now) - before) > 8
    ended = [entry for entry in now.values() if entry.labels.get(COMPLETED) == "true"]
    assert len(ended) <= KEPT + 5
    owners = {entry.labels["workflows.argoproj.io/workflow"] for entry in demo.objects.items(PODS)}
    assert owners <= set(now)
    await demo.stop()
