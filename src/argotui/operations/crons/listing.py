"""Read CronWorkflows and their runs once, for a printed list."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from argotui.backend.clock import Clock
from argotui.backend.namespaces import Readable, readable_namespaces
from argotui.backend.ports import ClusterPort, ObjectPort
from argotui.errors import ForbiddenError
from argotui.model.argo import CRON_WORKFLOW as CRON_LABEL
from argotui.model.argo import Key
from argotui.model.cron.summary import CronSummary, summarise_cron
from argotui.model.kinds import CRON_WORKFLOW
from argotui.model.workflows.filters import parse_filter
from argotui.model.workflows.summary import Summary
from argotui.operations.workflows.listing import ListOptions, find

PAGE = 500


async def list_crons(
    port: ObjectPort, namespace: str | None, labels: str = ""
) -> list[CronSummary]:
    """Return the CronWorkflows of a namespace, None for all of them. Raises BackendError."""
    found: list[CronSummary] = []
    token = ""
    while True:
        page = await port.list_objects(
            CRON_WORKFLOW, namespace, labels=labels, limit=PAGE, continue_token=token
        )
        found += map(summarise_cron, page.items)
        token = page.continue_token
        if not token:
            return found


async def list_allowed(
    cluster: ClusterPort,
    port: ObjectPort,
    namespace: str | None,
    labels: str = "",
    known: Sequence[str] = (),
) -> tuple[list[CronSummary], Readable | None]:
    """Return what `list_crons` returns, in the readable namespaces if a cluster-wide list is not
    allowed; these come second, else None. Raises BackendError."""
    try:
        return await list_crons(port, namespace, labels), None
    except ForbiddenError:
        if namespace is not None:
            raise
        readable = await readable_namespaces(cluster, known)
        if not readable.names:
            raise
    found: list[CronSummary] = []
    for name in readable.names:
        found += await list_crons(port, name, labels)
    return found, readable


def by_next_run(rows: Sequence[CronSummary], now: datetime) -> list[CronSummary]:
    """Return the rows by their next run; those that run nothing come last, refused ones first."""

    def place(row: CronSummary) -> tuple[bool, float, bool, Key]:
        run = row.next_run(now)
        when = 0.0 if run is None else run.timestamp()
        return run is None, when, not row.refusal, row.key

    return sorted(rows, key=place)


async def runs_by_cron(
    cluster: ClusterPort, namespace: str | None, clock: Clock, cron: str = ""
) -> dict[Key, list[Summary]]:
    """Return the workflows of CronWorkflows, the newest first, by the key of their CronWorkflow.

    `cron` is the name of one of them. What has ended is read as metadata. Raises BackendError.
    """
    terms = parse_filter(f"-l {CRON_LABEL}={cron}" if cron else f"-l {CRON_LABEL}")
    found = await find(cluster, ListOptions(namespace, terms, "age", shallow=True), clock)
    runs: dict[Key, list[Summary]] = {}
    for row in found.rows:
        runs.setdefault(Key(row.key.namespace, row.labels[CRON_LABEL]), []).append(row)
    return runs
