"""Pods and what their containers wrote, to put on the embedded API."""

from __future__ import annotations

from typing import Any

from argotui.demo.logs import ContainerLog
from tests.support import EPOCH


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


def ns(seconds: float) -> int:
    return int((EPOCH.timestamp() + seconds) * 1_000_000_000)


def write(log: ContainerLog, start: int, stop: int, every: float = 0.01) -> None:
    for number in range(start, stop):
        log.append(ns(number * every), b"line %d\n" % number)


def lines(start: int, stop: int) -> list[str]:
    return [f"line {number}" for number in range(start, stop)]
