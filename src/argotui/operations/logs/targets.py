"""Whose logs are meant: the pods of a node and all it contains, and the containers in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

import msgspec

from argotui.backend.ports import Pod
from argotui.errors import NotFoundError
from argotui.model.argo import Key, Node, Workflow
from argotui.model.counted import counted
from argotui.model.gates.gate import template_of_node, templates_of
from argotui.model.nearest import suggest
from argotui.model.redact import redact_text
from argotui.model.sanitise import clean_line
from argotui.model.workflow.cause import is_blocked, why_no_nodes
from argotui.model.workflow.pod_name import pod_name, pod_node
from argotui.model.workflows.why import (
    RowReasonKind,
    at_moment,
    blocked_words,
    why_of,
)

INFRASTRUCTURE = ("wait", "supervisor")
"""Argo's own containers, beside `init` and those of artifact plugins (`artifact-plugin-*`)."""

CHOICES = ("main", "all", "init", "wait", "sidecars")
"""Words that mean several containers."""


class LogTarget(msgspec.Struct, frozen=True):
    """What to read: a node and all it contains, one pod, or (neither given) the whole workflow;
    `container` is one of `CHOICES` or a name."""

    key: Key
    node_id: str = ""
    pod: str = ""
    container: str = "main"


def contained(workflow: Workflow, node_id: str) -> set[str]:
    """Return the IDs of a node and of all nodes inside it.

    Steps, DAGs, pods and container sets are the boundary of what is in them; groups, and retries
    with their attempts, have it as children (`dag.go`, `steps.go`).
    """
    nodes = workflow.nodes
    inside: dict[str, list[str]] = {}
    for node in nodes.values():
        inside.setdefault(node.boundary_id, []).append(node.id)
    found: set[str] = set()
    todo = [node_id]
    while todo:
        current = todo.pop()
        if current in found or current not in nodes:
            continue
        found.add(current)
        todo += inside.get(current, [])
        todo += _grouped(nodes[current], nodes)
    return found


def _grouped(node: Node, nodes: Mapping[str, Node]) -> Iterable[str]:
    """The children that a group contains; those of other nodes merely come after them."""
    children = [nodes[child] for child in node.children or () if child in nodes]
    if node.type == "StepGroup":
        return [child.id for child in children]
    if node.type in ("TaskGroup", "Retry"):
        return [child.id for child in children if child.name.startswith(f"{node.name}(")]
    return []


def wanted_nodes(workflow: Workflow, target: LogTarget) -> list[Node]:
    """Return the nodes of `target` that have a pod of their own, in the order they started."""
    if target.pod:
        nodes = [node for node in workflow.nodes.values() if pod_name(workflow, node) == target.pod]
    elif target.node_id and target.node_id != workflow.metadata.name:
        nodes = [workflow.nodes[node] for node in contained(workflow, target.node_id)]
    else:
        nodes = list(workflow.nodes.values())
    owners = {owner.id: owner for node in nodes if (owner := pod_node(workflow, node)) is not None}
    return sorted(owners.values(), key=_start)


NO_POD_YET = "No pod has run yet"
NO_POD_RAN = "No pod ran"


def why_no_pod(workflow: Workflow, target: LogTarget, now: datetime) -> list[str]:
    """Return what the nodes of a target, or else its workflow, say about missing pods.

    One line for each; empty if there is no reason.
    """
    return [redact_text(line) for line in _why_no_pod(workflow, target, now)]


def _why_no_pod(workflow: Workflow, target: LogTarget, now: datetime) -> Iterator[str]:
    spoken = _spoken(workflow, target)
    for node in spoken:
        words = blocked_words(workflow, node) if is_blocked(node) else clean_line(node.message)
        yield f"{node.label}: {words}"
    if spoken:
        return
    why = why_of(workflow)
    if why is not None and at_moment(why, now).kind is not RowReasonKind.SILENT:
        yield str(why)
    elif not workflow.nodes:
        yield why_no_nodes(workflow, now)
    elif message := clean_line(workflow.status.message):
        yield message


def _spoken(workflow: Workflow, target: LogTarget) -> list[Node]:
    """The nodes of a target that say something: those with pods, and the target itself."""
    nodes = {node.id: node for node in wanted_nodes(workflow, target)}
    root = workflow.metadata.name
    if target.node_id != root and (own := workflow.nodes.get(target.node_id)) is not None:
        nodes.setdefault(own.id, own)
    return [node for node in nodes.values() if node.message or is_blocked(node)]


def _start(node: Node) -> tuple[bool, str, str]:
    started = node.started_at
    return started is None, started.isoformat() if started else "", node.name


def main_containers(workflow: Workflow | None, pod: Pod) -> list[str]:
    """Return the containers that do a pod's work: `main`, or those of its container set.

    A container of a set may lack its node, because the controller creates them one by one. A
    container that is neither Argo's own nor a sidecar of the template is one of the set.
    """
    others = [name for name in pod.containers if not _is_infrastructure(name)]
    if workflow is None or not pod.node_id:
        return ["main"] if "main" in others else others
    of_set = any(
        node.type == "Container" and node.boundary_id == pod.node_id and node.display_name in others
        for node in workflow.nodes.values()
    )
    if "main" in others and not of_set:
        return ["main"]
    node = workflow.nodes.get(pod.node_id)
    template = template_of_node(workflow, node) if node is not None else None
    beside = {sidecar.name for sidecar in (template.sidecars if template else None) or []}
    return [name for name in others if name not in beside]


