"""A list and its watch, continued through lost connections.

The order is client-go's (`tools/cache/reflector.go`): list, watch from the list's resource version,
watch again from the last version, list again only after 410. client-go's watches last minutes, with
the pings of HTTP/2; a watch over HTTP/1.1 here lasts seconds.
"""

from __future__ import annotations

import enum
import logging
import random
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import Protocol

from argotui.backend.backoff import (
    HEALTHY_AFTER,
    Backoff,
    Wakeup,
    first_of,
    within,
)
from argotui.backend.clock import Clock
from argotui.backend.freshness import Freshness, Link
from argotui.backend.ports import Change, Page
from argotui.backend.store import compare_versions
from argotui.errors import (
    BackendError,
    ForbiddenError,
    GoneError,
    InvalidError,
    NotFoundError,
    ProtocolError,
    ThrottledError,
    UnauthorizedError,
    UnreachableError,
)

log = logging.getLogger(__name__)

SLOW = 30.0
"""Seconds between attempts after 401, 403 and 404, which succeed only if a person changes
something."""
SILENCE = 14.0
"""Seconds without any data after which a watch is checked. It is longer than a watch lasts, and the
sum with `PROBE` is below 20 s, the limit to notice a silent connection."""
OPENING = 14.0
"""Seconds after which a watch that the server has not accepted is checked."""
PROBE = 5.0
"""Seconds for the server to answer a check."""
SHORT = 5.0
"""Seconds. A watch that the server ends sooner counts as failed, and the next one waits."""


class Source(Protocol):
    """What is listed and watched."""

    def pages(self, *, whole: bool) -> AsyncIterator[Page]:
        """Yield the pages of a list, all of one resource version; `whole` asks for a single one."""
        ...

    def watch(self, resource_version: str) -> AsyncIterator[Change]: ...

    async def probe(self) -> Page:
        """Return a page with the collection's present resource version, by the cheapest read."""
        ...


class Sink(Protocol):
    """The receiver of changes. Called between awaits of the reflector, once for each change."""

    def listing(self) -> None:
        """A list begins: the pages until `listed` are the whole collection."""
        ...

    def page(self, page: Page) -> None: ...

    def listed(self, resource_version: str) -> None:
        """The list is complete: objects that are not in it are deleted, or no longer match."""
        ...

    def change(self, change: Change) -> None: ...

    def rewound(self) -> None:
        """The server's history went back (restored from a backup): forget all objects."""
        ...


class _End(enum.Enum):
    SERVER = enum.auto()
    """The server ended it, without an error."""
    MISSED = enum.auto()
    """It sent nothing although there were changes."""
    DOUBT = enum.auto()
    """It sent a version before the one it was opened at."""
    LIST_AGAIN = enum.auto()
    """Everything has to be listed again."""


_ENDS: dict[int | None, _End] = {0: _End.SERVER, -1: _End.LIST_AGAIN}


