"""Earlier decisions at the same gate of the same template."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import NamedTuple

from argotui.backend.ports import ClusterPort, Query
from argotui.errors import BackendError
from argotui.model.argo import (
    CLUSTER_WORKFLOW_TEMPLATE,
    CRON_WORKFLOW,
    WORKFLOW_TEMPLATE,
    Key,
    Metadata,
    Workflow,
)
from argotui.model.gates.decision import Record, read_message

LOOKED_AT = 15
"""How many of the newest workflows of a template it reads."""
AT_ONCE = 4
_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


class Precedent(NamedTuple):
    """One earlier decision: the record of its node, the workflow, and the time."""

    record: Record
    key: Key
    at: datetime | None


def origin_of(workflow: Workflow) -> str:
    """Return the label selector of workflows with the same source; empty if unknown."""
    labels = workflow.metadata.labels
    for label in (WORKFLOW_TEMPLATE, CLUSTER_WORKFLOW_TEMPLATE, CRON_WORKFLOW):
        if name := labels.get(label):
            return f"{label}={name}"
    return ""


async def earlier_decisions(
    cluster: ClusterPort, workflow: Workflow, template: str, most: int = 5
) -> list[Precedent]:
    """Return the last decisions on gates of `template` in workflows with the same source, newest
    first; raises the `BackendError` of the list."""
    selector = origin_of(workflow)
    if not selector:
        return []
    query = Query(workflow.metadata.namespace, labels=selector)
    page = await cluster.list_metadata(query, limit=500)
    metas = [
        each
        for each in page.items
        if isinstance(each, Metadata) and each.uid != workflow.metadata.uid
    ]
    metas.sort(key=lambda each: each.creation_timestamp or _LONG_AGO, reverse=True)
    slots = asyncio.Semaphore(AT_ONCE)

    async def read(meta: Metadata) -> list[Precedent]:
        async with slots:
            try:
                return decisions_in(await cluster.get_workflow(meta.namespace, meta.name), template)
            except BackendError:
                return []

    found = await asyncio.gather(*(read(meta) for meta in metas[:LOOKED_AT]))
    every = [precedent for each in found for precedent in each]
    every.sort(key=lambda precedent: precedent.at or _LONG_AGO, reverse=True)
    return every[:most]


def decisions_in(workflow: Workflow, template: str) -> list[Precedent]:
    """Return the decisions that the gates of `template` in a workflow record."""
    return [
        Precedent(record, workflow.key, node.finished_at)
        for node in workflow.nodes.values()
        if node.type == "Suspend"
        and template in (node.template_name, node.template_ref and node.template_ref.template)
        and (record := read_message(node.message))
    ]
