"""Single reads: details that a stream does not have, and the workflows on the screen."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Iterable, Iterator

import msgspec

from argotui.backend.backoff import Backoff, Wakeup, cancel
from argotui.backend.clock import Clock
from argotui.backend.ports import ClusterPort, Query
from argotui.backend.store import Store, compare_versions
from argotui.errors import (
    BackendError,
    ForbiddenError,
    NotFoundError,
    ThrottledError,
)
from argotui.model.argo import Key, Workflow
from argotui.model.workflows.summary import Depth, summarise

log = logging.getLogger(__name__)

AT_ONCE = 8
"""How many reads are under way at most."""


class _Need(msgspec.Struct, frozen=True):
    """The row must reach this version of this uid in full, or be found deleted."""

    uid: str
    version: str


class _Job(msgspec.Struct):
    task: asyncio.Task[None]
    needed: bool


class DetailReader:
    """Reads single workflows in full into a store: first those that must be settled, then those
    that are wanted, each once, a few at a time, until cancelled."""

    def __init__(
        self,
        cluster: ClusterPort,
        store: Store,
        clock: Clock,
        rng: random.Random,
        on_change: Callable[[], None],
    ) -> None:
        self._cluster = cluster
        self._store = store
        self._wakeup = Wakeup(clock)
        self._backoff = Backoff(rng)
        self._on_change = on_change
        self._needs: dict[Key, _Need] = {}
        self._wanted: dict[Key, None] = {}
        self._refused: dict[Key, str] = {}
        self._running: dict[Key, _Job] = {}
        self._pause = 0.0
        self._wake = asyncio.Event()

    def settle(self, key: Key, uid: str, version: str) -> None:
        """Find out what became of a workflow: it is read in full, or removed if it is gone."""
        need = _Need(uid, version)
        if not self._settled(key, need):
            self._needs[key] = need
            self._wake.set()

    def want(self, keys: Iterable[Key]) -> None:
        """Read these in full if they are not, and no others any more."""
        self._wanted = dict.fromkeys(keys)
        self._wake.set()

    def touched(self, key: Key) -> None:
        """Look again at a row that a shallower reading changed."""
        if key in self._wanted:
            self._wake.set()

    def hurry(self) -> None:
        """Try now what waits after a failure."""
        self._wakeup.wake()

    async def run(self) -> None:
        """Work until cancelled."""
        try:
            while True:
                self._wake.clear()
                if self._pause:
                    await self._wakeup.sleep(self._pause)
                    self._pause = 0.0
                self._start()
                await self._wake.wait()
        finally:
            await cancel(*(job.task for job in self._running.values()))
            self._running.clear()

    def _start(self) -> None:
        for key, needed in self._next():
            if len(self._running) >= AT_ONCE:
                self._give_way()
                return
            self._running[key] = _Job(asyncio.create_task(self._read(key)), needed)

    def _next(self) -> Iterator[tuple[Key, bool]]:
        for key, need in list(self._needs.items()):
            if self._settled(key, need):
                del self._needs[key]
            elif key not in self._running:
                yield key, True
        for key in self._wanted:
            if key not in self._running and self._is_shallow(key):
                yield key, False

    def _give_way(self) -> None:
        # Only now: a cancelled request costs its connection, and most are answered in a moment.
        for key, job in self._running.items():
            if not job.needed and key not in self._wanted:
                job.task.cancel()

    def _is_shallow(self, key: Key) -> bool:
        row = self._store.get(key)
        if row is None or row.depth is Depth.FULL:
            return False
        return self._refused.get(key) != row.resource_version

    def _settled(self, key: Key, need: _Need) -> bool:
        row = self._store.get(key)
        if row is None:
            return self._store.is_removed(need.uid)
        if row.uid and row.uid != need.uid:
            return True
        if row.depth is not Depth.FULL:
            return False
        return compare_versions(row.resource_version, need.version) in (0, 1)

    async def _read(self, key: Key) -> None:
        row = self._store.get(key)
        uid = row.uid if row else ""
        version = row.resource_version if row else ""
        need = self._needs.pop(key, None)
        try:
            self._found(await self._get(key))
        except NotFoundError:
            self._missing(key, uid, need)
        except BackendError as error:
            if error.retryable:
                self._fail(error)
                if need:
                    self._needs.setdefault(key, need)
            else:
                log.warning("cannot read %s: %s", key, error.title)
                self._refused[key] = version
        except asyncio.CancelledError:
            if need:
                self._needs.setdefault(key, need)
            raise
        except Exception:
            log.exception("internal error while reading %s", key)
            self._refused[key] = version
        finally:
            self._running.pop(key, None)
            self._wake.set()

    async def _get(self, key: Key) -> Workflow:
        try:
            return await self._cluster.get_workflow(key.namespace, key.name)
        except ForbiddenError:
            # Roles may grant list and watch without get.
            page = await self._cluster.list_workflows(
                Query(key.namespace, fields=f"metadata.name={key.name}"), limit=1
            )
            for item in page.items:
                if isinstance(item, Workflow):
                    return item
            raise NotFoundError(f"There is no workflow {key}") from None

    def _found(self, workflow: Workflow) -> None:
        self._backoff.reset()
        self._refused.pop(workflow.key, None)
        if self._store.apply(summarise(workflow)):
            self._on_change()

    def _missing(self, key: Key, uid: str, need: _Need | None) -> None:
        self._backoff.reset()
        self._refused.pop(key, None)
        row = self._store.get(key)
        changed = False
        if need and need.uid:
            changed = self._store.remove(key, need.uid)
        # Delete the row only if it is older than the read: a new workflow may have its name.
        if not changed and row is not None and row.uid == uid:
            changed = self._store.remove(key, uid)
        if changed:
            self._on_change()

    def _fail(self, error: BackendError) -> None:
        asked = error.retry_after if isinstance(error, ThrottledError) else 0.0
        if not self._pause:
            self._pause = max(self._backoff.next(), asked)
