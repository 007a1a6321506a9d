"""The policies for the inputs of the controller: task sets and results, pods, actions, crons.

Each of them could make the controller open a gate, without a change of the Workflow.
"""

from __future__ import annotations

from argotui.operations.admission.cel import listing
from argotui.operations.admission.parameters import Parameters
from argotui.operations.admission.policy import Policy, Validation, Variable
from argotui.operations.admission.templates import memoized_gate
from argotui.operations.admission.workflows import CREATOR

_WORKFLOW = "?labels[?'workflows.argoproj.io/workflow']"
_NODE_ID = "?annotations[?'workflows.argoproj.io/node-id']"
_NODE_NAME = "?annotations[?'workflows.argoproj.io/node-name']"
"""The fields of `metadata` that name the workflow and node of a pod or result."""


def _named(variable: str, field: str, about: str = "") -> Variable:
    """Return a variable with a field of `metadata`, or with empty text."""
    return Variable(variable, f"object.metadata.{field}.orValue('')", about)


def _kept(*fields: str) -> str:
    """Return the CEL for: an update changes none of these fields of `metadata`."""
    return "\n  && ".join(f"object.metadata.{f} == oldObject.metadata.{f}" for f in fields)


def task_set_policy(parameters: Parameters) -> Policy:
    """Return the policy for WorkflowTaskSets, in which agents report on HTTP and plugin nodes."""
    return Policy(
        kind="tasksets",
        about="A WorkflowTaskSet is the controller's list of HTTP and plugin tasks. The "
        "controller writes its status into the nodes that the status names, which could be gates.",
        resources=("workflowtasksets", "workflowtasksets/status"),
        exempt=parameters.controllers,
        rules=(
            Validation(
                "task-list",
                "Who creates a task set, or adds a gate to its tasks, could report on the gate.",
                "request.operation == 'UPDATE' && dyn(object).?spec == dyn(oldObject).?spec",
                message="only the controller creates a WorkflowTaskSet or changes its tasks",
            ),
            Validation(
                "task-report",
                "An agent reports on its own tasks; a gate is not a task.",
                "dyn(object).?status.?nodes.orValue({})\n"
                "  .all(id, id in dyn(oldObject).?spec.?tasks.orValue({}))",
                message="only the tasks of a task set may be reported on",
            ),
        ),
    )


def task_result_policy(parameters: Parameters) -> Policy:
    """Return the policy for WorkflowTaskResults, in which pods report their outputs."""
    return Policy(
        kind="taskresults",
        about="A WorkflowTaskResult named like a node overwrites that node's outputs. A pod may "
        "report on its own node: the API server knows which pod a token was made for.",
        resources=("workflowtaskresults",),
        exempt=(*parameters.controllers, *parameters.reporters),
        variables=(
            Variable(
                "pod",
                "request.userInfo.?extra[?'authentication.kubernetes.io/pod-name'][?0].orValue('')",
                "The pod whose token this is; empty for everybody else.",
            ),
            _named("workflow", _WORKFLOW),
        ),
        rules=(
            Validation(
                "own-result",
                "A result for a gate would fill in values that only its approver may fill in.",
                "variables.pod != '' && variables.workflow != '' && (\n"
                "  (object.metadata.name == variables.workflow && variables.pod == "
                "variables.workflow)\n"
                "  || (object.metadata.name.startsWith(variables.workflow + '-')\n"
                "    && variables.pod.startsWith(variables.workflow + '-')\n"
                "    && variables.pod.endsWith(\n"
                "      object.metadata.name.substring(variables.workflow.size()))))",
                message="only a workflow's pod reports a task result, and only its own node's",
            ),
        ),
    )


