"""Reading the logs of a container, a pod, a node and all it contains, or a workflow, as one."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Callable

from argotui.backend.backoff import Backoff, Wakeup, cancel
from argotui.backend.clock import Clock
from argotui.backend.freshness import Freshness, Link
from argotui.backend.ports import ClusterPort, Pod
from argotui.errors import BackendError, ForbiddenError, InvalidError
from argotui.model.argo import Node, Workflow
from argotui.model.counted import counted
from argotui.model.workflow.cause import own_words
from argotui.model.workflow.pod_name import pod_name
from argotui.operations.logs.container_log import (
    ContainerLog,
    LogOptions,
    LogState,
    LogStream,
    has_ended,
)
from argotui.operations.logs.merge import LogBatch
from argotui.operations.logs.pool import LogPool
from argotui.operations.logs.targets import (
    CHOICES,
    LogTarget,
    archived_log,
    chosen_containers,
    main_containers,
    may_come,
    no_such_container,
    pods_from_nodes,
    wanted_nodes,
)
from argotui.operations.logs.timestamps import to_ns

TOLD_GONE = 20
"""Up to how many deleted pods are named one by one."""

FAR = 3600.0


class WorkflowLog:
    """Reads the logs of `target` with the options `ask`, merged in the order of time.

    `batches()` yields the lines; `sources` grows as pods appear. With `follow`, the watcher of the
    workflow calls `tell` on each change, so that new pods and the end are noticed. With a `pool`
    that others read into too, call `run` instead of `batches`; `prefix` stands before the names of
    its logs.
    """

    def __init__(
        self,
        cluster: ClusterPort,
        target: LogTarget,
        ask: LogOptions,
        clock: Clock,
        rng: random.Random,
        workflow: Workflow | None = None,
        *,
        pool: LogPool | None = None,
        prefix: str = "",
    ) -> None:
        self.target = target
        self.ask = ask
        self.logs: list[ContainerLog] = []
        self.freshness = Freshness()
        self.on_change: Callable[[], None] | None = None
        self.containers: list[str] = []
        """The names of all containers in the pods, init containers first."""
        self._cluster = cluster
        self._clock = clock
        self._rng = rng
        self.workflow = workflow
        self._prefix = prefix
        self._pods: dict[str, Pod] = {}
        self._known: set[tuple[str, str]] = set()
        self._told_gone: set[str] = set()
        self._told: set[str] = set()
        self._told_ends: set[int] = set()
        self._pool = pool if pool is not None else LogPool(clock)
        self._held = self._pool.hold()
        self._wakeup = Wakeup(clock)
        self._changed = False
        self._deleted = False
        self._tasks: list[asyncio.Task[None]] = []
        self._listing: asyncio.Task[None] | None = None

    @property
    def sources(self) -> list[LogStream]:
        """The sources by their index in batches."""
        return [log.source for log in self.logs]

    @property
    def may_have_older(self) -> bool:
        """Whether a log may have lines before the requested ones."""
        tail = self.ask.tail
        return tail is not None and any(log.count >= tail for log in self.logs)

    @property
    def failures(self) -> list[BackendError]:
        """Why some of the logs could not be read."""
        bad = (LogState.FORBIDDEN, LogState.FAILED)
        return [log.error for log in self.logs if log.state in bad and log.error is not None]

    def tell(self, workflow: Workflow) -> None:
        """Take the present state of the workflow."""
        self.workflow = workflow
        self._deleted = False
        for log in self.logs:
            node = workflow.nodes.get(log.source.node_id)
            if log.state is LogState.WAITING:
                log.pod_changed()
            elif node is not None and node.fulfilled and not node.daemoned:
                log.node_ended()
        self._changed = True
        self._wakeup.wake()

    def workflow_deleted(self) -> None:
        """Take note that nothing more will start."""
        self._deleted = True
        for log in self.logs:
            log.node_ended()
        self._changed = True
        self._wakeup.wake()

    def reconnect(self) -> None:
        """Open every stream again: those that are open may be dead without knowing it."""
        for log in self.logs:
            log.reconnect()
        self._changed = True
        self._wakeup.wake()

    def release(self) -> None:
        """Let the other readers of the pool continue before the logs here are known."""
        self._pool.release(self._held)

    def batches(self) -> AsyncGenerator[LogBatch, None]:
        """Return a generator of lines until all requested logs are read."""
        return self._pool.batches(self.run)

    async def run(self) -> None:
        """Read into the pool until all requested logs are read."""
        try:
            await self._manage()
        finally:
            self.release()
            listing = [self._listing] if self._listing is not None else []
            await cancel(*self._tasks, *listing)

    async def _manage(self) -> None:
        backoff = Backoff(self._rng)
        while True:
            self._changed = False
            if self._expects_pods():
                try:
                    await self._find_pods()
                except BackendError as error:
                    if not error.retryable or not self.ask.follow:
                        raise
                    await self._failed(error, backoff.next())
                    continue
                backoff.reset()
            self.release()
            self._raise_faults()
            if self.ask.ends:
                self._tell_ends()
            self._update()
            if self._is_done():
                return
            if not self._changed:
                await self._wakeup.sleep(FAR)

    def _raise_faults(self) -> None:
        for task in self._tasks:
            if task.done() and not task.cancelled():
                task.result()

    async def _failed(self, error: BackendError, delay: float) -> None:
        retry_at = self._clock.monotonic() + delay
        self.freshness = Freshness(Link.STALE, self.freshness.heard, error, retry_at)
        self.release()
        self._announce()
        await self._wakeup.sleep(delay)

    def _expects_pods(self) -> bool:
        """Whether there may be pods that are not known yet."""
        if self.workflow is None or not self.logs:
            return True
        known = {log.source.node_id for log in self.logs}
        return any(
            node.id not in known and node.id not in self._told_gone
            for node in wanted_nodes(self.workflow, self.target)
        )

    def _is_done(self) -> bool:
        if not all(log.state.over for log in self.logs) or self._changed:
            return False
        workflow = self.workflow
        if not self.ask.follow or workflow is None or self._deleted:
            return True
        if self.target.node_id and self.target.node_id != self.target.key.name:
            node = workflow.nodes.get(self.target.node_id)
            if node is not None:
                return node.fulfilled
        return workflow.completed or bool(self.target.pod and self.logs)

    async def _find_pods(self) -> None:
        namespace, name = self.target.key
        try:
            pods = await self._cluster.list_pods(namespace, name)
        except ForbiddenError:
            if self.workflow is None:
                raise
            pods = pods_from_nodes(self.workflow, self.target, namespace)
        self._pods = {pod.name: pod for pod in pods}
        nodes = wanted_nodes(self.workflow, self.target) if self.workflow is not None else []
        rank = {node.id: at for at, node in enumerate(nodes)}
        mine = [pod for pod in pods if self._means(pod, rank)]
        mine.sort(key=lambda pod: (not _is_over(pod), rank.get(pod.node_id, len(rank)), pod.name))
        self._note_containers(mine)
        found = [
            (pod, container)
            for pod in mine
            for container in chosen_containers(self.workflow, pod, self.target)
            if (pod.name, container) not in self._known
        ]
        if mine and not found and not self.logs:
            self._say_no_container(mine)
        alone = not self._prefix and not self.logs and len(found) == 1
        for pod, container in found:
            self._start(pod, container, alone=alone)
        if self.workflow is not None:
            self._tell_gone(self.workflow, nodes)

    def _means(self, pod: Pod, rank: dict[str, int]) -> bool:
        if self.target.pod:
            return pod.name == self.target.pod
        if self.target.node_id and self.target.node_id != self.target.key.name:
            return pod.node_id in rank or pod.node_id == self.target.node_id
        return True

    def _say_no_container(self, pods: list[Pod]) -> None:
        """Give notice that no pod has the container; raises InvalidError if no later pod can have
        it."""
        told = no_such_container(pods, self.target)
        workflow, wanted = self.workflow, self.target.container
        to_come = self.ask.follow and workflow is not None and not workflow.completed
        if wanted not in CHOICES and not (
            to_come and workflow is not None and may_come(workflow, wanted)
        ):
            what, _, there = told.partition(" There are: ")
            raise InvalidError(what.rstrip("."), f"There are: {there}")
        if self._is_news(told):
            self._notice(to_ns(self._clock.now()), told)

    def _note_containers(self, pods: list[Pod]) -> None:
        for pod in pods:
            for name in pod.all_containers:
                if name not in self.containers:
                    self.containers.append(name)

    def _start(self, pod: Pod, container: str, *, alone: bool) -> None:
        self._known.add((pod.name, container))
        workflow = self.workflow
        node = workflow.nodes.get(pod.node_id) if workflow is not None else None
        name = node.label if node is not None else pod.name
        if self._prefix:
            of_root = node is not None and node.id == self.target.key.name
            name = self._prefix if of_root else f"{self._prefix}/{name}"
        main = main_containers(workflow, pod)
        if container not in ("main", *main[:1]):
            name = f"{name}:{container}"
        source = LogStream(
            len(self._pool.logs),
            pod.namespace,
            pod.name,
            container,
            pod.node_id,
            name,
            archived_log(node, container) if node is not None else "",
            container in main,
            self.target.key.name,
        )

        async def look() -> Pod | None:
            return await self._look(pod.name)

        log = ContainerLog(
            self._cluster,
            source,
            self.ask,
            self._pool.merger,
            look,
            self._clock,
            self._rng,
            alone=alone,
            on_change=self._log_changed,
            is_news=self._is_news,
            quiet=self._pool.quiet,
        )
        self.logs.append(log)
        self._pool.logs.append(log)
        ended = has_ended(pod, container)
        self._tasks.append(asyncio.create_task(self._read(log, ended=ended, alone=alone)))

    async def _read(self, log: ContainerLog, *, ended: bool, alone: bool) -> None:
        try:
            async with self._pool.slots:
                if not alone or ended:
                    self._pool.merger.begin_past(log.source.index)
                await log.run(ended=ended)
        finally:
            self._wakeup.wake()

    async def _look(self, pod: str) -> Pod | None:
        """Read the pods again, once for all concurrent callers, and return one pod."""
        if self._listing is None:
            self._listing = asyncio.create_task(self._list())
        await asyncio.shield(self._listing)
        return self._pods.get(pod)

    async def _list(self) -> None:
        try:
            pods = await self._cluster.list_pods(*self.target.key)
            self._pods = {pod.name: pod for pod in pods}
        finally:
            self._listing = None

    def _tell_gone(self, workflow: Workflow, nodes: list[Node]) -> None:
        """Give notice of each deleted pod, with the place of its log."""
        there = {pod.node_id for pod in self._pods.values()}
        gone = [
            node
            for node in nodes
            if node.fulfilled and node.id not in there and node.id not in self._told_gone
        ]
        self._told_gone.update(node.id for node in gone)
        if len(gone) > TOLD_GONE:
            kept = sum(bool(archived_log(node, "main")) for node in gone)
            self._notice(
                to_ns(self._clock.now()),
                f"{counted(len(gone), 'pod is', 'pods are')} deleted; "
                f"{counted(kept, 'log is', 'logs are')} archived as artifacts",
            )
            return
        for node in gone:
            self._notice(to_ns(node.finished_at or self._clock.now()), _gone_text(workflow, node))

    def _tell_ends(self) -> None:
        """Say behind the last line of each container that failed how it ended."""
        nodes = self.workflow.nodes if self.workflow is not None else {}
        for log in self.logs:
            source = log.source
            node = nodes.get(source.node_id)
            if log.state is not LogState.ENDED or source.index in self._told_ends or node is None:
                continue
            if node.fulfilled:
                self._told_ends.add(source.index)
                if node.phase in ("Failed", "Error") and source.does_the_work:
                    told = f"ended: {own_words(node.message) or node.phase}"
                    stamp = to_ns(node.finished_at or self._clock.now())
                    self._pool.merger.note(source.index, stamp, told)

    def _notice(self, stamp: int, text: str) -> None:
        """Say something that belongs to no source."""
        self._pool.notice(stamp, f"{self._prefix}: {text}" if self._prefix else text)

    def _is_news(self, text: str) -> bool:
        known = text in self._told
        self._told.add(text)
        return not known

    def _log_changed(self) -> None:
        self._update()
        self._wakeup.wake()

    def _update(self) -> None:
        """Sum up how fresh all of it is."""
        logs = self.logs
        heard = max((log.heard for log in logs if log.heard is not None), default=None)
        cut = next((log for log in logs if log.state is LogState.CUT), None)
        if cut is not None:
            state = Freshness(Link.STALE, heard, cut.error, cut.retry_at)
        elif logs and all(log.state is LogState.FORBIDDEN for log in logs):
            state = Freshness(Link.FORBIDDEN, heard, logs[0].error)
        elif self._is_done():
            state = Freshness(Link.CLOSED, heard)
        else:
            state = Freshness(Link.LIVE, heard)
        self.freshness = state
        self._announce()

    def _announce(self) -> None:
        if self.on_change is not None:
            self.on_change()


def _is_over(pod: Pod) -> bool:
    return pod.phase in ("Succeeded", "Failed")


def _gone_text(workflow: Workflow, node: Node) -> str:
    if not node.host_node_name and node.phase in ("Failed", "Error"):
        return f"{node.label}: no pod ran ({node.message or node.phase})"
    kept_as = archived_log(node, "main")
    where = f"its log is archived as artifact {kept_as}" if kept_as else "no log is archived"
    return f"{node.label}: pod {pod_name(workflow, node)} is deleted; {where}"
