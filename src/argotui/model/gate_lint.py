"""What is wrong with a gate before anybody waits at it: traps of suspend templates."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator, Mapping
from typing import cast

import msgspec

Document = Mapping[str, object]


class Severity(enum.IntEnum):
    INFO = 1
    WARNING = 2
    ERROR = 3


class Finding(msgspec.Struct, frozen=True):
    """One trap: `code` is stable, `template` the suspend template that has it."""

    severity: Severity
    code: str
    template: str
    message: str
    hint: str


APPROVALS = frozenset({"yes", "true", "approve", "approved", "ok", "allow", "1", "y", "go"})
"""Defaults, in lower case, that let the workflow go on when nobody answers."""

_KINDS = {
    "Workflow": ("spec",),
    "WorkflowTemplate": ("spec",),
    "ClusterWorkflowTemplate": ("spec",),
    "CronWorkflow": ("spec", "workflowSpec"),
}


def _mapping(value: object) -> Document:
    return cast("Document", value) if isinstance(value, Mapping) else {}


def _items(value: object) -> list[Document]:
    return [_mapping(item) for item in value] if isinstance(value, list) else []


def _flat(value: object) -> Iterator[Document]:
    """Yield the mappings of a list of lists, as `steps` are."""
    if isinstance(value, list):
        for item in value:
            yield from _flat(item)
    elif isinstance(value, Mapping):
        yield cast("Document", value)


def spec_of(document: Document) -> Document:
    """Return the workflow spec in a document of any of Argo's kinds; empty for another kind."""
    found: object = document
    for name in _KINDS.get(str(document.get("kind")), ("",)):
        found = _mapping(found).get(name)
    return _mapping(found)


def _calls(template: Document) -> Iterator[Document]:
    """Yield a template's steps and tasks."""
    yield from _flat(template.get("steps"))
    yield from _items(_mapping(template.get("dag")).get("tasks"))


def _inline(template: Document) -> Iterator[tuple[str, Document]]:
    """Yield the templates that stand in a template's own steps and tasks, however deep."""
    for call in _calls(template):
        if inline := _mapping(call.get("inline")):
            yield str(call.get("name") or ""), inline
            yield from _inline(inline)


def _with_inline(templates: list[Document]) -> Iterator[tuple[str, Document]]:
    for template in templates:
        yield str(template.get("name") or ""), template
        yield from _inline(template)


def _called(template: Document) -> Iterator[str]:
    """Yield the names of the templates that a template's steps, tasks and their hooks call."""
    for call in _calls(template):
        hooks = _mapping(call.get("hooks")).values()
        for one in (call, *map(_mapping, hooks)):
            if name := one.get("template"):
                yield str(name)
        if name := call.get("onExit"):
            yield str(name)


def _within(template: Document, templates: Mapping[str, Document]) -> list[Document]:
    """Return the templates that run within a template, as far as the document has them."""
    found: dict[int, Document] = {}
    pending = [template]
    while pending:
        one = pending.pop()
        inline = [each for _, each in _inline(one)]
        called = [templates[n] for each in (one, *inline) for n in _called(each) if n in templates]
        for each in (*inline, *called):
            if id(each) not in found:
                found[id(each)] = each
                pending.append(each)
    return list(found.values())


def _memoized_by(spec: Document, everything: list[tuple[str, Document]]) -> dict[int, str]:
    """Return in whose cache each gate (by `id`) may be found: its own template's name, or that of
    a template it runs within.

    A hit in the cache makes a node succeed without running it or anything within it
    (`executeTemplate` in workflow/controller/operator.go). `templateDefaults` are every template's.
    """
    if _mapping(spec.get("templateDefaults")).get("memoize"):
        return {id(one): name for name, one in everything}
    named = {str(one.get("name")): one for one in _items(spec.get("templates"))}
    found: dict[int, str] = {}
    for name, template in everything:
        if template.get("memoize"):
            found |= {id(one): name for one in _within(template, named) if id(one) not in found}
    return found | {id(one): name for name, one in everything if one.get("memoize")}


def lint(document: Document) -> list[Finding]:
    """Return the traps in the gates of a Workflow, WorkflowTemplate, ClusterWorkflowTemplate or
    CronWorkflow (decoded YAML), the worst first."""
    spec = spec_of(document)
    everything = list(_with_inline(_items(spec.get("templates"))))
    memoized = _memoized_by(spec, everything)
    found: list[Finding] = []
    for name, template in everything:
        if isinstance(template.get("suspend"), Mapping):
            found += _lint_memoized(name, memoized.get(id(template)))
            found += _lint_gate(name, template, [one for _, one in everything])
    return sorted(found, key=lambda finding: -finding.severity)


