"""CronWorkflows as JSON; the names stay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from argotui.cli.documents import API
from argotui.model.argo import Key
from argotui.model.cron.backfill import BackfillRange
from argotui.model.cron.summary import CronSummary
from argotui.model.workflow.operations import OperationResult
from argotui.model.workflows.summary import Summary
from argotui.operations.crons.backfill import BackfillPlan

NEXT = 5
"""How many next runs a CronWorkflow is shown with."""


def cron_document(row: CronSummary, runs: Sequence[Summary], now: datetime) -> dict[str, Any]:
    """Return a CronWorkflow as one item of a list; `runs` begin with the newest."""
    missed = row.missed(now)
    return {
        "namespace": row.key.namespace,
        "name": row.key.name,
        "uid": row.uid,
        "created": row.created,
        "schedules": list(row.schedules),
        "timezone": row.timezone,
        "state": row.state or "active",
        "suspended": row.suspended,
        "stopped": row.stopped,
        "refusal": row.refusal,
        "conditions": [{"type": each.type, "message": each.message} for each in row.conditions],
        "nextRuns": row.next_runs(now, NEXT),
        "lastScheduled": row.last_scheduled,
        "missed": {"count": missed.count, "last": missed.last, "until": missed.until}
        if missed
        else None,
        "concurrency": row.concurrency or "Allow",
        "active": list(row.active),
        "startingDeadlineSeconds": row.deadline,
        "keep": {"succeeded": row.keep_successful, "failed": row.keep_failed},
        "counts": {"succeeded": row.succeeded, "failed": row.failed},
        "when": row.when,
        "stopStrategy": row.stop_expression,
        "template": row.template,
        "labels": dict(row.labels),
        "runs": [
            {"name": run.key.name, "phase": run.phase, "created": run.created} for run in runs
        ],
    }


def crons_document(
    rows: Sequence[CronSummary],
    runs: Mapping[Key, Sequence[Summary]],
    now: datetime,
    *,
    context: str,
    namespace: str | None,
) -> dict[str, Any]:
    """Return the answer of `cron list -o json`. `namespace` is null for all of them."""
    return {
        "apiVersion": API,
        "kind": "CronList",
        "context": context,
        "namespace": namespace,
        "items": [cron_document(row, runs.get(row.key, ()), now) for row in rows],
    }


def results_document(operation: str, results: Sequence[OperationResult]) -> dict[str, Any]:
    """Return how an operation came out for each object."""
    return {
        "apiVersion": API,
        "kind": "CronOperationResult",
        "operation": operation,
        "items": [
            {
                "namespace": result.key.namespace,
                "name": result.key.name,
                "status": result.status.value,
                "detail": result.detail,
            }
            for result in results
        ],
    }


def plan_document(plan: BackfillPlan, wanted: BackfillRange) -> dict[str, Any]:
    """Return what a backfill would create."""
    return {
        "apiVersion": API,
        "kind": "BackfillPlan",
        "namespace": plan.cron.key.namespace,
        "name": plan.cron.key.name,
        "start": wanted.start,
        "end": wanted.end,
        "warnings": plan.warnings,
        "workflows": [
            {"name": name, "scheduled": run}
            for name, run in zip(plan.names, plan.runs, strict=True)
        ],
    }
