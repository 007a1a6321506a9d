"""The workflow controller of the embedded cluster."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import gzip
import json
import random
from datetime import datetime
from typing import Any

import msgspec

from argotui.demo.api.kinds import (
    CLUSTER_WORKFLOW_TEMPLATES,
    CONFIG_MAPS,
    PODS,
    WORKFLOW_TEMPLATES,
    WORKFLOWS,
    Document,
)
from argotui.demo.api.log_store import LogStore, nanoseconds
from argotui.demo.api.objects import ObjectStore, StoredChange, StoredObject
from argotui.demo.argo.agenda import Schedule
from argotui.demo.argo.event_log import EventLog
from argotui.demo.argo.kubelet import Kubelet
from argotui.demo.argo.operate import Operation
from argotui.demo.argo.pods import LABEL, pod_document
from argotui.demo.argo.programs import Program, program_of
from argotui.demo.argo.run import (
    Node,
    Run,
    Template,
    moment_of,
)
from argotui.model.argo import COMPLETED, CRON_WORKFLOW, WORKFLOW_TEMPLATE

COMPRESS_ABOVE = 1024 * 1024
"""Bytes of a workflow above which its nodes are compressed (packer.go, MAX_WORKFLOW_SIZE)."""


class Controller:
    """Runs workflows. `step` runs what is due now; `start` keeps running what is due.

    It reacts to writes at once, and to everything else by the store's clock.
    """

    def __init__(
        self, store: ObjectStore, logs: LogStore, rng: random.Random, *, speed: float = 1.0
    ) -> None:
        self.agenda = Schedule()
        self._store = store
        self._rng = rng
        self._events = EventLog(store)
        self._kubelet = Kubelet(
            store, logs, self._events, self.agenda, rng, speed=speed, on_change=self._notice
        )
        self._dirty: dict[tuple[str, str], None] = {}
        self._requeued: dict[tuple[str, str], datetime] = {}
        self._pods: dict[tuple[str, str], dict[str, str]] = {}
        self._durations: dict[tuple[str, str], dict[str, int]] = {}
        self._decoded: dict[str, tuple[int, Document]] = {}
        self._stepping = False
        self._running = False
        self._timer: asyncio.Task[None] | None = None
        self._soon: asyncio.Handle | None = None
        self._armed: datetime | None = None
        store.subscribe(WORKFLOWS, self._workflow_changed)
        store.subscribe(PODS, self._pod_changed)

    def step(self) -> None:
        """Run all due actions, and reconcile every workflow that changed."""
        self._stepping = True
        try:
            while True:
                ran = self.agenda.run_due(self._store.clock.now())
                dirty, self._dirty = self._dirty, {}
                for namespace, name in dirty:
                    self._reconcile(namespace, name)
                if not ran and not dirty:
                    break
        finally:
            self._stepping = False
        if self._running:
            self._arm()

    async def start(self) -> None:
        """Step now, and whenever something is due."""
        self._running = True
        self.step()

    async def stop(self) -> None:
        """Stop stepping."""
        self._running = False
        if self._soon is not None:
            self._soon.cancel()
        if self._timer is not None:
            self._timer.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._timer
            self._timer = None

    def _arm(self) -> None:
        due = self.agenda.next
        if due == self._armed and self._timer is not None and not self._timer.done():
            return
        if self._timer is not None:
            self._timer.cancel()
        self._armed = due
        self._timer = asyncio.ensure_future(self._wait(due)) if due is not None else None

    async def _wait(self, due: datetime) -> None:
        while (left := (due - self._store.clock.now()).total_seconds()) > 0:
            await self._store.clock.sleep(left)
        self._timer = None
        self.step()

    def _wake(self) -> None:
        if self._running and not self._stepping and self._soon is None:
            self._soon = asyncio.get_running_loop().call_soon(self._step_soon)

    def _step_soon(self) -> None:
        self._soon = None
        self.step()

    def _notice(self, namespace: str, workflow: str) -> None:
        self._dirty[(namespace, workflow)] = None
        self._wake()

    def _workflow_changed(self, change: StoredChange) -> None:
        if not self._stepping or change.type != "MODIFIED":
            self._notice(change.entry.namespace, change.entry.name)

    def _pod_changed(self, change: StoredChange) -> None:
        workflow = change.entry.labels.get(f"{LABEL}workflow", "")
        if change.type == "DELETED":
            self._kubelet.forget(change.entry.uid)
            self._decoded.pop(change.entry.uid, None)
            self._pods.get((change.entry.namespace, workflow), {}).pop(change.entry.name, None)
            self._notice(change.entry.namespace, workflow)

    def _reconcile(self, namespace: str, name: str) -> None:
        entry = self._store.get(WORKFLOWS, namespace, name)
        if entry is None:
            self._collect(namespace, name)
            return
        if entry.labels.get(COMPLETED) == "true":
            return
        document = entry.decode()
        document.setdefault("spec", {})
        before = {
            node["id"]: node["phase"]
            for node in ((document.get("status") or {}).get("nodes") or {}).values()
        }
        run = self._operate(document, entry)
        _pack(run.document)
        self._store.update(WORKFLOWS, run.document)
        self._record_nodes(run, before)
        if run.requeue is not None:
            self._requeue(namespace, name, run.requeue)
        if run.document["metadata"]["labels"].get(COMPLETED) == "true":
            self._completed(run)

    def _operate(self, document: Document, entry: StoredObject) -> Run:
        """Reconcile a workflow; one that cannot be executed ends in Error."""
        now = self._store.clock.now()
        try:
            _unpack(document)
            operation = Operation(document, now, self)
            operation.operate()
        except Exception as error:  # as the controller recovers from a panic: one spec, one Error
            untouched = entry.decode()
            spec, untouched["spec"] = untouched.get("spec") or {}, {}
            operation = Operation(untouched, now, self)
            operation.run.document["spec"] = spec
            operation.fail(str(error) or repr(error))
        return operation.run

    def _requeue(self, namespace: str, name: str, moment: datetime) -> None:
        key = (namespace, name)
        if self._requeued.get(key) == moment:
            return
        self._requeued[key] = moment
        self.agenda.at(moment, lambda: self._dirty.setdefault(key))

    def _completed(self, run: Run) -> None:
        """Label the pods as completed, and keep durations for estimates."""
        for pod_name in self._pods.get((run.namespace, run.name), {}):
            entry = self._store.get(PODS, run.namespace, pod_name)
            if entry is not None:
                pod = entry.decode()
                pod["metadata"]["labels"][f"{LABEL}completed"] = "true"
                self._store.update(PODS, pod)
        owner = _owner(run)
        if owner and run.status["phase"] == "Succeeded":
            taken = {
                node["name"].removeprefix(run.name): _seconds(node) for node in run.nodes.values()
            }
            taken[""] = _seconds(run.status)
            self._durations[(run.namespace, owner)] = taken

    def _collect(self, namespace: str, name: str) -> None:
        """Delete the pods of a deleted workflow."""
        for pod_name in list(self._pods.pop((namespace, name), {})):
            if self._store.get(PODS, namespace, pod_name) is not None:
                self._store.delete(PODS, namespace, pod_name)

    def _record_nodes(self, run: Run, before: dict[str, str]) -> None:
        for node in run.nodes.values():
            phase, was = node["phase"], before.get(node["id"])
            if phase == was or phase in ("Pending", "Skipped", "Omitted"):
                continue
            if phase != "Running" and was in (None, "Pending"):
                self._node_event(run, node, "Running")
            self._node_event(run, node, phase)

    def _node_event(self, run: Run, node: Node, phase: str) -> None:
        message = f"{phase} node {node['name']}"
        if phase != "Running" and node.get("message"):
            message = f"{message}: {node['message']}"
        started = nanoseconds(moment_of(node["startedAt"]))
        self.workflow_event(
            run,
            f"WorkflowNode{phase}",
            message,
            warning=phase not in ("Succeeded", "Running"),
            annotations={
                f"{LABEL}node-id": node["id"],
                f"{LABEL}node-name": node["name"],
                f"{LABEL}node-start-time": str(started),
                f"{LABEL}node-type": node["type"],
            },
        )

    # What a run asks of its surroundings.

    def template_spec(self, namespace: str, name: str, cluster_scope: bool) -> Document | None:
        """Return the spec of a WorkflowTemplate or ClusterWorkflowTemplate."""
        kind = CLUSTER_WORKFLOW_TEMPLATES if cluster_scope else WORKFLOW_TEMPLATES
        entry = self._store.get(kind, "" if cluster_scope else namespace, name)
        if entry is None:
            return None
        spec: Document = entry.decode()["spec"]
        return spec

    def create_pod(self, run: Run, node: Node, template: Template, *, on_exit: bool) -> None:
        """Create the pod of a node and start it on the kubelet."""
        node["taskResultSynced"] = True
        document = pod_document(run, node, template, on_exit=on_exit)
        entry = self._store.create(PODS, document)
        self._pods.setdefault((run.namespace, run.name), {})[entry.name] = entry.uid
        attempt = 0
        if (node.get("nodeFlag") or {}).get("retried"):
            attempt = int(node["name"].rpartition("(")[2].rstrip(")"))
        program = program_of(template, node["displayName"], attempt, self._rng)
        self._kubelet.accept(entry, program)

    def stop_pod(self, run: Run, node: Node) -> None:
        """End the pod of a node, if it has one."""
        pod = self.pod_of(run, node)
        if pod is not None:
            self._kubelet.kill(pod["metadata"]["uid"])

    def pod_of(self, run: Run, node: Node) -> Document | None:
        """Return the pod of a node."""
        template = node.get("templateName") or (node.get("templateRef") or {}).get("template", "")
        entry = self._store.get(PODS, run.namespace, run.pod_name(node["name"], template))
        if entry is None:
            return None
        version, document = self._decoded.get(entry.uid, (0, {}))
        if version != entry.version:
            document = entry.decode()
            self._decoded[entry.uid] = (entry.version, document)
        return document

    def program_of_pod(self, uid: str) -> Program | None:
        """Return the program of a pod."""
        return self._kubelet.program(uid)

    def remembered(self, namespace: str, cache: str, key: str) -> Document | None:
        """Return the outputs that a memoization cache has for a key."""
        entry = self._store.get(CONFIG_MAPS, namespace, cache)
        text = ((entry.decode().get("data") or {}) if entry else {}).get(key)
        return json.loads(text)["outputs"] if text else None

    def remember(self, namespace: str, cache: str, key: str, node: Node) -> None:
        """Put a node's outputs into a memoization cache."""
        now = self._store.timestamp()
        value = {
            "nodeID": node["id"],
            "outputs": node.get("outputs") or {},
            "creationTimestamp": now,
            "lastHitTimestamp": now,
        }
        entry = self._store.get(CONFIG_MAPS, namespace, cache)
        if entry is None:
            labels = {f"{LABEL}configmap-type": "Cache"}
            meta = {"name": cache, "namespace": namespace, "labels": labels}
            self._store.create(CONFIG_MAPS, {"metadata": meta, "data": {key: json.dumps(value)}})
            return
        document = entry.decode()
        document.setdefault("data", {})[key] = json.dumps(value)
        self._store.update(CONFIG_MAPS, document)

    def estimate(self, run: Run, node_name: str) -> int:
        """Return how many seconds a node took in the last successful run of the same template."""
        taken = self._durations.get((run.namespace, _owner(run)), {})
        return taken.get(node_name.removeprefix(run.name), 0)

    def workflow_event(
        self,
        run: Run,
        reason: str,
        message: str,
        *,
        warning: bool,
        annotations: dict[str, str] | None = None,
    ) -> None:
        """Record an event about a workflow."""
        entry = self._store.get(WORKFLOWS, run.namespace, run.name)
        if entry is not None:
            self._events.record(
                WORKFLOWS,
                entry,
                reason,
                message,
                source="workflow-controller",
                warning=warning,
                annotations=annotations,
            )


def _owner(run: Run) -> str:
    labels = run.document["metadata"].get("labels") or {}
    return str(labels.get(WORKFLOW_TEMPLATE) or labels.get(CRON_WORKFLOW) or "")


def _seconds(part: dict[str, Any]) -> int:
    if not part.get("finishedAt") or not part.get("startedAt"):
        return 0
    taken = moment_of(part["finishedAt"]) - moment_of(part["startedAt"])
    return int(taken.total_seconds())


def _unpack(document: Document) -> None:
    packed = (document.get("status") or {}).pop("compressedNodes", "")
    if packed:
        document["status"]["nodes"] = json.loads(gzip.decompress(base64.b64decode(packed)))


def _pack(document: Document) -> None:
    nodes = document["status"].get("nodes")
    if not nodes or len(nodes) < 500:
        return
    encoded = msgspec.json.encode(nodes)
    if len(encoded) > COMPRESS_ABOVE:
        del document["status"]["nodes"]
        packed = gzip.compress(encoded, 6, mtime=0)
        document["status"]["compressedNodes"] = base64.b64encode(packed).decode()
