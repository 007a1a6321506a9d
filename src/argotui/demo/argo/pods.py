"""Pods as Argo's controller creates them and a kubelet reports them."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from argotui.demo.api.kinds import Document
from argotui.demo.argo.run import (
    Node,
    Run,
    Template,
    stamp,
)
from argotui.model.kinds import API_VERSION

EXECUTOR = "quay.io/argoproj/argoexec:v4.1.4"
LABEL = "workflows.argoproj.io/"


def pod_document(run: Run, node: Node, template: Template, *, on_exit: bool) -> Document:
    """Return the manifest of a node's pod."""
    name = run.pod_name(node["name"], template.get("name", ""))
    meta = template.get("metadata") or {}
    labels = {
        **(meta.get("labels") or {}),
        LABEL + "completed": "false",
        LABEL + "workflow": run.name,
    }
    if on_exit:
        labels[LABEL + "on-exit"] = "true"
    main = dict(template.get("container") or template.get("script") or {})
    image = main.get("image") or "busybox"
    main_container = {
        "name": "main",
        "image": image,
        "command": main.get("command") or ["sh"],
        "args": main.get("args") or [],
        "resources": main.get("resources") or {},
        "imagePullPolicy": "IfNotPresent",
    }
    return {
        "metadata": {
            "name": name,
            "namespace": run.namespace,
            "labels": labels,
            "annotations": {
                **(meta.get("annotations") or {}),
                "kubectl.kubernetes.io/default-container": "main",
                LABEL + "node-id": node["id"],
                LABEL + "node-name": node["name"],
            },
            "ownerReferences": [
                {
                    "apiVersion": API_VERSION,
                    "kind": "Workflow",
                    "name": run.name,
                    "uid": run.document["metadata"]["uid"],
                    "controller": True,
                    "blockOwnerDeletion": True,
                }
            ],
        },
        "spec": {
            "restartPolicy": "Never",
            "serviceAccountName": run.spec.get("serviceAccountName") or "default",
            "schedulerName": "default-scheduler",
            "initContainers": [_executor("init")],
            "containers": [_executor("wait"), main_container],
        },
        "status": {"phase": "Pending", "qosClass": "BestEffort"},
    }


def _executor(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "image": EXECUTOR,
        "command": ["argoexec", name],
        "resources": {},
        "imagePullPolicy": "IfNotPresent",
    }


def container_status(
    container: dict[str, Any], uid: str, state: dict[str, Any], *, ready: bool
) -> dict[str, Any]:
    """Return the status of a container; `state` has one of waiting, running, terminated."""
    digest = hashlib.sha256(f"{uid}/{container['name']}".encode()).hexdigest()
    found = {
        "name": container["name"],
        "image": container["image"],
        "imageID": "",
        "ready": ready,
        "started": "running" in state,
        "restartCount": 0,
        "state": state,
        "lastState": {},
    }
    if "waiting" not in state:
        found["containerID"] = f"containerd://{digest}"
    return found


def waiting(reason: str) -> dict[str, Any]:
    return {"waiting": {"reason": reason}}


def running(since: datetime) -> dict[str, Any]:
    return {"running": {"startedAt": stamp(since)}}


def terminated(since: datetime, until: datetime, code: int, reason: str) -> dict[str, Any]:
    return {
        "terminated": {
            "exitCode": code,
            "reason": reason,
            "startedAt": stamp(since),
            "finishedAt": stamp(until),
        }
    }


def condition(type_: str, *, holds: bool, since: datetime) -> dict[str, Any]:
    return {
        "type": type_,
        "status": "True" if holds else "False",
        "lastProbeTime": None,
        "lastTransitionTime": stamp(since),
    }


def pending_reason(pod: Document) -> str:
    """Return the node's message while its pod does not run yet, as the controller words it."""
    state = pod.get("status") or {}
    for found in (
        *(state.get("initContainerStatuses") or []),
        *(state.get("containerStatuses") or []),
    ):
        if reason := ((found.get("state") or {}).get("waiting") or {}).get("reason"):
            return str(reason)
    return ""


def failure_of(pod: Document) -> str:
    """Return the message of a failed pod's node (inferFailedReason)."""
    state = pod.get("status") or {}
    if state.get("message"):
        return str(state["message"])
    for found in state.get("containerStatuses") or []:
        ended = (found.get("state") or {}).get("terminated") or {}
        if found["name"] == "main" and ended.get("exitCode"):
            return f"main: {ended['reason']} (exit code {ended['exitCode']})"
    return "pod failed: main container did not complete successfully"


def exit_code(pod: Document) -> str | None:
    """Return the exit code of the main container, or None before its end."""
    for found in (pod.get("status") or {}).get("containerStatuses") or []:
        ended = (found.get("state") or {}).get("terminated")
        if found["name"] == "main" and ended:
            return str(ended["exitCode"])
    return None
