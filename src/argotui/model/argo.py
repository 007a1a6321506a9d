"""Argo's Workflow, as far as argotui reads it.

Field names and meanings are those of `workflow_types.go` (argoproj.io/v1alpha1). Every field has a
default: objects come from kubectl, old controllers and other clients; an absent field is no error.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, NamedTuple

import msgspec
from msgspec import field

from argotui.model.sanitise import clean_line

Time = Annotated[datetime, msgspec.Meta(tz=True)]
"""An instant with its zone: one without could not be compared with any other."""

Seconds = Annotated[int, msgspec.Meta(ge=-(1 << 32), le=1 << 32)]
Amount = Annotated[float, msgspec.Meta(ge=0, le=1e15)]
"""Numbers that can be calculated with: JSON has no bounds, and `timedelta` does."""

AnyString = str | int | float | bool | None
"""Argo's AnyString: a scalar that YAML may have turned into a number or a boolean."""


def text_of(value: AnyString) -> str | None:
    """Return an AnyString as Argo writes it into a string field (`UnmarshalJSON`, anystring.go).

    Every number passes through Go's `FormatFloat(v, 'f', -1, 64)`: no exponent, no trailing zeros.
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        try:
            digits = Decimal(repr(float(value)))
        except OverflowError:
            return str(value)
        return f"{digits:f}" if digits != digits.to_integral_value() else f"{digits:.0f}"
    return value


LABEL = "workflows.argoproj.io/"
COMPLETED = LABEL + "completed"
PHASE = LABEL + "phase"
RESUBMITTED = LABEL + "resubmitted-from-workflow"
"""The label of a resubmitted workflow: the name of the earlier one."""
CREATOR = LABEL + "creator"
WORKFLOW_TEMPLATE = LABEL + "workflow-template"
CLUSTER_WORKFLOW_TEMPLATE = LABEL + "cluster-workflow-template"
CRON_WORKFLOW = LABEL + "cron-workflow"
ARCHIVING_STATUS = LABEL + "workflow-archiving-status"
PERSISTED = "Persisted"
"""The value of that label on a workflow that was read from the archive."""


class Key(NamedTuple):
    """Where a workflow is: unique at a moment, reused after a deletion."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


class Wire(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """Base of what is decoded from the API server: unknown fields are ignored."""


class Metadata(Wire, frozen=True):
    name: str = ""
    namespace: str = ""
    uid: str = ""
    resource_version: str = ""
    creation_timestamp: Time | None = None
    deletion_timestamp: Time | None = None
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}


class ValueFrom(Wire, frozen=True):
    supplied: dict[str, object] | None = None
    default: AnyString = None
    path: str = ""
    expression: str = ""
    parameter: str = ""


class Parameter(Wire, frozen=True):
    name: str = ""
    value: AnyString = None
    default: AnyString = None
    enum: list[AnyString] | None = None
    description: AnyString = None
    global_name: str = ""
    value_from: ValueFrom | None = None

    @property
    def text(self) -> str | None:
        """The value as Argo passes it to a step, or None if it has none yet."""
        return text_of(self.value)


class S3Location(Wire, frozen=True):
    key: str = ""
    bucket: str = ""
    endpoint: str = ""


class Artifact(Wire, frozen=True):
    name: str = ""
    path: str = ""
    deleted: bool = False
    optional: bool = False
    global_name: str = ""
    s3: S3Location | None = None


class Inputs(Wire, frozen=True):
    parameters: list[Parameter] | None = None
    artifacts: list[Artifact] | None = None


class Outputs(Wire, frozen=True):
    parameters: list[Parameter] | None = None
    artifacts: list[Artifact] | None = None
    result: str | None = None
    exit_code: AnyString = None


def stored_template_key(owner: object, template: object, *, cluster: bool) -> str:
    """Return the key in `status.storedTemplates` of a template that `owner` holds.

    `owner` is the name of a ClusterWorkflowTemplate if `cluster`, else of a WorkflowTemplate
    (`resolveTemplateReference` in workflow_types.go).
    """
    return f"{'cluster' if cluster else 'namespaced'}/{owner}/{template}"


class TemplateRef(Wire, frozen=True):
    name: str = ""
    template: str = ""
    cluster_scope: bool = False


class NodeFlag(Wire, frozen=True):
    hooked: bool = False
    retried: bool = False


class MemoizationStatus(Wire, frozen=True):
    hit: bool = False
    key: str = ""
    cache_name: str = ""


class NodeSynchronization(Wire, frozen=True):
    waiting: str = ""


