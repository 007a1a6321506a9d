"""What is known of the locks of a workflow: who has them, who waits for them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime

from argotui.model.argo import Workflow
from argotui.model.counted import counted
from argotui.model.durations import format_age
from argotui.model.phases import look_of_workflow
from argotui.model.workflow.fact import Fact, fact_of, took
from argotui.model.workflow.locks import (
    Holder,
    Lock,
    holder_name,
    locks_awaited,
    locks_held,
)
from argotui.model.workflows.summary import Summary

_TOLD = 20
"""How many others are named."""


def lock_facts(
    workflow: Workflow, now: datetime, others: Collection[Summary], node_id: str | None = None
) -> Iterator[Fact]:
    """Yield the locks that a workflow or one of its nodes waits for and holds, with the other
    workflows.

    If the controller does not name the holder of a lock, the rows in `others` may.
    """
    namespace = workflow.metadata.namespace

    def of(lock: Lock) -> str:
        node = workflow.nodes.get(lock.node_id) if node_id is None else None
        return node.label if node is not None else ""

    for lock in locks_awaited(workflow):
        if node_id not in (None, lock.node_id):
            continue
        holders = lock.holders or tuple(
            Holder(row.key) for row in others if lock.id in row.holds and row.key != workflow.key
        )
        words = lock.words(namespace)
        if not holders:
            yield fact_of("waits for", words, name=of(lock), role="waiting")
        for number, holder in enumerate(holders[:_TOLD]):
            told = f"held by {_holder_words(workflow, holder, now, others)}"
            text = f"{words}, {told}" if not number else told
            here = holder.key == workflow.key
            fact = fact_of("waits for", text, name=of(lock), role="waiting", node=holder.node_id)
            yield fact if here else fact._replace(workflow=holder.key)
    for lock in locks_held(workflow):
        if node_id not in (None, lock.node_id):
            continue
        waiting = [row.key for row in others if lock.id in row.awaits and row.key != workflow.key]
        text = lock.words(namespace)
        if waiting:
            names = ", ".join(holder_name(workflow, Holder(key)) for key in waiting[:_TOLD])
            text += f"; {counted(len(waiting), 'workflow')} waiting for it: {names}"
        fact = fact_of("holds", text, name=of(lock))
        yield fact._replace(workflow=waiting[0]) if waiting else fact


def _holder_words(
    workflow: Workflow, holder: Holder, now: datetime, others: Collection[Summary]
) -> str:
    name = holder_name(workflow, holder)
    row = next((row for row in others if row.key == holder.key), None)
    if row is None or holder.key == workflow.key:
        return name
    seconds = None if row.completed else took(row.started, None, now)
    age = f" {format_age(seconds)}" if seconds is not None else ""
    return f"{name} ({look_of_workflow(row).word}{age})"
