"""The command line on the embedded cluster: workflows to put there, and `argotui` to run."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from argotui.demo.api.kinds import WORKFLOWS
from argotui.demo.cluster import EmbeddedCluster
from argotui.model.workflow.pod_name import node_id
from tests.support import EPOCH, PATIENCE

LABEL = "workflows.argoproj.io/"
FINAL = ("Succeeded", "Failed", "Error")


def at(seconds: float) -> str:
    """Return a time of the API, in seconds from the tests' epoch."""
    moment: datetime = EPOCH + timedelta(seconds=seconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def workflow(
    name: str,
    phase: str = "Succeeded",
    *,
    age: float = 0,
    took: float = 60,
    namespace: str = "argo",
    steps: dict[str, str] | None = None,
    labels: dict[str, str] | None = None,
    message: str = "",
    **spec: Any,
) -> dict[str, Any]:
    """Return a workflow created `age` seconds before the epoch; `steps` are its pods' phases."""
    ended = phase in FINAL
    steps = {"one": phase} if steps is None else steps
    nodes: dict[str, Any] = {}
    for step, state in steps.items():
        full = f"{name}.{step}"
        kind = "Suspend" if step.startswith("gate") else "Pod"
        nodes[node_id(name, full)] = {
            "id": node_id(name, full),
            "name": full,
            "displayName": step,
            "type": kind,
            "phase": state,
            "templateName": step,
            "boundaryID": name,
            "startedAt": at(-age),
            **({"finishedAt": at(took - age)} if state in FINAL else {}),
        }
    nodes[name] = {
        "id": name,
        "name": name,
        "displayName": name,
        "type": "DAG",
        "phase": phase,
        "children": list(nodes),
        "startedAt": at(-age),
    }
    done = sum(state in FINAL for state in steps.values())
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "creationTimestamp": at(-age),
            "labels": {
                LABEL + "phase": phase,
                LABEL + "completed": str(ended).lower(),
                **(labels or {}),
            },
        },
        "spec": {"entrypoint": "main", **spec},
        "status": {
            "phase": phase,
            "startedAt": at(-age),
            **({"finishedAt": at(took - age)} if ended else {}),
            "progress": f"{done}/{len(steps)}",
            "nodes": nodes,
            **({"message": message} if message else {}),
        },
    }


class Done(NamedTuple):
    """What a finished command line printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


UNHURRIED = {"ARGOTUI_GATES_POLICY_TIMEOUT": "60"}
"""As long as the setting allows: what a test asks for is no matter of speed."""


class CommandLine:
    """Runs `argotui` as a user of an embedded cluster."""

    def __init__(self, cluster: EmbeddedCluster, folder: Path, environ: dict[str, str]) -> None:
        self.cluster = cluster
        self.folder = folder
        self.environ = environ

    def put(self, *documents: dict[str, Any]) -> None:
        """Create workflows, or replace those of their names."""
        for document in documents:
            meta = document["metadata"]
            if self.cluster.objects.get(WORKFLOWS, meta["namespace"], meta["name"]):
                self.cluster.objects.update(WORKFLOWS, document)
            else:
                self.cluster.objects.create(WORKFLOWS, document)

    def delete(self, name: str) -> None:
        self.cluster.objects.delete(WORKFLOWS, "argo", name)

    async def start(self, *arguments: str, user: str = "admin", **environ: str) -> Process:
        """Start a command line whose output can be read as it comes."""
        kubeconfig = self.cluster.write_kubeconfig(self.folder / f"{user}.kubeconfig", user)
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "argotui",
            *arguments,
            env=self.environ | {"KUBECONFIG": str(kubeconfig), **UNHURRIED} | environ,
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=PIPE,
            # A test run in the background of a shell ignores SIGINT, and what it starts would too.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )

    async def __call__(self, *arguments: str, user: str = "admin", **environ: str) -> Done:
        """Run a command line to its end."""
        process = await self.start(*arguments, user=user, **environ)
        out, err = await asyncio.wait_for(process.communicate(), PATIENCE)
        assert process.returncode is not None
        return Done(process.returncode, out.decode(), err.decode())
