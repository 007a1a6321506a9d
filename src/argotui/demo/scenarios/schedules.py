"""CronWorkflows in the states that a person meets: running, suspended, refused, late, stopped."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from argotui.backend.clock import Clock
from argotui.demo.api.kinds import CRON_WORKFLOWS, WORKFLOWS, Document
from argotui.demo.api.objects import ObjectStore
from argotui.demo.argo.agenda import Schedule
from argotui.demo.scenarios.manifests import cron_workflow, from_template
from argotui.model.cron.summary import COMPLETED_LABEL, LAST_SCHEDULE, summarise_cron
from argotui.model.cron.timetable import read_timetable
from argotui.model.kinds import API_VERSION
from argotui.model.submission.build import workflow_from_cron

_CREATED = timedelta(days=30)


def cron_workflows(now: datetime) -> list[Document]:
    """Return the CronWorkflows as a controller that ran until now has left them."""
    nightly = cron_workflow("nightly-etl", "argo")
    _ran(nightly, now)
    return [
        nightly,
        _cron(now, "thumbnails-refresh", "*/15 * * * *", "thumbnails", concurrencyPolicy="Replace"),
        _cron(
            now,
            "integration-weekdays",
            "30 6 * * mon-fri",
            "integration-tests",
            timezone="America/New_York",
            suspend=True,
        ),
        _refused(now),
        _late(now),
        _stopped(now),
        _cron(now, "quality-hourly", "10 * * * *", "data-quality", namespace="data"),
    ]


def runs_of_schedules(now: datetime) -> list[Document]:
    """Return workflows that the schedules started a while ago and that have ended."""
    made = []
    for number, phase in enumerate(("Succeeded", "Failed", "Succeeded", "Succeeded")):
        started = now - timedelta(minutes=15 * (4 - number))
        stamp = int(started.timestamp())
        run = from_template(
            f"thumbnails-refresh-{stamp}",
            "thumbnails",
            "system-serviceaccount-argo-argo",
            cron="thumbnails-refresh",
            arguments={"album": "spring"},
        )
        run["metadata"]["creationTimestamp"] = _text(started)
        run["metadata"]["labels"] |= {
            "workflows.argoproj.io/completed": "true",
            "workflows.argoproj.io/phase": phase,
        }
        ended = _text(started + timedelta(seconds=47))
        run["status"] = {"phase": phase, "startedAt": _text(started), "finishedAt": ended}
        made.append(run)
    return made


def _cron(
    now: datetime,
    name: str,
    schedule: str,
    template: str,
    *,
    namespace: str = "argo",
    **spec: Any,
) -> Document:
    document: Document = {
        "apiVersion": API_VERSION,
        "kind": "CronWorkflow",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "schedules": [schedule],
            "workflowSpec": {"workflowTemplateRef": {"name": template}},
            **spec,
        },
        "status": {"phase": "Active"},
    }
    _ran(document, now)
    return document


def _ran(document: Document, now: datetime) -> None:
    """Note the last run before now, as the controller does."""
    meta, spec = document["metadata"], document["spec"]
    meta["creationTimestamp"] = _text(now - _CREATED)
    zone = spec.get("timezone", "")
    before = f"CRON_TZ={zone} " if zone else ""
    used = ",".join(before + text for text in spec["schedules"])
    meta["annotations"] = {**meta.get("annotations", {}), LAST_SCHEDULE: used}
    table = read_timetable(spec["schedules"], zone)
    last = None
    for run in table.runs(now - timedelta(days=4)):
        if run > now:
            break
        last = run
    if last is not None:
        document["status"]["lastScheduledTime"] = _text(last)


def _refused(now: datetime) -> Document:
    document = _cron(now, "sunday-report", "0 7 * * sun", "data-quality")
    document["spec"]["schedules"] = ["0 7 * * 7"]
    message = "cron schedule 0 7 * * 7 is malformed: end of range (7) above maximum (6): 7"
    document["status"]["conditions"] = [
        {"type": "SpecError", "status": "True", "message": message},
    ]
    return document


def _late(now: datetime) -> Document:
    document = _cron(now, "ledger-close", "0 * * * *", "nightly-etl", startingDeadlineSeconds=7200)
    document["status"]["lastScheduledTime"] = _text(now - timedelta(hours=5, minutes=20))
    message = "Failed to submit Workflow: workflows.argoproj.io is forbidden: exceeded quota"
    document["status"]["conditions"] = [
        {"type": "SubmissionError", "status": "True", "message": message},
    ]
    return document


def _stopped(now: datetime) -> Document:
    expression = "cronworkflow.failed >= 3"
    document = _cron(
        now, "canary-probe", "*/5 * * * *", "thumbnails", stopStrategy={"expression": expression}
    )
    document["metadata"]["labels"] = {COMPLETED_LABEL: "true"}
    document["status"] |= {"phase": "Stopped", "failed": 3, "succeeded": 41}
    return document


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


class ScheduledRuns:
    """Starts the workflows of the CronWorkflows of a cluster at their times, as a controller does.

    It looks at each full minute; `@every` and the policy for concurrency are left out.
    """

    def __init__(self, store: ObjectStore, agenda: Schedule, clock: Clock) -> None:
        self._store = store
        self._agenda = agenda
        self._clock = clock
        self._seen = clock.now()

    def begin(self) -> None:
        """Look at each full minute from now on."""
        now = self._clock.now()
        minute = now.replace(second=0, microsecond=0) + timedelta(minutes=1)
        self._agenda.at(minute, self._look)

    def _look(self) -> None:
        before, self._seen = self._seen, self._clock.now()
        for entry in self._store.items(CRON_WORKFLOWS):
            document = entry.decode()
            row = summarise_cron(document)
            if row.state or row.timetable is None or row.key.name in _LEFT_ALONE:
                continue
            run = next(row.timetable.runs(before), None)
            if run is not None and run <= self._seen:
                self._start(document, run)
        self.begin()

    def _start(self, cron: Document, run: datetime) -> None:
        made = workflow_from_cron(cron, run)
        meta = made["metadata"]
        del meta["generateName"]
        meta["name"] = f"{cron['metadata']['name']}-{int(run.timestamp())}"
        meta["namespace"] = cron["metadata"]["namespace"]
        if self._store.get(WORKFLOWS, meta["namespace"], meta["name"]) is None:
            self._store.create(WORKFLOWS, made)
        cron["status"] = {**(cron.get("status") or {}), "lastScheduledTime": _text(run)}
        self._store.update(CRON_WORKFLOWS, cron)


_LEFT_ALONE = frozenset({"ledger-close"})
"""What the quota keeps from running, in the scenario."""
