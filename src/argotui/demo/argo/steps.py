"""Steps templates: `executeSteps` and `executeStepGroup` of Argo's steps.go."""

from __future__ import annotations

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
)
from argotui.demo.argo.scope import template_outputs as outputs_of
from argotui.demo.argo.template_executor import TemplateExecutor
from argotui.demo.argo.templating import (
    ConditionError,
    evaluate,
    expand,
    loops,
)


def execute_steps(
    executor: TemplateExecutor, name: str, frame: Frame, template: Template, inner: str
) -> Node:
    """Execute the groups one after the other, as far as they go now."""
    run = executor.run
    node = run.get(name) or run.init(name, "Steps", frame, "Running", template=template)
    groups = [group if isinstance(group, list) else [group] for group in template["steps"]]
    scope = {**run.globals}
    for index, group in enumerate(groups):
        group_name = f"{name}[{index}]"
        group_node = run.get(group_name)
        if group_node is None:
            group_node = run.init(
                group_name, "StepGroup", Frame({}, inner, boundary=node["id"]), "Running"
            )
        _connect(executor, name, index)
        group_node = _Group(executor, group_node, frame, inner, scope, node["id"]).execute(group)
        if not fulfilled(group_node):
            return node
        if failed(group_node):
            node["outboundNodes"] = _outbound(executor, name, len(groups))
            run.mark(node, "Failed", group_node.get("message", ""))
            run.stop_daemons(node["id"])
            return node
        _add_group(executor, scope, group, group_name, node["id"])
    node["outboundNodes"] = _outbound(executor, name, len(groups))
    if outputs := outputs_of(template, scope):
        node["outputs"] = outputs
        add_global_outputs(run, outputs)
    run.mark(node, "Succeeded")
    run.stop_daemons(node["id"])
    return node


def _connect(executor: TemplateExecutor, name: str, index: int) -> None:
    """Draw the edges into a group: from the boundary, or from the ends of the group before."""
    run, group_name = executor.run, f"{name}[{index}]"
    if index == 0:
        run.add_child(name, group_name)
        return
    previous = run.get(f"{name}[{index - 1}]")
    if previous is None:
        return
    children = previous.get("children") or []
    if not children:
        run.add_child(previous["name"], group_name)
    for child in children:
        for last in run.outbound(child):
            run.add_child(run.nodes[last]["name"], group_name)


def _outbound(executor: TemplateExecutor, name: str, count: int) -> list[str]:
    for index in reversed(range(count)):
        group = executor.run.get(f"{name}[{index}]")
        if group is not None:
            children = group.get("children") or []
            return [last for child in children for last in executor.run.outbound(child)]
    return []


def _add_group(
    executor: TemplateExecutor,
    scope: dict[str, str],
    group: list[dict[str, Any]],
    group_name: str,
    boundary: str,
) -> None:
    run = executor.run
    for step in group:
        child_name = f"{group_name}.{step['name']}"
        child = run.get(child_name)
        prefix = f"steps.{step['name']}"
        if child is not None:
            add_node(scope, prefix, child, run)
            continue
        items = [
            node
            for node in run.nodes.values()
            if node.get("boundaryID") == boundary
            and node["name"].startswith(f"{child_name}(")
            and node["type"] != "Skipped"
            and not (node.get("nodeFlag") or {}).get("retried")
        ]
        if items:
            add_items(scope, prefix, items)


class _Group:
    """One StepGroup node and the steps in it."""

    def __init__(
        self,
        executor: TemplateExecutor,
        node: Node,
        frame: Frame,
        inner: str,
        scope: dict[str, str],
        boundary: str,
    ) -> None:
        self._executor = executor
        self._run = executor.run
        self._node = node
        self._frame = frame
        self._inner = inner
        self._scope = scope
        self._boundary = boundary

    def execute(self, group: list[dict[str, Any]]) -> Node:
        node, run = self._node, self._run
        if fulfilled(node):
            return node
        try:
            steps = [each for step in group for each in _expanded(resolve_step(step, self._scope))]
        except (StepError, ConditionError) as error:
            return run.mark(node, "Error", str(error))
        by_name = {}
        complete = True
        for step in steps:
            child_name = f"{node['name']}.{step['name']}"
            by_name[child_name] = step
            if not self._start(child_name, step):
                complete = False
            if node["phase"] == "Error":
                return node
        for identifier in node.get("children") or []:
            child = run.nodes[identifier]
            if not self._finish(child, by_name.get(child["name"], {})):
                complete = False
        if not complete:
            return node
        for identifier in node.get("children") or []:
            child = run.nodes[identifier]
            goes_on = by_name.get(child["name"], {}).get("continueOn") or {}
            excused = goes_on.get("failed" if child["phase"] == "Failed" else "error")
            if failed(child) and not excused:
                return run.mark(node, "Failed", f"child '{identifier}' failed")
        return run.mark(node, "Succeeded")

    def _frame_of(self, step: dict[str, Any]) -> Frame:
        return Frame(
            step,
            self._inner,
            boundary=self._boundary,
            on_exit=self._frame.on_exit,
            arguments=step.get("arguments"),
        )

    def _start(self, name: str, step: dict[str, Any]) -> bool:
        """Execute a step unless its `when` is false; return False if it cannot start now."""
        run = self._run
        when = step.get("when") or ""
        frame = self._frame_of(step)
        try:
            wanted = not when or evaluate(when)
        except ConditionError as error:
            self._executor.skip(name, frame, "Error", str(error))
            run.add_child(self._node["name"], name)
            run.mark(self._node, "Error", str(error))
            return False
        if not wanted:
            if run.get(name) is None:
                self._executor.skip(name, frame, "Skipped", f"when '{when}' evaluated false")
                run.add_child(self._node["name"], name)
            return True
        try:
            self._executor.execute(name, frame)
        except ParallelismReached:
            return False
        run.add_child(self._node["name"], name)
        return True

    def _finish(self, child: Node, step: dict[str, Any]) -> bool:
        """Run hooks and exit handler of a step; say whether it and they are done."""
        if not step:
            return fulfilled(child)
        prefix = f"steps.{step['name']}"
        frame = self._frame_of(step)
        scope = dict(self._scope)
        add_node(scope, prefix, child, self._run)
        hooks = step.get("hooks") or {}
        if not self._executor.hooks(hooks, child, frame, scope, prefix):
            return False
        if not fulfilled(child):
            return False
        if child["phase"] in ("Skipped", "Omitted") or child.get("daemoned"):
            return True
        hook = hooks.get("exit") or ({"template": step["onExit"]} if step.get("onExit") else None)
        return self._executor.exit_hook(hook, child, frame, scope)


def _expanded(step: dict[str, Any]) -> list[dict[str, Any]]:
    return expand(step) if loops(step) else [step]