def pod_policy(parameters: Parameters) -> Policy:
    """Return the policy for pods: the controller ends a node when its pod ends."""
    return Policy(
        kind="pods",
        about="When a pod succeeds, the controller sets the node in the pod's annotation, of the "
        "workflow in its label, to Succeeded. The node could be a gate.",
        group="",
        version="v1",
        resources=("pods", "pods/status"),
        variables=(
            _named(
                "workflow",
                _WORKFLOW,
                "The workflow the controller counts this pod to; empty for other pods.",
            ),
            _named("node", _NODE_ID),
            _named("nodeName", _NODE_NAME),
        ),
        rules=(
            Validation(
                "forged-pod",
                "Any pod could have the id of a gate.",
                "variables.workflow == '' || request.operation == 'UPDATE'\n"
                f"  || request.userInfo.username in {listing(parameters.controllers)}",
                message="only the controller makes pods of workflows",
            ),
            Validation(
                "pod-identity",
                "An existing pod could get the id of a gate, or stay for a new workflow with the "
                "name of its own.",
                "variables.workflow == '' || request.operation == 'CREATE' || (\n"
                f"  {_kept(_WORKFLOW, _NODE_ID, _NODE_NAME, '?ownerReferences')})",
                message="a workflow's pod keeps its workflow, node and owner",
            ),
            Validation(
                "borrowed-node",
                "The metadata of a template can overwrite label and annotations of its pods, and "
                "so name any gate of any workflow.",
                "variables.workflow == '' || request.operation == 'UPDATE' || (\n"
                "  object.metadata.?ownerReferences.orValue([])\n"
                "    .exists(o, o.kind == 'Workflow' && o.name == variables.workflow)\n"
                "  && (variables.node == '' ? variables.nodeName == ''\n"
                "    : variables.node == object.metadata.name\n"
                "      || (variables.node.startsWith(variables.workflow + '-')\n"
                "        && object.metadata.name.startsWith(variables.workflow + '-')\n"
                "        && object.metadata.name.endsWith(\n"
                "          variables.node.substring(variables.workflow.size())))))",
                message="a pod belongs to the workflow that owns it and to the node it is named "
                "after; templates may not set labels or annotations workflows.argoproj.io/*",
            ),
            Validation(
                "controllers-account",
                "A pod that runs as the controller has all rights of the controller.",
                "variables.workflow == ''\n"
                "  || !((request.namespace + '/' + object.spec.?serviceAccountName.orValue(''))\n"
                f"    in {listing(parameters.accounts)})",
                message="no workflow runs as the controller's service account",
            ),
        ),
    )


def action_policy(parameters: Parameters) -> Policy:
    """Return the policy for WorkflowActions (Argo 4.2, argo-workflows#16920)."""
    action = "dyn(object).?spec.?action.orValue('')"
    selector = "dyn(object).?spec.?stop.?nodeFieldSelector.orValue('')"
    return Policy(
        kind="actions",
        about="With a WorkflowAction the controller, which is exempt, suspends, resumes or stops "
        "a workflow for everybody who may create one. A cluster before Argo 4.2 has none.",
        resources=("workflowactions", "workflowactions/status"),
        exempt=parameters.controllers,
        rules=(
            Validation(
                "gate-action",
                "An action resumes a workflow, or fails its gates, for every requester. The "
                "policy cannot see that workflow or its gates, so nobody decides with an action.",
                f"{action} in ['Suspend', 'Terminate']\n"
                f"  || ({action} == 'Stop' && {selector} == '')\n"
                "  || (oldObject != null && dyn(object).?spec == dyn(oldObject).?spec\n"
                "    && dyn(object).metadata.?labels == dyn(oldObject).metadata.?labels)",
                message="an action may suspend, stop or terminate a workflow; its gates are "
                "decided in the Workflow itself, where it can be judged who decides",
            ),
            Validation(
                "action-status",
                "The controller performs an action again if its outcome is reset.",
                "dyn(object).?status.orValue({})\n"
                "  == (oldObject == null ? dyn({}) : dyn(oldObject).?status.orValue({}))",
                message="only the controller says what came of a WorkflowAction",
            ),
        ),
    )


def cron_policy(parameters: Parameters) -> Policy:
    """Return the policy for CronWorkflows, which the controller submits for their authors."""
    mine = (
        f"dyn(object).spec.?workflowMetadata.?annotations[?'{CREATOR}'].orValue('')"
        " == request.userInfo.username"
    )
    same = "(oldObject != null && dyn(object).spec == dyn(oldObject).spec)"
    return Policy(
        kind="cronworkflows",
        about="The controller, which is exempt, submits the workflows of a CronWorkflow: the "
        "author of the CronWorkflow is their creator.",
        resources=("cronworkflows",),
        exempt=parameters.controllers,
        rules=(
            Validation(
                "cron-creator",
                "The CronWorkflow sets the creator of its workflows: it could name anybody.",
                f"{same}\n  || {mine}",
                tells=f"'spec.workflowMetadata.annotations must hold {CREATOR}: '\n"
                "  + request.userInfo.username",
            ),
            Validation(
                "memoized-gate",
                "Who may write the ConfigMap of its cache could open a memoized gate.",
                f"{same}\n  || !({memoized_gate('dyn(object).spec.workflowSpec')})",
                message="a gate may not be memoized: its cache, a ConfigMap, would decide it",
            ),
        ),
    )
