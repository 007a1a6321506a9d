"""Reading one container's log to its end, through every cut."""

from __future__ import annotations

import asyncio
import enum
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from typing import Protocol

import msgspec

from argotui.backend.backoff import (
    Backoff,
    Wakeup,
    first_of,
    within,
)
from argotui.backend.clock import Clock
from argotui.backend.ports import ClusterPort, LogRequest, Pod
from argotui.errors import (
    BackendError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    ThrottledError,
    UnreachableError,
)
from argotui.operations.logs.timestamps import Resume, StampReader, to_ns

ATTEMPTS = 5
"""Attempts in a row to read a log that is not followed."""

GRACE = 10.0
"""Seconds a stream may stay open without an end after the node has ended: it may be cut."""

STANDS = 1.0
"""Seconds after which an answer that was not refused is taken for an open stream."""

QUIET = 14.0
"""Seconds without a line after which an open stream is checked, because it may be dead. The check
reads the last line, which is cheap for the kubelet."""

PROBE = 5.0
"""Seconds that the answer may take."""

ENDED_PHASES = ("Succeeded", "Failed")


class LogState(enum.Enum):
    """The state of reading one log; the value is its word."""

    QUEUED = "queued"
    READING = "reading"
    FOLLOWING = "following"
    WAITING = "waiting to start"
    CUT = "reconnecting"
    ENDED = "ended"
    GONE = "pod deleted"
    FORBIDDEN = "forbidden"
    FAILED = "failed"

    @property
    def over(self) -> bool:
        """Whether nothing more will come."""
        return self in (LogState.ENDED, LogState.GONE, LogState.FORBIDDEN, LogState.FAILED)


class LogStream(msgspec.Struct, frozen=True):
    """One container's log: `index` identifies it in batches, `name` is for people. `archived` is
    the artifact that may hold it after the pod is deleted. `does_the_work` is true for the
    containers of a step, not for Argo's own and sidecars."""

    index: int
    namespace: str
    pod: str
    container: str
    node_id: str
    name: str
    archived: str = ""
    does_the_work: bool = True
    workflow: str = ""


class LogOptions(msgspec.Struct, frozen=True):
    """How to read: `tail` counts lines of each container, `since` is aware."""

    follow: bool = False
    previous: bool = False
    tail: int | None = None
    since: datetime | None = None
    ends: bool = False
    """Whether it is said behind the last line of a step that failed how it ended."""


class LogSink(Protocol):
    """Where the lines of a log go."""

    def begin_past(self, number: int) -> None: ...
    def end_past(self, number: int) -> None: ...
    def close(self, number: int) -> None: ...
    def note(self, number: int, stamp: int, text: str) -> None: ...
    async def put(self, number: int, stamps: list[int], texts: list[bytes]) -> None: ...


