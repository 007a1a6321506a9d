"""The ports: what argotui needs of a cluster and of a policy engine, whatever implements it.

Strings are sanitised, except in `get_raw_document`, `Reading`, `Written` and `Document`. Every
method raises a `BackendError` of `errors`. No method tries again: the caller does (the reflector).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

import msgspec

from argotui.model.argo import Metadata, Workflow
from argotui.model.gates.verdict import Verdict
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
    """One page of a full or metadata list."""

    items: list[Workflow] | list[Metadata]
    resource_version: str
    continue_token: str = ""
    remaining: int = 0


class Change(msgspec.Struct, frozen=True):
    """One watch event: `kind` is ADDED, MODIFIED, DELETED or BOOKMARK (then only the resource
    version counts). An ERROR event is raised as its `BackendError` instead."""

    kind: str
    resource_version: str
    object: Workflow | Metadata | None = None


class Query(msgspec.Struct, frozen=True):
    """What to list or watch: `namespace` None means all of them."""

    namespace: str | None = None
    labels: str = ""
    fields: str = ""


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
    """Which log to read: the fields are those of the pod log endpoint; times are aware."""

    namespace: str
    pod: str
    container: str = "main"
    follow: bool = False
    previous: bool = False
    timestamps: bool = True
    tail_lines: int | None = None
    since: datetime | None = None


class Identity(msgspec.Struct, frozen=True):
    """The user's identity according to the API server (SelfSubjectReview)."""

    user: str
    groups: list[str] = []
    uid: str = ""


class Access(msgspec.Struct, frozen=True):
    """Whether the user has a right (SelfSubjectAccessReview)."""

    verb: str
    group: str
    resource: str
    namespace: str
    allowed: bool
    reason: str = ""
    subresource: str = ""


class ServerInfo(msgspec.Struct, frozen=True):
    """The API server's version, and the plural names it serves in argoproj.io/v1alpha1."""

    version: str
    kinds: list[str]


class PersonPort(Protocol):
    """The user's identity and rights."""

    async def whoami(self) -> Identity: ...

    async def can(
        self,
        verb: str,
        resource: str,
        *,
        namespace: str = "",
        group: str = "argoproj.io",
        subresource: str = "",
        name: str = "",
    ) -> Access: ...


class ClusterPort(PersonPort, Protocol):
    """The reads of a cluster, through one context."""

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
        """Return all workflows at `Depth.TABLE` and the list's resource version (one request)."""
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


class Reading(msgspec.Struct, frozen=True):
    """A workflow as read for a decision, with its nodes unpacked.

    `document` is NOT sanitised, because digests and patches need exactly what the cluster has. It
    never reaches a screen. `date` is the server's own clock.
    """

    document: dict[str, Any]
    date: datetime | None = None
    packing: str = ""
    """How `status.compressedNodes` was packed (gzip, zstd, brotli); empty if it was not."""
    offloaded: bool = False
    """The nodes are in the controller's database and not here."""


class Written(msgspec.Struct, frozen=True):
    """What a write left (not sanitised), and the API server's audit id of the request."""

    document: dict[str, Any]
    audit_id: str = ""


class GatePort(PersonPort, Protocol):
    """The reads and writes of a decision. No method tries again: a write may have been applied."""

    @property
    def context(self) -> str: ...

    @property
    def server(self) -> str: ...

    async def read_gate(self, namespace: str, name: str) -> Reading: ...

    async def patch_workflow(
        self, namespace: str, name: str, operations: list[dict[str, Any]], *, dry_run: bool = False
    ) -> Written:
        """Apply a JSON Patch. Raises `InvalidError` if a `test` fails; nothing is written then."""
        ...

    async def put_nodes(
        self, reading: Reading, nodes: dict[str, Any], *, dry_run: bool = False
    ) -> Written:
        """Write a packed workflow's nodes back, packed in the same way.

        Raises `ConflictError` if the workflow changed since the read.
        """
        ...

    async def annotate(
        self, namespace: str, name: str, uid: str, annotations: dict[str, str]
    ) -> None:
        """Set annotations of a workflow; refused if its uid differs."""
        ...


Document = dict[str, Any]
"""A Kubernetes object as decoded JSON, not sanitised."""


class NamespaceFacts(msgspec.Struct, frozen=True):
    """A namespace with what admission policies see of it, sanitised."""

    name: str
    labels: Mapping[str, str] = {}
    annotations: Mapping[str, str] = {}


class AdmissionPort(PersonPort, Protocol):
    """Admission policies of a cluster. Every method raises a `BackendError`."""

    async def policies(self, labels: str) -> list[Document]:
        """Return the ValidatingAdmissionPolicies that a label selector finds."""
        ...

    async def bindings(self, labels: str) -> list[Document]: ...

    async def find(self, kind: str, name: str) -> Document | None:
        """Return a policy or binding; None if there is none."""
        ...

    async def apply(self, document: Document, *, dry_run: bool = False) -> Document:
        """Apply a policy or binding (server-side apply); return it as the server has it then."""
        ...

    async def delete(self, kind: str, name: str) -> bool:
        """Delete a policy or binding; False if there was none."""
        ...

    async def namespace(self, name: str) -> NamespaceFacts: ...

    async def namespaces(self, labels: str = "") -> list[NamespaceFacts]: ...

    async def objects(
        self, namespace: str, plural: str, *, labels: str = "", limit: int = 50
    ) -> list[Document]:
        """Return objects of a type that the controller goes by, at most `limit`."""
        ...

    async def try_create(self, namespace: str, plural: str, document: Document) -> None:
        """Create an object in a dry run: return if the server allows it, raise if not."""
        ...

    async def try_patch(
        self,
        namespace: str,
        plural: str,
        name: str,
        patch: Document | Sequence[Document],
        *,
        subresource: str = "",
    ) -> None:
        """Patch an object in a dry run: a merge patch, or a JSON Patch if it is a sequence."""
        ...


class DoctorPort(Protocol):
    """What `doctor` asks beside the reads of a cluster; None if the server does not answer."""

    async def server_time(self) -> datetime | None:
        """Return the API server's clock, in whole seconds."""
        ...

    async def controller(self) -> str | None:
        """Return where Argo's controller is deployed, and its version."""
        ...


class Backend(msgspec.Struct, frozen=True):
    """One connection to a cluster, as the ports that are built over it.

    Whoever opens it closes it: `cluster.close()` ends all four.
    """

    cluster: ClusterPort
    gates: GatePort
    admission: AdmissionPort
    doctor: DoctorPort


class PolicyPort(Protocol):
    """An engine that answers questions about requests (`model.gates.policy_input`)."""

    async def verdict(self, question: dict[str, object], digest: str) -> Verdict:
        """Return the verdict on a question; never raises: whatever goes wrong is NO VERDICT."""
        ...

    async def close(self) -> None: ...
