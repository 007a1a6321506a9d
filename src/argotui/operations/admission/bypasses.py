"""The doors by which a gate can be opened past its approvers, each with a request that tries it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from argotui.backend.admission import Document
from argotui.model.gates.patch import pointer
from argotui.operations.admission.parameters import Parameters, Source

_VERSION = "argoproj.io/v1alpha1"
_NOBODY = "somebody.else@argotui.invalid"
_GATE = {"name": "gate", "suspend": {}}
_ENTRY = {"entrypoint": "gate", "templates": [_GATE]}


class Scene(msgspec.Struct, frozen=True):
    """What there is in a namespace to try doors on. `gate` is (workflow, node id) of an open gate,
    `pod` a workflow's pod, `task_set` one with tasks or not; None where there is none."""

    namespace: str
    user: str
    parameters: Parameters
    gate: tuple[Document, str] | None = None
    pod: Document | None = None
    task_set: Document | None = None


class Attempt(msgspec.Struct, frozen=True):
    """A request that ought to be refused: creating `body`, or patching `name` with it."""

    plural: str
    body: Document | Sequence[Document]
    name: str = ""
    subresource: str = ""


class Door(msgspec.Struct, frozen=True):
    """A way to open a gate, or to become who may. `tries` returns the request, or says in a few
    words why there is none to make here."""

    id: str
    title: str
    policy: str
    tries: Callable[[Scene], Attempt | str]


def _meta(scene: Scene, *, creator: str | None = None, **more: Any) -> Document:
    notes = {"argotui.io/creator": scene.user if creator is None else creator}
    return {
        "name": "argotui-check",
        "annotations": {key: value for key, value in notes.items() if value},
        **more,
    }


def _workflow(metadata: Document, spec: Mapping[str, Any] = _ENTRY, **more: Any) -> Attempt:
    body = {"apiVersion": _VERSION, "kind": "Workflow", "metadata": metadata, "spec": dict(spec)}
    return Attempt("workflows", {**body, **more})


def _other_creator(scene: Scene) -> Attempt:
    return _workflow(_meta(scene, creator=_NOBODY))


def _no_creator(scene: Scene) -> Attempt:
    return _workflow(_meta(scene, creator=""))


def _decided_at_birth(scene: Scene) -> Attempt:
    node = {"id": "argotui-check", "name": "argotui-check", "type": "Suspend", "phase": "Succeeded"}
    return _workflow(_meta(scene), status={"phase": "Running", "nodes": {"argotui-check": node}})


def _memoized(scene: Scene) -> Attempt:
    return _workflow(_meta(scene), _memoized_spec())


def _memoized_spec() -> Document:
    # The full CRDs of Argo before 4.0 demand a key of the ConfigMap; later ones leave it out.
    cache = {"configMap": {"name": "argotui-check", "key": "k"}}
    memoize = {"key": "k", "maxAge": "1h", "cache": cache}
    return {"entrypoint": "gate", "templates": [{**_GATE, "memoize": memoize}]}


def _memoized_template(scene: Scene) -> Attempt:
    body = {
        "apiVersion": _VERSION,
        "kind": "WorkflowTemplate",
        "metadata": {"name": "argotui-check"},
        "spec": _memoized_spec(),
    }
    return Attempt("workflowtemplates", body)


def _unlisted_approver(scene: Scene) -> Attempt | str:
    if scene.parameters.source is not Source.NAMESPACE:
        return "approvers are not limited to those a namespace lists"
    notes = {"argotui.io/creator": scene.user, "argotui.io/approvers": f"user:{_NOBODY}"}
    return _workflow({"name": "argotui-check", "annotations": notes})


def _cron(scene: Scene) -> Attempt:
    spec = {
        "schedules": ["0 0 1 1 *"],
        "suspend": True,
        "workflowMetadata": {"annotations": {"argotui.io/creator": _NOBODY}},
        "workflowSpec": _ENTRY,
    }
    body = {
        "apiVersion": _VERSION,
        "kind": "CronWorkflow",
        "metadata": {"name": "argotui-check"},
        "spec": spec,
    }
    return Attempt("cronworkflows", body)


def _made_up_tasks(scene: Scene) -> Attempt:
    body = {
        "apiVersion": _VERSION,
        "kind": "WorkflowTaskSet",
        "metadata": {"name": "argotui-check"},
        "spec": {"tasks": {"argotui-check-1": _GATE}},
    }
    return Attempt("workflowtasksets", body)