class ContainerLog:
    """Reads one log into a sink; `look` reads the pod again (None if it is deleted).

    A notice about the whole pod is given only if `is_news` says so of its text. With `alone` there
    is nothing to merge with, so the past and the rest are one request. Otherwise the past is read
    to its end first, so that others know when it is complete.
    """

    def __init__(
        self,
        cluster: ClusterPort,
        source: LogStream,
        ask: LogOptions,
        sink: LogSink,
        look: Callable[[], Awaitable[Pod | None]],
        clock: Clock,
        rng: random.Random,
        *,
        alone: bool,
        on_change: Callable[[], None],
        is_news: Callable[[str], bool],
        quiet: Callable[[], float] = lambda: QUIET,
    ) -> None:
        self.source = source
        self.state = LogState.QUEUED
        self.error: BackendError | None = None
        self.retry_at: float | None = None
        self.heard: float | None = None
        self.count = 0
        """The number of lines read so far."""
        self._cluster = cluster
        self._ask = ask
        self._sink = sink
        self._look = look
        self._clock = clock
        self._alone = alone
        self._on_change = on_change
        self._is_news = is_news
        self._quiet = quiet
        self._last_line = 0
        self._backoff = Backoff(rng)
        self._failures = 0
        self._resume = Resume(ask.since, tailed=ask.tail is not None)
        self._stamps = StampReader(to_ns(clock.now()))
        self._wakeup = Wakeup(clock)
        self._cut = asyncio.Event()
        self._node_ended = asyncio.Event()

    def pod_changed(self) -> None:
        """Try again now, if the last attempt failed or the container had not started."""
        self._wakeup.wake()

    def node_ended(self) -> None:
        """Expect the end of the log soon."""
        self._node_ended.set()

    def reconnect(self) -> None:
        """Open the stream again, because the present one may be dead."""
        self._cut.set()
        self._wakeup.wake()

    async def run(self, *, ended: bool) -> None:
        """Read until there is nothing more; `ended` if the container has terminated already."""
        number = self.source.index
        follow = self._ask.follow and not self._ask.previous
        past = not (follow and self._alone) or ended
        try:
            while True:
                # Keep the word of the state until an answer arrives, so that it does not flicker.
                if self.state not in (LogState.WAITING, LogState.CUT):
                    self._set(LogState.READING if past else LogState.FOLLOWING)
                try:
                    complete = await self._read(follow=not past)
                except BackendError as error:
                    if await self._is_over(error, follow=follow):
                        return
                    continue
                self._failures = 0
                if not complete:
                    continue
                if not follow or (past and ended):
                    await self._tell_if_pending(ended=ended)
                    self._set(LogState.ENDED)
                    return
                if past:
                    past = False
                    self._sink.end_past(number)
                    continue
                pod = await self._look_again()
                past = ended = pod is None or has_ended(pod, self.source.container)
                if pod is not None and not ended:
                    # The log of a pod that no node has yet is empty, and no error.
                    if pod.phase == "Pending":
                        self._set(LogState.WAITING)
                    await self._wakeup.sleep(self._backoff.next())
        finally:
            self._sink.close(number)

    async def _tell_if_pending(self, *, ended: bool) -> None:
        """Say of a log that is empty because its pod has no node yet that this is why."""
        if ended or self._resume.started:
            return
        pod = await self._look_again()
        if pod is not None and pod.phase == "Pending":
            why = pod.message or pod.reason or "no node has the pod yet"
            self._note(f"{self.source.container} has not started: {why}")

    async def _read(self, *, follow: bool) -> bool:
        """Read one answer; return whether it came to its end and was not cut by ourselves."""
        self._cut.clear()
        done = await first_of(
            self._pump(follow=follow),
            self._cut.wait(),
            self._overdue(follow),
            self._doubted(follow),
        )
        if done == 2:
            self._node_ended.clear()
        return done not in (1, 3)

    async def _overdue(self, follow: bool) -> None:
        """Return when an open stream should have ended long ago."""
        await self._clock.sleep(STANDS)
        self._set(LogState.FOLLOWING if follow else LogState.READING)
        if not follow:
            await asyncio.Event().wait()
        await self._node_ended.wait()
        await self._clock.sleep(GRACE)

    async def _doubted(self, follow: bool) -> None:
        """Return when the log has a line that an open stream should have delivered before; raise
        UnreachableError if it cannot be read."""
        if not follow:
            await asyncio.Event().wait()
        opened = self._clock.monotonic()
        while True:
            quiet = self._quiet()
            left = max(self.heard or 0.0, opened) + quiet - self._clock.monotonic()
            if left > 0:
                await self._clock.sleep(left)
                continue
            known = max(self._resume.latest, self._last_line)
            try:
                self._last_line = await within(self._clock, PROBE, self._ask_last_line())
            except TimeoutError:
                raise UnreachableError(
                    "The connection went silent", "Neither the log nor a read was answered."
                ) from None
            if known and self._last_line > known and self._resume.latest < self._last_line:
                return
            opened = self._clock.monotonic()

    async def _ask_last_line(self) -> int:
        """Return the stamp of the log's last line, in ns since the epoch; 0 if there is none."""
        source, last = self.source, [0]
        request = LogRequest(
            source.namespace, source.pod, source.container, tail_lines=1, workflow=source.workflow
        )
        stream = self._cluster.stream_log(request)
        try:
            async for lines in stream:
                stamps, _, bare = StampReader(0).split(lines)
                last += [stamp for at, stamp in enumerate(stamps) if at not in bare]
        except UnreachableError:
            raise
        except BackendError:
            pass  # the stream itself reports a deleted pod or a missing right
        finally:
            await _close(stream)
        return max(last)

    async def _pump(self, *, follow: bool) -> None:
        resume, number = self._resume, self.source.index
        first = not resume.started
        since = resume.since()
        if not first:
            resume.repeat()
        stream = self._cluster.stream_log(
            LogRequest(
                self.source.namespace,
                self.source.pod,
                self.source.container,
                follow=follow,
                previous=self._ask.previous,
                tail_lines=self._ask.tail if first else None,
                since=since,
                workflow=self.source.workflow,
            )
        )
        try:
            async for lines in stream:
                self.heard = self._clock.monotonic()
                self._failures = 0
                self._set(LogState.FOLLOWING if follow else LogState.READING)
                stamps, texts, lost = resume.take(*self._stamps.split(lines))
                if lost:
                    self._note("lines may be missing here: the log was rotated or began anew")
                if stamps:
                    self.count += len(stamps)
                    self._backoff.reset()
                    await self._sink.put(number, stamps, texts)
        finally:
            await _close(stream)

    async def _is_over(self, error: BackendError, *, follow: bool) -> bool:
        """Deal with a refusal or a failure; return whether reading ends here."""
        if isinstance(error, NotFoundError):
            self._note_once(gone_text(self.source), LogState.GONE)
            return True
        if isinstance(error, ForbiddenError):
            text = f"not allowed to read the log of {self.source.pod}"
            self._note_once(text, LogState.FORBIDDEN, error)
            return True
        if self._ask.previous and never_restarted(error):
            once = f"{self.source.container} was not restarted: there is no run before this one"
            self._note_once(once, LogState.FAILED, error)
            return True
        if is_waiting(error):
            return await self._wait_for_start(error, follow=follow)
        if not error.retryable or (not follow and self._failures + 1 >= ATTEMPTS):
            self._note(told(error), LogState.FAILED, error)
            return True
        self._failures += 1
        if self._failures > 1:
            self._sink.end_past(self.source.index)
        delay = self._backoff.next()
        if isinstance(error, ThrottledError):
            delay = max(delay, error.retry_after)
        self.retry_at = self._clock.monotonic() + delay
        self._set(LogState.CUT, error)
        await self._wakeup.sleep(delay)
        self.retry_at = None
        return False

    async def _wait_for_start(self, error: BackendError, *, follow: bool) -> bool:
        """Wait for a change of the pod; return whether the container will never start."""
        if not follow:
            self._note(
                f"{self.source.container} has not started: {reason_of(error)}", LogState.ENDED
            )
            return True
        pod = await self._look_again()
        if pod is None:
            self._note_once(gone_text(self.source), LogState.GONE)
            return True
        if pod.phase in ENDED_PHASES:
            why = ": ".join(part for part in (pod.reason, pod.message) if part)
            self._note(
                f"{self.source.container} never started ({why or pod.phase})", LogState.ENDED
            )
            return True
        self._sink.end_past(self.source.index)
        self._set(LogState.WAITING, error)
        if await self._wakeup.sleep(self._backoff.next()):
            self._backoff.reset()
        return False

    async def _look_again(self) -> Pod | None:
        """Read the pod; while that fails, the state is unknown."""
        while True:
            try:
                return await self._look()
            except BackendError as error:
                if not error.retryable:
                    return Pod(self.source.pod, self.source.namespace, "", "", "", "", [])
                self._set(LogState.CUT, error)
                await self._wakeup.sleep(self._backoff.next())

    def _note(
        self, text: str, state: LogState | None = None, error: BackendError | None = None
    ) -> None:
        self._sink.note(self.source.index, to_ns(self._clock.now()), text)
        if state is not None:
            self._set(state, error)

    def _note_once(self, text: str, state: LogState, error: BackendError | None = None) -> None:
        if self._is_news(text):
            self._note(text, state, error)
        else:
            self._set(state, error)

    def _set(self, state: LogState, error: BackendError | None = None) -> None:
        if (state, error) != (self.state, self.error):
            self.state, self.error = state, error
            self._on_change()


