"""The list of templates: its rows, their order and their filter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from argotui.model.argo import Key
from argotui.model.kinds import Kind
from argotui.model.patterns import Matcher, parse_pattern
from argotui.model.submission.glance import TemplateGlance
from argotui.model.workflows.runs import TemplateRuns

TemplateId = tuple[Kind, Key]
"""The kind of a template and its key; the namespace is empty for a ClusterWorkflowTemplate."""
_SYSTEM = ("workflows.argoproj.io/", "app.kubernetes.io/managed-by")
"""Labels that group nothing."""


class TemplateRow(NamedTuple):
    """A template in the list; `group` is the value of the label by which the list is grouped."""

    kind: Kind
    glance: TemplateGlance
    runs: TemplateRuns
    group: str = ""

    @property
    def id(self) -> TemplateId:
        return self.kind, Key(self.glance.namespace, self.glance.name)


def template_rows(
    glances: Mapping[TemplateId, TemplateGlance],
    runs: Mapping[TemplateId, TemplateRuns],
    *,
    label: str = "",
    pattern: str = "",
) -> list[TemplateRow]:
    """Return the rows that match a pattern, by the value of a label, then by name.

    Raises FilterError for a pattern that cannot be used.
    """
    matcher = parse_pattern(pattern) if pattern else None
    rows = [
        TemplateRow(
            kind, glance, runs.get((kind, key), TemplateRuns()), glance.labels.get(label, "")
        )
        for (kind, key), glance in glances.items()
        if matcher is None or _matches(matcher, glance)
    ]
    return sorted(rows, key=_order)


def labels_of(glances: Iterable[TemplateGlance]) -> list[str]:
    """Return the labels by which templates can be grouped, those of most templates first."""
    count: dict[str, int] = {}
    for glance in glances:
        for label in glance.labels:
            if not label.startswith(_SYSTEM):
                count[label] = count.get(label, 0) + 1
    return sorted(count, key=lambda label: (-count[label], label))


def _order(row: TemplateRow) -> tuple[object, ...]:
    return (
        not row.group,
        row.group,
        row.glance.name,
        not row.kind.namespaced,
        row.glance.namespace,
    )


def _matches(matcher: Matcher, glance: TemplateGlance) -> bool:
    labels = (f"{key}={value}" for key, value in glance.labels.items())
    return any(map(matcher.matches, (glance.name, glance.description, *labels)))
