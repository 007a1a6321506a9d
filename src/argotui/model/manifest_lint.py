"""Lint whole manifests: fields, references, names and parameters that Argo would refuse.

Each rule is one of Argo's (workflow/validate/validate.go) or of the kind's schema. What depends on
another object is not judged.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from argotui.model.counted import counted
from argotui.model.cron.summary import summarise_cron
from argotui.model.cron.timetable import NEVER_RUNS, outside_schema
from argotui.model.fields import FieldPath, FieldTypes, UnknownField, path_text
from argotui.model.findings import LintFinding, Severity
from argotui.model.gates.calls import Document, Placed, calls_in, items, mapping, templates_in
from argotui.model.manifests import SPECS, Path, spec_of
from argotui.model.nearest import nearest
from argotui.model.submission.glance import TYPES
from argotui.model.submission.parameters import SCHEMA, parameter_fields, text_of_value

_JOB = "this is a field of Jobs; "
_HINTS = {
    "backoffLimit": _JOB + "in Argo it is retryStrategy: {limit: N} of a template",
    "restartPolicy": _JOB + "in Argo it is retryStrategy of a template",
    "ttlSecondsAfterFinished": _JOB + "in Argo it is ttlStrategy: {secondsAfterCompletion: N}",
    "completions": _JOB + "in Argo it is withSequence: {count: N} of a step",
    "podFailurePolicy": _JOB + "in Argo it is retryStrategy: {expression: ...} of a template",
    "template": "in Argo it is templates, a list, and an entrypoint",
    "image": "put it under container",
    "command": "put it under container",
    "args": "put it under container",
    "env": "put it under container",
    "resources": "put it under container",
    "params": "in Argo it is arguments: {parameters: [...]}",
    "parameters": "put it under arguments or inputs",
    "needs": "in Argo it is dependencies or depends",
    "dependsOn": "in Argo it is dependencies or depends",
    "if": "in Argo it is when",
}
"""What people mean by a field that a type does not have."""
_REMOVED = {
    ("CronWorkflowSpec", "schedule"): 'Write schedules, a list: schedules: ["0 3 * * *"].',
    ("Synchronization", "semaphore"): "Write semaphores, a list.",
    ("Synchronization", "mutex"): "Write mutexes, a list.",
}
"""Fields that Argo 3 has and Argo 4 does not, by type and name."""
_CONTAINER = frozenset({"image", "command", "args", "env", "resources"})
_TASK = re.compile(r"[A-Za-z0-9_][-\w]*(?=\s*(?:\.|[|&!)\s]|$))")
_RESULT = re.compile(r"\.\w+")
_LONGEST = 63


def lint_manifest(document: Document, types: FieldTypes) -> list[LintFinding]:
    """Return the findings about an object of one of Argo's kinds, in the order of the document's
    parts; paths begin at the document."""
    found = list(_fields(document, types))
    if any(each.code == "wrong-shape" for each in found):
        return found  # what follows would only say the same in other words
    found += _metadata(document)
    spec, base = mapping(spec_of(document)), SPECS.get(str(document.get("kind")), ())
    found += _entrypoint(document, spec, base)
    if not spec.get("workflowTemplateRef"):
        found += _templates(spec, base)
    found += _parameters(document, spec, base)
    return found


def _error(code: str, template: str, message: str, hint: str, path: Path) -> LintFinding:
    return LintFinding(Severity.ERROR, code, template, message, hint, path)


def _fields(document: Document, types: FieldTypes) -> Iterator[LintFinding]:
    for problem in types.problems(str(document.get("kind")), document):
        template = _template_at(document, problem.path)
        if not isinstance(problem, UnknownField):
            said = f"{path_text(problem.path)} must be {problem.wanted}"
            yield _error("wrong-shape", template, said, "Argo cannot read it.", problem.path)
            continue
        said = f"{path_text(problem.path)} is no field of {problem.owner.removeprefix('k8s.')}"
        if hint := _REMOVED.get((problem.owner, problem.name)):
            yield LintFinding(
                Severity.WARNING, "removed-field", template, f"{said} in Argo 4", hint, problem.path
            )
            continue
        yield _error("unknown-field", template, said, _hint(problem), problem.path)


def _hint(problem: UnknownField) -> str:
    name = problem.name
    if name in _HINTS and not (name in _CONTAINER and "container" not in problem.known):
        return f"{_HINTS[name][0].upper()}{_HINTS[name][1:]}."
    meant = nearest(name, problem.known, 0.7)
    if meant:
        return f"Did you mean {meant}?"
    return "The cluster drops it, or refuses the object."


def _template_at(document: Document, path: FieldPath) -> str:
    """Return the name of the outermost template on a path, empty outside of all."""
    value: object = document
    for before, part in zip((None, *path), path, strict=False):
        if isinstance(value, Mapping) and isinstance(part, str):
            value = value.get(part)
        elif isinstance(value, list) and isinstance(part, int):
            value = value[part]
            if before == "templates":
                return str(mapping(value).get("name") or "")
    return ""


def _metadata(document: Document) -> Iterator[LintFinding]:
    meta = mapping(document.get("metadata"))
    name = meta.get("name") or meta.get("generateName")
    if not name:
        said = "it has neither metadata.name nor metadata.generateName"
        hint = "Give it one of them, or a name when you submit it."
        yield LintFinding(Severity.WARNING, "no-name", "", said, hint, ("metadata",))
    elif document.get("kind") == "Workflow" and len(str(name)) > _LONGEST:
        said = f"its name has {counted(len(str(name)), 'character')}"
        yield _error("long-name", "", said, f"Argo allows {_LONGEST}.", ("metadata", "name"))


def _entrypoint(document: Document, spec: Document, base: Path) -> Iterator[LintFinding]:
    kind = document.get("kind")
    own = mapping(document.get("spec"))
    if kind == "CronWorkflow" and not (own.get("schedules") or own.get("schedule")):
        said = "it has no schedules"
        yield _error("no-schedule", "", said, 'Add schedules: ["0 3 * * *"].', ("spec",))
    if kind == "CronWorkflow":
        yield from _schedules(document)
    if spec.get("workflowTemplateRef"):
        return
    if kind in ("Workflow", "CronWorkflow") and not spec.get("entrypoint"):
        said = "it has no entrypoint"
        yield _error("no-entrypoint", "", said, "Name the template to begin with.", base)
    names = [placed.name for placed in _named(spec)]
    for field in ("entrypoint", "onExit"):
        wanted = spec.get(field)
        if isinstance(wanted, str) and wanted and "{{" not in wanted and wanted not in names:
            yield _missing("", wanted, names, (*base, field))


def _schedules(document: Document) -> Iterator[LintFinding]:
    row = summarise_cron(document)
    if row.refusal and row.schedules:
        yield _error("refused-schedule", "", row.refusal, row.hint or "Argo refuses it.", ("spec",))
    if row.timetable is not None and row.timetable.never_runs:
        hint = "Write a cron expression, such as 0 * * * *."
        where = ("spec", "schedules")
        yield LintFinding(Severity.WARNING, "never-runs", "", NEVER_RUNS, hint, where)
    for number, text in enumerate(row.schedules):
        if not row.refusal and outside_schema([text]):
            said = f"the schema of Argo 4.1 refuses the schedule {text!r}"
            hint = "Set the field timezone." if "TZ=" in text else "The parser takes it."
            path = ("spec", "schedules", number)
            yield LintFinding(Severity.WARNING, "schedule-form", "", said, hint, path)


def _missing(template: str, wanted: str, names: list[str], path: Path) -> LintFinding:
    meant = nearest(wanted, names)
    hint = f"Did you mean {meant}?" if meant else "Templates are: " + ", ".join(names[:10])
    return _error("no-such-template", template, f"there is no template {wanted}", hint, path)


def _named(spec: Document) -> list[Placed]:
    return [placed for placed in templates_in(spec) if placed.path[-1] != "inline"]


def _templates(spec: Document, base: Path) -> Iterator[LintFinding]:
    named = _named(spec)
    count = Counter(placed.name for placed in named)
    by_name = {placed.name: placed.template for placed in named}
    for placed in templates_in(spec):
        path = (*base, *placed.path)
        if placed.path[-1] != "inline":
            if not placed.name:
                yield _error("no-name", "", "a template has no name", "Give it one.", path)
            elif count[placed.name] > 1:
                count[placed.name] = 0
                said = f"several templates are called {placed.name}"
                yield _error("duplicate-template", placed.name, said, "Names are unique.", path)
        yield from _type(placed, path, spec)
        yield from _calls(placed, path, by_name)
        yield from _tasks(placed, path)


def _type(placed: Placed, path: Path, spec: Document) -> Iterator[LintFinding]:
    if spec.get("templateDefaults"):
        return  # they may say what the templates do
    kinds = [each for each in TYPES if placed.template.get(each) is not None]
    if not kinds:
        said = "it does not say what to do"
        hint = "Give it one of: " + ", ".join(TYPES)
        yield _error("no-type", placed.name, said, f"{hint}.", path)
    elif len(kinds) > 1:
        said = f"it has {' and '.join(kinds)}"
        yield _error("several-types", placed.name, said, "A template does one thing.", path)


def _calls(placed: Placed, path: Path, by_name: Mapping[str, Document]) -> Iterator[LintFinding]:
    for where, call in calls_in(placed.template):
        here = (*path, *where)
        name = str(call.get("name") or "")
        if not any(call.get(each) for each in ("template", "templateRef", "inline")):
            said = f"{name or 'a step'} runs nothing"
            hint = "Give it template, templateRef or inline."
            yield _error("no-template", placed.name, said, hint, here)
            continue
        wanted = call.get("template")
        if not isinstance(wanted, str) or not wanted or "{{" in wanted:
            continue
        if wanted not in by_name:
            yield _missing(placed.name, wanted, list(by_name), (*here, "template"))
            continue
        given = {
            each.get("name") for each in items(mapping(call.get("arguments")).get("parameters"))
        }
        for each in items(mapping(by_name[wanted].get("inputs")).get("parameters")):
            supplied = any(
                each.get(field) is not None for field in ("value", "default", "valueFrom")
            )
            if not supplied and each.get("name") not in given:
                said = f"{name} does not give {wanted} the parameter {each.get('name')}"
                hint = "Add it to the arguments of the step, or give it a default."
                yield _error("missing-argument", placed.name, said, hint, here)


def _tasks(placed: Placed, path: Path) -> Iterator[LintFinding]:
    tasks = items(mapping(placed.template.get("dag")).get("tasks"))
    names = [str(task.get("name") or "") for task in tasks]
    for index, task in enumerate(tasks):
        here: Path = (*path, "dag", "tasks", index)
        name = names[index]
        if names.index(name) != index:
            said = f"several tasks are called {name}"
            yield _error("duplicate-name", placed.name, said, "Names are unique.", here)
        listed = task.get("dependencies")
        wanted = [str(each) for each in listed] if isinstance(listed, list) else []
        depends = str(task.get("depends") or "")
        wanted += _TASK.findall(_RESULT.sub("", depends)) if "{{" not in depends else []
        for other in dict.fromkeys(wanted):
            if other not in names:
                said = f"{name} waits for {other}, and there is no such task"
                meant = nearest(other, names)
                hint = f"Did you mean {meant}?" if meant else "Tasks are: " + ", ".join(names[:10])
                yield _error("no-such-task", placed.name, said, hint, here)
    seen = [str(call.get("name")) for _, call in calls_in({"steps": placed.template.get("steps")})]
    for name, times in Counter(seen).items():
        if times > 1:
            said = f"several steps are called {name}"
            yield _error("duplicate-name", placed.name, said, "Names are unique.", path)


def _parameters(document: Document, spec: Document, base: Path) -> Iterator[LintFinding]:
    notes = mapping(mapping(document.get("metadata")).get("annotations"))
    texts = {str(key): str(value) for key, value in notes.items()}
    fields = parameter_fields(spec, texts)
    for field in fields:
        if field.note:
            path = ("metadata", "annotations", SCHEMA + field.name)
            hint = "Values of the parameter are not checked."
            yield LintFinding(Severity.WARNING, "bad-schema", "", field.note, hint, path)
        elif field.default is not None and (problems := field.problems(field.default)):
            said = f"the value {field.default} does not fit: {problems[0]}"
            hint = "Change the value, its choices or its schema."
            listed = items(mapping(spec.get("arguments")).get("parameters"))
            own = next((each for each in listed if each.get("name") == field.name), {})
            # Argo judges arguments by their choices, and does not know of schemas.
            refused = text_of_value(own.get("value")) is not None and bool(own.get("enum"))
            severity = Severity.ERROR if refused else Severity.WARNING
            where: Path = (*base, "arguments")
            yield LintFinding(severity, "value-does-not-fit", "", said, hint, where)
    if not spec.get("workflowTemplateRef"):
        known = {field.name for field in fields}
        for placed in _named(spec):
            inputs = items(mapping(placed.template.get("inputs")).get("parameters"))
            known |= {str(each.get("name")) for each in inputs}
        for key in texts:
            name = key.removeprefix(SCHEMA)
            if key.startswith(SCHEMA) and name not in known:
                said = f"{key} is about a parameter that is not there"
                meant = nearest(name, known)
                hint = f"Did you mean {meant}?" if meant else "Remove it."
                path = ("metadata", "annotations", key)
                yield LintFinding(Severity.WARNING, "unused-schema", "", said, hint, path)
