"""The position of a gate in its workflow: the nodes before it, around it, and after it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple, cast

from argotui.model.argo import Node, Workflow
from argotui.model.workflow.containment import item_of
from argotui.model.workflows.summary import POD_LIKE

_MOST = 200
"""How many nodes before a gate are read."""

Document = Mapping[str, object]


class Next(NamedTuple):
    """A step or task that may start after the decision, and its `when`."""

    name: str
    when: str = ""


def nodes_before(workflow: Workflow, node: Node) -> list[Node]:
    """Return the nodes that worked before a gate and lead to it, nearest first."""
    nodes = workflow.nodes
    parents: dict[str, list[str]] = {}
    for node_id, other in nodes.items():
        for child in other.children or ():
            parents.setdefault(child, []).append(node_id)
    found: list[Node] = []
    seen = {node.id}
    wave = [node.id]
    while wave and len(seen) < _MOST:
        above = [p for each in wave for p in sorted(parents.get(each, ())) if p not in seen]
        wave = list(dict.fromkeys(above))
        seen.update(wave)
        found += [nodes[each] for each in wave if nodes[each].type in POD_LIKE]
    return found


def ancestors(workflow: Workflow, node: Node) -> list[Node]:
    """Return the nodes that contain a node, outermost first."""
    found: list[Node] = []
    seen = {node.id}
    current = workflow.nodes.get(node.boundary_id)
    while current is not None and current.id not in seen:
        found.append(current)
        seen.add(current.id)
        current = workflow.nodes.get(current.boundary_id)
    return found[::-1]


def next_steps(workflow: Workflow, document: Document, node: Node) -> list[Next]:
    """Return the steps and tasks of the templates after a node.

    `document` is the Workflow as decoded, cleaned JSON: only it has the steps of templates.
    """
    seen: set[str] = set()
    current = node
    while current.id not in seen:
        seen.add(current.id)
        boundary = workflow.nodes.get(current.boundary_id)
        if boundary is None:
            return []
        name = item_of(current.display_name)[0]
        if found := list(_after(_template_of(document, boundary), name)):
            return found
        current = boundary
    return []


def _mapping(value: object) -> Document:
    return cast("Document", value) if isinstance(value, Mapping) else {}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def templates_in(document: Document) -> list[Document]:
    """Return all templates in a Workflow (decoded JSON), its own first."""
    status, spec = _mapping(document.get("status")), _mapping(document.get("spec"))
    stored = _mapping(status.get("storedWorkflowTemplateSpec"))
    own = _list(stored.get("templates")) or _list(spec.get("templates"))
    by_reference = _mapping(status.get("storedTemplates")).values()
    return [_mapping(each) for each in (*own, *by_reference)]


def carried(document: Document) -> Document:
    """Return all templates in a Workflow (decoded JSON), and its `templateDefaults`, as the spec of
    a workflow that defines them itself."""
    status, spec = _mapping(document.get("status")), _mapping(document.get("spec"))
    stored = _mapping(status.get("storedWorkflowTemplateSpec"))
    defaults = _mapping((stored or spec).get("templateDefaults"))
    return {"templates": templates_in(document), "templateDefaults": defaults}


def _template_of(document: Document, node: Node) -> Document:
    stored = _mapping(_mapping(document.get("status")).get("storedTemplates"))
    if (key := node.template_key) and (found := _mapping(stored.get(key))):
        return found
    wanted = node.template_ref.template if node.template_ref else node.template_name
    return next((each for each in templates_in(document) if each.get("name") == wanted), {})


def _after(template: Document, name: str) -> Iterator[Next]:
    groups = [_list(group) for group in _list(template.get("steps"))]
    for before, after in itertools.pairwise(groups):
        if any(_mapping(step).get("name") == name for step in before):
            yield from (_next(step) for step in after)
    mentions = re.compile(rf"(?<![\w.-]){re.escape(name)}(?![\w-])")
    for task in _list(_mapping(template.get("dag")).get("tasks")):
        depends = str(_mapping(task).get("depends") or "")
        if name in _list(_mapping(task).get("dependencies")) or mentions.search(depends):
            yield _next(task)


def _next(step: object) -> Next:
    found = _mapping(step)
    return Next(str(found.get("name") or "?"), str(found.get("when") or ""))
