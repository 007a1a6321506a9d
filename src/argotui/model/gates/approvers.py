"""Who may decide a gate, as annotations name them: `user:NAME,group:NAME`.

The same reading as the admission policies' own, for people who want to know beforehand.
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
    """Return the names that may decide a gate, or let the workflow go on where `node` is None.

    The template's list, else the workflow's; with `allowed` (what the namespace lists) only names
    in there, and all of them where neither lists any. Nobody may where the template is not found.
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
    """Return the name under which the right to approve a gate is granted: its template's."""
    return node.template_ref.template if node.template_ref else node.template_name
