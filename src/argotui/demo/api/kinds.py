"""The resource types that the embedded cluster serves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

Document = dict[str, Any]
"""A Kubernetes object as decoded JSON."""

NAME_DESCRIPTION = "Name must be unique within a namespace."


class PrinterColumn(NamedTuple):
    """A printer column: `path` is the dotted place in the object, `type` one of OpenAPI's."""

    name: str
    type: str
    path: str
    format: str = ""
    description: str = ""


class ResourceType(msgspec.Struct, frozen=True):
    """A resource type. `fields` are its field selectors besides name and namespace."""

    group: str
    version: str
    plural: str
    singular: str
    kind: str
    short: tuple[str, ...] = ()
    namespaced: bool = True
    verbs: tuple[str, ...] = (
        "delete",
        "deletecollection",
        "get",
        "list",
        "patch",
        "create",
        "update",
        "watch",
    )
    fields: tuple[str, ...] = ()
    columns: tuple[PrinterColumn, ...] = ()

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def resource(self) -> str:
        """The name in error texts: `workflows.argoproj.io`, `pods`."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def qualified(self) -> str:
        """The kind's name in validation errors: `Workflow.argoproj.io`, `Pod`."""
        return f"{self.kind}.{self.group}" if self.group else self.kind

    @property
    def custom(self) -> bool:
        """Whether a CustomResourceDefinition defines it; its lists and objects differ in shape."""
        return bool(self.group)


ARGO = "argoproj.io"
_AGE = PrinterColumn("Age", "date", "metadata.creationTimestamp")
_EVENT_FIELDS = (
    "involvedObject.kind",
    "involvedObject.namespace",
    "involvedObject.name",
    "involvedObject.uid",
    "involvedObject.apiVersion",
    "involvedObject.resourceVersion",
    "involvedObject.fieldPath",
    "reason",
    "reportingComponent",
    "source",
    "type",
)

WORKFLOWS = ResourceType(
    ARGO,
    "v1alpha1",
    "workflows",
    "workflow",
    "Workflow",
    ("wf",),
    columns=(
        PrinterColumn("Status", "string", "status.phase", description="Status of the workflow"),
        PrinterColumn(
            "Age", "date", "status.startedAt", "date-time", "When the workflow was started"
        ),
        PrinterColumn(
            "Message",
            "string",
            "status.message",
            description="Human readable message indicating details about why the workflow is in "
            "this condition.",
        ),
    ),
)
WORKFLOW_TEMPLATES = ResourceType(
    ARGO,
    "v1alpha1",
    "workflowtemplates",
    "workflowtemplate",
    "WorkflowTemplate",
    ("wftmpl",),
    columns=(_AGE,),
)
CRON_WORKFLOWS = ResourceType(
    ARGO,
    "v1alpha1",
    "cronworkflows",
    "cronworkflow",
    "CronWorkflow",
    ("cwf", "cronwf"),
    columns=(_AGE,),
)
CLUSTER_WORKFLOW_TEMPLATES = ResourceType(
    ARGO,
    "v1alpha1",
    "clusterworkflowtemplates",
    "clusterworkflowtemplate",
    "ClusterWorkflowTemplate",
    ("clusterwftmpl", "cwft"),
    namespaced=False,
    columns=(_AGE,),
)
PODS = ResourceType(
    "",
    "v1",
    "pods",
    "pod",
    "Pod",
    ("po",),
    fields=(
        "spec.nodeName",
        "spec.restartPolicy",
        "spec.schedulerName",
        "spec.serviceAccountName",
        "status.phase",
        "status.podIP",
    ),
    columns=(PrinterColumn("Status", "string", "status.phase"), _AGE),
)
EVENTS = ResourceType(
    "",
    "v1",
    "events",
    "event",
    "Event",
    ("ev",),
    fields=_EVENT_FIELDS,
    columns=(
        PrinterColumn("Type", "string", "type"),
        PrinterColumn("Reason", "string", "reason"),
        PrinterColumn("Message", "string", "message"),
    ),
)
NAMESPACES = ResourceType(
    "",
    "v1",
    "namespaces",
    "namespace",
    "Namespace",
    ("ns",),
    namespaced=False,
    fields=("status.phase",),
    columns=(PrinterColumn("Status", "string", "status.phase"), _AGE),
)
CONFIG_MAPS = ResourceType(
    "", "v1", "configmaps", "configmap", "ConfigMap", ("cm",), columns=(_AGE,)
)
SECRETS = ResourceType(
    "", "v1", "secrets", "secret", "Secret", (), fields=("type",), columns=(_AGE,)
)

KINDS = (
    WORKFLOWS,
    WORKFLOW_TEMPLATES,
    CRON_WORKFLOWS,
    CLUSTER_WORKFLOW_TEMPLATES,
    PODS,
    EVENTS,
    NAMESPACES,
    CONFIG_MAPS,
    SECRETS,
)
BY_RESOURCE = {(kind.group, kind.version, kind.plural): kind for kind in KINDS}


def at_path(document: object, path: str) -> object:
    """Return the value at a dotted path of a document, or None."""
    for part in path.split("."):
        if not isinstance(document, dict):
            return None
        document = document.get(part)
    return document


def field_reader(kind: ResourceType) -> Callable[[Document], dict[str, str]]:
    """Return a function that reads the selectable fields of a document, empty if absent."""

    def read(document: Document) -> dict[str, str]:
        values = {}
        for path in kind.fields:
            value = at_path(document, path)
            if path == "source" and isinstance(value, dict):
                value = value.get("component")
            values[path] = "" if value is None else str(value)
        return values

    return read
