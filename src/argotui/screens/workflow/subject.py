"""What the inspector of a workflow's screen is about: a node, several, an event, or the whole."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from argotui.backend.ports import EventRecord
from argotui.model.argo import Node, Workflow
from argotui.model.workflow.fact import Fact
from argotui.model.workflow.facts import (
    event_facts,
    group_facts,
    node_facts,
    workflow_facts,
)
from argotui.model.workflows.summary import Summary

Group = tuple[str, tuple[str, ...]]
"""Name and node ids of a fan-out."""


class Subject(NamedTuple):
    """What the inspector shows: `title` and `kind` above `facts`; `id` identifies it."""

    id: str
    title: str
    kind: str
    facts: list[Fact]


def subject_of(
    workflow: Workflow,
    about: Node | EventRecord | Group | None,
    now: datetime,
    others: Collection[Summary],
) -> Subject:
    """Return the facts of the selected thing, or of the whole workflow if nothing is selected or
    the node is the root; `others` are the rows of the list."""
    if isinstance(about, EventRecord):
        return Subject(about.uid, about.reason, "event", event_facts(about))
    if isinstance(about, tuple):
        return Subject(about[0], about[0], "fan-out", group_facts(workflow, *about, now))
    name = workflow.metadata.name
    if about is None or (about.id == name and about.type in ("Steps", "DAG")):
        return Subject(name, name, "workflow", workflow_facts(workflow, now, others))
    kind = "gate" if about.is_gate else about.type
    title = about.display_name or about.name
    return Subject(about.id, title, kind, node_facts(workflow, about, now, others))