def _task_report(scene: Scene) -> Attempt | str:
    if scene.task_set is None:
        return "there is no WorkflowTaskSet here"
    name = scene.task_set["metadata"]["name"]
    status = {"nodes": {f"{name}-1": {"phase": "Succeeded"}}}
    return Attempt("workflowtasksets", {"status": status}, name, "status")


def _task_result(scene: Scene) -> Attempt:
    outputs = {"parameters": [{"name": "approve", "value": "YES"}]}
    body = {
        "apiVersion": _VERSION,
        "kind": "WorkflowTaskResult",
        "metadata": {
            "name": "argotui-check-1",
            "labels": {"workflows.argoproj.io/workflow": "argotui-check"},
        },
        "outputs": outputs,
    }
    return Attempt("workflowtaskresults", body)


def _action(action: str, **parts: Any) -> Callable[[Scene], Attempt]:
    body = {
        "apiVersion": _VERSION,
        "kind": "WorkflowAction",
        "metadata": {"name": "argotui-check"},
        "spec": {"action": action, "workflowRef": {"name": "argotui-check"}, **parts},
    }
    return lambda scene: Attempt("workflowactions", body)


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


def _forged_pod(scene: Scene) -> Attempt:
    return Attempt("pods", _pod())


def _reassigned_pod(scene: Scene) -> Attempt | str:
    if scene.pod is None:
        return "there is no workflow pod here"
    notes = {"annotations": {"workflows.argoproj.io/node-id": "argotui-check-1"}}
    return Attempt("pods", {"metadata": notes}, scene.pod["metadata"]["name"])


def _controllers_account(scene: Scene) -> Attempt | str:
    accounts = [one.partition("/") for one in scene.parameters.accounts]
    here = [name for namespace, _, name in accounts if namespace == scene.namespace]
    if not here:
        return f"the controller's service account is not of {scene.namespace}"
    return Attempt("pods", _pod(serviceAccountName=here[0]))


def _on_gate(
    change: Callable[[Document, str, Scene], Sequence[Document] | str],
) -> Callable[[Scene], Attempt | str]:
    def tries(scene: Scene) -> Attempt | str:
        if scene.gate is None:
            return "there is no workflow with an open gate here"
        workflow, node_id = scene.gate
        operations = change(workflow, node_id, scene)
        if isinstance(operations, str):
            return operations
        return Attempt("workflows", operations, workflow["metadata"]["name"])

    return tries


def _set(*path: str, value: Any) -> Document:
    return {"op": "add", "path": pointer(*path), "value": value}


def _node(node_id: str, field: str, value: Any) -> Document:
    return _set("status", "nodes", node_id, field, value=value)


def _changes() -> Iterator[tuple[str, str, Callable[[Document, str, Scene], Any]]]:
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


def _other_node(workflow: Document, node_id: str, scene: Scene) -> Sequence[Document] | str:
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


def _mine(workflow: Document, node_id: str, scene: Scene) -> Sequence[Document]:
    return [
        _node(node_id, "phase", "Succeeded"),
        _node(node_id, "message", f"{scene.user}: approved"),
    ]


DOORS: tuple[Door, ...] = (
    Door("other-creator", "submit in another's name", "workflows", _other_creator),
    Door("no-creator", "submit in nobody's name", "workflows", _no_creator),
    Door("decided-at-birth", "submit with a gate decided", "workflows", _decided_at_birth),
    Door("memoized-gate", "submit a gate that a cache opens", "workflows", _memoized),
    Door("unlisted-approver", "name an approver of one's own", "workflows", _unlisted_approver),
    *(Door(name, title, "workflows", _on_gate(change)) for name, title, change in _changes()),
    Door("your-decision", "decide a gate yourself", "workflows", _on_gate(_mine)),
    Door("made-up-tasks", "make up a task set", "tasksets", _made_up_tasks),
    Door("task-report", "report a gate as a finished task", "tasksets", _task_report),
    Door("task-result", "report a gate's outputs", "taskresults", _task_result),
    Door("forged-pod", "make a pod for a gate", "pods", _forged_pod),
    Door("reassigned-pod", "turn a pod into a gate's", "pods", _reassigned_pod),
    Door("controllers-account", "run as the controller", "pods", _controllers_account),
    Door("resume-action", "have a gate opened by an action", "actions", _action("Resume")),
    Door(
        "stop-action",
        "have a gate fail by an action",
        "actions",
        _action("Stop", stop={"nodeFieldSelector": "displayName=gate"}),
    ),
    Door("cron-creator", "let a CronWorkflow submit in another's name", "cronworkflows", _cron),
    Door("memoized-template", "offer a gate that a cache opens", "templates", _memoized_template),
)
"""Every door that a request can be made for without an accomplice."""
