"""One CronWorkflow: its next runs in its zone and here, its history, and all else of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.widget import Widget

from argotui.actions.action import Action
from argotui.model.argo import Key
from argotui.model.counted import counted
from argotui.model.cron.summary import CronSummary
from argotui.model.cron.texts import cron_facts, local_time, own_clock
from argotui.model.durations import format_age, format_took
from argotui.model.phases import look_of_workflow
from argotui.model.workflow.fact import Fact
from argotui.model.workflows.row_texts import seconds_taken
from argotui.model.workflows.summary import Summary
from argotui.screens.bindings import bindings_for
from argotui.screens.crons.keys import CronKeys
from argotui.screens.crons.reading import CronReader
from argotui.screens.object_screen import ObjectScreen

if TYPE_CHECKING:
    from argotui.widgets.status import Parts

NEXT = 5
"""How many next runs there are."""
HISTORY = 50
"""How many of its last runs there are at most."""


class CronScreen(ObjectScreen[CronReader]):
    """Facts about a CronWorkflow; a run in its history opens the workflow."""

    SCOPE = "cron"
    BINDINGS = bindings_for(SCOPE)
    CSS: ClassVar[str] = """
    CronScreen {
        layout: vertical;
        & > Inspector { height: 1fr; }
    }
    """

    def __init__(self, reader: CronReader, key: Key) -> None:
        super().__init__(reader)
        self.key = key
        self._keys = CronKeys(self, reader, self._chosen)
        self._seen = False

    def compose_body(self) -> ComposeResult:
        yield self.facts

    def main_widget(self) -> Widget | None:
        return self.facts

    def _chosen(self) -> CronSummary | None:
        return self._reader.row(self.key)

    # What is shown.

    def show_object(self) -> None:
        row = self._chosen()
        if row is not None:
            self._seen = True
            runs = self._reader.runs().get(self.key, [])
            facts = list(facts_of(row, runs, self.session.clock.now()))
            kind = "CronWorkflow"
            self.facts.inspect(f"{kind} {self.key}", facts, title=str(self.key), kind=kind)
        self.refresh_chrome()

    def ticked(self) -> None:
        self.show_object()

    def status_parts(self) -> tuple[Parts, Parts]:
        row = self._chosen()
        if row is None:
            gone = "it was deleted" if self._seen else "there is no such CronWorkflow"
            return ((gone, "problem"),), ()
        left: Parts = ((row.error, "problem"),) if row.error else ()
        runs = self._reader.runs().get(self.key, [])
        return left, ((counted(len(runs), "recent run"), "chrome"),)

    # What can be done.

    def reason_against(self, action_id: str) -> str | None:
        group, _, name = action_id.partition(".")
        if group != "cron" or action_id == "cron.open":
            return None
        return self._keys.reason_against(name)

    def footer_label(self, action: Action) -> str:
        label = super().footer_label(action)
        group, _, name = action.id.partition(".")
        return self._keys.label(name, label) if group == "cron" else label

    def action_cron(self, name: str) -> None:
        self._keys.begin(name)


def facts_of(row: CronSummary, runs: list[Summary], now: datetime) -> Iterator[Fact]:
    """Yield the facts about a CronWorkflow, its next runs, and its last, the newest first."""
    for fact in cron_facts(row, now):
        yield Fact(fact.label, "", fact.text, fact.text, fact.role)
    if row.timetable is not None:
        zone = row.timetable.zone
        for run in row.next_runs(now, NEXT):
            away = format_took((run - now).total_seconds())
            here = own_clock(run, now)
            text = f"{local_time(run, zone)} {zone.name}  {here} here  {away}"
            yield Fact("next", "", text, text)
    for each in runs[:HISTORY]:
        look = look_of_workflow(each)
        age = format_age((now - each.created).total_seconds()) if each.created else ""
        took = seconds_taken(each, now)
        lasted = f", took {format_took(took)}" if took is not None else ""
        text = f"{look.glyph} {look.word}  {age} ago{lasted}"
        yield Fact("history", each.key.name, text, text, look.role, workflow=each.key)
