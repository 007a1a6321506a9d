"""The recent runs of a template or schedule: how often they succeed, how long they take."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

import msgspec

from argotui.model.argo import CLUSTER_WORKFLOW_TEMPLATE, CRON_WORKFLOW, WORKFLOW_TEMPLATE, Key
from argotui.model.kinds import CLUSTER_WORKFLOW_TEMPLATE as CLUSTER_KIND
from argotui.model.kinds import CRON_WORKFLOW as CRON_KIND
from argotui.model.kinds import WORKFLOW_TEMPLATE as TEMPLATE_KIND
from argotui.model.kinds import Kind
from argotui.model.workflows.summary import Summary

LABELS = {
    TEMPLATE_KIND: WORKFLOW_TEMPLATE,
    CLUSTER_KIND: CLUSTER_WORKFLOW_TEMPLATE,
    CRON_KIND: CRON_WORKFLOW,
}
"""The label by which Argo says what a workflow was made from, by the kind of that."""
MEASURED = 20
"""How many of the latest runs count."""
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class TemplateRuns(msgspec.Struct, frozen=True):
    """The latest runs, newest first, at most `MEASURED`."""

    runs: tuple[Summary, ...] = ()

    @property
    def ended(self) -> list[Summary]:
        return [each for each in self.runs if each.ended]

    @property
    def succeeded(self) -> int:
        return sum(each.phase == "Succeeded" for each in self.ended)

    @property
    def success_rate(self) -> float | None:
        """The part of ended runs that succeeded, from 0 to 1; None without any."""
        ended = self.ended
        return self.succeeded / len(ended) if ended else None

    @property
    def usual_seconds(self) -> float | None:
        """The median duration of runs that succeeded; None without any."""
        return usual_seconds(self.runs)

    @property
    def last(self) -> Summary | None:
        return self.runs[0] if self.runs else None


def usual_seconds(runs: Iterable[Summary]) -> float | None:
    """Return the median duration of the runs that succeeded, in seconds; None without any."""
    took = [
        (each.finished - each.started).total_seconds()
        for each in runs
        if each.phase == "Succeeded" and each.started is not None and each.finished is not None
    ]
    return statistics.median(took) if took else None


def seconds_left(run: Summary, usual: float | None, now: datetime) -> float | None:
    """Return how long a running workflow usually still takes: 0 if it is over that; else None."""
    if usual is None or run.started is None or run.ended or run.waits or run.suspended:
        return None
    return max(0.0, usual - (now - run.started).total_seconds())


def usual_of_like(
    namespace: str, labels: Mapping[str, str], rows: Iterable[Summary]
) -> float | None:
    """Return the usual duration of the workflows that were made from the same thing as one with
    these labels; None if it was made from nothing, or if none of them succeeded."""
    for kind, label in LABELS.items():
        if name := labels.get(label):
            place = namespace if kind.namespaced else ""
            like = [
                each
                for each in rows
                if each.labels.get(label) == name and place in ("", each.key.namespace)
            ]
            return usual_seconds(_latest(like))
    return None


def runs_by_template(rows: Iterable[Summary]) -> dict[tuple[Kind, Key], TemplateRuns]:
    """Return the latest runs by kind and key of what they were made from.

    The key of a ClusterWorkflowTemplate has an empty namespace.
    """
    found: dict[tuple[Kind, Key], list[Summary]] = {}
    for row in rows:
        for kind, label in LABELS.items():
            if name := row.labels.get(label):
                namespace = row.key.namespace if kind.namespaced else ""
                found.setdefault((kind, Key(namespace, name)), []).append(row)
    return {key: TemplateRuns(_latest(runs)) for key, runs in found.items()}


def _latest(runs: Sequence[Summary]) -> tuple[Summary, ...]:
    ordered = sorted(runs, key=lambda each: each.created or _LONG_AGO, reverse=True)
    return tuple(ordered[:MEASURED])