def gates_in(document: Document) -> list[str]:
    """Return the names of a document's suspend templates."""
    templates = _items(spec_of(document).get("templates"))
    return [
        name for name, one in _with_inline(templates) if isinstance(one.get("suspend"), Mapping)
    ]


def _lint_gate(name: str, gate: Document, templates: list[Document]) -> Iterator[Finding]:
    def finding(severity: Severity, code: str, message: str, hint: str) -> Finding:
        return Finding(severity, code, name, message, hint)

    duration = str(_mapping(gate.get("suspend")).get("duration") or "")
    inputs = {
        str(one.get("name")): one for one in _items(_mapping(gate.get("inputs")).get("parameters"))
    }
    outputs = _items(_mapping(gate.get("outputs")).get("parameters"))
    supplied = [one for one in outputs if "supplied" in _mapping(one.get("valueFrom"))]

    if duration and not supplied:
        yield finding(
            Severity.ERROR,
            "bare-duration",
            f"after {duration} it APPROVES by itself",
            "Add a supplied output with the default NO, and a `when` behind the gate that asks for"
            " YES: a timer never denies.",
        )
    for output in outputs:
        if not _mapping(output.get("valueFrom")) and "value" not in output:
            yield finding(
                Severity.ERROR,
                "no-value-from",
                f"output {output.get('name')} has no valueFrom",
                "Add `valueFrom: {supplied: {}}`; without it the controller fails on the node.",
            )
    for output in supplied:
        yield from _lint_output(name, duration, output, inputs)
    names = [str(output.get("name")) for output in supplied]
    # One answer that is asked for makes a gate; the other outputs may be values to use.
    if names and not any(_asked_for(name, one, templates) for one in names):
        yield finding(
            Severity.WARNING,
            "answer-not-asked-for",
            f"no `when` asks for output {' or '.join(names)}: NO goes on as YES does",
            f'Add `when: "{{{{steps.{name}.outputs.parameters.{names[0]}}}}} == YES"` behind it.',
        )
    for parameter, declared in inputs.items():
        if declared.get("enum") and "default" not in declared and "value" not in declared:
            yield finding(
                Severity.WARNING,
                "enum-without-default",
                f"input {parameter} has choices and no default",
                "Name the choice that is safe as `default`.",
            )
    if not _described(gate, inputs):
        yield finding(
            Severity.INFO,
            "no-description",
            "it does not say what is being asked",
            "Add `metadata.annotations` with `argotui.io/description`.",
        )


def _lint_memoized(name: str, cached: str | None) -> Iterator[Finding]:
    if cached is None:
        return
    whose = "it is memoized" if cached == name else f"it runs within {cached}, which is memoized"
    yield Finding(
        Severity.ERROR,
        "memoized-gate",
        name,
        f"{whose}: an entry in the cache, a ConfigMap, APPROVES it and nobody is asked",
        "Take `memoize` away from the gate and from everything around it; memoize the steps that"
        " do the work.",
    )


def _described(gate: Document, inputs: Mapping[str, Document]) -> bool:
    notes = _mapping(_mapping(gate.get("metadata")).get("annotations"))
    return bool(
        notes.get("argotui.io/description")
        or notes.get("description")
        or any(one.get("description") for one in inputs.values())
    )


def _lint_output(
    name: str,
    duration: str,
    output: Document,
    inputs: Mapping[str, Document],
) -> Iterator[Finding]:
    parameter = str(output.get("name"))
    default = _mapping(output.get("valueFrom")).get("default")
    if default is None:
        default = inputs.get(parameter, {}).get("default")
    if default is None and duration:
        yield Finding(
            Severity.WARNING,
            "no-default",
            name,
            f"after {duration} it ends in Error: output {parameter} has no default",
            "Add `default: NO` beside `supplied: {}`.",
        )
    elif default is not None and str(default).lower() in APPROVALS:
        yield Finding(
            Severity.ERROR,
            "default-approves",
            name,
            f"output {parameter} is {default} when nobody answers",
            "Make the default the answer that changes nothing.",
        )


def _asked_for(gate: str, parameter: str, templates: list[Document]) -> bool:
    """Whether a condition reads an output of a step or task that calls the gate."""
    for template in templates:
        calls = list(_calls(template))
        names = {
            str(call.get("name"))
            for call in calls
            if call.get("template") == gate or call.get("name") == gate
        }
        conditions = " ".join(str(call.get("when") or "") for call in calls)
        for call in names:
            path = rf"\b(?:steps|tasks)(?:\.|\[['\"]){re.escape(call)}(?:\.|['\"]\]\.)outputs\b"
            if re.search(rf"{path}.*?\b{re.escape(parameter)}\b", conditions):
                return True
    return False
