"""The kinds of Argo's objects."""

from __future__ import annotations

import msgspec

API_VERSION = "argoproj.io/v1alpha1"


class Kind(msgspec.Struct, frozen=True):
    """A kind of argoproj.io/v1alpha1, and the plural by which its URL names it."""

    name: str
    plural: str
    namespaced: bool = True

    def named(self, namespace: str | None, name: str) -> str:
        """Return the words for one object: `CronWorkflow argo/nightly`."""
        return f"{self.name} {namespace}/{name}" if namespace else f"{self.name} {name}"

    def inside(self, namespace: str | None) -> str:
        """Return the words for the objects of a namespace: `cronworkflows in argo`."""
        return self.plural if namespace is None else f"{self.plural} in {namespace}"


WORKFLOW = Kind("Workflow", "workflows")
WORKFLOW_TEMPLATE = Kind("WorkflowTemplate", "workflowtemplates")
CLUSTER_WORKFLOW_TEMPLATE = Kind("ClusterWorkflowTemplate", "clusterworkflowtemplates", False)
CRON_WORKFLOW = Kind("CronWorkflow", "cronworkflows")

KINDS = {
    kind.name: kind
    for kind in (WORKFLOW, WORKFLOW_TEMPLATE, CLUSTER_WORKFLOW_TEMPLATE, CRON_WORKFLOW)
}
