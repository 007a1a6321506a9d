"""Workflows that ended before the start of the cluster: a history, and a huge one."""

from __future__ import annotations

import base64
import gzip
import random
from datetime import datetime, timedelta
from typing import Any

import msgspec

from argotui.demo.api.kinds import Document
from argotui.demo.argo.operate import update_progress
from argotui.demo.argo.run import Node, stamp
from argotui.model.argo import (
    COMPLETED,
    CREATOR,
    PHASE,
    WORKFLOW_TEMPLATE,
)
from argotui.model.workflow.pod_name import POD_NAME_FORMAT, node_id

_KINDS = (
    ("docproc-pipeline", "docproc-{n}", "system-serviceaccount-argo-intake", 9),
    ("visual-analysis", "visual-analysis-{id}", "data-team", 2),
    ("nightly-etl", "nightly-etl-{at}", "system-serviceaccount-argo-argo", 1),
    ("thumbnails", "thumbnails-{id}", "web-team", 4),
    ("integration-tests", "integration-tests-{id}", "ci-bot", 4),
)
_STEPS = ("fetch", "split", "ocr", "extract", "index", "notify", "publish")
_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"
HUGE_NODES = 5000


def history(count: int, first_document: int, now: datetime, rng: random.Random) -> list[Document]:
    """Return `count` completed workflows, the newest first; a tenth of them failed."""
    documents, ended, number = [], now - timedelta(minutes=30), first_document
    weights = [each[3] for each in _KINDS]
    for _ in range(count):
        template, pattern, creator, _ = rng.choices(_KINDS, weights)[0]
        ended -= timedelta(seconds=rng.uniform(60, 900))
        took = rng.uniform(40, 900)
        number -= template == "docproc-pipeline"
        suffix = "".join(rng.choice(_ALPHABET) for _ in range(5))
        started = ended - timedelta(seconds=took)
        name = pattern.format(n=number, id=suffix, at=int(started.timestamp()))
        documents.append(_completed(name, template, creator, started, took, rng))
    return documents


def _completed(
    name: str,
    template: str,
    creator: str,
    started: datetime,
    took: float,
    rng: random.Random,
) -> Document:
    fails = rng.random() < 0.1
    nodes: dict[str, Node] = {}
    root = _node(name, name, name, "Steps", "", "main", started, took)
    nodes[root["id"]] = root
    previous, share = root, took / len(_STEPS)
    for index, step in enumerate(_STEPS):
        group_name = f"{name}[{index}]"
        begun = started + timedelta(seconds=index * share)
        group = _node(name, group_name, f"[{index}]", "StepGroup", name, "", begun, share)
        pod = _node(name, f"{group_name}.{step}", step, "Pod", name, step, begun, share)
        pod["outputs"] = {"exitCode": "0"}
        pod["hostNodeName"] = "node1"
        previous["children"] = [group["id"]]
        group["children"] = [pod["id"]]
        nodes[group["id"]], nodes[pod["id"]] = group, pod
        previous = pod
        if fails and index == 3:
            pod["phase"] = group["phase"] = root["phase"] = "Failed"
            pod["message"] = "main: OOMKilled (exit code 137)"
            pod["outputs"] = {"exitCode": "137"}
            group["message"] = root["message"] = f"child '{pod['id']}' failed"
            break
    root["outboundNodes"] = [previous["id"]]
    return _document(name, template, creator, root, nodes, packed=False)


def huge(now: datetime, rng: random.Random) -> Document:
    """Return a workflow of 5,000 nodes, compressed as the controller does above 1 MiB."""
    name = "simulate-portfolio-2026"
    started = now - timedelta(minutes=95)
    root = _node(name, name, name, "DAG", "", "main", started, 3300.0)
    nodes: dict[str, Node] = {root["id"]: root}
    root["children"] = []
    shards = 50
    each = (HUGE_NODES - 1 - shards) // shards
    missing = HUGE_NODES - 1 - shards - each * shards
    for shard in range(shards):
        task = f"shard-{shard:02d}"
        begun = started + timedelta(seconds=shard * 60)
        group = _node(name, f"{name}.{task}", task, "TaskGroup", name, "scenario", begun, 240.0)
        nodes[group["id"]] = group
        root["children"].append(group["id"])
        group["children"] = []
        for index in range(each + (shard < missing)):
            shown = f"{task}({index}:seed-{shard * 100 + index})"
            since = begun + timedelta(seconds=rng.uniform(0, 30))
            took = rng.uniform(20, 200)
            pod = _node(name, f"{name}.{shown}", shown, "Pod", name, "scenario", since, took)
            code = "0" if rng.random() > 0.002 else "1"
            pod["outputs"] = {"exitCode": code}
            pod["hostNodeName"] = f"node{rng.randint(1, 9)}"
            if code == "1":
                pod["phase"] = group["phase"] = root["phase"] = "Failed"
                pod["message"] = "main: Error (exit code 1)"
            nodes[pod["id"]] = pod
            group["children"].append(pod["id"])
    return _document(name, "", "quant-team", root, nodes, packed=True)


def _node(
    workflow: str,
    name: str,
    shown: str,
    type_: str,
    boundary: str,
    template: str,
    started: datetime,
    took: float,
) -> Node:
    node: Node = {
        "id": node_id(workflow, name),
        "name": name,
        "displayName": shown,
        "type": type_,
        "templateScope": f"local/{workflow}",
        "phase": "Succeeded",
        "startedAt": stamp(started),
        "finishedAt": stamp(started + timedelta(seconds=took)),
    }
    if template:
        node["templateName"] = template
    if boundary:
        node["boundaryID"] = boundary
    if type_ == "Pod":
        node["resourcesDuration"] = {"cpu": int(took * 0.2), "memory": int(took * 2)}
    return node


def _document(
    name: str,
    template: str,
    creator: str,
    root: Node,
    nodes: dict[str, Node],
    *,
    packed: bool,
) -> Document:
    progress = update_progress(nodes)
    labels = {CREATOR: creator, COMPLETED: "true", PHASE: root["phase"]}
    spec: dict[str, Any] = {"entrypoint": "main", "templates": [{"name": "main", "steps": []}]}
    if template:
        labels[WORKFLOW_TEMPLATE] = template
        spec = {"workflowTemplateRef": {"name": template}}
    status: dict[str, Any] = {
        "phase": root["phase"],
        "startedAt": root["startedAt"],
        "finishedAt": root["finishedAt"],
        "progress": progress,
        "conditions": [
            {"type": "PodRunning", "status": "False"},
            {"type": "Completed", "status": "True"},
        ],
    }
    if root.get("message"):
        status["message"] = root["message"]
    if packed:
        text = gzip.compress(msgspec.json.encode(nodes), 6, mtime=0)
        status["compressedNodes"] = base64.b64encode(text).decode()
    else:
        status["nodes"] = nodes
    return {
        "metadata": {
            "name": name,
            "namespace": "argo",
            "creationTimestamp": root["startedAt"],
            "labels": labels,
            "annotations": {POD_NAME_FORMAT: "v2"},
        },
        "spec": spec,
        "status": status,
    }
