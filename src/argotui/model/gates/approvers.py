"""The approvers of a gate by annotations: `user:NAME,group:NAME`.

The admission policies read the annotations in the same way, and enforce them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from argotui.model.argo import Node, Template, Workflow
from argotui.model.gates.gate import templates_of

APPROVERS = "argotui.io/approvers"
"""The annotation of a template, a workflow or a namespace."""


def names_in(text: str) -> tuple[str, ...]:
    """Return the names in a comma-separated list."""
    return tuple(name for part in text.split(",") if (name := part.strip()))


def _found(workflow: Workflow, node: Node) -> Sequence[Template]:
    stored = workflow.status.stored_templates or {}
    if key := node.template_key:
        return [stored[key]] if key in stored else []
    if node.template_name:
        return [t for t in templates_of(workflow) if t.name == node.template_name]
    return [Template()]  # an inline template: nothing links the node to it


def named_approvers(
    workflow: Workflow, node: Node | None, allowed: Sequence[str] | None = None
) -> tuple[str, ...]:
    """Return the names that may decide a gate; `node` None means the suspension of the workflow.

    They are the template's list, else the workflow's. With `allowed` (the list of the namespace)
    they are limited to it, and default to all of it. A template that is not found has none.
    """
    own: str | None = None
    if node is not None:
        templates = _found(workflow, node)
        if len(templates) != 1:
            return ()
        metadata = templates[0].metadata
        notes: Mapping[str, str] = (metadata.annotations if metadata else None) or {}
        own = notes.get(APPROVERS)
    if own is None:
        own = workflow.metadata.annotations.get(APPROVERS)
    if own is None:
        return tuple(allowed or ())
    return tuple(name for name in names_in(own) if allowed is None or name in allowed)


def right_name(node: Node) -> str:
    """Return the resource name of the right to approve a gate: the name of its template."""
    return node.template_ref.template if node.template_ref else node.template_name
