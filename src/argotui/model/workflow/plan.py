"""The nodes that a workflow spec leads to, before anything runs: the graph of a template."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from argotui.model.argo import Metadata, Node, Workflow, WorkflowStatus
from argotui.model.gates.calls import Document, items, mapping

MOST_NODES = 2000
"""A spec with more is drawn up to here."""
MOST_DEPTH = 30
_RESULT = re.compile(r"\.\w+")
_NAME = re.compile(r"[\w-]+")
_TYPES = {"dag": "DAG", "steps": "Steps", "suspend": "Suspend", "http": "HTTP", "plugin": "Plugin"}


class _Planner:
    """Adds the nodes of templates; `children` are filled in afterwards."""

    def __init__(self, spec: Mapping[str, Any]) -> None:
        self.templates = {
            str(each.get("name")): each for each in items(spec.get("templates")) if each.get("name")
        }
        self.nodes: dict[str, Node] = {}
        self.children: dict[str, dict[str, None]] = {}
        self.outbound: dict[str, list[str]] = {}
        self.cut = False

    def add(self, name: str, label: str, kind: str, boundary: str, template: str = "") -> None:
        self.nodes[name] = Node(
            id=name,
            name=name,
            display_name=label,
            type=kind,
            template_name=template,
            boundary_id=boundary,
        )

    def link(self, sources: Iterable[str], target: str) -> None:
        for source in sources:
            self.children.setdefault(source, {})[target] = None

    def call(
        self, name: str, label: str, call: Document, boundary: str, above: tuple[str, ...]
    ) -> None:
        """Add a step or task with all that its template leads to."""
        wanted = str(call.get("template") or "")
        reference = mapping(call.get("templateRef"))
        template = mapping(call.get("inline")) or self.templates.get(wanted, {})
        if reference:
            wanted, template = f"{reference.get('name')}/{reference.get('template')}", {}
        if any(call.get(each) is not None for each in ("withItems", "withParam", "withSequence")):
            label = f"{label} ×N"
        self.template(name, label, template, wanted, boundary, above)

    def template(
        self,
        name: str,
        label: str,
        template: Document,
        called: str,
        boundary: str,
        above: tuple[str, ...],
    ) -> None:
        kind = next((each for key, each in _TYPES.items() if template.get(key) is not None), "Pod")
        nested = kind in ("DAG", "Steps")
        if nested and (called in above or len(above) > MOST_DEPTH or len(self.nodes) > MOST_NODES):
            self.cut = True
            self.add(name, f"{label} …", "Pod", boundary, called)
            self.outbound[name] = [name]
            return
        self.add(name, label, kind, boundary, called)
        self.outbound[name] = [name]
        if kind == "DAG":
            self._dag(name, template, (*above, called))
        elif kind == "Steps":
            self._steps(name, template, (*above, called))

    def _dag(self, name: str, template: Document, above: tuple[str, ...]) -> None:
        listed = items(mapping(template.get("dag")).get("tasks"))
        tasks = {str(task.get("name") or index): task for index, task in enumerate(listed)}
        needs = {task: _needs(call, tasks) for task, call in tasks.items()}
        for task, call in tasks.items():
            self.call(f"{name}.{task}", task, call, name, above)
        for task, before in needs.items():
            sources = [each for other in before for each in self.outbound[f"{name}.{other}"]]
            self.link(sources or [name], f"{name}.{task}")
        last = [task for task in tasks if not any(task in before for before in needs.values())]
        ends = [each for task in last for each in self.outbound[f"{name}.{task}"]]
        self.outbound[name] = ends or [name]

    def _steps(self, name: str, template: Document, above: tuple[str, ...]) -> None:
        groups = template.get("steps")
        before = [name]
        for number, group in enumerate(groups if isinstance(groups, list) else []):
            own = f"{name}[{number}]"
            self.add(own, f"[{number}]", "StepGroup", name)
            self.link(before, own)
            ends: list[str] = []
            for index, step in enumerate(items(group if isinstance(group, list) else [group])):
                label = str(step.get("name") or index)
                self.call(f"{own}.{label}", label, step, name, above)
                self.link([own], f"{own}.{label}")
                ends += self.outbound[f"{own}.{label}"]
            before = ends or [own]
        self.outbound[name] = before


def _needs(call: Document, tasks: Mapping[str, object]) -> list[str]:
    """Return the tasks that come before one, by its dependencies or its depends."""
    listed = call.get("dependencies")
    if isinstance(listed, list) and listed:
        return [str(each) for each in listed if str(each) in tasks]
    names = _NAME.findall(_RESULT.sub("", str(call.get("depends") or "")))
    return [name for name in dict.fromkeys(names) if name in tasks]


def planned_workflow(name: str, spec: Mapping[str, Any], entrypoint: str = "") -> Workflow:
    """Return a workflow with the nodes that a spec leads to, none of which has begun.

    A loop is one node, named `×N`. What another object defines is one node, too, and what is
    repeated within itself, is nested more than 30 times or comes after 2,000 nodes ends in `…`.
    """
    planner = _Planner(spec)
    begin = entrypoint or str(spec.get("entrypoint") or "")
    template = planner.templates.get(begin)
    if template is not None:
        planner.template(name, name, template, begin, "", ())
    nodes = {
        key: msgspec.structs.replace(
            node,
            children=list(planner.children.get(key, ())),
            outbound_nodes=planner.outbound.get(key, []),
        )
        for key, node in planner.nodes.items()
    }
    return Workflow(metadata=Metadata(name=name), status=WorkflowStatus(nodes=nodes))
