"""One pass over a workflow, from its pods to its phase: `operate` of Argo's operator.go."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol

from argotui.demo.api.kinds import Document
from argotui.demo.argo import pods
from argotui.demo.argo.execute import Executor
from argotui.demo.argo.programs import Program
from argotui.demo.argo.run import (
    EXECUTABLE,
    Frame,
    Node,
    ParallelismReached,
    Run,
    WorkflowEnvironment,
    failed,
    fulfilled,
    moment_of,
    stamp,
)
from argotui.demo.argo.scope import add_global_outputs, resolver
from argotui.demo.argo.templating import ConditionError, evaluate, substitute
from argotui.model.argo import COMPLETED, FULFILLED, PHASE
from argotui.model.workflow.pod_name import POD_NAME_FORMAT

_PHASES = {"Skipped": "Succeeded", "Omitted": "Succeeded"}


class OperatorEnvironment(WorkflowEnvironment, Protocol):
    """The surroundings, and the pods in them."""

    def pod_of(self, run: Run, node: Node) -> Document | None:
        """Return the pod of a node."""
        ...

    def program_of_pod(self, uid: str) -> Program | None:
        """Return the program of a pod."""
        ...

    def workflow_event(self, run: Run, reason: str, message: str, *, warning: bool) -> None:
        """Record an event about the workflow."""
        ...


class Operation:
    """Reconciles one workflow."""

    def __init__(self, document: Document, now: datetime, place: OperatorEnvironment) -> None:
        self._place = place
        self.run = Run(document, now, place)

    def operate(self) -> None:
        """Update the document to what the controller writes."""
        run = self.run
        if not run.status.get("phase"):
            self._begin()
        else:
            self._reconcile_pods()
            self._stop_what_must()
        if not run.document["spec"].get("suspend"):
            self._execute()
        self._sum_up()

    def fail(self, message: str) -> None:
        """End the workflow in Error."""
        if not self.run.status.get("startedAt"):
            self.run.status["startedAt"] = stamp(self.run.now)
        self._finish("Error", message)

    def _begin(self) -> None:
        run = self.run
        meta = run.document["metadata"]
        meta.setdefault("annotations", {})[POD_NAME_FORMAT] = "v2"
        run.status["startedAt"] = stamp(run.now)
        if estimate := self._place.estimate(run, run.name):
            run.status["estimatedDuration"] = estimate
        self._set_phase("Running", "")
        self._place.workflow_event(run, "WorkflowRunning", "Workflow Running", warning=False)
        if run.deadline is not None:
            run.requeue_at(run.deadline)

    def _set_phase(self, phase: str, message: str) -> None:
        run = self.run
        run.status["phase"] = phase
        labels = run.document["metadata"].setdefault("labels", {})
        labels[PHASE] = phase
        labels.setdefault(COMPLETED, "false")
        if message:
            run.status["message"] = message
        else:
            run.status.pop("message", None)

    def _reconcile_pods(self) -> None:
        run = self.run
        for node in list(run.working()):
            pod = self._place.pod_of(run, node)
            if pod is None:
                run.mark(node, "Error", "pod deleted")
                continue
            self._assess(node, pod)

    def _assess(self, node: Node, pod: Document) -> None:
        """Update a node from its pod (assessNodeStatus)."""
        run = self.run
        if host := pod["spec"].get("nodeName"):
            node["hostNodeName"] = host
        match pod["status"]["phase"]:
            case "Pending":
                run.mark(node, "Pending", pods.pending_reason(pod))
            case "Running":
                if node["phase"] == "Pending":
                    run.mark(node, "Running", "")
                template, _ = run.find_template(_holder(node), node["templateScope"])
                if template.get("daemon"):
                    node["daemoned"] = True
                    node["podIP"] = pod["status"].get("podIP", "")
            case "Succeeded":
                self._add_outputs(node, pod)
                run.mark(node, "Succeeded", "")
            case "Failed":
                self._add_outputs(node, pod)
                run.mark(node, "Failed", pods.failure_of(pod))
        if node["phase"] in FULFILLED:
            node.pop("daemoned", None)
            took = (moment_of(node["finishedAt"]) - moment_of(node["startedAt"])).total_seconds()
            node["resourcesDuration"] = {"cpu": int(took * 0.2), "memory": int(took * 2)}

    def _add_outputs(self, node: Node, pod: Document) -> None:
        run = self.run
        program = self._place.program_of_pod(pod["metadata"]["uid"])
        template, _ = run.find_template(_holder(node), node["templateScope"])
        outputs: dict[str, Any] = {}
        given = program.parameters if program else {}
        parameters = []
        for declared in (template.get("outputs") or {}).get("parameters") or []:
            source = declared.get("valueFrom") or {}
            value = given.get(declared["name"], source.get("default"))
            if value is not None:
                kept = {k: v for k, v in declared.items() if k in ("name", "globalName")}
                parameters.append({**kept, "value": str(value)})
        if parameters:
            outputs["parameters"] = parameters
        if program is not None and program.result is not None:
            outputs["result"] = program.result
        if (code := pods.exit_code(pod)) is not None:
            outputs["exitCode"] = code
        node["outputs"] = outputs
        add_global_outputs(run, outputs)
        memoized = node.get("memoizationStatus")
        if memoized and pod["status"]["phase"] == "Succeeded":
            self._place.remember(run.namespace, memoized["cacheName"], memoized["key"], node)

    def _stop_what_must(self) -> None:
        """Apply a shutdown or the workflow's deadline to pods and gates."""
        run = self.run
        late = run.deadline is not None and run.now > run.deadline
        for node in list(run.nodes.values()):
            if fulfilled(node) and not node.get("daemoned"):
                continue
            on_exit = run.is_exit_handler(node)
            if run.shutdown and not run.may_execute(on_exit=on_exit):
                if node["type"] == "Suspend" and node["phase"] == "Running":
                    run.mark(node, "Failed", f"Stopped with strategy '{run.shutdown}'")
                elif node["type"] == "Pod":
                    node.pop("daemoned", None)
                    message = f"workflow shutdown with strategy:  {run.shutdown}"
                    run.mark(node, "Failed", message)
                    self._place.stop_pod(run, node)
            elif late and not on_exit and node["type"] in ("Pod", "Suspend"):
                run.mark(node, "Failed", "Step exceeded its deadline")
                self._place.stop_pod(run, node)

    def _execute(self) -> None:
        run = self.run
        executor = Executor(run)
        scope = f"local/{run.name}"
        frame = Frame(
            {"template": run.spec.get("entrypoint", "")},
            scope,
            arguments=run.spec.get("arguments"),
        )
        try:
            node = executor.execute(run.name, frame)
        except ParallelismReached:
            return
        except ConditionError as error:
            self.fail(str(error))
            return
        phase = _PHASES.get(node["phase"]) or str(node["phase"])
        run.globals["workflow.status"] = phase
        if not self._hooks(executor, scope) or not fulfilled(node):
            return
        exit_node = self._exit_handler(executor, scope)
        if exit_node is not None and not fulfilled(exit_node):
            return
        message = str(node.get("message", ""))
        if failed(node) and run.shutdown:
            message = f"Stopped with strategy '{run.shutdown}'"
        if phase == "Succeeded" and exit_node is not None and failed(exit_node):
            phase, message = str(exit_node["phase"]), str(exit_node.get("message", ""))
        self._finish(phase, message if phase != "Succeeded" else "")

    def _hooks(self, executor: Executor, scope: str) -> bool:
        """Run the workflow's own hooks. Return False while one runs."""
        run = self.run
        done = True
        for hook_name, hook in (run.spec.get("hooks") or {}).items():
            if hook_name == "exit":
                continue
            name = f"{run.name}.hooks.{hook_name}"
            wanted = evaluate(hook.get("expression", "false"), resolver(run.globals))
            if run.get(name) is None and not wanted:
                continue
            node = executor.execute(name, self._hook_frame(hook, scope, on_exit=False))
            run.add_child(run.name, name)
            done = done and fulfilled(node)
        return done

    def _exit_handler(self, executor: Executor, scope: str) -> Node | None:
        run = self.run
        hook = (run.spec.get("hooks") or {}).get("exit")
        if hook is None and run.spec.get("onExit"):
            hook = {"template": run.spec["onExit"]}
        name = f"{run.name}.onExit"
        if hook is None or (run.get(name) is None and not run.may_execute(on_exit=True)):
            return None
        return executor.execute(name, self._hook_frame(hook, scope, on_exit=True))

    def _hook_frame(self, hook: dict[str, Any], scope: str, *, on_exit: bool) -> Frame:
        arguments = substitute(hook.get("arguments") or {}, self.run.globals)
        return Frame(hook, scope, flag={"hooked": True}, on_exit=on_exit, arguments=arguments)

    def _finish(self, phase: str, message: str) -> None:
        run = self.run
        run.stop_daemons("")
        self._set_phase(phase, message)
        run.status["finishedAt"] = stamp(run.now)
        run.document["metadata"]["labels"][COMPLETED] = "true"
        totals: dict[str, int] = {}
        for node in run.nodes.values():
            for resource, spent in (node.get("resourcesDuration") or {}).items():
                totals[resource] = totals.get(resource, 0) + spent
        if totals:
            run.status["resourcesDuration"] = totals
        if phase == "Succeeded":
            self._place.workflow_event(
                run, "WorkflowSucceeded", "Workflow completed", warning=False
            )
        else:
            self._place.workflow_event(run, "WorkflowFailed", message, warning=True)

    def _sum_up(self) -> None:
        """Write progress and conditions."""
        run = self.run
        run.status["progress"] = update_progress(run.nodes)
        conditions = []
        if any(node["type"] == "Pod" for node in run.nodes.values()):
            active = any(node["phase"] == "Running" for node in run.working())
            conditions.append({"type": "PodRunning", "status": str(active)})
        if run.document["metadata"]["labels"].get(COMPLETED) == "true":
            conditions.append({"type": "Completed", "status": "True"})
        if conditions:
            run.status["conditions"] = conditions
        if not run.nodes:
            del run.status["nodes"]


def update_progress(nodes: dict[str, Node]) -> str:
    """Set the progress of every node and return the workflow's (progress/updater.go)."""
    done = total = 0
    for node in nodes.values():
        if node["type"] in EXECUTABLE:
            complete = node["phase"] in ("Succeeded", "Skipped", "Omitted")
            node["progress"] = "1/1" if complete else "0/1"
            done += complete
            total += 1
    for node in nodes.values():
        if node["type"] not in EXECUTABLE:
            node["progress"] = "{}/{}".format(*_descendants(node, nodes, set()))
    return f"{done}/{total}"


def _descendants(node: Node, nodes: dict[str, Node], seen: set[str]) -> tuple[int, int]:
    done = total = 0
    waiting = list(node.get("children") or [])
    while waiting:
        identifier = waiting.pop()
        child = nodes.get(identifier)
        if identifier in seen or child is None:
            continue
        seen.add(identifier)
        waiting.extend(child.get("children") or [])
        if child["type"] in EXECUTABLE:
            done += child["progress"] == "1/1"
            total += 1
    return done, total


def _holder(node: Node) -> dict[str, Any]:
    if ref := node.get("templateRef"):
        return {"templateRef": ref}
    return {"template": node.get("templateName", "")}