class Reflector:
    """Updates a sink from a source until cancelled; `freshness` is the state of that."""

    def __init__(
        self,
        source: Source,
        sink: Sink,
        clock: Clock,
        rng: random.Random,
        *,
        on_state: Callable[[], None] | None = None,
    ) -> None:
        self._source = source
        self._sink = sink
        self._clock = clock
        self._backoff = Backoff(rng)
        self._wakeup = Wakeup(clock)
        self._on_state = on_state
        self._version = ""
        self._highest = ""
        self._refused: str | None = None
        self._whole = False
        self._list_again = True
        self._opened = False
        self._expired_at: float | None = None
        self._live_since: float | None = None
        self._ever_listed = False
        self._link = Link.CONNECTING
        self._heard: float | None = None
        self._error: BackendError | None = None
        self._retry_at: float | None = None
        self._attempt = 0

    @property
    def freshness(self) -> Freshness:
        return Freshness(self._link, self._heard, self._error, self._retry_at, self._attempt)

    def refresh(self) -> None:
        """End a wait and try now; without a wait, read everything again."""
        self._wakeup.wake()

    async def run(self) -> None:
        """Run until cancelled."""
        self._stale()
        try:
            while True:
                try:
                    if self._list_again:
                        await self._list()
                    await self._watch()
                except BackendError as error:
                    await self._failed(error)
                except Exception as bug:
                    fault = _fault(bug)
                    again = self._error is not None and self._error.detail == fault.detail
                    log.error(
                        "internal error in a stream of changes: %s",
                        fault.detail,
                        exc_info=None if again else bug,
                    )
                    self._list_again = True
                    await self._failed(fault)
        finally:
            self._link, self._retry_at = Link.CLOSED, None
            self._say()

    async def _list(self) -> None:
        version = ""
        self._sink.listing()
        pages = self._source.pages(whole=self._whole)
        try:
            async for page in pages:
                self._hear()
                if not version:
                    version = page.resource_version
                    if not page.cached:
                        self._look_back(version)
                self._sink.page(page)
        except BackendError as error:
            # If pages come slowly, their continue token expires; a single page has none.
            self._whole = isinstance(error, GoneError) and bool(version)
            raise
        finally:
            await _close(pages)
        self._list_again = self._whole = False
        self._version = self._highest = version
        self._ever_listed = True
        self._sink.listed(version)

    def _look_back(self, version: str) -> None:
        if self._highest and compare_versions(version, self._highest) == -1:
            log.warning("the server's history went back; listing again")
            self._highest = ""
            self._sink.rewound()

    async def _watch(self) -> None:
        self._opened = False
        started = self._clock.monotonic()
        ends = [_End.SERVER, _End.SERVER]

        async def read() -> None:
            ends[0] = await self._read(self._version)

        async def guard() -> None:
            ends[1] = await self._guard(started)

        end = ends[await first_of(read(), guard())]
        if end is _End.LIST_AGAIN:
            self._list_again = True
            self._stale()
            return
        if end is _End.DOUBT:
            self._list_again = await self._probe() == -1
        if end is not _End.SERVER:
            self._stale()
        if self._clock.monotonic() - started < SHORT:
            raise UnreachableError(
                "The watch was ended at once",
                hint="A proxy before the API server may be cutting long requests.",
            )

    async def _read(self, version: str) -> _End:
        changes = self._source.watch(version)
        try:
            async for change in changes:
                self._hear()
                if not self._opened:
                    self._live()
                order = compare_versions(change.resource_version, version)
                if change.kind == "BOOKMARK":
                    if order == -1:
                        return _End.DOUBT
                elif order is None or order > 0:
                    self._sink.change(change)
                else:
                    continue
                self._version = self._highest = version = change.resource_version
        finally:
            await _close(changes)
        return _End.SERVER

    async def _guard(self, started: float) -> _End:
        if await self._wakeup.sleep(OPENING):
            return _End.LIST_AGAIN
        if not self._opened:
            await self._probe()
            if await self._wakeup.sleep(OPENING):
                return _End.LIST_AGAIN
        if not self._opened:
            raise UnreachableError("The server did not open the watch")
        while True:
            heard = started if self._heard is None else max(self._heard, started)
            left = heard + SILENCE - self._clock.monotonic()
            if left > 0:
                if await self._wakeup.sleep(left):
                    return _End.LIST_AGAIN
            else:
                # The server answers, and should have ended this watch before: open a new one, and
                # report it only if changes were missed.
                return _ENDS.get(await self._probe(), _End.MISSED)

    async def _probe(self) -> int | None:
        """Return how the server's present version compares with ours: -1 is before it.

        A cache that is behind the watch says nothing about the server's history.
        """
        try:
            page = await within(self._clock, PROBE, self._source.probe())
        except TimeoutError:
            raise UnreachableError(
                "The connection went silent", "Neither the watch nor a read was answered."
            ) from None
        self._hear()
        order = compare_versions(page.resource_version, self._version)
        return 0 if page.cached and order == -1 else order

    def _hear(self) -> None:
        self._heard = self._clock.monotonic()

    def _live(self) -> None:
        self._opened = True
        if self._live_since is not None and self._link is Link.LIVE:
            return  # one watch follows the other
        self._live_since = self._clock.monotonic()
        self._link, self._error, self._retry_at, self._attempt = Link.LIVE, None, None, 0
        self._say()

    def _stale(self) -> None:
        self._link = Link.STALE if self._ever_listed else Link.CONNECTING
        self._say()

    async def _failed(self, error: BackendError) -> None:
        now = self._clock.monotonic()
        if self._live_since is not None and now - self._live_since >= HEALTHY_AFTER:
            self._backoff.reset()
        self._live_since = None
        if isinstance(error, GoneError):
            self._list_again = True
            first = self._expired_at is None or now - self._expired_at >= HEALTHY_AFTER
            self._expired_at = now
            if first:
                self._stale()
                return
        elif isinstance(error, InvalidError | ProtocolError):
            # A broken line may be cut in the middle; if it comes twice, the object itself is
            # broken.
            self._list_again |= self._version == self._refused
            self._refused = self._version
        delay = self._delay(error)
        self._attempt += 1
        self._error = error
        self._retry_at = now + delay
        if isinstance(error, ForbiddenError):
            self._link = Link.FORBIDDEN
            self._say()
        else:
            self._stale()
        await self._wakeup.sleep(delay)
        self._retry_at = None
        self._say()

    def _delay(self, error: BackendError) -> float:
        if isinstance(error, UnauthorizedError | ForbiddenError | NotFoundError):
            return SLOW
        delay = self._backoff.next()
        if isinstance(error, ThrottledError):
            return max(delay, error.retry_after)
        return delay

    def _say(self) -> None:
        if self._on_state:
            self._on_state()


def _fault(bug: Exception) -> BackendError:
    return BackendError(
        "Internal error while reading",
        f"{type(bug).__name__}: {bug}",
        "argotui tries again. Please report this with the log.",
    )


async def _close(iterator: AsyncIterator[object]) -> None:
    if isinstance(iterator, AsyncGenerator):
        await iterator.aclose()
