"""The kubelet of the embedded cluster: phases, events and logs of pods."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from argotui.demo.api.kinds import PODS, Document
from argotui.demo.api.log_store import (
    EPOCH,
    LogStore,
    StoredLog,
    nanoseconds,
)
from argotui.demo.api.objects import ObjectStore, StoredObject
from argotui.demo.argo import pods
from argotui.demo.argo.agenda import Schedule
from argotui.demo.argo.event_log import EventLog
from argotui.demo.argo.programs import Program
from argotui.demo.argo.run import stamp

HOSTS = ("node1", "node2", "node3")
_BATCH = timedelta(milliseconds=50)
"""Seconds below which log lines are written together."""


class _Job:
    """A pod on this kubelet."""

    def __init__(self, entry: StoredObject, program: Program, host: str, address: str) -> None:
        self.namespace = entry.namespace
        self.name = entry.name
        self.uid = entry.uid
        self.workflow = entry.labels.get(f"{pods.LABEL}workflow", "")
        self.program = program
        self.host = host
        self.address = address
        self.started = self.init_started = self.main_started = EPOCH
        self.log: StoredLog | None = None
        self.sent = 0
        self.over = False


class Kubelet:
    """Runs pods. `speed` divides every duration; `on_change` gets (namespace, workflow)."""

    def __init__(
        self,
        store: ObjectStore,
        logs: LogStore,
        events: EventLog,
        agenda: Schedule,
        rng: random.Random,
        *,
        speed: float,
        on_change: Callable[[str, str], None],
    ) -> None:
        self._store = store
        self._logs = logs
        self._events = events
        self._agenda = agenda
        self._rng = rng
        self._speed = speed
        self._on_change = on_change
        self._jobs: dict[str, _Job] = {}

    def accept(self, entry: StoredObject, program: Program) -> None:
        """Start a pod."""
        number = len(self._jobs)
        address = f"10.42.{number // 250 % 250}.{number % 250 + 2}"
        job = _Job(entry, program, HOSTS[number % len(HOSTS)], address)
        self._jobs[entry.uid] = job
        self._later(job, self._rng.uniform(0.1, 0.5), self._schedule)

    def program(self, uid: str) -> Program | None:
        """Return the program of a pod."""
        job = self._jobs.get(uid)
        return job.program if job else None

    def kill(self, uid: str) -> None:
        """End a pod now, by SIGTERM."""
        job = self._jobs.get(uid)
        if job is not None and not job.over:
            self._end(job, 143, "Error")

    def forget(self, uid: str) -> None:
        """Forget a deleted pod."""
        job = self._jobs.pop(uid, None)
        if job is not None:
            job.over = True
        self._logs.forget(uid)

    def _later(self, job: _Job, seconds: float, action: Callable[[_Job], None]) -> None:
        self._at(job, self._now() + timedelta(seconds=seconds / self._speed), action)

    def _at(self, job: _Job, moment: datetime, action: Callable[[_Job], None]) -> None:
        def act() -> None:
            if not job.over and self._store.get(PODS, job.namespace, job.name) is not None:
                action(job)

        self._agenda.at(moment, act)

    def _now(self) -> datetime:
        return self._store.clock.now()

    def _schedule(self, job: _Job) -> None:
        job.started = self._now()

        def change(pod: Document) -> None:
            pod["spec"]["nodeName"] = job.host
            status = pod["status"]
            status["startTime"] = stamp(job.started)
            status["conditions"] = [pods.condition("PodScheduled", holds=True, since=job.started)]
            waiting = pods.waiting("PodInitializing")
            status["initContainerStatuses"] = [
                self._container(pod, "init", pods.waiting("PodInitializing"))
            ]
            status["containerStatuses"] = [
                self._container(pod, name, waiting) for name in ("main", "wait")
            ]

        self._update(job, change)
        text = f"Successfully assigned {job.namespace}/{job.name} to {job.host}"
        self._record(job, "Scheduled", text, source="default-scheduler")
        self._later(job, self._rng.uniform(0.2, 0.8), self._initialise)

    def _initialise(self, job: _Job) -> None:
        job.init_started = self._now()

        def change(pod: Document) -> None:
            pod["status"]["initContainerStatuses"] = [
                self._container(pod, "init", pods.running(job.init_started))
            ]

        self._logs.start(job.uid, "init")
        self._update(job, change)
        self._announce(job, "init", pods.EXECUTOR)
        self._later(job, self._rng.uniform(0.3, 1.0), self._start)

    def _start(self, job: _Job) -> None:
        job.main_started = self._now()
        image = ""

        def change(pod: Document) -> None:
            nonlocal image
            image = pod["spec"]["containers"][1]["image"]
            status = pod["status"]
            status["phase"] = "Running"
            status["podIP"] = job.address
            status["podIPs"] = [{"ip": job.address}]
            status["initContainerStatuses"] = [
                self._container(
                    pod,
                    "init",
                    pods.terminated(job.init_started, job.main_started, 0, "Completed"),
                )
            ]
            status["containerStatuses"] = [
                self._container(pod, name, pods.running(job.main_started), ready=True)
                for name in ("main", "wait")
            ]
            status["conditions"] = [
                pods.condition(type_, holds=True, since=job.main_started)
                for type_ in ("Initialized", "Ready", "ContainersReady", "PodScheduled")
            ]

        if (init := self._logs.get(job.uid, "init")) is not None:
            init.close()
        job.log = self._logs.start(job.uid, "main")
        self._logs.start(job.uid, "wait")
        self._update(job, change)
        self._announce(job, "wait", pods.EXECUTOR)
        self._announce(job, "main", image)
        self._pump(job)

    def _pump(self, job: _Job) -> None:
        """Write the due lines, then plan the next ones or the end."""
        now = self._now()
        program = job.program
        while job.sent < len(program.lines):
            moment = self._moment(job, program.lines[job.sent][0])
            if moment > now:
                break
            self._write(job, moment)
        end = self._moment(job, program.seconds)
        if job.sent < len(program.lines):
            due = max(self._moment(job, program.lines[job.sent][0]), now + _BATCH)
            self._at(job, min(due, max(end, now)), self._pump)
        elif now < end:
            self._at(job, end, self._pump)
        if now >= end:
            while job.sent < len(program.lines):
                self._write(job, end)
            self._end(job, program.exit_code, program.reason)

    def _moment(self, job: _Job, seconds: float) -> datetime:
        return job.main_started + timedelta(seconds=seconds / self._speed)

    def _write(self, job: _Job, moment: datetime) -> None:
        if job.log is not None:
            stamp = nanoseconds(moment) + self._rng.randrange(1, 1000)
            job.log.append(stamp, job.program.lines[job.sent][1].encode())
        job.sent += 1

    def _end(self, job: _Job, code: int, reason: str) -> None:
        job.over = True
        now = self._now()
        began = job.main_started if job.main_started > EPOCH else now

        def change(pod: Document) -> None:
            status = pod["status"]
            status["phase"] = "Failed" if code else "Succeeded"
            status["containerStatuses"] = [
                self._container(pod, "main", pods.terminated(began, now, code, reason)),
                self._container(pod, "wait", pods.terminated(began, now, 0, "Completed")),
            ]
            status["conditions"] = [
                {
                    **pods.condition(type_, holds=holds, since=now),
                    "reason": "PodFailed" if code else "PodCompleted",
                }
                for type_, holds in (
                    ("Initialized", True),
                    ("Ready", False),
                    ("ContainersReady", False),
                    ("PodScheduled", True),
                )
            ]

        for name in ("init", "main", "wait"):
            log = self._logs.get(job.uid, name) or self._logs.start(job.uid, name)
            log.close()
        self._update(job, change)

    @staticmethod
    def _container(
        pod: Document, name: str, state: dict[str, Any], *, ready: bool = False
    ) -> dict[str, Any]:
        spec = pod["spec"]
        listed = [*spec["initContainers"], *spec["containers"]]
        container = next(each for each in listed if each["name"] == name)
        return pods.container_status(container, pod["metadata"]["uid"], state, ready=ready)

    def _update(self, job: _Job, change: Callable[[Document], None]) -> None:
        entry = self._store.get(PODS, job.namespace, job.name)
        if entry is None or entry.uid != job.uid:
            return
        pod = entry.decode()
        change(pod)
        self._store.update(PODS, pod)
        self._on_change(job.namespace, job.workflow)

    def _announce(self, job: _Job, container: str, image: str) -> None:
        kind = "initContainers" if container == "init" else "containers"
        path = f"spec.{kind}{{{container}}}"
        present = f'Container image "{image}" already present on machine'
        for reason, message in (
            ("Pulled", present),
            ("Created", f"Created container: {container}"),
            ("Started", f"Started container {container}"),
        ):
            self._record(job, reason, message, source="kubelet", field_path=path)

    def _record(
        self, job: _Job, reason: str, message: str, *, source: str, field_path: str = ""
    ) -> None:
        entry = self._store.get(PODS, job.namespace, job.name)
        if entry is not None:
            host = job.host if source == "kubelet" else ""
            self._events.record(
                PODS, entry, reason, message, source=source, host=host, field_path=field_path
            )
