"""Watches: from the current state or from a version, with bookmarks, until the timeout."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import NamedTuple

from aiohttp import web

from argotui.demo.api import status
from argotui.demo.api.call import ApiCall, Site
from argotui.demo.api.objects import StoredChange, StoredObject
from argotui.demo.api.reads import of_namespace, selector_of
from argotui.demo.api.rendering import Renderer, negotiate
from argotui.demo.api.status import ApiError

DEFAULT_TIMEOUT = 1800.0
BOOKMARK_EVERY = 60.0
BOOKMARK_BEFORE_END = 2.0
BACKLOG = 20_000
"""The number of changes after which a slow watch is closed; its client then watches again."""


class _Start(NamedTuple):
    """The start of a watch: the objects to send as ADDED, the version, and the mode."""

    entries: list[StoredObject]
    version: int
    mark_end: bool


class Watcher:
    """One open watch."""

    def __init__(self, site: Site, call: ApiCall) -> None:
        self._site = site
        self._call = call
        self._kind = call.need_kind
        self._namespace = call.namespace if self._kind.namespaced else ""
        self._selector = selector_of(call)
        self._renderer = Renderer(
            self._kind,
            negotiate(call.request.headers.get("Accept", ""), listing=False),
            call.query.get("includeObject", ""),
            site.clock.now(),
        )
        self._bookmarks = call.flag("allowWatchBookmarks")
        self._timeout = float(call.integer("timeoutSeconds") or DEFAULT_TIMEOUT)
        self._pending: deque[StoredChange] = deque()
        self._wake = asyncio.Event()
        self._response = web.StreamResponse(headers={"Content-Type": "application/json"})

    async def run(self) -> web.StreamResponse:
        """Answer the request until the watch ends."""
        try:
            start = self._start()
        except ApiError as error:
            if error.code != 410:
                raise
            await self._response.prepare(self._call.request)
            await self._response.write(self._renderer.error(error))
            return self._response
        unsubscribe = self._site.store.subscribe(self._kind, self._notice)
        reached = max(start.version, self._site.store.progress(self._kind))
        try:
            await self._response.prepare(self._call.request)
            await self._send_state(start)
            await self._follow(reached)
        except ConnectionError:
            pass
        finally:
            unsubscribe()
        return self._response

    def _start(self) -> _Start:
        store, query = self._site.store, self._call.query
        text = query.get("resourceVersion", "")
        if text and not text.isdecimal():
            raise ApiError(
                500,
                "",
                f'resourceVersion: Invalid value: "{text}": '
                f'strconv.ParseUint: parsing "{text}": invalid syntax',
            )
        initial = self._call.flag("sendInitialEvents")
        if initial and query.get("resourceVersionMatch") != "NotOlderThan":
            raise status.invalid(
                "ListOptions.meta.k8s.io",
                "",
                "resourceVersionMatch",
                "FieldValueForbidden",
                "Forbidden: sendInitialEvents requires setting resourceVersionMatch to "
                "NotOlderThan",
                group="meta.k8s.io",
            )
        if initial or text in ("", "0"):
            return _Start(store.items(self._kind, self._namespace), store.version, initial)
        for change in store.since(self._kind, int(text)):
            self._notice(change)
        return _Start([], int(text), False)

    def _notice(self, change: StoredChange) -> None:
        if of_namespace(change.entry, self._namespace):
            self._pending.append(change)
            self._wake.set()

    async def _send_state(self, start: _Start) -> None:
        chosen = [entry for entry in start.entries if self._selector.matches(entry)]
        for entry in chosen:
            await self._write(self._renderer.event("ADDED", entry))
        if start.mark_end and self._bookmarks:
            await self._write(self._renderer.bookmark(start.version, initial_end=True))

    async def _follow(self, version: int) -> None:
        clock = self._site.clock
        begin = clock.monotonic()
        end = begin + self._timeout
        marks = [BOOKMARK_EVERY * n for n in range(1, int(self._timeout // BOOKMARK_EVERY) + 1)]
        marks = sorted({*marks, max(self._timeout - BOOKMARK_BEFORE_END, 0.0)})
        while True:
            if not await self._drain():
                return
            now = clock.monotonic()
            if now >= end:
                return
            if self._bookmarks and marks and now - begin >= marks[0]:
                marks = [mark for mark in marks if mark > now - begin]
                reached = self._site.store.progress(self._kind)
                if reached > version:  # a quiet watch gets no bookmark (cache_watcher.go, process)
                    await self._write(self._renderer.bookmark(reached))
            until = min([end, *([begin + marks[0]] if self._bookmarks and marks else [])])
            await self._wait(until - now)

    async def _drain(self) -> bool:
        """Send what is pending. Return False if the watch has to be closed."""
        self._wake.clear()
        if self._site.faults.silent:
            return True
        if len(self._pending) > BACKLOG:
            return False
        while self._pending:
            line = self._render(self._pending.popleft())
            if line is not None and not await self._write(line):
                return False
        return True

    def _render(self, change: StoredChange) -> bytes | None:
        """Return a change as this watch sends it, or None.

        An object that stops matching is sent as DELETED, in its old state with the new version:
        the cacher of the API server (cacher/cache_watcher.go, convertToWatchEvent).
        """
        previous = change.previous
        before = previous is not None and self._selector.matches(previous)
        now = change.type != "DELETED" and self._selector.matches(change.entry)
        self._renderer.now = self._site.clock.now()
        if now:
            return self._renderer.event("MODIFIED" if before else "ADDED", change.entry)
        if not before or previous is None:
            return None
        if change.type == "DELETED":
            return self._renderer.event("DELETED", change.entry)
        return self._renderer.event("DELETED", previous.at_version(change.version))

    async def _write(self, line: bytes) -> bool:
        """Send a line. Return False if it was cut and the connection is closed."""
        if self._site.faults.cuts(self._call.target):
            await self._response.write(line[: len(line) // 2])
            if self._call.request.transport is not None:
                self._call.request.transport.close()
            return False
        await self._response.write(line)
        return True

    async def _wait(self, seconds: float) -> None:
        """Wait for something to send, at most `seconds` of the cluster's clock."""
        timer = asyncio.ensure_future(self._site.clock.sleep(seconds))
        woken = asyncio.ensure_future(self._wake.wait())
        try:
            await asyncio.wait({timer, woken}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            timer.cancel()
            woken.cancel()


async def serve(site: Site, call: ApiCall) -> web.StreamResponse:
    """Answer a watch."""
    return await Watcher(site, call).run()
