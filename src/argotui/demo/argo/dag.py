"""DAG templates: `executeDAG` and `executeDAGTask` of Argo's dag.go."""

from __future__ import annotations

import re
from typing import Any

from argotui.demo.argo.run import (
    Frame,
    Node,
    ParallelismReached,
    StepError,
    Template,
    failed,
    fulfilled,
)
from argotui.demo.argo.scope import (
    add_global_outputs,
    add_items,
    add_node,
    resolve_step,
    template_outputs,
)
from argotui.demo.argo.template_executor import TemplateExecutor
from argotui.demo.argo.templating import (
    ConditionError,
    evaluate,
    expand,
    loops,
)

_RESULT = re.compile(r"([A-Za-z0-9_-]+)(?:\.(\w+))?")


def execute_dag(
    executor: TemplateExecutor, name: str, frame: Frame, template: Template, inner: str
) -> Node:
    """Execute the tasks whose dependencies are met."""
    run = executor.run
    node = run.get(name) or run.init(name, "DAG", frame, "Running", template=template)
    return _Dag(executor, node, frame, template, inner).execute()


class _Dag:
    def __init__(
        self, executor: TemplateExecutor, node: Node, frame: Frame, template: Template, inner: str
    ) -> None:
        self._executor = executor
        self._run = executor.run
        self._node = node
        self._frame = frame
        self._template = template
        self._inner = inner
        self._tasks = {task["name"]: task for task in template["dag"]["tasks"]}
        self._depends = {name: self._logic(task) for name, task in self._tasks.items()}
        self._parents = {
            name: _unique(found for found, _ in _RESULT.findall(logic) if found in self._tasks)
            for name, logic in self._depends.items()
        }
        self._visited: set[str] = set()
        self._busy = False

    def execute(self) -> Node:
        run, node = self._run, self._node
        dag = self._template["dag"]
        if target := dag.get("target"):
            targets = target.split()
        else:
            needed = {parent for parents in self._parents.values() for parent in parents}
            targets = [name for name in self._tasks if name not in needed]
        for name in targets:
            self._task(name)
        phase = self._assess(targets, fail_fast=dag.get("failFast") is not False)
        if phase == "Running":
            return node
        node["outboundNodes"] = [
            last
            for name in targets
            if (found := self._find(name)) is not None
            for last in run.outbound(found["id"])
        ]
        if phase == "Succeeded":
            scope = {**run.globals}
            for name in self._tasks:
                self._add(scope, name)
            if outputs := template_outputs(self._template, scope):
                node["outputs"] = outputs
                add_global_outputs(run, outputs)
        run.mark(node, phase)
        run.stop_daemons(node["id"])
        return node

    def _full(self, name: str) -> str:
        return f"{self._node['name']}.{name}"

    def _find(self, name: str) -> Node | None:
        return self._run.get(self._full(name))

    def _logic(self, task: dict[str, Any]) -> str:
        """Return the depends expression of a task, `dependencies` written as one."""
        if depends := task.get("depends"):
            return _RESULT.sub(
                lambda found: found.group(0) if found.group(2) else self._any(found.group(1)),
                depends,
            )
        return " && ".join(self._any(name) for name in task.get("dependencies") or [])

    def _any(self, name: str) -> str:
        results = ["Succeeded", "Skipped", "Daemoned"]
        goes_on = (self._tasks.get(name) or {}).get("continueOn") or {}
        results += ["Errored"] * bool(goes_on.get("error")) + ["Failed"] * bool(
            goes_on.get("failed")
        )
        return "(" + " || ".join(f"{name}.{result}" for result in results) + ")"

    def _task(self, name: str) -> None:
        if name in self._visited:
            return
        self._visited.add(name)
        node, task = self._find(name), self._tasks[name]
        if node is not None and node["type"] != "TaskGroup" and not self._attend(node, task):
            return
        if node is not None and (fulfilled(node) or node["type"] == "Pod"):
            return
        if self._parents[name]:
            for parent in self._parents[name]:
                self._task(parent)
            if node is None and not self._ready(name, task):
                return
        scope = {**self._run.globals}
        for ancestor in self._ancestors(name):
            self._add(scope, ancestor)
        try:
            resolved = resolve_step(task, scope)
            tasks = expand(resolved) if loops(task) else [resolved]
        except (StepError, ConditionError) as error:
            self._skip(task, name, "Error", str(error))
            return
        if loops(task):
            self._loop(name, task, tasks)
        else:
            self._start(name, resolved, group=None)

    def _loop(self, name: str, task: dict[str, Any], tasks: list[dict[str, Any]]) -> None:
        run = self._run
        group = self._find(name)
        if not tasks:
            self._skip(task, name, "Skipped", "Skipped, empty params")
            return
        if group is None:
            group = run.init(self._full(name), "TaskGroup", self._frame_of(task), "Running")
            self._connect(name, self._full(name))
        for each in tasks:
            self._start(each["name"], each, group=group)
        items = [self._find(each["name"]) for each in tasks]
        if all(fulfilled(item) for item in items):
            worst = [item["phase"] for item in items if item is not None and failed(item)]
            run.mark(group, worst[-1] if worst else "Succeeded")

    def _start(self, name: str, task: dict[str, Any], *, group: Node | None) -> None:
        full, existed = self._full(name), self._find(name) is not None
        when = task.get("when") or ""
        if not existed and when:
            try:
                wanted, phase, message = evaluate(when), "Skipped", ""
            except ConditionError as error:
                wanted, phase, message = False, "Error", str(error)
            if not wanted:
                message = message or f"when '{when}' evaluated false"
                self._executor.skip(full, self._frame_of(task), phase, message)
                self._connect_into(name, full, group)
                return
        try:
            node = self._executor.execute(full, self._frame_of(task))
        except ParallelismReached:
            self._busy = True
            return
        if not existed:
            self._connect_into(name, full, group)
        if fulfilled(node) and not existed:
            self._attend(node, task)

    def _attend(self, node: Node, task: dict[str, Any]) -> bool:
        """Run hooks and exit handler of a task; False while they hold it up."""
        prefix = f"tasks.{task['name']}"
        scope: dict[str, str] = {}
        add_node(scope, prefix, node, self._run)
        frame = self._frame_of(task)
        hooks = task.get("hooks") or {}
        done = self._executor.hooks(hooks, node, frame, scope, prefix)
        if fulfilled(node) and node["phase"] in ("Succeeded", "Failed", "Error"):
            plain = {"template": task["onExit"]} if task.get("onExit") else None
            done = self._executor.exit_hook(hooks.get("exit") or plain, node, frame, scope) and done
        self._busy = self._busy or not done
        return done

    def _frame_of(self, task: dict[str, Any]) -> Frame:
        return Frame(
            task,
            self._inner,
            boundary=self._node["id"],
            on_exit=self._frame.on_exit,
            arguments=task.get("arguments"),
        )

    def _skip(self, task: dict[str, Any], name: str, phase: str, message: str) -> None:
        self._executor.skip(self._full(name), self._frame_of(task), phase, message)
        self._connect(name, self._full(name))

    def _ready(self, name: str, task: dict[str, Any]) -> bool:
        """Evaluate the depends expression; a task that will never run is omitted."""
        nodes = [self._find(parent) for parent in self._parents[name]]
        for parent, node in zip(self._parents[name], nodes, strict=True):
            if node is None or not fulfilled(node) or self._exiting(parent, node):
                return False
        if evaluate(self._depends[name], self._result):
            return True
        self._skip(task, name, "Omitted", "omitted: depends condition not met")
        return False

    def _exiting(self, name: str, node: Node) -> bool:
        """Say whether an exit handler of a finished task still runs."""
        handler = self._run.get(f"{node['name']}.onExit")
        return handler is not None and not fulfilled(handler) and name in self._tasks

    def _result(self, word: str) -> object:
        name, _, result = word.rpartition(".")
        node = self._find(name)
        if node is None:
            return word
        items = [self._run.nodes[child] for child in node.get("children") or []]
        phase = node["phase"]
        return {
            "Succeeded": phase == "Succeeded",
            "Failed": phase == "Failed",
            "Errored": phase == "Error",
            "Skipped": phase == "Skipped",
            "Omitted": phase == "Omitted",
            "Daemoned": bool(node.get("daemoned")),
            "AnySucceeded": any(item["phase"] == "Succeeded" for item in items),
            "AllFailed": bool(items) and all(item["phase"] == "Failed" for item in items),
        }.get(result, word)

    def _connect_into(self, name: str, full: str, group: Node | None) -> None:
        if group is not None:
            self._run.add_child(group["name"], full)
        else:
            self._connect(name, full)

    def _connect(self, name: str, full: str) -> None:
        """Draw the edges into a task: from the boundary, or from the ends of what it waited for."""
        parents = self._parents.get(name, [])
        if not parents:
            self._run.add_child(self._node["name"], full)
        for parent in parents:
            found = self._find(parent)
            for last in self._run.outbound(found["id"]) if found is not None else []:
                self._run.add_child(self._run.nodes[last]["name"], full)

    def _add(self, scope: dict[str, str], name: str) -> None:
        node = self._find(name)
        if node is None:
            return
        if node["type"] == "TaskGroup":
            children = [self._run.nodes[child] for child in node.get("children") or []]
            add_items(scope, f"tasks.{name}", children)
        add_node(scope, f"tasks.{name}", node, self._run)

    def _ancestors(self, name: str) -> list[str]:
        found: list[str] = []
        waiting = list(self._parents[name])
        while waiting:
            parent = waiting.pop()
            if parent not in found:
                found.append(parent)
                waiting.extend(self._parents[parent])
        return found

    def _assess(self, targets: list[str], *, fail_fast: bool) -> str:
        """Return the DAG's phase (assessDAGPhase)."""
        own = [
            node for node in self._run.nodes.values() if node.get("boundaryID") == self._node["id"]
        ]
        if self._run.shutdown and not self._frame.on_exit:
            return "Running" if any(not fulfilled(node) for node in own) else "Failed"
        if self._busy or any(not fulfilled(node) for node in own):
            return "Running"
        result = "Succeeded"
        for name in targets:
            phase = self._branch_phase(name)
            if not phase:
                result = "Running"
                if not fail_fast:
                    break
            elif phase in ("Failed", "Error"):
                goes_on = self._tasks[name].get("continueOn") or {}
                if goes_on.get("failed" if phase == "Failed" else "error"):
                    continue
                result = phase
                if fail_fast:
                    break
        return result

    def _branch_phase(self, name: str) -> str:
        """Return a task's phase; one that was skipped or omitted takes its ancestors'."""
        node = self._find(name)
        if node is None or not fulfilled(node):
            return ""
        if node["phase"] not in ("Skipped", "Omitted"):
            return "Succeeded" if node.get("daemoned") else str(node["phase"])
        phases = [self._branch_phase(parent) for parent in self._parents[name]]
        return next((phase for phase in phases if phase in ("Failed", "Error")), "Succeeded")


def _unique(names: Any) -> list[str]:
    return list(dict.fromkeys(names))
