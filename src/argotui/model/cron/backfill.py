"""The workflows that make up for the runs of a CronWorkflow in a range of time.

Other than `argo cron backfill`, which submits one workflow that creates the others from a template
text, each run is a workflow of its own: braces in the spec mean what they always mean, the run's
time is its scheduled time, and a name says which run it is, so that no run is created twice.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec

from argotui.model.argo import LABEL
from argotui.model.cron.summary import CronSummary
from argotui.model.submission.build import SCHEDULED_TIME

Document = dict[str, Any]

BACKFILL_LABEL = LABEL + "backfill"
LONGEST_WORKFLOW_NAME = 63


class BackfillRange(msgspec.Struct, frozen=True):
    """Which runs: those after `start`, up to and with `end`."""

    start: datetime
    end: datetime

    def runs(self, row: CronSummary, most: int) -> list[datetime]:
        """Return the runs of a CronWorkflow in the range, at most so many and one more."""
        if row.timetable is None:
            return []
        found: list[datetime] = []
        for run in row.timetable.runs(self.start):
            if run > self.end or len(found) > most:
                break
            found.append(run)
        return found


def backfill_stem(cron: str, name: str = "") -> str:
    """Return what the names of a backfill's workflows have in common."""
    stem = f"{cron}-backfill" + (f"-{name.lower()}" if name else "")
    return stem[: LONGEST_WORKFLOW_NAME - len("-1615836720")].rstrip("-.")


def backfill_workflows(
    template: Document,
    runs: Sequence[datetime],
    *,
    stem: str,
    parallel: bool,
    argument: str = "",
) -> Iterator[Document]:
    """Yield a workflow for each run; `template` is the Workflow that the CronWorkflow would start.

    Unless `parallel`, a mutex lets them run one after the other. `argument` is the name of a
    parameter that gets the time of the run, as Argo writes it.
    """
    for run in runs:
        made = copy.deepcopy(template)
        meta, spec = made["metadata"], made["spec"]
        meta.pop("generateName", None)
        meta["name"] = f"{stem}-{int(run.timestamp())}"
        meta["annotations"] = {
            **(meta.get("annotations") or {}),
            SCHEDULED_TIME: f"{run:%Y-%m-%dT%H:%M:%SZ}",
        }
        if not parallel:
            locks = spec["synchronization"] = dict(spec.get("synchronization") or {})
            locks["mutexes"] = [*(locks.get("mutexes") or []), {"name": stem}]
        if argument:
            arguments = spec["arguments"] = dict(spec.get("arguments") or {})
            others = [
                each for each in arguments.get("parameters") or [] if each.get("name") != argument
            ]
            value = f"{run:%Y-%m-%d %H:%M:%S} +0000 UTC"
            arguments["parameters"] = [*others, {"name": argument, "value": value}]
        yield made


def backfill_warnings(row: CronSummary, number: int) -> Iterator[str]:
    """Yield what happens to the workflows of a backfill that a person may not expect."""
    if row.concurrency == "Replace":
        yield "concurrencyPolicy Replace: the next scheduled run terminates those that still run"
    if row.concurrency == "Forbid":
        yield "concurrencyPolicy Forbid: no scheduled run starts while one of them runs"
    if number > min(row.keep_successful, row.keep_failed):
        yield (
            f"the controller keeps the last {row.keep_successful} that succeed and the last "
            f"{row.keep_failed} that fail, and deletes the others"
        )
