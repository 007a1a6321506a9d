"""The rules for templates, in every kind of object."""

from __future__ import annotations

from argotui.operations.admission.policy import Policy, Validation


def _both(template: str) -> str:
    return f"(has({template}.suspend) && has({template}.memoize))"


def memoized_gate(spec: str) -> str:
    """Return the CEL for: a workflow spec has a visible memoized gate.

    It checks templates, inline templates of tasks and steps, and `templateDefaults`; not templates
    of other objects, nor inline templates in inline templates.
    """
    inline = "(has(one.inline) && " + _both("one.inline") + ")"
    return (
        f"has({spec}.templateDefaults) && has({spec}.templateDefaults.memoize)\n"
        f"  || {spec}.?templates.orValue([]).exists(t, {_both('t')}\n"
        f"    || t.?dag.?tasks.orValue([]).exists(one, {inline})\n"
        f"    || t.?steps.orValue([]).exists(group, group.exists(one, {inline})))"
    )


def template_policy() -> Policy:
    """Return the policy for WorkflowTemplates."""
    return Policy(
        kind="templates",
        about="What a WorkflowTemplate may not have, because its workflows use it later.",
        resources=("workflowtemplates",),
        rules=(
            Validation(
                "memoized-gate",
                "Who may write the ConfigMap of its cache could open a memoized gate.",
                "(oldObject != null && dyn(object).spec == dyn(oldObject).spec)\n"
                f"  || !({memoized_gate('dyn(object).spec')})",
                message="a gate may not be memoized: its cache, a ConfigMap, would decide it",
            ),
        ),
    )
