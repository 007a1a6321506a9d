"""Workflows for the measurements, created through the API server with the controller stopped."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import random
import ssl
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import yaml

NODES_PER_WORKFLOW = 8
ACTIVE_SHARE = 0.08
_PHASES = ["Succeeded"] * 86 + ["Failed"] * 12 + ["Error"] * 2


def namespace_for(size: int) -> str:
    return f"bench-{size}"


def workflow(namespace: str, number: int, rng: random.Random) -> dict[str, Any]:
    """Return one workflow of about 11 KB with eight nodes, as the controller would leave it."""
    name = f"load-{number:05d}"
    active = rng.random() < ACTIVE_SHARE
    phase = "Running" if active else rng.choice(_PHASES)
    started = datetime.now(UTC) - timedelta(seconds=rng.randrange(60, 86_400 * 3))
    stamp = started.strftime("%Y-%m-%dT%H:%M:%SZ")
    finished = (started + timedelta(seconds=rng.randrange(30, 1800))).strftime("%Y-%m-%dT%H:%M:%SZ")
    root: dict[str, Any] = {
        "id": name,
        "name": name,
        "displayName": name,
        "type": "DAG",
        "phase": phase,
        "templateName": "main",
        "startedAt": stamp,
        "children": [],
    }
    nodes = {name: root}
    for step in range(NODES_PER_WORKFLOW - 1):
        node_id = f"{name}-{rng.randrange(10**9, 4 * 10**9)}"
        last = step == NODES_PER_WORKFLOW - 2
        node_phase = phase if last else "Succeeded"
        root["children"].append(node_id)
        nodes[node_id] = {
            "id": node_id,
            "name": f"{name}.step-{step}",
            "displayName": f"step-{step}",
            "type": "Pod",
            "templateName": "work",
            "templateScope": f"local/{name}",
            "phase": node_phase,
            "boundaryID": name,
            "startedAt": stamp,
            "finishedAt": None if active and last else finished,
            "progress": "0/1" if active and last else "1/1",
            "resourcesDuration": {"cpu": 4, "memory": 61},
            "hostNodeName": "node1",
            "inputs": {"parameters": [{"name": "text", "value": "x" * 400}]},
            "outputs": {
                "exitCode": "0",
                "artifacts": [{"name": "main-logs", "s3": {"key": f"{name}/{node_id}/main.log"}}],
            },
        }
    labels = {
        "workflows.argoproj.io/phase": phase,
        "team": rng.choice(["data", "web", "ml"]),
    }
    if not active:
        labels["workflows.argoproj.io/completed"] = "true"
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": {"name": name, "namespace": namespace, "labels": labels},
        "spec": {
            "entrypoint": "main",
            "templates": [
                {"name": "main", "dag": {"tasks": [{"name": "step", "template": "work"}]}},
                {
                    "name": "work",
                    "inputs": {"parameters": [{"name": "text"}]},
                    "container": {"image": "busybox:lab", "args": ["echo", "y" * 1500]},
                },
            ],
        },
        "status": {
            "phase": phase,
            "startedAt": stamp,
            "finishedAt": None if active else finished,
            "progress": f"{NODES_PER_WORKFLOW - 2 if active else NODES_PER_WORKFLOW - 1}"
            f"/{NODES_PER_WORKFLOW - 1}",
            "message": "" if phase in ("Running", "Succeeded") else "step-6: exit code 1",
            "nodes": nodes,
            "resourcesDuration": {"cpu": 28, "memory": 420},
        },
    }


def kubeconfig() -> dict[str, Any]:
    """Return the kubeconfig of $KUBECONFIG, a single file."""
    with open(os.environ["KUBECONFIG"], encoding="utf-8") as file:
        document: dict[str, Any] = yaml.safe_load(file)
    return document


def kubeconfig_token() -> str:
    """Return the token of the kubeconfig's first user."""
    return str(kubeconfig()["users"][0]["user"]["token"])


class Api:
    """The few writes that a measurement needs, with the token of the kubeconfig's first user."""

    def __init__(self) -> None:
        cluster = kubeconfig()["clusters"][0]["cluster"]
        trust = ssl.create_default_context(cafile=cluster["certificate-authority"])
        self._session = aiohttp.ClientSession(
            cluster["server"],
            connector=aiohttp.TCPConnector(limit=32, ssl=trust),
            headers={
                "Authorization": f"Bearer {kubeconfig_token()}",
                "User-Agent": "argotui-bench",
            },
        )

    async def close(self) -> None:
        await self._session.close()

    async def call(
        self, method: str, path: str, body: object = None, content_type: str = "application/json"
    ) -> tuple[int, bytes]:
        data = None if body is None else json.dumps(body).encode()
        async with self._session.request(
            method, path, data=data, headers={"Content-Type": content_type}
        ) as response:
            return response.status, await response.read()


def workflows_path(namespace: str, name: str = "") -> str:
    path = f"/apis/argoproj.io/v1alpha1/namespaces/{namespace}/workflows"
    return f"{path}/{name}" if name else path


async def ensure(api: Api, size: int) -> None:
    """Create what is missing of `size` workflows in their namespace."""
    namespace = namespace_for(size)
    await api.call("POST", "/api/v1/namespaces", {"metadata": {"name": namespace}})
    status, body = await api.call("GET", workflows_path(namespace) + "?limit=1")
    listed = json.loads(body)
    have = len(listed["items"]) + listed["metadata"].get("remainingItemCount", 0)
    if status == 200 and have >= size:
        return
    rng = random.Random(size)
    numbers = itertools.count()
    objects = (workflow(namespace, number, rng) for number in itertools.islice(numbers, size))

    async def create() -> None:
        for item in objects:
            code, answer = await api.call("POST", workflows_path(namespace), item)
            if code not in (201, 409):
                raise SystemExit(f"cannot create {item['metadata']['name']}: {answer[:300]!r}")

    await asyncio.gather(*(create() for _ in range(24)))


async def change(api: Api, namespace: str, name: str, message: str) -> None:
    """Change one workflow as the controller does: its message and with it its resource version."""
    code, answer = await api.call(
        "PATCH",
        workflows_path(namespace, name),
        {"status": {"message": message}},
        "application/merge-patch+json",
    )
    if code != 200:
        raise SystemExit(f"cannot change {name}: {answer[:300]!r}")
