"""Kubernetes Events of the embedded cluster."""

from __future__ import annotations

from typing import Any

from argotui.demo.api.kinds import EVENTS, ResourceType
from argotui.demo.api.log_store import nanoseconds
from argotui.demo.api.objects import ObjectStore, StoredObject

KEPT = 4000
"""The most events that are stored; an API server expires them after an hour instead."""


class EventLog:
    """Writes Events, named as client-go names them: object and a hexadecimal time."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self._last = 0
        self._written: list[tuple[str, str]] = []

    def record(
        self,
        kind: ResourceType,
        about: StoredObject,
        reason: str,
        message: str,
        *,
        source: str,
        host: str = "",
        warning: bool = False,
        field_path: str = "",
        annotations: dict[str, str] | None = None,
    ) -> None:
        """Add an event about an object."""
        store = self._store
        self._last = max(self._last + 1, nanoseconds(store.clock.now()))
        involved = {
            "kind": kind.kind,
            "namespace": about.namespace,
            "name": about.name,
            "uid": about.uid,
            "apiVersion": kind.api_version,
            "resourceVersion": str(about.version),
        }
        if field_path:
            involved["fieldPath"] = field_path
        origin = {"component": source}
        if host:
            origin["host"] = host
        meta: dict[str, Any] = {
            "name": f"{about.name[:236]}.{self._last:x}",
            "namespace": about.namespace,
        }
        if annotations:
            meta["annotations"] = annotations
        now = store.timestamp()
        store.create(
            EVENTS,
            {
                "metadata": meta,
                "involvedObject": involved,
                "reason": reason,
                "message": message,
                "source": origin,
                "firstTimestamp": now,
                "lastTimestamp": now,
                "count": 1,
                "type": "Warning" if warning else "Normal",
                "eventTime": None,
                "reportingComponent": source,
                "reportingInstance": host,
            },
        )
        self._written.append((about.namespace, str(meta["name"])))
        if len(self._written) > KEPT:
            for namespace, name in self._written[: KEPT // 10]:
                if store.get(EVENTS, namespace, name) is not None:
                    store.delete(EVENTS, namespace, name)
            del self._written[: KEPT // 10]
