"""Pods and Events of core/v1, as far as argotui reads them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import UTC, datetime

import msgspec

from argotui.backend.kube.decode import decode_as
from argotui.backend.names import is_pod_prefix
from argotui.backend.ports import EventRecord, Pod
from argotui.errors import ProtocolError
from argotui.model.argo import (
    LABEL,
    Metadata,
    Time,
    Wire,
)

WORKFLOW_LABEL = LABEL + "workflow"
NODE_ID = LABEL + "node-id"
NODE_NAME = LABEL + "node-name"
_NEVER = datetime.min.replace(tzinfo=UTC)


class _Source(Wire, frozen=True):
    component: str = ""


class _Series(Wire, frozen=True):
    count: int = 0
    last_observed_time: Time | None = None


class _Reference(Wire, frozen=True):
    kind: str = ""
    name: str = ""
    uid: str = ""


class _Event(Wire, frozen=True):
    metadata: Metadata = Metadata()
    involved_object: _Reference = _Reference()
    type: str = ""
    reason: str = ""
    message: str = ""
    count: int | None = None
    first_timestamp: Time | None = None
    last_timestamp: Time | None = None
    event_time: Time | None = None
    series: _Series | None = None
    source: _Source | None = None
    reporting_component: str = ""


class _Resources(Wire, frozen=True):
    requests: dict[str, str] | None = None


class _Container(Wire, frozen=True):
    name: str = ""
    resources: _Resources | None = None
    restart_policy: str = ""


class _PodSpec(Wire, frozen=True):
    node_name: str = ""
    containers: list[_Container] | None = None
    init_containers: list[_Container] | None = None
    ephemeral_containers: list[_Container] | None = None


class _State(Wire, frozen=True):
    reason: str = ""
    message: str = ""


class _States(Wire, frozen=True):
    waiting: _State | None = None
    running: dict[str, object] | None = None
    terminated: _State | None = None


class _ContainerStatus(Wire, frozen=True):
    name: str = ""
    restart_count: int = 0
    state: _States | None = None


class _Condition(Wire, frozen=True):
    type: str = ""
    status: str = ""
    reason: str = ""
    message: str = ""


class _PodStatus(Wire, frozen=True):
    phase: str = ""
    reason: str = ""
    message: str = ""
    conditions: list[_Condition] | None = None
    container_statuses: list[_ContainerStatus] | None = None
    init_container_statuses: list[_ContainerStatus] | None = None
    ephemeral_container_statuses: list[_ContainerStatus] | None = None


class _Pod(Wire, frozen=True):
    metadata: Metadata = Metadata()
    spec: _PodSpec = _PodSpec()
    status: _PodStatus = _PodStatus()


Placed = tuple[datetime, int, EventRecord]
"""An event and its place in the order."""


def decode_events(items: list[msgspec.Raw]) -> list[Placed]:
    """Return the events that can be read; one that cannot is left out."""
    found = []
    for item in items:
        try:
            event = decode_as(item, _Event, "event")
        except ProtocolError:
            continue
        found.append(_placed(event))
    return found


def events_of(workflow: str, nodes: Collection[str], placed: Iterable[Placed]) -> list[Placed]:
    """Return the events of a workflow and of its pods, by their names.

    A pod has the workflow's name and the hash of one of its nodes; so deleted pods are not confused
    with those of a workflow with a longer name.
    """
    hashes = {node.rpartition("-")[2] for node in nodes}

    def is_own(record: EventRecord) -> bool:
        if record.kind == "Workflow":
            return record.name == workflow
        prefix, _, ending = record.name.rpartition("-")
        own_pod = record.name in nodes or (ending in hashes and is_pod_prefix(prefix, workflow))
        return record.kind == "Pod" and own_pod

    return [each for each in placed if is_own(each[2])]


def in_order(events: Iterable[Placed]) -> list[EventRecord]:
    """Return events once each, oldest first."""
    ordered = sorted(events, key=lambda placed: placed[:2])
    return list({record.uid: record for _, _, record in ordered}.values())


def decode_pods(items: list[msgspec.Raw]) -> list[Pod]:
    """Return the pods that can be read; one that cannot is left out."""
    found = []
    for item in items:
        try:
            found.append(_pod(decode_as(item, _Pod, "pod")))
        except ProtocolError:
            continue
    return found


def _placed(event: _Event) -> Placed:
    # Some sources tell the time in whole seconds and some do not: within a second, what was written
    # first came first.
    record = _event(event)
    second = (record.time or _NEVER).replace(microsecond=0)
    version = event.metadata.resource_version
    return second, int(version) if version.isdecimal() and len(version) < 20 else 0, record


def _event(event: _Event) -> EventRecord:
    series = event.series or _Series()
    return EventRecord(
        uid=event.metadata.uid,
        time=event.last_timestamp
        or series.last_observed_time
        or event.event_time
        or event.first_timestamp
        or event.metadata.creation_timestamp,
        type=event.type,
        reason=event.reason,
        kind=event.involved_object.kind,
        name=event.involved_object.name,
        message=event.message,
        count=max(event.count or 0, series.count, 1),
        source=(event.source.component if event.source else "") or event.reporting_component,
    )


def _pod(pod: _Pod) -> Pod:
    meta, spec, status = pod.metadata, pod.spec, pod.status
    containers = spec.containers or []
    statuses = [*(status.init_container_statuses or []), *(status.container_statuses or [])]
    reason, message = _why(status, statuses)
    main = next((c for c in containers if c.name == "main"), containers[0] if containers else None)
    resources = main.resources if main is not None else None
    return Pod(
        name=meta.name,
        namespace=meta.namespace,
        node_id=meta.annotations.get(NODE_ID, ""),
        node_name=meta.annotations.get(NODE_NAME, ""),
        phase=status.phase,
        host=spec.node_name,
        containers=[container.name for container in containers],
        init_containers=[container.name for container in spec.init_containers or []],
        restarts=sum(container.restart_count for container in statuses),
        reason=reason,
        message=message,
        requests=(resources.requests if resources is not None else None) or {},
        states={
            container.name: state
            for container in [*statuses, *(status.ephemeral_container_statuses or [])]
            if (state := _state(container.state))
        },
        sidecars=[c.name for c in spec.init_containers or [] if c.restart_policy == "Always"],
        ephemeral=[container.name for container in spec.ephemeral_containers or []],
    )


def _state(states: _States | None) -> str:
    if states is None:
        return ""
    if states.terminated is not None:
        return "terminated"
    if states.running is not None:
        return "running"
    return "waiting" if states.waiting is not None else ""


def _why(status: _PodStatus, statuses: list[_ContainerStatus]) -> tuple[str, str]:
    """Return the reason of a pod's state: its own, else its first container's, else why it is not
    scheduled."""
    if status.reason or status.message:
        return status.reason, status.message
    for container in statuses:
        state = container.state or _States()
        for told in (state.waiting, state.terminated):
            if told is not None and told.reason not in ("", "Completed", "PodInitializing"):
                return told.reason, told.message
    for condition in status.conditions or []:
        if condition.type == "PodScheduled" and condition.status == "False":
            return condition.reason, condition.message
    return "", ""
