"""The times at which the scenarios start, before and after the start of the cluster."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta

from argotui.demo.api.kinds import (
    CRON_WORKFLOWS,
    WORKFLOW_TEMPLATES,
    WORKFLOWS,
    Document,
)
from argotui.demo.api.objects import ObjectStore, StoredObject
from argotui.demo.argo.agenda import BackdatedClock, Schedule
from argotui.demo.argo.controller import Controller
from argotui.demo.scenarios import past, pipelines, schedules, singles
from argotui.demo.scenarios.hostile import hostile
from argotui.model.argo import COMPLETED

BEFORE = timedelta(minutes=14)
"""The age of the cluster at its start, at speed 1."""
KEPT = 40
"""The number of ended workflows that stay; older ones are deleted."""
FIRST_DOCUMENT = 2204


class Director:
    """Fills a cluster with templates, `workflows` completed workflows, and the scenarios."""

    def __init__(
        self,
        store: ObjectStore,
        controller: Controller,
        clock: BackdatedClock,
        rng: random.Random,
        *,
        workflows: int,
        speed: float,
    ) -> None:
        self._store = store
        self._controller = controller
        self._agenda: Schedule = controller.agenda
        self._clock = clock
        self._rng = rng
        self._speed = speed
        self._workflows = workflows
        self._number = FIRST_DOCUMENT
        self._old: set[str] = set()

    def prepare(self) -> None:
        """Run the cluster from its beginning until now."""
        now = self._clock.now()
        beginning = now - BEFORE / self._speed
        self._clock.set(beginning)
        self._furnish(now)
        for seconds, make in self._programme():
            self._plan(beginning + timedelta(seconds=seconds / self._speed), make)
        self._agenda.at(beginning + timedelta(seconds=5 / self._speed), self._next_document)
        self._agenda.at(beginning + timedelta(seconds=30 / self._speed), self._next_other)
        self._controller.step()
        while (due := self._agenda.next) is not None and due <= now:
            self._clock.set(due)
            self._controller.step()
        self._clock.set(None)
        schedules.ScheduledRuns(self._store, self._agenda, self._clock).begin()

    def _furnish(self, now: datetime) -> None:
        for template in pipelines.templates():
            self._store.create(WORKFLOW_TEMPLATES, template)
        for cron in schedules.cron_workflows(now):
            self._store.create(CRON_WORKFLOWS, cron)
        for run in schedules.runs_of_schedules(now):
            self._old.add(self._store.create(WORKFLOWS, run).uid)
        old = past.history(self._workflows, FIRST_DOCUMENT, now, self._rng)
        for document in (past.huge(now, self._rng), *reversed(old)):
            if self._store.get(WORKFLOWS, "argo", document["metadata"]["name"]) is None:
                self._old.add(self._store.create(WORKFLOWS, document).uid)

    def _programme(self) -> list[tuple[float, Callable[[], Document]]]:
        """Return the workflows that start once, by seconds after the beginning."""
        stamp = int(self._clock.now().timestamp())
        return [
            (0, singles.training),
            (690, lambda: pipelines.nightly(stamp + 690)),
            (20, singles.migration),
            (60, singles.signatures),
            (90, singles.rotation),
            (150, lambda: pipelines.thumbnails("spring")),
            (300, singles.suspended),
            (330, singles.release),
            (400, lambda: pipelines.thumbnails("spring")),
            (420, lambda: pipelines.integration("main")),
            (480, pipelines.visual_analysis),
            (700, lambda: pipelines.data_quality("orders")),
            (720, hostile),
        ]

    def _plan(self, moment: datetime, make: Callable[[], Document]) -> None:
        self._agenda.at(moment, lambda: self._start(make()))

    def _start(self, document: Document) -> None:
        name = document["metadata"].get("name")
        namespace = document["metadata"]["namespace"]
        if name is None or self._store.get(WORKFLOWS, namespace, name) is None:
            self._store.create(WORKFLOWS, document)
        self._tidy()

    def _next_document(self) -> None:
        self._number += 1
        self._start(pipelines.docproc(self._number, fails=self._number % 6 == 0))
        self._again(25, 70, self._next_document)

    def _next_other(self) -> None:
        rng = self._rng
        match rng.choices(range(5), (5, 4, 4, 1, 1))[0]:
            case 0:
                self._start(pipelines.thumbnails(rng.choice(("spring", "summer", "winter"))))
            case 1:
                self._start(pipelines.integration(rng.choice(("main", "fix/eof", "next"))))
            case 2:
                self._start(pipelines.data_quality(rng.choice(("orders", "clicks", "stock"))))
            case 3:
                self._start(pipelines.nightly(int(self._clock.now().timestamp())))
            case _:
                confidence, job = f"0.{rng.randint(55, 97)}", f"job_{rng.randint(4000, 4999)}"
                self._start(pipelines.visual_analysis(confidence, job))
        self._again(90, 200, self._next_other)

    def _again(self, low: float, high: float, action: Callable[[], None]) -> None:
        seconds = self._rng.uniform(low, high) / self._speed
        self._agenda.at(self._clock.now() + timedelta(seconds=seconds), action)

    def _tidy(self) -> None:
        ended: list[StoredObject] = [
            entry
            for entry in self._store.items(WORKFLOWS)
            if entry.labels.get(COMPLETED) == "true" and entry.uid not in self._old
        ]
        ended.sort(key=lambda entry: entry.version)
        for entry in ended[: max(0, len(ended) - KEPT)]:
            self._store.delete(WORKFLOWS, entry.namespace, entry.name)
