"""Do one operation on many workflows: a few at a time, cancellable, with a result for each."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from argotui.backend.clock import Clock
from argotui.backend.ports import ArchivePort, WorkflowPort
from argotui.model.argo import Key
from argotui.model.workflow.operations import (
    OperationResult,
    OperationStatus,
    OperationTarget,
    WorkflowOperation,
)
from argotui.operations.archive.operate import operate_archived
from argotui.operations.workflow.operate import operate

AT_ONCE = 8
"""How many workflows are changed at the same time."""

Report = Callable[[OperationResult], None]
"""Called with each result as soon as it is known."""


class BulkRun:
    """One operation on several workflows; each is written to once.

    With `archive`, those that are only in the archive are operated on there.

    `run` works through them. After `cancel` no further one is begun; what is under way ends. A
    cancelled `run` reports what was under way as unknown.
    """

    def __init__(
        self,
        port: WorkflowPort,
        operation: WorkflowOperation,
        targets: Sequence[OperationTarget],
        clock: Clock,
        *,
        read_only: bool = False,
        at_once: int = AT_ONCE,
        archive: ArchivePort | None = None,
    ) -> None:
        self.operation = operation
        self.targets = list(targets)
        self.results: dict[Key, OperationResult] = {}
        self._counts: Counter[OperationStatus] = Counter()
        self.cancelled = False
        self._port = port
        self._clock = clock
        self._read_only = read_only
        self._archive = archive
        self._at_once = at_once
        self._left = iter(self.targets)
        self._under_way: set[Key] = set()

    @property
    def done(self) -> int:
        """The number of workflows with a result."""
        return len(self.results)

    @property
    def failed(self) -> list[OperationTarget]:
        """The workflows on which it is worth trying again."""
        return [
            target
            for target in self.targets
            if (result := self.results.get(target.key)) is not None and not result.status.good
        ]

    def cancel(self) -> None:
        """Begin no further workflow."""
        self.cancelled = True

    @property
    def ordered(self) -> list[OperationResult]:
        """The results, in the order of the workflows."""
        return [self.results[target.key] for target in self.targets if target.key in self.results]

    async def run(self, report: Report) -> None:
        """Work through all workflows; afterwards each has a result."""
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(self._at_once, len(self.targets))):
                    group.create_task(self._work(report))
        finally:
            self._conclude(report)

    async def _work(self, report: Report) -> None:
        for target in self._left:
            if self.cancelled:
                return
            self._under_way.add(target.key)
            result = await self._operate(target)
            self._under_way.discard(target.key)
            self._take(result, report)

    @property
    def counts(self) -> str:
        """How many results there are of each status: `3 done, 1 not permitted`."""
        return _counted(self._counts)

    async def _operate(self, target: OperationTarget) -> OperationResult:
        if target.archived and self._archive is not None and not self._read_only:
            return await operate_archived(self._archive, self.operation, target)
        return await operate(
            self._port,
            self.operation,
            target.key,
            self._clock,
            chosen=target,
            read_only=self._read_only,
        )

    def _take(self, result: OperationResult, report: Report) -> None:
        self._counts[result.status] += 1
        self.results[result.key] = result
        report(result)

    def _conclude(self, report: Report) -> None:
        """Give every workflow a result that has none."""
        for target in self.targets:
            if target.key in self.results:
                continue
            if target.key in self._under_way:
                status, detail = OperationStatus.UNKNOWN, "interrupted while it was sent"
            else:
                status, detail = OperationStatus.NOT_SENT, "cancelled before"
            self._take(OperationResult(target.key, status, detail), report)


def counts_of(results: Iterable[OperationResult]) -> str:
    """Return how many results there are of each status: `3 done, 1 not permitted`."""
    return _counted(Counter(result.status for result in results))


def _counted(counts: Mapping[OperationStatus, int]) -> str:
    return ", ".join(
        f"{count:,} {status.value}" for status in OperationStatus if (count := counts.get(status))
    )