def _is_infrastructure(name: str) -> bool:
    return name in INFRASTRUCTURE or name.startswith("artifact-plugin-")


def chosen_containers(workflow: Workflow | None, pod: Pod, target: LogTarget) -> list[str]:
    """Return the containers of a pod that `target` means; empty if it has none of them."""
    main = main_containers(workflow, pod)
    match target.container:
        case "main":
            return _of_container_node(workflow, target, main)
        case "all":
            return pod.all_containers
        case "init":
            return [name for name in pod.init_containers if name not in pod.sidecars]
        case "sidecars":
            others = [name for name in pod.containers if name not in main]
            return [*pod.sidecars, *(name for name in others if not _is_infrastructure(name))]
        case name:
            return [name] if pod.guessed or name in pod.all_containers else []


def no_such_container(pods: Iterable[Pod], target: LogTarget) -> str:
    """Return the message if none of these pods has a container that `target` means."""
    names = dict.fromkeys(name for pod in pods for name in pod.all_containers)
    match target.container:
        case "main" | "all" | "init" | "wait":
            what = f"No pod has the container {target.container}"
        case "sidecars":
            what = "No pod has a sidecar"
        case name:
            what = f"No pod has a container {name}{suggest(name, [*CHOICES, *names])}"
    return f"{what}{'' if what.endswith('?') else '.'} There are: {', '.join(names)}"


def may_come(workflow: Workflow, container: str) -> bool:
    """Say whether a pod to come may have a container of that name: a template names it."""
    templates = [*templates_of(workflow), *(workflow.status.stored_templates or {}).values()]
    return any(
        container == named.name
        for template in templates
        for named in [
            *(template.sidecars or []),
            *(template.init_containers or []),
            *((template.container_set.containers if template.container_set else None) or []),
        ]
    )


def _of_container_node(workflow: Workflow | None, target: LogTarget, main: list[str]) -> list[str]:
    """Narrow the containers of a set to the one that a node of type Container stands for."""
    node = workflow.nodes.get(target.node_id) if workflow is not None else None
    if node is not None and node.type == "Container" and node.display_name in main:
        return [node.display_name]
    return main


def pods_from_nodes(workflow: Workflow, target: LogTarget, namespace: str) -> list[Pod]:
    """Return the pods as the nodes let one know them, for those who may not list pods."""
    pods = []
    for node in wanted_nodes(workflow, target):
        if node.phase == "Pending":
            continue
        inner = [
            other.display_name
            for other in workflow.nodes.values()
            if other.type == "Container" and other.boundary_id == node.id
        ]
        phase = node.phase if node.phase in ("Succeeded", "Failed") else "Running"
        pods.append(
            Pod(
                pod_name(workflow, node),
                namespace,
                node.id,
                node.name,
                phase,
                node.host_node_name,
                [*(inner or ["main"]), "wait"],
                ["init"],
                guessed=True,
            )
        )
    return pods


def archived_log(node: Node, container: str) -> str:
    """Return the name of the artifact that holds a container's archived log, empty if there is none
    (`<container>-logs`, `SaveLogs` in Argo's executor)."""
    artifacts = (node.outputs.artifacts if node.outputs else None) or []
    name = f"{container}-logs"
    return name if any(a.name == name and not a.deleted for a in artifacts) else ""


def find_target(workflow: Workflow, text: str, container: str = "main") -> LogTarget:
    """Return the target of a node's ID, name or display name, or of a pod's name.

    Raises NotFoundError if there is none. A display name of several nodes means all of them only if
    one contains the others; otherwise the error lists their full names.
    """
    nodes = workflow.nodes
    if not text or text == workflow.metadata.name:
        return LogTarget(workflow.key, container=container)
    if text in nodes:
        return LogTarget(workflow.key, node_id=text, container=container)
    for node in nodes.values():
        if node.name == text:
            return LogTarget(workflow.key, node_id=node.id, container=container)
    named = [node for node in nodes.values() if node.display_name == text]
    for node in named:
        if {other.id for other in named} <= contained(workflow, node.id):
            return LogTarget(workflow.key, node_id=node.id, container=container)
    if named:
        raise NotFoundError(
            f"{counted(len(named), 'node')} of {workflow.metadata.name} are called {text}",
            hint="Name one in full: " + ", ".join(sorted(node.name for node in named)[:20]),
        )
    for node in nodes.values():
        if pod_name(workflow, node) == text:
            return LogTarget(workflow.key, node_id=node.id, container=container)
    raise NotFoundError(
        f"workflow {workflow.metadata.name} has no node or pod {text}",
        hint=f"`argotui get {workflow.metadata.name}` lists them.",
    )
