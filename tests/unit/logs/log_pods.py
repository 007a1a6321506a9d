"""Workflows, their pods, and what these wrote, to put on the embedded API."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from argotui.demo.api.log_store import StoredLog
from argotui.demo.cluster import EmbeddedCluster
from tests.support import EPOCH, ManualClock


@pytest.fixture
async def embedded(clock: ManualClock) -> AsyncIterator[EmbeddedCluster]:
    """The API alone: workflows, pods and logs are what the test makes them."""
    api = EmbeddedCluster(clock, controller=False)
    await api.start()
    yield api
    await api.stop()


def pod_document(node: str, *, workflow: str = "wf", **states: str) -> dict[str, Any]:
    """A pod of the workflow, with containers in the given states (waiting, running, terminated)."""
    states = states or {"main": "running", "wait": "running"}
    done = all(state == "terminated" for state in states.values())
    started = any(state != "waiting" for state in states.values())
    return {
        "metadata": {
            "name": f"pod-{node}",
            "namespace": "argo",
            "labels": {"workflows.argoproj.io/workflow": workflow},
            "annotations": {
                "workflows.argoproj.io/node-id": node,
                "workflows.argoproj.io/node-name": f"{workflow}.{node}",
            },
        },
        "spec": {
            "nodeName": "node-1",
            "initContainers": [{"name": "init", "image": "x"}],
            "containers": [{"name": name, "image": "x"} for name in states],
        },
        "status": {
            "phase": "Succeeded" if done else "Running" if started else "Pending",
            "containerStatuses": [
                {"name": name, "state": {state: {}}} for name, state in states.items()
            ],
        },
    }


def workflow_document(
    name: str, *pods: str, phase: str = "Running", namespace: str = "argo"
) -> dict[str, Any]:
    """A workflow with a node for each pod."""
    nodes = {
        pod: {
            "id": pod,
            "name": f"{name}.{pod}",
            "displayName": pod,
            "type": "Pod",
            "phase": phase,
            "boundaryID": name,
            "startedAt": "2026-01-05T12:00:00Z",
        }
        for pod in pods
    }
    root = {"id": name, "name": name, "displayName": name, "type": "DAG", "phase": phase}
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {},
        "status": {"phase": phase, "nodes": {name: root, **nodes}},
    }


def ns(seconds: float) -> int:
    return int((EPOCH.timestamp() + seconds) * 1_000_000_000)


def write(log: StoredLog, start: int, stop: int, every: float = 0.01) -> None:
    for number in range(start, stop):
        log.append(ns(number * every), b"line %d\n" % number)


def lines(start: int, stop: int) -> list[str]:
    return [f"line {number}" for number in range(start, stop)]