def has_ended(pod: Pod, container: str) -> bool:
    """Say whether a container has terminated: by its own state, else by the pod's phase."""
    state = pod.states.get(container)
    return state == "terminated" if state is not None else pod.phase in ENDED_PHASES


def is_waiting(error: BackendError) -> bool:
    """Say whether the API server refused because the container has not started yet.

    The words are those of `validateContainerLogStatus` in the kubelet and `LogLocation` of the API
    server: "container "main" in pod "p" is waiting to start: PodInitializing", and for a pod that
    no node has yet "... does not have a host assigned".
    """
    if not isinstance(error, InvalidError):
        return False
    words = f"{error.title} {error.detail}"
    return "waiting to start" in words or "does not have a host assigned" in words


def never_restarted(error: BackendError) -> bool:
    """Say whether the kubelet refused because there is no run before the present one.

    Its words (`validateContainerLogStatus`): "previous terminated container "main" in pod "p" not
    found".
    """
    return isinstance(error, InvalidError) and "previous terminated container" in error.detail


def reason_of(error: BackendError) -> str:
    """Return the reason at the end of a "waiting to start" answer."""
    words = error.detail or error.title
    return words.rpartition("waiting to start: ")[2] or words


def told(error: BackendError) -> str:
    """Return an error as one line."""
    return " · ".join(part for part in (error.title, error.detail) if part).replace("\n", " ")


def gone_text(source: LogStream) -> str:
    """Return the notice about a log whose pod is deleted."""
    if source.archived:
        return f"pod {source.pod} is deleted; its log is archived as artifact {source.archived}"
    return f"pod {source.pod} is deleted, and its log is not archived"


async def _close(stream: AsyncIterator[list[bytes]]) -> None:
    close = getattr(stream, "aclose", None)
    if close is not None:
        await close()
