"""A cluster in memory whose every word can be timed, for tests of ordering and timing alone."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import timedelta
from typing import Any, cast

import msgspec

from argotui.backend.ports import (
    Access,
    Change,
    ClusterPort,
    Page,
    Query,
)
from argotui.errors import (
    BackendError,
    ForbiddenError,
    GoneError,
    NotFoundError,
    UnreachableError,
)
from argotui.model.argo import (
    COMPLETED,
    FULFILLED,
    PHASE,
    Key,
    Metadata,
    Workflow,
    WorkflowStatus,
)
from argotui.model.workflows.summary import Depth, Summary
from tests.support import EPOCH


def workflow(
    name: str,
    *,
    uid: str = "u1",
    version: int = 1,
    phase: str = "Running",
    namespace: str = "argo",
    born: int = 0,
) -> Workflow:
    """Return a workflow as the controller would leave it in that phase."""
    ended = phase in FULFILLED
    return Workflow(
        metadata=Metadata(
            name=name,
            namespace=namespace,
            uid=uid,
            resource_version=str(version),
            creation_timestamp=EPOCH + timedelta(seconds=born),
            labels={PHASE: phase, COMPLETED: "true" if ended else "false"},
        ),
        status=WorkflowStatus(phase=phase, message=f"{name} is {phase} at {version}"),
    )


def table_row(item: Workflow) -> Summary:
    """Return what a Table without objects tells of a workflow of a known namespace."""
    return Summary(
        key=item.key,
        depth=Depth.TABLE,
        phase=item.status.phase,
        message=item.status.message,
    )


def _matches(query: Query, item: Workflow | None) -> bool:
    if item is None:
        return False
    meta = item.metadata
    completed = meta.labels.get(COMPLETED) == "true"
    return (
        query.namespace in (None, meta.namespace)
        and query.fields in ("", f"metadata.name={meta.name}")
        and query.labels
        in ("", f"{COMPLETED}={'true' if completed else 'impossible'}")
        + (() if completed else (f"{COMPLETED}!=true",))
    )


class ScriptedCluster:
    """Lists and watches as an API server does; `fail`, `cut`, `end`, `compact` and `mute` disturb
    it. `calls` counts what was asked, `opened` keeps the versions watches were opened at."""

    context = "scripted"
    server = "http://scripted"
    default_namespace = "argo"
    warnings: Sequence[str] = ()

    def __init__(self) -> None:
        self.objects: dict[Key, Workflow] = {}
        self.version = 10
        self.calls: Counter[str] = Counter()
        self.opened: list[tuple[str, str]] = []
        self.failures: list[tuple[str, BackendError]] = []
        self.always: dict[str, Callable[[], BackendError]] = {}
        self.muted = False
        self.forbidden = False
        self.lag = 0
        """How many versions the lists are behind the watches, as an Argo server's are."""
        self.hang: set[str] = set()
        self.held: dict[str, asyncio.Event] = {}
        self.watches = 0
        self.may_list: list[str] = []
        self._log: list[tuple[int, Workflow | None, Workflow | None]] = []
        self._dropped = 0
        self._oldest = 0
        self._news = asyncio.Event()
        self._ends = 0
        self._cuts = 0
        self._snapshots: dict[str, tuple[list[Workflow], int]] = {}

    @property
    def port(self) -> ClusterPort:
        """Itself: what a feed asks of a cluster is here, the rest is not."""
        return cast(ClusterPort, self)

    # What happens in the cluster.

    def put(self, item: Workflow) -> Workflow:
        """Create or update; the version is the next one."""
        self.version += 1
        meta = msgspec.structs.replace(item.metadata, resource_version=str(self.version))
        message = f"{meta.name} is {item.status.phase} at {self.version}"
        item = msgspec.structs.replace(
            item,
            metadata=meta,
            status=msgspec.structs.replace(item.status, message=message),
        )
        self._log.append((self.version, self.objects.get(item.key), item))
        self.objects[item.key] = item
        self._wake()
        return item

    def add(self, name: str, phase: str = "Running", **more: Any) -> Workflow:
        more.setdefault("uid", f"{name}-{self.version}")
        return self.put(workflow(name, phase=phase, **more))

    def move(self, name: str, phase: str, namespace: str = "argo") -> Workflow:
        """Give a workflow another phase."""
        old = self.objects[Key(namespace, name)]
        new = workflow(name, phase=phase, uid=old.metadata.uid, namespace=namespace)
        return self.put(new)

    def delete(self, name: str, namespace: str = "argo") -> None:
        self.version += 1
        self._log.append((self.version, self.objects.pop(Key(namespace, name)), None))
        self._wake()

    # What happens on the way.

    def fail(self, call: str, *errors: BackendError) -> None:
        """Answer the next calls of that name with errors."""
        self.failures.extend((call, error) for error in errors)

    def cut(self) -> None:
        """Break every open watch."""
        self._cuts += 1
        self._wake()

    def end(self) -> None:
        """End every open watch as a server does after its timeout."""
        self._ends += 1
        self._wake()

    def compact(self) -> None:
        """Forget the history: a watch from before now is answered 410, pages too.

        Open watches keep what they have not told yet, as those of an API server do.
        """
        self._oldest = self.version
        self._snapshots.clear()

    def restore(self, version: int) -> None:
        """Be a cluster restored from a backup of before anything here existed."""
        self._dropped += len(self._log)
        self._log.clear()
        self._snapshots.clear()
        self.version = self._oldest = version
        self.objects.clear()

    def bookmark(self) -> None:
        """Tell every open watch the present version."""
        self._log.append((self.version, None, None))
        self._wake()

    def _wake(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()

    # What is asked.

    async def _called(self, call: str) -> None:
        self.calls[call] += 1
        await asyncio.sleep(0)
        if call in self.hang:
            await asyncio.Event().wait()
        if call in self.held:
            await self.held[call].wait()
        if call in self.always:
            raise self.always[call]()
        for index, (name, error) in enumerate(self.failures):
            if name == call:
                del self.failures[index]
                raise error

    async def _page(self, query: Query, limit: int, token: str) -> tuple[list[Workflow], Page]:
        if token:
            if token not in self._snapshots:
                raise GoneError("the continue token expired")
            rest, version = self._snapshots[token]
        else:
            rest = [item for _, item in sorted(self.objects.items()) if _matches(query, item)]
            version = self.version
        items = rest[:limit] if limit else rest
        rest = rest[len(items) :]
        token = ""
        if rest:
            token = f"t{len(self._snapshots)}-{version}"
            self._snapshots[token] = (rest, version)
        remaining = 0 if query.labels or query.fields else len(rest)
        seen = version - self.lag
        return items, Page([], str(seen), token, remaining, cached=bool(self.lag))

    def _permit(self, query: Query) -> None:
        if self.forbidden and query.namespace is None:
            raise ForbiddenError("may not list workflows at the cluster scope")

    async def list_workflows(
        self, query: Query, *, limit: int = 500, continue_token: str = ""
    ) -> Page:
        await self._called("list")
        self._permit(query)
        items, page = await self._page(query, limit, continue_token)
        return msgspec.structs.replace(page, items=items)

    async def list_metadata(
        self, query: Query, *, limit: int = 500, continue_token: str = ""
    ) -> Page:
        await self._called("probe" if limit == 1 and query.labels else "metadata")
        self._permit(query)
        items, page = await self._page(query, limit, continue_token)
        return msgspec.structs.replace(page, items=[item.metadata for item in items])

    async def table(self, query: Query) -> tuple[list[Summary], str]:
        await self._called("table")
        rows = [table_row(item) for item in self.objects.values() if _matches(query, item)]
        return rows, str(self.version)

    async def get_workflow(self, namespace: str, name: str) -> Workflow:
        await self._called("get")
        try:
            return self.objects[Key(namespace, name)]
        except KeyError:
            raise NotFoundError("no such workflow") from None

    async def namespaces(self) -> list[str]:
        await self._called("namespaces")
        return ["argo", "closed", "other"]

    async def can(self, verb: str, resource: str, *, namespace: str = "", **more: str) -> Access:
        await self._called("can")
        allowed = namespace in self.may_list
        return Access(verb, "argoproj.io", resource, namespace, allowed)

    def watch_workflows(self, query: Query, resource_version: str) -> AsyncIterator[Change]:
        return self._watch("watch", query, resource_version)

    async def watch_metadata(self, query: Query, resource_version: str) -> AsyncIterator[Change]:
        async for change in self._watch("watch metadata", query, resource_version):
            item = change.object
            if isinstance(item, Workflow):
                change = msgspec.structs.replace(change, object=item.metadata)
            yield change

    async def _watch(self, call: str, query: Query, resource_version: str) -> AsyncIterator[Change]:
        self.opened.append((call, resource_version))
        await self._called(call)
        seen = int(resource_version)
        if seen < self._oldest:
            raise GoneError("too old resource version")
        ends, cuts = self._ends, self._cuts
        yield Change("BOOKMARK", resource_version)
        self.watches += 1
        try:
            position = 0
            opened = self._dropped + len(self._log)
            while True:
                news = self._news
                if cuts != self._cuts:
                    raise UnreachableError("the connection was cut")
                if ends != self._ends:
                    return
                position = max(position, self._dropped)
                for version, old, new in self._log[position - self._dropped :]:
                    position += 1
                    if self.muted:
                        continue
                    if old is None and new is None:
                        if position > opened:
                            yield Change("BOOKMARK", str(version))
                    elif version > seen:
                        if change := _change(query, version, old, new):
                            yield change
                        seen = version
                if news is self._news:
                    await news.wait()
        finally:
            self.watches -= 1


def _change(
    query: Query, version: int, old: Workflow | None, new: Workflow | None
) -> Change | None:
    """Return what a watch with a selector says: DELETED carries the object as it was."""
    before, after = _matches(query, old), _matches(query, new)
    if not before and not after:
        return None
    if after:
        return Change("MODIFIED" if before else "ADDED", str(version), new)
    assert old is not None
    meta = msgspec.structs.replace(old.metadata, resource_version=str(version))
    return Change("DELETED", str(version), msgspec.structs.replace(old, metadata=meta))
