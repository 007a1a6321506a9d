"""What the screens of CronWorkflows read: the objects, live, and their runs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from argotui.backend.session import Session
from argotui.model.argo import CRON_WORKFLOW as CRON_LABEL
from argotui.model.argo import Key
from argotui.model.cron.summary import GRACE, CronSummary, MissedRuns, summarise_cron
from argotui.model.kinds import CRON_WORKFLOW
from argotui.model.workflows.summary import Summary
from argotui.screens.base import ConsoleScreen
from argotui.screens.object_reader import ObjectReader

_NEVER = datetime.max.replace(tzinfo=UTC)


class CronOutlook(NamedTuple):
    """When a CronWorkflow runs next and what it missed; it holds until `until`."""

    row: CronSummary
    next: datetime | None
    missed: MissedRuns | None
    until: datetime


class CronReader(ObjectReader[CronSummary]):
    """The CronWorkflows of a session, as long as `screen` is there."""

    def __init__(self, screen: ConsoleScreen, session: Session) -> None:
        super().__init__(screen, session, (CRON_WORKFLOW,), summarise_cron)
        self._outlooks: dict[Key, CronOutlook] = {}

    def rows(self) -> dict[Key, CronSummary]:
        """Return all of them."""
        return {key: row for (_, key), row in self.summaries().items()}

    def row(self, key: Key) -> CronSummary | None:
        """Return one of them, None if it is not there."""
        return self.summary((CRON_WORKFLOW, key))

    def outlook(self, row: CronSummary, now: datetime) -> CronOutlook:
        """Return when one runs next and what it missed; looked for again when that can change."""
        known = self._outlooks.get(row.key)
        same = known is not None and known.row is row
        if known is not None and same and now < known.until:
            return known
        run = row.next_run(now)
        until = run or _NEVER
        if known is not None and same and known.next is not None and known.next <= now:
            # What was due a moment ago did not happen, if nothing comes within the grace.
            until = min(until, known.next + GRACE + timedelta(seconds=1))
        found = self._outlooks[row.key] = CronOutlook(row, run, row.missed(now), until)
        return found

    def runs(self) -> dict[Key, list[Summary]]:
        """Return the workflows of each that the list of workflows has, the newest first."""
        found: dict[Key, list[Summary]] = {}
        for summary in self.session.store.summaries():
            if name := summary.labels.get(CRON_LABEL):
                found.setdefault(Key(summary.key.namespace, name), []).append(summary)
        for runs in found.values():
            runs.sort(key=_created, reverse=True)
        return found


def _created(summary: Summary) -> float:
    return summary.created.timestamp() if summary.created else 0.0
