"""Executing a template: `executeTemplate` of Argo's operator.go and what it decides by itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from argotui.demo.argo import dag, steps
from argotui.demo.argo.run import (
    Frame,
    Node,
    ParallelismReached,
    Run,
    StepError,
    Template,
    failed,
    fulfilled,
    moment_of,
    seconds_of,
)
from argotui.demo.argo.scope import resolver
from argotui.demo.argo.templating import evaluate, substitute
from argotui.model.argo import FULFILLED


class Executor:
    """Executes templates of one run. A second call continues the first."""

    def __init__(self, run: Run) -> None:
        self.run = run

    def execute(self, name: str, frame: Frame) -> Node:
        """Execute the template of a node, creating what is missing, and return the node.

        Raises ParallelismReached where the node cannot be created now.
        """
        run = self.run
        node = run.get(name)
        if node is not None and node["phase"] in FULFILLED:
            return node
        try:
            template, inner = run.find_template(frame.holder, frame.scope)
            local = {"node.name": name, "pod.name": run.pod_name(name, template.get("name", ""))}
            template = run.processed(template, frame.arguments, local)
        except StepError as error:
            if node is not None:
                return run.mark(node, "Error", str(error))
            return self.skip(name, frame, "Error", str(error))
        if node is None and (memoize := template.get("memoize")):
            node = self._remembered(name, frame, template, memoize)
            if node is not None and node["phase"] == "Succeeded":
                return node
        if retry := template.get("retryStrategy"):
            return self._retry(name, frame, template, inner, retry)
        return self._perform(name, frame, template, inner)

    def skip(self, name: str, frame: Frame, phase: str, message: str) -> Node:
        """Add a node of type Skipped: not wanted, omitted, or impossible."""
        return self.run.init(name, "Skipped", frame, phase, message=message)

    def hooks(
        self, hooks: dict[str, Any], node: Node, frame: Frame, scope: dict[str, str], prefix: str
    ) -> bool:
        """Run the lifecycle hooks of a step whose expressions hold; False while one runs."""
        done = True
        for hook_name, hook in hooks.items():
            if hook_name == "exit":
                continue
            name = f"{node['name']}.hooks.{hook_name}"
            known = {**self.run.globals, **scope, f"{prefix}.status": node["phase"]}
            if self.run.get(name) is None and not evaluate(hook["expression"], resolver(known)):
                continue
            hooked = self.execute(name, self._hook_frame(hook, frame, known, on_exit=False))
            self.run.add_child(node["name"], name)
            done = done and fulfilled(hooked)
        return done

    def exit_hook(
        self, hook: dict[str, Any] | None, node: Node, frame: Frame, scope: dict[str, str]
    ) -> bool:
        """Run the exit handler of a finished step; False while it runs."""
        if hook is None or not self.run.may_execute(on_exit=True):
            return True
        known = {**self.run.globals, **scope}
        if (expression := hook.get("expression")) and not evaluate(expression, resolver(known)):
            return True
        name = f"{node['name']}.onExit"
        handler = self.execute(name, self._hook_frame(hook, frame, known, on_exit=True))
        self.run.add_child(node["name"], name)
        return fulfilled(handler)

    def _hook_frame(
        self, hook: dict[str, Any], frame: Frame, known: dict[str, str], *, on_exit: bool
    ) -> Frame:
        return Frame(
            hook,
            frame.scope,
            boundary=frame.boundary,
            flag={"hooked": True},
            on_exit=on_exit or frame.on_exit,
            arguments=substitute(hook.get("arguments") or {}, known),
        )

    def _perform(self, name: str, frame: Frame, template: Template, inner: str) -> Node:
        if "steps" in template:
            return steps.execute_steps(self, name, frame, template, inner)
        if "dag" in template:
            return dag.execute_dag(self, name, frame, template, inner)
        if "suspend" in template:
            return self._suspend(name, frame, template)
        if any(kind in template for kind in ("container", "script", "containerSet", "resource")):
            return self._pod(name, frame, template)
        message = f"Template '{template.get('name')}' missing specification"
        return self.skip(name, frame, "Error", message)

    def _pod(self, name: str, frame: Frame, template: Template) -> Node:
        run = self.run
        node = run.get(name)
        if node is None:
            limit = run.spec.get("parallelism")
            if limit and sum(1 for _ in run.working()) >= int(limit):
                raise ParallelismReached
            node = run.init(name, "Pod", frame, "Pending", template=template)
            if memoize := template.get("memoize"):
                cache = memoize["cache"]["configMap"]["name"]
                memoized = {"hit": False, "key": memoize["key"], "cacheName": cache}
                node["memoizationStatus"] = memoized
            self._start_pod(node, frame, template)
        return node

    def _start_pod(self, node: Node, frame: Frame, template: Template) -> None:
        if not self.run.may_execute(on_exit=frame.on_exit):
            self.run.mark(node, "Failed", f"workflow shutdown with strategy:  {self.run.shutdown}")
            return
        self.run.environment.create_pod(self.run, node, template, on_exit=frame.on_exit)

    def _suspend(self, name: str, frame: Frame, template: Template) -> Node:
        """A gate: executeSuspend. Its time over, defaults are taken and it succeeds."""
        run = self.run
        node = run.get(name)
        if node is None:
            node = run.init(name, "Suspend", frame, "Pending", template=template)
            _add_supplied(node, template)
        duration = (template.get("suspend") or {}).get("duration")
        if duration not in (None, ""):
            end = moment_of(node["startedAt"]) + timedelta(seconds=seconds_of(duration))
            if run.now > end:
                if problem := _take_defaults(node):
                    return run.mark(node, "Error", problem)
                return run.mark(node, "Succeeded")
            # The controller compares with "after": a gate outlives its last whole second.
            run.requeue_at(end + timedelta(milliseconds=1))
        if run.deadline is not None:
            run.requeue_at(run.deadline + timedelta(milliseconds=1))
        return run.mark(node, "Running")

    def _remembered(
        self, name: str, frame: Frame, template: Template, memoize: dict[str, Any]
    ) -> Node | None:
        run = self.run
        cache = memoize["cache"]["configMap"]["name"]
        outputs = run.environment.remembered(run.namespace, cache, memoize["key"])
        if "steps" in template or "dag" in template or outputs is None:
            return None
        node = run.init(name, "Pod", frame, "Succeeded", template=template)
        node["memoizationStatus"] = {"hit": True, "key": memoize["key"], "cacheName": cache}
        node["outputs"] = outputs
        return node

    def _retry(
        self, name: str, frame: Frame, template: Template, inner: str, strategy: dict[str, Any]
    ) -> Node:
        """A Retry node and its attempts `name(0)`, `name(1)`, ..."""
        run = self.run
        parent = run.get(name)
        if parent is None:
            parent = run.init(name, "Retry", frame, "Running", template=template)
        attempt = Frame(
            frame.holder,
            frame.scope,
            boundary=frame.boundary,
            flag={**(frame.flag or {}), "retried": True},
            on_exit=frame.on_exit,
            arguments=frame.arguments,
        )
        while not fulfilled(parent):
            attempts = run.retry_children(parent)
            last = attempts[-1] if attempts else None
            if last is not None and not fulfilled(last):
                last = self._perform(last["name"], attempt, template, inner)
                if not fulfilled(last):
                    return parent
            if last is not None and not self._again(parent, attempts, strategy):
                return parent
            child = f"{name}({len(attempts)})"
            filled = substitute(
                template,
                {"retries": str(len(attempts)), "pod.name": run.pod_name(child, template["name"])},
            )
            self._perform(child, attempt, filled, inner)
            run.add_child(name, child)
        return parent

    def _again(self, parent: Node, attempts: list[Node], strategy: dict[str, Any]) -> bool:
        """Decide over a finished attempt (processNodeRetries): True to try again now."""
        run, last = self.run, attempts[-1]
        if not failed(last):
            if outputs := last.get("outputs"):
                parent["outputs"] = outputs
            run.mark(parent, "Succeeded")
            if last.get("daemoned"):
                parent["daemoned"] = True
            return False
        if run.shutdown:
            run.mark(parent, last["phase"], f"Stopped with strategy '{run.shutdown}'")
            return False
        limit = strategy.get("limit")
        exhausted = limit is not None and len(attempts) > int(limit)
        backoff = strategy.get("backoff")
        if backoff and not exhausted:
            wait = seconds_of(backoff.get("duration", "0"))
            wait *= float(backoff.get("factor") or 1) ** (len(attempts) - 1)
            if cap := backoff.get("cap"):
                wait = min(wait, seconds_of(cap))
            until = moment_of(last["finishedAt"]) + timedelta(seconds=wait)
            if run.now < until:
                run.requeue_at(until)
                run.mark(parent, "Running", f"Backoff for {_humanize(wait)}")
                return False
        run.mark(parent, "Running", "")
        policy = strategy.get("retryPolicy") or "OnFailure"
        covered = ("Always", "OnError") if last["phase"] == "Error" else ("Always", "OnFailure")
        if policy not in covered:
            run.mark(parent, last["phase"], last.get("message", ""))
        elif exhausted:
            run.mark(parent, last["phase"], "No more retries left")
        return not fulfilled(parent)


def _add_supplied(node: Node, template: Template) -> None:
    """addRawOutputFields: outputs to be supplied, their default also from the input's."""
    inputs = {p["name"]: p for p in (template.get("inputs") or {}).get("parameters") or []}
    for declared in (template.get("outputs") or {}).get("parameters") or []:
        source = dict(declared.get("valueFrom") or {})
        if "supplied" not in source:
            continue
        same = inputs.get(declared["name"], {})
        if source.get("default") is None and same.get("default") is not None:
            source["default"] = same["default"]
        parameters = node.setdefault("outputs", {}).setdefault("parameters", [])
        parameters.append({**declared, "valueFrom": source})


def _take_defaults(node: Node) -> str:
    """Set missing outputs to defaults (OverrideOutputParametersWithDefault); return the error."""
    for parameter in (node.get("outputs") or {}).get("parameters") or []:
        source = parameter.get("valueFrom")
        if parameter.get("value") is not None or source is None:
            continue
        if source.get("default") is None:
            return (
                f"raw output parameter '{parameter['name']}' has not been set and does not have a "
                "default value"
            )
        parameter["value"] = source["default"]
        del parameter["valueFrom"]
    return ""


def _humanize(seconds: float) -> str:
    """Return a duration as argoproj/pkg/humanize.Duration does: `1 minute 30 seconds`."""
    minutes, rest = divmod(int(seconds), 60)
    parts = [(minutes, "minute"), (rest, "second")]
    shown = [f"{count} {unit}{'s' * (count != 1)}" for count, unit in parts if count]
    return " ".join(shown) or "0 seconds"
