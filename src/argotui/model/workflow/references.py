"""The values of `{{...}}` in a template's text, as far as the workflow has them.

The controller substitutes values in a template that it runs, but not in annotations and messages.
Without this module a gate's description would read `{{workflow.parameters.job}}`. The names are
those of Argo's simple tags (docs/variables.md upstream); expressions (`{{=...}}`) are not
evaluated.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import NamedTuple

from argotui.model.argo import (
    Inputs,
    Node,
    Outputs,
    Workflow,
)
from argotui.model.redact import redact_value
from argotui.model.sanitise import clean_line

_TAG = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)


class Resolved(NamedTuple):
    """A text with its values; `put_in` are (reference, shown value), each once, and `left` the
    references that the workflow does not have."""

    text: str
    put_in: tuple[tuple[str, str], ...] = ()
    left: tuple[str, ...] = ()


def noted(text: str) -> str:
    """Return a value for display, with a remark if it has a reference: the controller substituted
    what it could, and passes the rest on unchanged."""
    return f"{text}  (not resolved)" if "{{" in text else text


def resolve(text: str, workflow: Workflow, node: Node) -> Resolved:
    """Return a text of a node's template with the values that the workflow holds in their places.

    A value is one line, with its secrets hidden. References inside a value are not resolved,
    because the author of a value must not choose other substitutions.
    """
    if "{{" not in text:
        return Resolved(text)
    put_in: dict[str, str] = {}
    left: dict[str, None] = {}

    def value(tag: re.Match[str]) -> str:
        reference = clean_line(tag[1]).strip()
        found = value_of(reference, workflow, node)
        if found is None:
            left[reference] = None
            return tag[0]
        shown = redact_value(reference.rpartition(".")[2], clean_line(found))
        put_in[reference] = shown
        return shown

    resolved = _TAG.sub(value, text)
    return Resolved(resolved, tuple(put_in.items()), tuple(left))


def value_of(reference: str, workflow: Workflow, node: Node) -> str | None:
    """Return the value of a reference in a node's template; None if it is unknown."""
    scope, _, rest = reference.partition(".")
    match scope:
        case "workflow":
            return _of_workflow(rest, workflow)
        case "inputs":
            return _parameter(rest, node.inputs)
        case "node":
            return node.name if rest == "name" else None
        case "steps" | "tasks":
            name, _, wanted = rest.partition(".")
            return _of_sibling(name, wanted, workflow, node)
        case _:
            return None


def _of_workflow(wanted: str, workflow: Workflow) -> str | None:
    meta, spec = workflow.metadata, workflow.spec
    stored = workflow.status.stored_workflow_template_spec
    scope, _, rest = wanted.partition(".")
    match scope:
        case "parameters":
            known = workflow_parameters(workflow)
            return known.get(rest) if rest else _as_list(known)
        case "labels" | "annotations" if rest:
            found = meta.labels if scope == "labels" else meta.annotations
            return found.get(rest)
        case "outputs":
            return _parameter(rest, workflow.status.outputs)
        case "creationTimestamp" if meta.creation_timestamp is not None:
            moment = meta.creation_timestamp
            known = {
                "RFC3339": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
                "s": str(int(moment.timestamp())),
            }
            return known.get(rest)
    of_spec = {
        "name": meta.name,
        "namespace": meta.namespace,
        "uid": meta.uid,
        "mainEntrypoint": spec.entrypoint or (stored.entrypoint if stored else ""),
        "serviceAccountName": spec.service_account_name
        or (stored.service_account_name if stored else ""),
        "priority": "" if spec.priority is None else str(spec.priority),
    }
    return of_spec.get(wanted) or None


def workflow_parameters(workflow: Workflow) -> dict[str, str]:
    """Return a workflow's arguments by name, its own before those of its WorkflowTemplate."""
    known: dict[str, str] = {}
    for spec in (workflow.status.stored_workflow_template_spec, workflow.spec):
        if spec and spec.arguments:
            parameters = spec.arguments.parameters or ()
            known |= {p.name: p.text for p in parameters if p.text is not None}
    return known


def _as_list(known: Mapping[str, str]) -> str:
    """All parameters as Argo puts them in: the JSON of a list."""
    named = [{"name": name, "value": value} for name, value in known.items()]
    return json.dumps(named, separators=(",", ":"), ensure_ascii=False)


def _parameter(wanted: str, side: Inputs | Outputs | None) -> str | None:
    """What `parameters.NAME` of one side of a node is."""
    scope, _, name = wanted.partition(".")
    if scope != "parameters" or side is None:
        return None
    return next((p.text for p in side.parameters or () if p.name == name), None)


def _of_sibling(name: str, wanted: str, workflow: Workflow, node: Node) -> str | None:
    """What a step or task beside a node has; None for one that ran several times."""
    found = [
        each
        for each in workflow.nodes.values()
        if each.boundary_id == node.boundary_id and each.display_name == name
    ]
    if len(found) != 1:
        return None
    (sibling,) = found
    match wanted:
        case "id":
            return sibling.id or None
        case "status":
            return sibling.phase or None
        case "outputs.result":
            return sibling.outputs.result if sibling.outputs else None
        case _ if wanted.startswith("outputs."):
            return _parameter(wanted.removeprefix("outputs."), sibling.outputs)
        case _:
            return None