class Node(Wire, frozen=True):
    id: str = ""
    name: str = ""
    display_name: str = ""
    type: str = ""
    template_name: str = ""
    template_ref: TemplateRef | None = None
    template_scope: str = ""
    phase: str = ""
    boundary_id: str = field(default="", name="boundaryID")
    message: str = ""
    started_at: Time | None = None
    finished_at: Time | None = None
    estimated_duration: Seconds = 0
    progress: str = ""
    resources_duration: dict[str, Amount] = {}
    pod_ip: str = field(default="", name="podIP")
    daemoned: bool | None = None
    node_flag: NodeFlag | None = None
    inputs: Inputs | None = None
    outputs: Outputs | None = None
    children: list[str] | None = None
    outbound_nodes: list[str] | None = None
    host_node_name: str = ""
    memoization_status: MemoizationStatus | None = None
    synchronization_status: NodeSynchronization | None = None

    @property
    def fulfilled(self) -> bool:
        """Whether the controller is done with it (`Phase.Fulfilled`, or a daemon that runs)."""
        return self.phase in FULFILLED or bool(self.daemoned and self.phase not in ("", "Pending"))

    @property
    def label(self) -> str:
        """What people call it, as one line."""
        return clean_line(self.display_name or self.name or self.id)

    @property
    def template_key(self) -> str:
        """The key of its template in `status.storedTemplates`, empty for one that the workflow
        defines itself."""
        if ref := self.template_ref:
            return stored_template_key(ref.name, ref.template, cluster=ref.cluster_scope)
        if self.template_scope.startswith(("namespaced/", "cluster/")):
            return f"{self.template_scope}/{self.template_name}"
        return ""

    @property
    def is_gate(self) -> bool:
        """Whether the node waits for a person: Argo's `IsActiveSuspendNode`."""
        return self.type == "Suspend" and self.phase == "Running"


FULFILLED = frozenset({"Succeeded", "Failed", "Error", "Skipped", "Omitted"})


class SuspendTemplate(Wire, frozen=True):
    duration: AnyString = None


class TemplateMetadata(Wire, frozen=True):
    labels: dict[str, str] | None = None
    annotations: dict[str, str] | None = None


class NamedContainer(Wire, frozen=True):
    name: str = ""


class ContainerSet(Wire, frozen=True):
    containers: list[NamedContainer] | None = None


class Template(Wire, frozen=True):
    name: str = ""
    sidecars: list[NamedContainer] | None = None
    init_containers: list[NamedContainer] | None = None
    container_set: ContainerSet | None = None
    suspend: SuspendTemplate | None = None
    inputs: Inputs | None = None
    outputs: Outputs | None = None
    metadata: TemplateMetadata | None = None


class WorkflowTemplateRef(Wire, frozen=True):
    name: str = ""
    cluster_scope: bool = False


class Arguments(Wire, frozen=True):
    parameters: list[Parameter] | None = None
    artifacts: list[Artifact] | None = None


class WorkflowSpec(Wire, frozen=True):
    entrypoint: str = ""
    arguments: Arguments | None = None
    workflow_template_ref: WorkflowTemplateRef | None = None
    templates: list[Template] | None = None
    suspend: bool | None = None
    shutdown: str = ""
    active_deadline_seconds: int | None = None
    on_exit: str = ""
    priority: int | None = None
    service_account_name: str = ""


class Condition(Wire, frozen=True):
    type: str = ""
    status: str = ""
    message: str = ""


class MutexHolding(Wire, frozen=True):
    mutex: str = ""
    holder: str = ""
    """`namespace/workflow`, or `namespace/workflow/node` for the lock of a template."""


class MutexStatus(Wire, frozen=True):
    holding: list[MutexHolding] | None = None
    waiting: list[MutexHolding] | None = None


class SemaphoreHolding(Wire, frozen=True):
    semaphore: str = ""
    holders: list[str] | None = None


class SemaphoreStatus(Wire, frozen=True):
    holding: list[SemaphoreHolding] | None = None
    waiting: list[SemaphoreHolding] | None = None


class Synchronization(Wire, frozen=True):
    """Which locks the workflow or its nodes hold and wait for (`SynchronizationStatus`)."""

    mutex: MutexStatus | None = None
    semaphore: SemaphoreStatus | None = None


class WorkflowStatus(Wire, frozen=True):
    phase: str = ""
    started_at: Time | None = None
    finished_at: Time | None = None
    estimated_duration: Seconds = 0
    progress: str = ""
    message: str = ""
    compressed_nodes: str = ""
    nodes: dict[str, Node] | None = None
    offload_node_status_version: str = ""
    stored_templates: dict[str, Template] | None = None
    stored_workflow_template_spec: WorkflowSpec | None = None
    conditions: list[Condition] | None = None
    synchronization: Synchronization | None = None
    resources_duration: dict[str, Amount] | None = None
    outputs: Outputs | None = None


class Workflow(Wire, frozen=True):
    """One workflow: its `spec` and its `status`."""

    metadata: Metadata = Metadata()
    spec: WorkflowSpec = WorkflowSpec()
    status: WorkflowStatus = WorkflowStatus()
    problem: str = field(default="", name="argotuiProblem")
    """Why the workflow is incomplete (undecodable parts, offloaded nodes); empty if it is
    complete."""

    @property
    def key(self) -> Key:
        return Key(self.metadata.namespace, self.metadata.name)

    @property
    def nodes(self) -> dict[str, Node]:
        return self.status.nodes or {}

    @property
    def completed(self) -> bool:
        """Whether it has ended: the controller's label, else a final phase."""
        label = self.metadata.labels.get(COMPLETED)
        return label == "true" if label is not None else self.status.phase in FULFILLED


def key_of_document(document: Mapping[str, Any]) -> Key:
    """Return the namespace (empty for a cluster-wide kind) and the name of an object."""
    meta = document.get("metadata")
    meta = meta if isinstance(meta, Mapping) else {}
    return Key(str(meta.get("namespace") or ""), str(meta.get("name") or ""))
