"""The ways to open a gate without its approvers, each with a request that probes it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from argotui.backend.ports import Document
from argotui.model.gates.patch import pointer
from argotui.model.kinds import API_VERSION
from argotui.operations.admission.parameters import ApproverSource, Parameters

_NOBODY = "somebody.else@argotui.invalid"
_GATE = {"name": "gate", "suspend": {}}
_ENTRY = {"entrypoint": "gate", "templates": [_GATE]}


class BypassTargets(msgspec.Struct, frozen=True):
    """The objects of a namespace that bypasses are probed on.

    `gate` is (workflow, node id) of an open gate, `pod` a workflow's pod, `task_set` any task set;
    each is None if the namespace has none.
    """

    namespace: str
    user: str
    parameters: Parameters
    gate: tuple[Document, str] | None = None
    pod: Document | None = None
    task_set: Document | None = None


class BypassRequest(msgspec.Struct, frozen=True):
    """A request that the server should refuse: it creates `body`, or patches `name` with it."""

    plural: str
    body: Document | Sequence[Document]
    name: str = ""
    subresource: str = ""


class Bypass(msgspec.Struct, frozen=True):
    """A way to open a gate, or to become an approver. `request` returns the request, or a few
    words that say why it cannot be made here."""

    id: str
    title: str
    policy: str
    request: Callable[[BypassTargets], BypassRequest | str]


def _meta(targets: BypassTargets, *, creator: str | None = None, **more: Any) -> Document:
    notes = {"argotui.io/creator": targets.user if creator is None else creator}
    return {
        "name": "argotui-check",
        "annotations": {key: value for key, value in notes.items() if value},
        **more,
    }


def _workflow(metadata: Document, spec: Mapping[str, Any] = _ENTRY, **more: Any) -> BypassRequest:
    body = {"apiVersion": API_VERSION, "kind": "Workflow", "metadata": metadata, "spec": dict(spec)}
    return BypassRequest("workflows", {**body, **more})


def _other_creator(targets: BypassTargets) -> BypassRequest:
    return _workflow(_meta(targets, creator=_NOBODY))


def _no_creator(targets: BypassTargets) -> BypassRequest:
    return _workflow(_meta(targets, creator=""))


def _decided_at_birth(targets: BypassTargets) -> BypassRequest:
    node = {"id": "argotui-check", "name": "argotui-check", "type": "Suspend", "phase": "Succeeded"}
    return _workflow(_meta(targets), status={"phase": "Running", "nodes": {"argotui-check": node}})


def _memoized(targets: BypassTargets) -> BypassRequest:
    return _workflow(_meta(targets), _memoized_spec())


def _memoized_spec() -> Document:
    # The full CRDs of Argo before 4.0 demand a key of the ConfigMap; later ones leave it out.
    cache = {"configMap": {"name": "argotui-check", "key": "k"}}
    memoize = {"key": "k", "maxAge": "1h", "cache": cache}
    return {"entrypoint": "gate", "templates": [{**_GATE, "memoize": memoize}]}


def _memoized_template(targets: BypassTargets) -> BypassRequest:
    body = {
        "apiVersion": API_VERSION,
        "kind": "WorkflowTemplate",
        "metadata": {"name": "argotui-check"},
        "spec": _memoized_spec(),
    }
    return BypassRequest("workflowtemplates", body)


def _unlisted_approver(targets: BypassTargets) -> BypassRequest | str:
    if targets.parameters.source is not ApproverSource.NAMESPACE:
        return "approvers are not limited to those a namespace lists"
    notes = {"argotui.io/creator": targets.user, "argotui.io/approvers": f"user:{_NOBODY}"}
    return _workflow({"name": "argotui-check", "annotations": notes})


def _cron(targets: BypassTargets) -> BypassRequest:
    spec = {
        "schedules": ["0 0 1 1 *"],
        "suspend": True,
        "workflowMetadata": {"annotations": {"argotui.io/creator": _NOBODY}},
        "workflowSpec": _ENTRY,
    }
    body = {
        "apiVersion": API_VERSION,
        "kind": "CronWorkflow",
        "metadata": {"name": "argotui-check"},
        "spec": spec,
    }
    return BypassRequest("cronworkflows", body)


def _made_up_tasks(targets: BypassTargets) -> BypassRequest:
    body = {
        "apiVersion": API_VERSION,
        "kind": "WorkflowTaskSet",
        "metadata": {"name": "argotui-check"},
        "spec": {"tasks": {"argotui-check-1": _GATE}},
    }
    return BypassRequest("workflowtasksets", body)


def _task_report(targets: BypassTargets) -> BypassRequest | str:
    if targets.task_set is None:
        return "there is no WorkflowTaskSet here"
    name = targets.task_set["metadata"]["name"]
    status = {"nodes": {f"{name}-1": {"phase": "Succeeded"}}}
    return BypassRequest("workflowtasksets", {"status": status}, name, "status")


def _task_result(targets: BypassTargets) -> BypassRequest:
    outputs = {"parameters": [{"name": "approve", "value": "YES"}]}
    body = {
        "apiVersion": API_VERSION,
        "kind": "WorkflowTaskResult",
        "metadata": {
            "name": "argotui-check-1",
            "labels": {"workflows.argoproj.io/workflow": "argotui-check"},
        },
        "outputs": outputs,
    }
    return BypassRequest("workflowtaskresults", body)


def _action(action: str, **parts: Any) -> Callable[[BypassTargets], BypassRequest]:
    body = {
        "apiVersion": API_VERSION,
        "kind": "WorkflowAction",
        "metadata": {"name": "argotui-check"},
        "spec": {"action": action, "workflowRef": {"name": "argotui-check"}, **parts},
    }
    return lambda targets: BypassRequest("workflowactions", body)


def _pod(**spec: Any) -> Document:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": "argotui-check",
            "labels": {"workflows.argoproj.io/workflow": "argotui-check"},
            "annotations": {"workflows.argoproj.io/node-id": "argotui-check-1"},
        },
        "spec": {"containers": [{"name": "main", "image": "none.invalid/none"}], **spec},
    }


def _forged_pod(targets: BypassTargets) -> BypassRequest:
    return BypassRequest("pods", _pod())


def _reassigned_pod(targets: BypassTargets) -> BypassRequest | str:
    if targets.pod is None:
        return "there is no workflow pod here"
    notes = {"annotations": {"workflows.argoproj.io/node-id": "argotui-check-1"}}
    return BypassRequest("pods", {"metadata": notes}, targets.pod["metadata"]["name"])


def _controllers_account(targets: BypassTargets) -> BypassRequest | str:
    accounts = [one.partition("/") for one in targets.parameters.accounts]
    here = [name for namespace, _, name in accounts if namespace == targets.namespace]
    if not here:
        return f"the controller's service account is not of {targets.namespace}"
    return BypassRequest("pods", _pod(serviceAccountName=here[0]))


def _on_gate(
    change: Callable[[Document, str, BypassTargets], Sequence[Document] | str],
) -> Callable[[BypassTargets], BypassRequest | str]:
    def request(targets: BypassTargets) -> BypassRequest | str:
        if targets.gate is None:
            return "there is no workflow with an open gate here"
        workflow, node_id = targets.gate
        operations = change(workflow, node_id, targets)
        if isinstance(operations, str):
            return operations
        return BypassRequest("workflows", operations, workflow["metadata"]["name"])

    return request


def _set(*path: str, value: Any) -> Document:
    return {"op": "add", "path": pointer(*path), "value": value}


def _node(node_id: str, field: str, value: Any) -> Document:
    return _set("status", "nodes", node_id, field, value=value)


def _changes() -> Iterator[tuple[str, str, Callable[[Document, str, BypassTargets], Any]]]:
    yield (
        "retyped-gate",
        "change a gate's type",
        lambda w, n, s: [_node(n, "type", "Pod")],
    )
    yield (
        "swapped-template",
        "give a gate another template, with other approvers",
        lambda w, n, s: [_node(n, "templateName", "argotui-check")],
    )
    yield (
        "skipped-gate",
        "skip a gate",
        lambda w, n, s: [_node(n, "phase", "Skipped")],
    )
    yield (
        "removed-gate",
        "remove a gate's node",
        lambda w, n, s: [{"op": "remove", "path": pointer("status", "nodes", n)}],
    )
    yield ("added-node", "add a node", lambda w, n, s: [_added_node(w)])
    yield ("other-node", "change another node", _other_node)
    yield (
        "workflow-phase",
        "change the workflow's phase",
        lambda w, n, s: [_set("status", "phase", value="Succeeded")],
    )
    yield (
        "packed-nodes",
        "hide nodes by packing them",
        lambda w, n, s: [_set("status", "compressedNodes", value="H4sIAAAAAAAA")],
    )
    yield (
        "stored-templates",
        "change the stored templates, with their approvers",
        lambda w, n, s: [_set("status", "storedTemplates", value={})],
    )
    yield (
        "changed-spec",
        "change the spec",
        lambda w, n, s: [_set("spec", "priority", value=7)],
    )
    yield (
        "changed-approvers",
        "change who approves",
        lambda w, n, s: _annotated(w, "argotui.io/approvers", f"user:{s.user}"),
    )
    yield (
        "changed-creator",
        "change who created it",
        lambda w, n, s: _annotated(w, "argotui.io/creator", _NOBODY),
    )
    yield (
        "completed-label",
        "hide a workflow from the controller",
        lambda w, n, s: _labelled(w, "workflows.argoproj.io/completed", "true"),
    )
    yield (
        "forged-message",
        "write a decision in another's name",
        lambda w, n, s: [_node(n, "message", f"{_NOBODY}: approved")],
    )


def _added_node(workflow: Document) -> Document:
    name = f"{workflow['metadata']['name']}-1"
    node = {"id": name, "name": name, "displayName": "x", "type": "Suspend", "phase": "Succeeded"}
    return _set("status", "nodes", name, value=node)


def _other_node(
    workflow: Document, node_id: str, targets: BypassTargets
) -> Sequence[Document] | str:
    for other, node in workflow["status"]["nodes"].items():
        if node.get("type") != "Suspend":
            return [_node(other, "phase", "Succeeded"), _node(other, "message", "x")]
    return "the workflow has no other node"


def _mapped(workflow: Document, field: str, key: str, value: str) -> Sequence[Document]:
    if workflow["metadata"].get(field):
        return [_set("metadata", field, key, value=value)]
    return [_set("metadata", field, value={key: value})]


def _annotated(workflow: Document, key: str, value: str) -> Sequence[Document]:
    return _mapped(workflow, "annotations", key, value)


def _labelled(workflow: Document, key: str, value: str) -> Sequence[Document]:
    return _mapped(workflow, "labels", key, value)


def _mine(workflow: Document, node_id: str, targets: BypassTargets) -> Sequence[Document]:
    return [
        _node(node_id, "phase", "Succeeded"),
        _node(node_id, "message", f"{targets.user}: approved"),
    ]


BYPASSES: tuple[Bypass, ...] = (
    Bypass("other-creator", "submit in another's name", "workflows", _other_creator),
    Bypass("no-creator", "submit in nobody's name", "workflows", _no_creator),
    Bypass("decided-at-birth", "submit with a gate decided", "workflows", _decided_at_birth),
    Bypass("memoized-gate", "submit a gate that a cache opens", "workflows", _memoized),
    Bypass("unlisted-approver", "name an approver of one's own", "workflows", _unlisted_approver),
    *(Bypass(name, title, "workflows", _on_gate(change)) for name, title, change in _changes()),
    Bypass("your-decision", "decide a gate yourself", "workflows", _on_gate(_mine)),
    Bypass("made-up-tasks", "make up a task set", "tasksets", _made_up_tasks),
    Bypass("task-report", "report a gate as a finished task", "tasksets", _task_report),
    Bypass("task-result", "report a gate's outputs", "taskresults", _task_result),
    Bypass("forged-pod", "make a pod for a gate", "pods", _forged_pod),
    Bypass("reassigned-pod", "turn a pod into a gate's", "pods", _reassigned_pod),
    Bypass("controllers-account", "run as the controller", "pods", _controllers_account),
    Bypass("resume-action", "have a gate opened by an action", "actions", _action("Resume")),
    Bypass(
        "stop-action",
        "have a gate fail by an action",
        "actions",
        _action("Stop", stop={"nodeFieldSelector": "displayName=gate"}),
    ),
    Bypass("cron-creator", "let a CronWorkflow submit in another's name", "cronworkflows", _cron),
    Bypass("memoized-template", "offer a gate that a cache opens", "templates", _memoized_template),
)
"""Every bypass that one person can probe with one request."""
