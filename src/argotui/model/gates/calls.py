"""Find the callers of a gate in templates, the steps after it, and the readers of its answer."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple, cast

Document = Mapping[str, object]
Path = tuple[str | int, ...]


def mapping(value: object) -> Document:
    """Return a mapping, or an empty one for any other value."""
    return cast("Document", value) if isinstance(value, Mapping) else {}


def items(value: object) -> list[Document]:
    """Return the mappings of a list, each with its index."""
    return [mapping(item) for item in value] if isinstance(value, list) else []


class Placed(NamedTuple):
    """A template with the name that callers use, and its path in the spec."""

    name: str
    template: Document
    path: Path


class GateCall(NamedTuple):
    """A step or task that runs a gate: `scope` is `steps` or `tasks`; `behind` are the names of the
    steps or tasks that run after its success."""

    scope: str
    name: str
    call: Document
    behind: tuple[str, ...]


def calls_in(template: Document) -> Iterator[tuple[Path, Document]]:
    """Yield the steps and tasks of a template with their paths."""
    groups = template.get("steps")
    for outer, group in enumerate(groups if isinstance(groups, list) else []):
        several = group if isinstance(group, list) else [group]
        for inner, step in enumerate(several):
            path: Path = ("steps", outer, inner) if isinstance(group, list) else ("steps", outer)
            yield path, mapping(step)
    for index, task in enumerate(items(mapping(template.get("dag")).get("tasks"))):
        yield ("dag", "tasks", index), task


def steps_of(template: Document) -> Iterator[Document]:
    """Yield the steps and tasks of a template."""
    yield from (step for _, step in calls_in(template))


def inline_in(template: Document, path: Path = ()) -> Iterator[Placed]:
    """Yield the inline templates in the steps and tasks of a template, at any depth."""
    for where, call in calls_in(template):
        if inline := mapping(call.get("inline")):
            here = (*path, *where, "inline")
            yield Placed(str(call.get("name") or ""), inline, here)
            yield from inline_in(inline, here)


def templates_in(spec: Document) -> list[Placed]:
    """Return all templates of a spec; inline templates follow the one that contains them."""
    found = []
    for index, template in enumerate(items(spec.get("templates"))):
        path: Path = ("templates", index)
        found.append(Placed(str(template.get("name") or ""), template, path))
        found += inline_in(template, path)
    return found


def calls_of(gate: Placed, templates: list[Placed]) -> list[GateCall]:
    """Return the steps and tasks that run a gate; `templates` are all templates of the spec."""
    found = []
    for _, template, _ in templates:
        for where, call in calls_in(template):
            inline = mapping(call.get("inline"))
            named = gate.name in (
                call.get("template"),
                mapping(call.get("templateRef")).get("template"),
            )
            if inline is gate.template or (named and gate.path[-1:] != ("inline",)):
                scope = "steps" if where[0] == "steps" else "tasks"
                name = str(call.get("name") or "")
                found.append(GateCall(scope, name, call, tuple(_behind(template, scope, name))))
    return found


def _behind(template: Document, scope: str, name: str) -> Iterator[str]:
    """Yield the names of the steps or tasks that run after the success of the named one."""
    if scope == "steps":
        groups = template.get("steps")
        several = [
            items(group) if isinstance(group, list) else [mapping(group)]
            for group in (groups if isinstance(groups, list) else [])
        ]
        for before, after in itertools.pairwise(several):
            if any(step.get("name") == name for step in before):
                yield from (str(step.get("name")) for step in after)
        return
    # A success satisfies `gate` and `gate.Succeeded`, not `gate.Failed` (depends logic).
    met = re.compile(rf"(?<![\w.-]){re.escape(name)}(?![\w-])(?:\.(?!Succeeded\b)\w+)?")
    for task in items(mapping(template.get("dag")).get("tasks")):
        depends = str(task.get("depends") or "")
        dependencies = task.get("dependencies")
        listed = isinstance(dependencies, list) and name in dependencies
        if listed or any("." not in each.group(0)[len(name) :] for each in met.finditer(depends)):
            yield str(task.get("name"))


def is_read(call: GateCall, parameter: str, templates: list[Placed]) -> bool:
    """Return whether anything reads an output of a step or task: a condition, an argument, an
    expression, or an output of the template that contains it.

    It does not follow the value any further.
    """
    step = rf"(?:\.|\[\s*['\"]){re.escape(call.name)}(?:['\"]\s*\])?"
    name = rf"(?:\.|\[\s*['\"]){re.escape(parameter)}(?![\w-])"
    one = rf"\b(?:steps|tasks){step}\s*\.\s*outputs\s*\.\s*parameters\s*{name}"
    every = rf"\b(?:steps|tasks){step}\s*\.\s*outputs\s*(?:\.\s*parameters\s*)?(?![\w.\[\s])"
    pattern = re.compile(f"{one}|{every}")
    return any(pattern.search(text) for placed in templates for text in _texts(placed.template))


def _texts(value: object) -> Iterator[str]:
    """Yield every text in a value."""
    pending = [value]
    while pending:
        one = pending.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, Mapping):
            pending += one.values()
        elif isinstance(one, list):
            pending += one
