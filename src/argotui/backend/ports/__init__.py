"""The ports: what argotui needs of a cluster and of a policy engine, whatever implements it.

Strings are sanitised, except in `get_raw_document`, `Reading`, `Written` and `Document`. Every
method raises a `BackendError` of `errors`. No method tries again: the caller does (the reflector).
"""

from __future__ import annotations

import msgspec

from argotui.backend.ports.admission import AdmissionPort, NamespaceFacts
from argotui.backend.ports.archive import ArchivePage, ArchivePort, ArchiveQuery
from argotui.backend.ports.cluster import (
    ARGO_SERVER,
    KUBERNETES_API,
    Change,
    ClusterPort,
    ContextInfo,
    EventRecord,
    LogRequest,
    Page,
    Pod,
    Query,
    ServerInfo,
)
from argotui.backend.ports.doctor import DoctorPort
from argotui.backend.ports.gates import GatePort, Reading, Written
from argotui.backend.ports.objects import (
    Document,
    ObjectChange,
    ObjectPage,
    ObjectPort,
    Precondition,
)
from argotui.backend.ports.person import Access, Identity, PersonPort
from argotui.backend.ports.policy import PolicyPort
from argotui.backend.ports.workflows import ResubmitOptions, RetryOptions, WorkflowPort

__all__ = [
    "ARGO_SERVER",
    "KUBERNETES_API",
    "Access",
    "AdmissionPort",
    "ArchivePage",
    "ArchivePort",
    "ArchiveQuery",
    "Backend",
    "Change",
    "ClusterPort",
    "ContextInfo",
    "DoctorPort",
    "Document",
    "EventRecord",
    "GatePort",
    "Identity",
    "LogRequest",
    "NamespaceFacts",
    "ObjectChange",
    "ObjectPage",
    "ObjectPort",
    "Page",
    "PersonPort",
    "Pod",
    "PolicyPort",
    "Precondition",
    "Query",
    "Reading",
    "ResubmitOptions",
    "RetryOptions",
    "ServerInfo",
    "WorkflowPort",
    "Written",
]


class Backend(msgspec.Struct, frozen=True):
    """One connection to a cluster, as the ports that are built over it.

    Whoever opens it closes it: `cluster.close()` ends all of them.
    """

    cluster: ClusterPort
    gates: GatePort
    admission: AdmissionPort
    doctor: DoctorPort
    objects: ObjectPort
    workflows: WorkflowPort
    archive: ArchivePort
