"""One workflow in the controller's hands: its nodes, its templates, what its names stand for."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Protocol

from argotui.demo.api.kinds import Document
from argotui.demo.argo.templating import substitute
from argotui.model.argo import FULFILLED
from argotui.model.durations import parse_argo_duration
from argotui.model.workflow.pod_name import make_pod_name
from argotui.model.workflow.pod_name import node_id as _node_id

Node = dict[str, Any]
Template = dict[str, Any]
EXECUTABLE = frozenset({"Pod", "HTTP", "Plugin", "Container", "Suspend"})
"""The node types whose progress is their own (workflow/progress/updater.go)."""
node_id = functools.lru_cache(maxsize=65_536)(_node_id)
_SEPARATOR = re.compile(r"^(\[\d+\])?\.")


class WorkflowEnvironment(Protocol):
    """What a workflow needs of the cluster it runs in."""

    def template_spec(self, namespace: str, name: str, cluster_scope: bool) -> Document | None:
        """Return the spec of a WorkflowTemplate or ClusterWorkflowTemplate."""
        ...

    def create_pod(self, run: Run, node: Node, template: Template, *, on_exit: bool) -> None:
        """Make the pod of a node."""
        ...

    def stop_pod(self, run: Run, node: Node) -> None:
        """End the pod of a node, if it has one."""
        ...

    def remembered(self, namespace: str, cache: str, key: str) -> Document | None:
        """Return the outputs a memoization cache holds for a key."""
        ...

    def remember(self, namespace: str, cache: str, key: str, node: Node) -> None:
        """Put a node's outputs into a memoization cache."""
        ...

    def estimate(self, run: Run, node_name: str) -> int:
        """Return how many seconds a node (or all, by the workflow's name) took the last time."""
        ...


class Frame:
    """Where a template is executed: inside which boundary, for which step, as what."""

    def __init__(
        self,
        holder: dict[str, Any],
        scope: str,
        *,
        boundary: str = "",
        flag: dict[str, bool] | None = None,
        on_exit: bool = False,
        arguments: dict[str, Any] | None = None,
    ) -> None:
        self.holder = holder
        self.scope = scope
        self.boundary = boundary
        self.flag = flag
        self.on_exit = on_exit
        self.arguments = arguments or {}


class StepError(Exception):
    """A template cannot be executed; the text becomes the node's message."""


class ParallelismReached(Exception):
    """As many pods run as may."""


