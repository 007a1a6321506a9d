"""A container's log: tail, since, timestamps, previous, limit, follow."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from aiohttp import web

from argotui.demo.api import status
from argotui.demo.api.call import ApiCall, Site
from argotui.demo.api.kinds import PODS, Document
from argotui.demo.api.log_store import StoredLog, nanoseconds, rfc3339_nano


class _Options:
    """PodLogOptions, checked as the API server checks them."""

    def __init__(self, site: Site, call: ApiCall) -> None:
        self.container = call.query.get("container", "")
        self.follow = call.flag("follow")
        self.previous = call.flag("previous")
        self.timestamps = call.flag("timestamps")
        self.tail = call.integer("tailLines")
        self.limit = call.integer("limitBytes")
        seconds = call.integer("sinceSeconds")
        moment = call.query.get("sinceTime", "")
        self.since: int | None = None
        if moment:
            self.since = _whole_second(moment)
        if self.tail is not None and self.tail < 0:
            raise _invalid(call, "tailLines", self.tail, "must be greater than or equal to 0")
        if self.limit is not None and self.limit < 1:
            raise _invalid(call, "limitBytes", self.limit, "must be greater than 0")
        if seconds is not None:
            if moment:
                raise status.invalid(
                    "PodLogOptions",
                    call.name,
                    "[]",
                    "FieldValueForbidden",
                    "Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified",
                )
            if seconds < 1:
                raise _invalid(call, "sinceSeconds", seconds, "must be greater than 0")
            self.since = nanoseconds(site.clock.now()) - seconds * 1_000_000_000


def _whole_second(text: str) -> int:
    """Return a sinceTime in nanoseconds, its fraction dropped: the API server hands it on to the
    kubelet as metav1.Time, which has none, so a reader sees lines of that second again."""
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None or "T" not in text:
            raise ValueError
    except ValueError:
        raise status.bad_request(
            f'parsing time "{text}" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "-"'
        ) from None
    return nanoseconds(moment.replace(microsecond=0))


def _invalid(call: ApiCall, field: str, value: int, problem: str) -> status.ApiError:
    return status.invalid(
        "PodLogOptions",
        call.name,
        field,
        "FieldValueInvalid",
        f"Invalid value: {value}: {problem}",
    )


async def serve(site: Site, call: ApiCall) -> web.StreamResponse:
    """Answer a log request."""
    options = _Options(site, call)
    entry = site.store.need(PODS, call.namespace, call.name)
    log = _find(site, call.name, entry.uid, entry.decode(), options)
    if log is None:
        return web.Response(status=204)
    response = web.StreamResponse(headers={"Content-Type": "text/plain"})
    await response.prepare(call.request)
    writer = _Writer(site, call, response, options)
    lines = [line for line in log.lines if options.since is None or line[0] >= options.since]
    if options.tail is not None:
        lines = lines[len(lines) - options.tail :] if options.tail < len(lines) else lines
    seen = len(log.lines)
    try:
        more = await writer.write(lines)
        while more and options.follow:
            await log.more(seen)
            if len(log.lines) == seen:
                break
            if site.faults.silent:
                await site.clock.sleep(1.0)
                continue
            fresh = log.lines[seen:]
            seen = len(log.lines)
            more = await writer.write(fresh)
    except ConnectionError:
        pass
    return response


class _Writer:
    def __init__(
        self, site: Site, call: ApiCall, response: web.StreamResponse, options: _Options
    ) -> None:
        self._site = site
        self._call = call
        self._response = response
        self._timestamps = options.timestamps
        self._left = options.limit

    async def write(self, lines: list[tuple[int, bytes]]) -> bool:
        """Send lines. Return False if the byte limit is reached or the connection is cut."""
        if self._timestamps:
            body = b"".join(rfc3339_nano(at).encode() + b" " + text for at, text in lines)
        else:
            body = b"".join(text for _, text in lines)
        if body and self._site.faults.cuts(self._call.target):
            await self._response.write(body[: max(len(body) - 3, 1)])
            if self._call.request.transport is not None:
                self._call.request.transport.close()
            return False
        if self._left is not None:
            body = body[: self._left]
            self._left -= len(body)
        if body:
            await self._response.write(body)
        return self._left is None or self._left > 0


def _find(site: Site, name: str, uid: str, pod: Document, options: _Options) -> StoredLog | None:
    """Return the requested log, None while no node has the pod. Raises `ApiError`."""
    spec, state = pod.get("spec") or {}, pod.get("status") or {}
    inits = [container["name"] for container in spec.get("initContainers") or []]
    mains = [container["name"] for container in spec.get("containers") or []]
    container = options.container
    if not container:
        if len(mains) + len(inits) > 1:
            raise status.bad_request(
                f"a container name must be specified for pod {name}, "
                f"choose one of: [{' '.join([*inits, *mains])}]"
            )
        container = mains[0]
    debuggers = [container["name"] for container in spec.get("ephemeralContainers") or []]
    if container not in (*inits, *mains, *debuggers):
        raise status.bad_request(f"container {container} is not valid for pod {name}")
    if not spec.get("nodeName"):
        return None
    found = site.logs.get(uid, container, previous=options.previous)
    if found is not None:
        return found
    if options.previous:
        raise status.bad_request(
            f'previous terminated container "{container}" in pod "{name}" not found'
        )
    waiting = _waiting_reason(state, container)
    raise status.bad_request(
        f'container "{container}" in pod "{name}" is waiting to start: {waiting}'
    )


def _waiting_reason(state: dict[str, Any], container: str) -> str:
    for found in [
        *(state.get("initContainerStatuses") or []),
        *(state.get("containerStatuses") or []),
    ]:
        if found.get("name") == container:
            reason = ((found.get("state") or {}).get("waiting") or {}).get("reason")
            return reason or "ContainerCreating"
    return "ContainerCreating"
