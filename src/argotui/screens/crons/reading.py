"""What the screens of CronWorkflows read: the objects, live, and their runs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from argotui.backend.freshness import Freshness
from argotui.backend.ports import Document
from argotui.backend.session import Session
from argotui.errors import BackendError
from argotui.model.argo import CRON_WORKFLOW as CRON_LABEL
from argotui.model.argo import Key
from argotui.model.cron.summary import GRACE, CronSummary, MissedRuns, summarise_cron
from argotui.model.kinds import CRON_WORKFLOW
from argotui.model.workflows.summary import Summary
from argotui.screens.base import ConsoleScreen
from argotui.widgets.background import run_in_background

_NEVER = datetime.max.replace(tzinfo=UTC)


class CronOutlook(NamedTuple):
    """When a CronWorkflow runs next and what it missed; it holds until `until`."""

    row: CronSummary
    next: datetime | None
    missed: MissedRuns | None
    until: datetime


class CronReader:
    """The CronWorkflows of a session, as long as `screen` is there."""

    def __init__(self, screen: ConsoleScreen, session: Session) -> None:
        self._screen = screen
        self.session = session
        self._feed = session.follow_objects(CRON_WORKFLOW, session.namespace)
        self._listeners: list[Callable[[], None]] = []
        self._rows: dict[Key, tuple[Document, CronSummary]] = {}
        self._outlooks: dict[Key, CronOutlook] = {}

    def start(self) -> None:
        """Read in the background, until the screen is gone."""
        self._feed.on_change = self._changed
        run_in_background(self._screen, self._feed.run(), "feed of cronworkflows")

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` after changes, until the returned function is called."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def refresh(self) -> None:
        """Read everything again now."""
        self._feed.refresh()

    @property
    def complete(self) -> bool:
        """Whether all were read once."""
        return self._feed.complete

    @property
    def freshness(self) -> Freshness:
        return self._feed.freshness

    @property
    def error(self) -> BackendError | None:
        """Why they cannot be read."""
        return self.freshness.error

    def rows(self) -> dict[Key, CronSummary]:
        """Return all of them; each version of one is summarised once."""
        found: dict[Key, tuple[Document, CronSummary]] = {}
        for key, document in self._feed.objects.items():
            known = self._rows.get(key)
            if known is None or known[0] is not document:
                known = (document, summarise_cron(document))
            found[key] = known
        self._rows = found
        return {key: row for key, (_, row) in found.items()}

    def row(self, key: Key) -> CronSummary | None:
        """Return one of them, None if it is not there."""
        known = self._rows.get(key)
        document = self._feed.objects.get(key)
        if document is None:
            return None
        return known[1] if known and known[0] is document else summarise_cron(document)

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

    def _changed(self) -> None:
        for listener in list(self._listeners):
            listener()


def _created(summary: Summary) -> float:
    return summary.created.timestamp() if summary.created else 0.0
