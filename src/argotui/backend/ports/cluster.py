"""The reads of a cluster: workflows, their pods, events and logs, and namespaces."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from argotui.backend.ports.objects import Document
from argotui.backend.ports.person import PersonPort
from argotui.model.argo import Metadata, Workflow
from argotui.model.workflows.summary import Summary


class ContextInfo(msgspec.Struct, frozen=True):
    """A context to connect to; `current` is the one that is used if none is named."""

    name: str
    cluster: str
    user: str
    namespace: str
    server: str
    current: bool = False


class Page(msgspec.Struct, frozen=True):
    """One page of a full or metadata list.

    `cached`: the list comes from a cache, so its resource version may be lower than one that a
    watch has shown. A full list has the metadata alone of a workflow that it does not have in full.
    """

    items: Sequence[Workflow | Metadata | Document]
    resource_version: str
    continue_token: str = ""
    remaining: int = 0
    cached: bool = False


class Change(msgspec.Struct, frozen=True):
    """One watch event: `kind` is ADDED, MODIFIED, DELETED or BOOKMARK (then only the resource
    version counts). An ERROR event is raised as its `BackendError` instead."""

    kind: str
    resource_version: str
    object: Workflow | Metadata | Document | None = None


class Query(msgspec.Struct, frozen=True):
    """What to list or watch: `namespace` None means all of them.

    `archived`: a list of completed workflows continues in the archive, if there is one.
    """

    namespace: str | None = None
    labels: str = ""
    fields: str = ""
    archived: bool = False


class EventRecord(msgspec.Struct, frozen=True):
    """A Kubernetes Event about a workflow or one of its pods."""

    uid: str
    time: datetime | None
    type: str
    reason: str
    kind: str
    name: str
    message: str
    count: int = 1
    source: str = ""


class Pod(msgspec.Struct, frozen=True):
    """A pod of a workflow: `node_id` and `node_name` come from Argo's annotations; `states` says of
    each container, init containers too, `waiting`, `running` or `terminated` (absent: unknown).

    `sidecars` are those of the init containers that run on beside the others (restartPolicy Always,
    Kubernetes' native sidecars), `ephemeral` those that `kubectl debug` added. `guessed`: the pod
    could not be read, and may have other containers than it says.
    """

    name: str
    namespace: str
    node_id: str
    node_name: str
    phase: str
    host: str
    containers: list[str]
    init_containers: list[str] = []
    restarts: int = 0
    reason: str = ""
    message: str = ""
    requests: dict[str, str] = {}
    states: dict[str, str] = {}
    sidecars: list[str] = []
    ephemeral: list[str] = []
    guessed: bool = False

    @property
    def all_containers(self) -> list[str]:
        return [*self.init_containers, *self.containers, *self.ephemeral]


class LogRequest(msgspec.Struct, frozen=True):
    """Which log to read: the fields are those of the pod log endpoint; times are aware.

    `workflow` is the name of the pod's workflow, by which an Argo server finds the pod.
    """

    namespace: str
    pod: str
    container: str = "main"
    follow: bool = False
    previous: bool = False
    timestamps: bool = True
    tail_lines: int | None = None
    since: datetime | None = None
    workflow: str = ""


class ServerInfo(msgspec.Struct, frozen=True):
    """The API server's version, and the plural names it serves in argoproj.io/v1alpha1."""

    version: str
    kinds: list[str]


KUBERNETES_API = "Kubernetes API"
ARGO_SERVER = "Argo server"


class ClusterPort(PersonPort, Protocol):
    """The reads of a cluster, through one context."""

    @property
    def api(self) -> str:
        """Which API answers: `KUBERNETES_API` or `ARGO_SERVER`."""
        ...

    @property
    def context(self) -> str: ...

    @property
    def server(self) -> str: ...

    @property
    def default_namespace(self) -> str: ...

    @property
    def related_namespaces(self) -> Sequence[str]:
        """The namespaces that the kubeconfig's contexts of this cluster name."""
        ...

    @property
    def warnings(self) -> Sequence[str]:
        """Warnings about the connection: TLS not verified, a key file that others can read."""
        ...

    async def close(self) -> None: ...

    async def table(self, query: Query) -> tuple[list[Summary], str]:
        """Return all workflows at `Depth.TABLE` and the list's resource version (one request).

        An Argo server returns the newest thousand.
        """
        ...

    async def list_workflows(
        self, query: Query, *, limit: int = 500, continue_token: str = ""
    ) -> Page: ...

    async def list_metadata(
        self, query: Query, *, limit: int = 500, continue_token: str = ""
    ) -> Page: ...

    def watch_workflows(self, query: Query, resource_version: str) -> AsyncIterator[Change]:
        """Yield changes until the server ends the watch (normal, then watch again).

        The first is a BOOKMARK of `resource_version`, yielded as soon as the server has accepted
        the watch: the reader is up to date from then on, however long nothing happens.
        """
        ...

    def watch_metadata(self, query: Query, resource_version: str) -> AsyncIterator[Change]: ...

    async def get_workflow(self, namespace: str, name: str) -> Workflow: ...

    async def get_raw_document(
        self, namespace: str | None, name: str, *, resource: str = "workflows"
    ) -> dict[str, object]:
        """Return an object of argoproj.io/v1alpha1 as decoded JSON, exactly as the cluster has it.

        `resource` is the plural name of its kind; `namespace` is None for a cluster-wide one.
        """
        ...

    async def list_events(self, namespace: str, workflow: str) -> list[EventRecord]:
        """Return the events of a workflow and of its pods, oldest first."""
        ...

    async def list_pods(self, namespace: str, workflow: str) -> list[Pod]: ...

    def stream_log(self, request: LogRequest) -> AsyncIterator[list[bytes]]:
        """Yield batches of raw lines, without newlines, as they arrive; end when the log does.

        Bytes, because the reader resumes by timestamp before it decodes; the caller sanitises a
        line before it shows it. A line longer than 1 MiB is cut and marked. A last line without
        newline may be incomplete: a followed log leaves it out, any other log has it.
        """
        ...

    async def namespaces(self) -> list[str]: ...

    async def has_namespace(self, name: str) -> bool:
        """Return whether a namespace exists; a user who cannot list namespaces may be able to read
        one."""
        ...

    async def namespaces_in_rules(self, namespace: str) -> list[str]:
        """Return the namespaces that the user's own rules name (SelfSubjectRulesReview)."""
        ...

    async def server_info(self) -> ServerInfo: ...
