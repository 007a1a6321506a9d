"""The names that steps and tasks define for those that follow them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from argotui.demo.argo.run import (
    Node,
    Run,
    StepError,
    Template,
)
from argotui.demo.argo.templating import (
    evaluate,
    loops,
    substitute,
    unresolved,
)


def add_node(scope: dict[str, str], prefix: str, node: Node, run: Run) -> None:
    """Add a finished or running step as `steps.name` or `tasks.name` (buildLocalScope)."""
    attempts = run.retry_children(node)
    told = attempts[-1] if attempts else node
    for key, field in (
        ("id", "id"),
        ("startedAt", "startedAt"),
        ("finishedAt", "finishedAt"),
        ("ip", "podIP"),
        ("hostNodeName", "hostNodeName"),
    ):
        if value := told.get(field):
            scope[f"{prefix}.{key}"] = str(value)
    scope[f"{prefix}.status"] = node["phase"]
    outputs = told.get("outputs") or {}
    if outputs.get("result") is not None:
        scope[f"{prefix}.outputs.result"] = outputs["result"]
    if outputs.get("exitCode") is not None:
        scope[f"{prefix}.exitCode"] = outputs["exitCode"]
    for parameter in outputs.get("parameters") or []:
        if parameter.get("value") is not None:
            scope[f"{prefix}.outputs.parameters.{parameter['name']}"] = str(parameter["value"])


def add_items(scope: dict[str, str], prefix: str, nodes: Iterable[Node]) -> None:
    """Add the outputs of all items of a loop under its name, as JSON lists."""
    results, parameters = [], []
    for node in nodes:
        outputs = node.get("outputs") or {}
        if outputs.get("result") is not None:
            results.append(outputs["result"])
        values = {
            each["name"]: each["value"]
            for each in outputs.get("parameters") or []
            if each.get("value") is not None
        }
        if values:
            parameters.append(values)
    scope[f"{prefix}.outputs.result"] = json.dumps(results)
    if parameters:
        scope[f"{prefix}.outputs.parameters"] = json.dumps(parameters)
        for name in parameters[0]:
            listed = json.dumps([each.get(name) for each in parameters])
            scope[f"{prefix}.outputs.parameters.{name}"] = listed


def resolver(scope: dict[str, str]) -> Callable[[str], object]:
    """Return the value of a bare word in a hook expression."""

    def resolve(word: str) -> object:
        name = word.replace('["', ".").replace("['", ".").replace('"]', "").replace("']", "")
        return scope.get(name, word)

    return resolve


def resolve_step(step: dict[str, Any], scope: dict[str, str]) -> dict[str, Any]:
    """Return a step or task with its references replaced, except in its hooks.

    Raises StepError for a reference to an output that is not there, unless `when` is false anyway,
    and ConditionError for an invalid `when`.
    """
    hooks = step.get("hooks")
    resolved: dict[str, Any] = substitute({**step, "hooks": None}, scope)
    resolved.pop("hooks")
    if hooks:
        resolved["hooks"] = hooks
    if (when := resolved.get("when")) and not loops(step) and not evaluate(when):
        return resolved
    if missing := unresolved(
        {key: resolved.get(key) for key in ("arguments", "withParam")}, ("steps.", "tasks.")
    ):
        raise StepError(f"failed to resolve {{{{{missing}}}}}")
    return resolved


def template_outputs(template: Template, scope: dict[str, str]) -> dict[str, Any] | None:
    """Return the outputs of a steps or DAG template, taken from those inside it."""
    parameters = []
    for declared in (template.get("outputs") or {}).get("parameters") or []:
        source = declared.get("valueFrom") or {}
        reference = str(source.get("parameter") or "").strip("{} ")
        value = scope.get(reference, source.get("default"))
        if value is not None:
            kept = {k: v for k, v in declared.items() if k in ("name", "globalName")}
            parameters.append({**kept, "value": str(value)})
    return {"parameters": parameters} if parameters else None


def add_global_outputs(run: Run, outputs: dict[str, Any] | None) -> None:
    """Copy outputs with a globalName to the workflow's own."""
    for parameter in (outputs or {}).get("parameters") or []:
        name = parameter.get("globalName")
        if name and parameter.get("value") is not None:
            own = run.status.setdefault("outputs", {}).setdefault("parameters", [])
            own[:] = [each for each in own if each["name"] != name]
            own.append({"name": name, "value": parameter["value"]})
            run.globals[f"workflow.outputs.parameters.{name}"] = str(parameter["value"])
