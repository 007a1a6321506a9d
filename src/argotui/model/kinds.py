"""The kinds of Argo's objects."""

from __future__ import annotations

import msgspec

API_VERSION = "argoproj.io/v1alpha1"


class Kind(msgspec.Struct, frozen=True):
    """A kind of argoproj.io/v1alpha1, and the plural by which its URL names it."""

    name: str
    plural: str
    namespaced: bool = True


WORKFLOW = Kind("Workflow", "workflows")
WORKFLOW_TEMPLATE = Kind("WorkflowTemplate", "workflowtemplates")
CLUSTER_WORKFLOW_TEMPLATE = Kind("ClusterWorkflowTemplate", "clusterworkflowtemplates", False)
CRON_WORKFLOW = Kind("CronWorkflow", "cronworkflows")

KINDS = {
    kind.name: kind
    for kind in (WORKFLOW, WORKFLOW_TEMPLATE, CLUSTER_WORKFLOW_TEMPLATE, CRON_WORKFLOW)
}