def stamp(moment: datetime) -> str:
    """Return a time as Argo writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def moment_of(text: str) -> datetime:
    """Return a time that Argo wrote."""
    return datetime.fromisoformat(text)


def fulfilled(node: Node | None) -> bool:
    """Say whether the controller is done with a node (a daemon that runs counts as done)."""
    return node is not None and (node["phase"] in FULFILLED or bool(node.get("daemoned")))


def failed(node: Node) -> bool:
    return node["phase"] in ("Failed", "Error")


class Run:
    """The state of one pass over a workflow; `document` is changed in place.

    `requeue` is the earliest time at which something happens without an outside change.
    """

    def __init__(self, document: Document, now: datetime, environment: WorkflowEnvironment) -> None:
        self.document = document
        self.now = now
        self.environment = environment
        meta = document["metadata"]
        self.name: str = meta["name"]
        self.namespace: str = meta["namespace"]
        self.status: dict[str, Any] = document.setdefault("status", {})
        self.nodes: dict[str, Node] = self.status.setdefault("nodes", {})
        self.requeue: datetime | None = None
        self.spec: dict[str, Any] = self._execution_spec()
        self.globals = self._global_scope()

    @property
    def shutdown(self) -> str:
        return str(self.document["spec"].get("shutdown") or "")

    @property
    def deadline(self) -> datetime | None:
        """When `activeDeadlineSeconds` are over."""
        seconds = self.spec.get("activeDeadlineSeconds")
        started = self.status.get("startedAt")
        if not seconds or not started:
            return None
        return moment_of(started) + timedelta(seconds=int(seconds))

    def may_execute(self, *, on_exit: bool) -> bool:
        """Say whether a shutdown lets a pod run: Stop lets exit handlers, Terminate nothing."""
        return not self.shutdown or (self.shutdown == "Stop" and on_exit)

    def requeue_at(self, moment: datetime) -> None:
        if moment > self.now:
            self.requeue = min(self.requeue or moment, moment)

    def get(self, name: str) -> Node | None:
        """Return a node by its full name."""
        return self.nodes.get(node_id(self.name, name))

    def pod_name(self, name: str, template: str) -> str:
        return make_pod_name(self.name, name, template, node_id(self.name, name))

    def init(
        self,
        name: str,
        type_: str,
        frame: Frame,
        phase: str,
        *,
        message: str = "",
        template: Template | None = None,
    ) -> Node:
        """Add a node (initializeNode, initializeExecutableNode)."""
        parent = self.nodes.get(frame.boundary)
        shown = _SEPARATOR.sub("", name.removeprefix(parent["name"])) if parent else name
        node: Node = {
            "id": node_id(self.name, name),
            "name": name,
            "displayName": shown,
            "type": type_,
            "templateScope": frame.scope,
            "phase": phase,
            "startedAt": stamp(self.now),
        }
        if frame.holder.get("templateRef"):
            node["templateRef"] = frame.holder["templateRef"]
        elif frame.holder.get("template"):
            node["templateName"] = frame.holder["template"]
        if frame.boundary:
            node["boundaryID"] = frame.boundary
        if frame.flag:
            node["nodeFlag"] = dict(frame.flag)
        if message:
            node["message"] = message
        if estimate := self.environment.estimate(self, name):
            node["estimatedDuration"] = estimate
        if phase in FULFILLED:
            node["finishedAt"] = node["startedAt"]
        if template is not None and (inputs := template.get("inputs")):
            node["inputs"] = inputs
        self.nodes[node["id"]] = node
        return node

    def mark(self, node: Node, phase: str, message: str | None = None) -> Node:
        """Give a node a phase (markNodePhase)."""
        node["phase"] = phase
        if message is not None:
            if message:
                node["message"] = message
            else:
                node.pop("message", None)
        if phase in FULFILLED and "finishedAt" not in node:
            node["finishedAt"] = stamp(self.now)
        return node

    def add_child(self, parent: str, child: str) -> None:
        """Draw an edge between two nodes, by their full names."""
        node = self.get(parent)
        child_id = node_id(self.name, child)
        if node is not None and child_id not in node.setdefault("children", []):
            node["children"].append(child_id)

    def outbound(self, identifier: str) -> list[str]:
        """Return the IDs of the nodes after which what follows a node starts."""
        node = self.nodes[identifier]
        children = node.get("children") or []
        match node["type"]:
            case "Pod" | "Skipped" | "Suspend" | "HTTP" | "Plugin":
                return [identifier]
            case "Container" | "TaskGroup":
                if not children:
                    return [identifier]
                return [last for child in children for last in self.outbound(child)]
            case "Retry" if children:
                return [children[-1]]
        if (node.get("memoizationStatus") or {}).get("hit"):
            return [identifier]
        return [last for each in node.get("outboundNodes") or [] for last in self.outbound(each)]

    def retry_children(self, node: Node) -> list[Node]:
        """Return the attempts of a Retry node, in order."""
        children = [self.nodes[child] for child in node.get("children") or []]
        return [child for child in children if (child.get("nodeFlag") or {}).get("retried")]

    def find_template(self, holder: dict[str, Any], scope: str) -> tuple[Template, str]:
        """Return the template a step, task or hook names, and the scope of its own steps."""
        if "inline" in holder:
            return holder["inline"], scope
        if ref := holder.get("templateRef"):
            cluster = bool(ref.get("clusterScope"))
            spec = self.environment.template_spec(self.namespace, ref["name"], cluster)
            kind = "cluster" if cluster else "namespaced"
            scope, name = f"{kind}/{ref['name']}", ref["template"]
            if spec is None:
                raise StepError(f'workflowtemplates.argoproj.io "{ref["name"]}" not found')
        elif scope.startswith("local/"):
            spec, name = self.spec, holder.get("template", "")
        else:
            kind, _, owner = scope.partition("/")
            spec = self.environment.template_spec(self.namespace, owner, kind == "cluster")
            name = holder.get("template", "")
        for template in (spec or {}).get("templates") or []:
            if template.get("name") == name:
                if not scope.startswith("local/"):
                    stored = self.status.setdefault("storedTemplates", {})
                    stored.setdefault(f"{scope}/{name}", template)
                return template, scope
        raise StepError(f"template {name} not found")

    def processed(
        self, template: Template, arguments: dict[str, Any], local: dict[str, str]
    ) -> Template:
        """Return a template with its inputs filled in and its references replaced (ProcessArgs)."""
        given = {each["name"]: each for each in arguments.get("parameters") or []}
        parameters = []
        scope = {**self.globals, **local}
        for declared in (template.get("inputs") or {}).get("parameters") or []:
            parameter = dict(declared)
            supplied = given.get(parameter["name"], {})
            if supplied.get("value") is not None:
                parameter["value"] = supplied["value"]
            elif parameter.get("value") is None:
                if parameter.get("default") is None:
                    raise StepError(f"inputs.parameters.{parameter['name']} was not supplied")
                parameter["value"] = parameter["default"]
            parameter = substitute(parameter, scope)
            scope[f"inputs.parameters.{parameter['name']}"] = str(parameter["value"])
            parameters.append(parameter)
        filled: Template = substitute({**template, "inputs": None}, scope)
        inputs = dict(template.get("inputs") or {})
        if parameters:
            inputs["parameters"] = parameters
        filled["inputs"] = inputs
        return filled

    def working(self) -> Iterator[Node]:
        """Yield the nodes whose pods exist and are not done."""
        for node in self.nodes.values():
            if node["type"] == "Pod" and node["phase"] in ("Pending", "Running"):
                yield node

    def is_exit_handler(self, node: Node) -> bool:
        """Say whether a node is, or is inside, an exit handler."""
        seen: set[str] = set()
        current: Node | None = node
        while current is not None and current["id"] not in seen:
            if current["name"].endswith(".onExit"):
                return True
            seen.add(current["id"])
            current = self.nodes.get(current.get("boundaryID", ""))
        return False

    def stop_daemons(self, boundary: str) -> None:
        """End the daemons of a boundary that is done; of the whole workflow if it is empty."""
        for node in self.nodes.values():
            if node.get("daemoned") and boundary in ("", node.get("boundaryID", "")):
                del node["daemoned"]
                self.mark(node, "Succeeded")
                self.environment.stop_pod(self, node)

    def _execution_spec(self) -> dict[str, Any]:
        own = self.document["spec"]
        ref = own.get("workflowTemplateRef")
        if not ref:
            spec: dict[str, Any] = own
            return spec
        stored = self.status.get("storedWorkflowTemplateSpec")
        if stored is None:
            found = self.environment.template_spec(
                self.namespace, ref["name"], bool(ref.get("clusterScope"))
            )
            if found is None:
                raise StepError(f'workflowtemplates.argoproj.io "{ref["name"]}" not found')
            stored = {**found, **{k: v for k, v in own.items() if k != "arguments"}}
            stored["arguments"] = _merged_arguments(found, own)
            self.status["storedWorkflowTemplateSpec"] = stored
        for key in ("suspend", "shutdown"):
            if own.get(key):
                stored[key] = own[key]
            else:
                stored.pop(key, None)
        return dict(stored)

    def _global_scope(self) -> dict[str, str]:
        meta = self.document["metadata"]
        scope = {
            "workflow.name": self.name,
            "workflow.namespace": self.namespace,
            "workflow.uid": meta.get("uid", ""),
            "workflow.mainEntrypoint": self.spec.get("entrypoint", ""),
            "workflow.serviceAccountName": self.spec.get("serviceAccountName", "default"),
            "workflow.creationTimestamp": meta.get("creationTimestamp", ""),
            "workflow.status": self.status.get("phase") or "Running",
        }
        for kind in ("labels", "annotations"):
            for key, value in (meta.get(kind) or {}).items():
                scope[f"workflow.{kind}.{key}"] = value
        for parameter in (self.spec.get("arguments") or {}).get("parameters") or []:
            value = parameter.get("value", parameter.get("default"))
            if value is not None:
                scope[f"workflow.parameters.{parameter['name']}"] = str(value)
        for parameter in (self.status.get("outputs") or {}).get("parameters") or []:
            scope[f"workflow.outputs.parameters.{parameter['name']}"] = str(
                parameter.get("value", "")
            )
        return scope


def _merged_arguments(template: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    parameters = {
        each["name"]: each
        for spec in (template, own)
        for each in (spec.get("arguments") or {}).get("parameters") or []
    }
    return {"parameters": list(parameters.values())} if parameters else {}


def seconds_of(text: object) -> float:
    """Return an Argo duration in seconds; raises StepError."""
    try:
        return parse_argo_duration(str(text))
    except ValueError as error:
        raise StepError(f"unable to parse {text} as a duration: {error}") from None
