"""Choose the workflows that an operation is about, by name, selector, status and age.

The choices mean what they mean to `argo delete` and `argo list`. Only rows are kept, however many
workflows are read.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from argotui.backend.clock import Clock
from argotui.backend.namespaces import Readable, readable_namespaces
from argotui.backend.ports import ClusterPort, Query, WorkflowPort
from argotui.errors import BackendError, ForbiddenError, NotFoundError
from argotui.model.argo import COMPLETED, PHASE, RESUBMITTED, Key
from argotui.model.workflow.operations import (
    OperationTarget,
    WorkflowOperation,
    target_of_summary,
)
from argotui.model.workflows.summary import Summary
from argotui.operations.workflow.operate import read_target
from argotui.operations.workflows.listing import (
    AT_ONCE,
    patiently,
    read_all,
    read_metadata,
)

PHASES = ("Pending", "Running", "Succeeded", "Failed", "Error")
FEW = 20
"""Up to this many workflows, rights are asked for each name."""


class WorkflowSelection(msgspec.Struct, frozen=True):
    """Which workflows: those named, and those that all other choices find.

    `namespace` None means all of them; `older` is in seconds since the end.
    """

    namespace: str | None = None
    keys: tuple[Key, ...] = ()
    labels: str = ""
    fields: str = ""
    statuses: tuple[str, ...] = ()
    completed: bool = False
    older: float | None = None
    prefix: str = ""
    resubmitted: bool = False
    every: bool = False

    @property
    def searches(self) -> bool:
        """Whether workflows are to be found, beside those that are named."""
        return bool(
            self.labels
            or self.fields
            or self.statuses
            or self.completed
            or self.older is not None
            or self.prefix
            or self.resubmitted
            or self.every
        )

    @property
    def selector(self) -> str:
        """The label selector of the search."""
        parts = [self.labels] if self.labels else []
        if self.statuses:
            parts.append(f"{PHASE} in ({','.join(self.statuses)})")
        if self.completed:
            parts.append(f"{COMPLETED}=true")
        if self.resubmitted:
            parts.append(RESUBMITTED)
        return ",".join(parts)


class SelectedWorkflows(msgspec.Struct, frozen=True):
    """The workflows in the order of their names, the named ones that could not be read, and the
    searched namespaces if a cluster-wide list was not allowed."""

    targets: list[OperationTarget]
    missing: dict[Key, BackendError] = {}
    only_in: Readable | None = None


async def select(
    cluster: ClusterPort,
    port: WorkflowPort,
    wanted: WorkflowSelection,
    clock: Clock,
    known: Sequence[str] = (),
) -> SelectedWorkflows:
    """Return the chosen workflows, each once. Raises BackendError if the search fails."""
    named, missing = await _named(port, wanted.keys, clock)
    only_in: Readable | None = None
    found: list[OperationTarget] = []
    if wanted.searches:
        try:
            found = await _search(cluster, wanted, wanted.namespace, clock)
        except ForbiddenError:
            if wanted.namespace is not None:
                raise
            only_in = await readable_namespaces(cluster, known)
            if not only_in.names:
                raise
            for name in only_in.names:
                found += await _search(cluster, wanted, name, clock)
    each = {target.key: target for target in [*found, *named]}
    return SelectedWorkflows([each[key] for key in sorted(each)], missing, only_in)


async def _named(
    port: WorkflowPort, keys: Sequence[Key], clock: Clock
) -> tuple[list[OperationTarget], dict[Key, BackendError]]:
    slots = asyncio.Semaphore(AT_ONCE)
    found: dict[Key, OperationTarget] = {}
    missing: dict[Key, BackendError] = {}

    async def read(key: Key) -> None:
        async with slots:
            try:
                found[key] = (await patiently(lambda: read_target(port, key), clock))[1]
            except (NotFoundError, ForbiddenError) as error:
                missing[key] = error

    await asyncio.gather(*map(read, dict.fromkeys(keys)))
    return list(found.values()), missing


async def _search(
    cluster: ClusterPort, wanted: WorkflowSelection, namespace: str | None, clock: Clock
) -> list[OperationTarget]:
    """Return what a search finds in a namespace; workflows that have ended are read as metadata,
    unless the time of their end counts."""
    ended, active = (
        Query(
            namespace,
            ",".join(part for part in (wanted.selector, term) if part),
            wanted.fields,
        )
        for term in (f"{COMPLETED}=true", f"{COMPLETED}!=true")
    )
    rows: list[Summary]
    if wanted.older is not None:
        rows = await read_all(cluster, ended, clock)
    else:
        rows = await read_metadata(cluster, ended, clock)
        if not wanted.completed:
            # What ended between the two reads is in both: the later, full one counts.
            rows = [*rows, *await read_all(cluster, active, clock)]
    before = None if wanted.older is None else clock.now() - timedelta(seconds=wanted.older)
    return [
        target_of_summary(row)
        for row in rows
        if row.key.name.startswith(wanted.prefix) and (before is None or _ended(row, before))
    ]


def _ended(row: Summary, before: datetime) -> bool:
    return row.finished is not None and row.finished < before


async def refusals(
    port: WorkflowPort, operation: WorkflowOperation, targets: Sequence[OperationTarget]
) -> dict[Key, str]:
    """Return why the user may not do an operation, by workflow; asks the API server in advance.

    A right that is bound to names is found for few workflows only. Workflows that nothing is known
    of are not in the result.
    """
    if why := port.unavailable.get(operation.method):
        return {target.key: why for target in targets}
    by_namespace: dict[str, list[OperationTarget]] = {}
    for target in targets:
        by_namespace.setdefault(target.key.namespace, []).append(target)
    slots = asyncio.Semaphore(AT_ONCE)
    found: dict[Key, str] = {}

    async def ask(namespace: str, name: str = "") -> str | None:
        """Return what the user may not do, empty if everything is allowed, None if unknown."""
        async with slots:
            try:
                for verb in operation.verbs:
                    access = await port.can(verb, "workflows", namespace=namespace, name=name)
                    if not access.allowed:
                        verbs = " and ".join(operation.verbs).replace("patch", "change")
                        return f"{verbs} workflows"
                for verb in operation.pod_verbs:
                    access = await port.can(verb, "pods", namespace=namespace, group="")
                    if not access.allowed:
                        return f"{verb} pods"
            except BackendError:
                return None
        return ""

    async def ask_about(namespace: str, inside: list[OperationTarget]) -> None:
        denied = await ask(namespace)
        if not denied:
            return
        named = len(targets) <= FEW
        for target in inside:
            if not (named and await ask(namespace, target.key.name) == ""):
                found[target.key] = f"you may not {denied} in {namespace}"

    await asyncio.gather(*(ask_about(name, inside) for name, inside in by_namespace.items()))
    return found
