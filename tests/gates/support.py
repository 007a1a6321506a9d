"""Decision contexts of the users of a cluster, and workflows that wait at gates."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from argotui.backend.audit.chain import Head
from argotui.backend.audit.log import AuditLog
from argotui.backend.clock import Clock
from argotui.backend.kube.cluster import KubeCluster, open_cluster
from argotui.backend.kube.gates import KubeGates
from argotui.backend.kube.transport import path_of
from argotui.backend.policy.evaluator import PolicyEvaluator
from argotui.backend.policy.rego import RegoEngine
from argotui.backend.ports import PolicyPort
from argotui.model.argo import Key
from argotui.model.gates.gate import GateKind, open_gates
from argotui.model.gates.permission import Rules
from argotui.operations.gates.review import DecisionContext
from tests.support import PATIENCE

PACK = Path(__file__).parents[2] / "policies"
CREATOR = "developer@example.com"
COMMAND = {"image": "busybox:lab", "command": ["true"]}


def gate_template(name: str, **suspend: object) -> dict[str, Any]:
    """Return a suspend template with a supplied `approve` output, its default NO."""
    return {
        "name": name,
        "suspend": suspend,
        "inputs": {
            "parameters": [
                {"name": "approve", "default": "NO", "enum": ["YES", "NO"]},
                {"name": "summary", "value": "three prices changed"},
            ]
        },
        "outputs": {
            "parameters": [
                {"name": "approve", "valueFrom": {"supplied": {}, "default": "NO"}},
            ]
        },
    }


def gated_workflow(name: str, *gates: dict[str, Any], **spec: object) -> dict[str, Any]:
    """Return a DAG whose only tasks are gates, asked for by the developer."""
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": {
            "name": name,
            "annotations": {"argotui.io/creator": CREATOR},
        },
        "spec": {
            "entrypoint": "main",
            "templates": [
                {
                    "name": "main",
                    "dag": {"tasks": [{"name": g["name"], "template": g["name"]} for g in gates]},
                },
                *gates,
            ],
            **spec,
        },
    }


class Skewed:
    """The clock of a machine that is off by so many seconds."""

    def __init__(self, clock: Clock, off: float) -> None:
        self._clock = clock
        self._off = timedelta(seconds=off)

    def now(self) -> datetime:
        return self._clock.now() + self._off

    def monotonic(self) -> float:
        return self._clock.monotonic()

    async def sleep(self, seconds: float) -> None:
        await self._clock.sleep(seconds)


class InterruptedLog(AuditLog):
    """An audit log after whose intents something happens: between a decision's checks and its
    write."""

    def __init__(self, path: Path, happen: Callable[[], Awaitable[None]]) -> None:
        super().__init__(path)
        self._happen = happen

    async def append(self, entry: Mapping[str, object]) -> Head:
        head = await super().append(entry)
        if entry["kind"] == "intent":
            await self._happen()
        return head


class ClusterUsers:
    """The users of one cluster, each with a connection and a decision context."""

    def __init__(
        self,
        kubeconfig: Callable[[str], Path],
        folder: Path,
        clock: Clock,
        settle: Callable[[], Awaitable[None]],
        *,
        namespace: str = "argo",
    ) -> None:
        self._kubeconfig = kubeconfig
        self._folder = folder
        self._clock = clock
        self.settle = settle
        self.namespace = namespace
        self.audit = AuditLog(folder / "audit.jsonl")
        self.policy: PolicyPort = PolicyEvaluator(RegoEngine(PACK), clock, limit=PATIENCE)
        self._clusters: dict[str, KubeCluster] = {}

    async def cluster(self, user: str) -> KubeCluster:
        if user not in self._clusters:
            self._clusters[user] = await open_cluster(kubeconfig=str(self._kubeconfig(user)))
        return self._clusters[user]

    async def context(self, user: str = "approver", **options: Any) -> DecisionContext:
        rules = options.pop("rules", Rules(levels={"confidence": "soft"}))
        return DecisionContext(
            gates=KubeGates(await self.cluster(user)),
            policy=options.pop("policy", self.policy),
            audit=options.pop("audit", self.audit),
            clock=self._clock,
            rules=rules,
            **options,
        )

    async def create(self, document: dict[str, Any], user: str = "developer") -> Key:
        cluster = await self.cluster(user)
        path = path_of("apis", "argoproj.io", "v1alpha1", "namespaces", self.namespace, "workflows")
        await cluster.transport.request(
            "POST", path, doing="create", body=json.dumps(document).encode()
        )
        await self.settle()
        return Key(self.namespace, document["metadata"]["name"])

    async def delete(self, key: Key) -> None:
        cluster = await self.cluster("admin")
        path = path_of(
            "apis", "argoproj.io", "v1alpha1", "namespaces", key.namespace, "workflows", key.name
        )
        await cluster.transport.request("DELETE", path, doing="delete")

    async def patch(self, key: Key, *operations: dict[str, Any]) -> None:
        """Change a workflow as an admin with kubectl would."""
        gates = KubeGates(await self.cluster("admin"))
        await gates.patch_workflow(key.namespace, key.name, list(operations))

    async def node_ids(self, key: Key) -> dict[str, str]:
        """Return the ids of a workflow's nodes by display name."""
        workflow = await (await self.cluster("admin")).get_workflow(key.namespace, key.name)
        return {node.display_name: node.id for node in workflow.nodes.values()}

    async def phases(self, key: Key) -> dict[str, str]:
        """Return the phases of a workflow's nodes by display name."""
        workflow = await (await self.cluster("admin")).get_workflow(key.namespace, key.name)
        return {node.display_name: node.phase for node in workflow.nodes.values()}

    async def open_gates(self, key: Key) -> dict[str, str]:
        """Return the ids of the open gates by name; "" for the workflow's own suspension."""
        workflow = await (await self.cluster("admin")).get_workflow(key.namespace, key.name)
        return {
            gate.name: gate.node_id
            for gate in open_gates(workflow)
            if gate.kind in (GateKind.NODE, GateKind.WORKFLOW)
        }

    async def close(self) -> None:
        for cluster in self._clusters.values():
            await cluster.close()
        await self.policy.close()
