"""Streams of an Argo server: changes of workflows, events, and logs."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

import msgspec

from argotui.backend import names
from argotui.backend.argo_server.client import ArgoClient
from argotui.backend.argo_server.listing import place_of, workflows_of
from argotui.backend.clock import Clock
from argotui.backend.kube.decode import WatchEvent, decode_event, decode_metadata
from argotui.backend.kube.watching import MAX_EVENT, WATCH_IDLE, WATCH_SECONDS
from argotui.backend.ports import Change, LogRequest, Query
from argotui.errors import InvalidError, NotFoundError
from argotui.model.argo import Metadata, Workflow

MAX_LOG_LINE = 2 << 20
LOG_IDLE = 60.0
SINCE_MARGIN = 2.0
"""Seconds that a log is read again, because its start counts back from the node's own clock."""
NAMED = re.compile(r"metadata\.name==?([^,=!]+)")
"""A field selector of one name."""


class _LogEntry(msgspec.Struct, rename="camel"):
    content: str = ""


class ServerStreams:
    """What an Argo server streams."""

    def __init__(self, client: ArgoClient, clock: Clock) -> None:
        self._client = client
        self._clock = clock

    async def watch(
        self,
        query: Query,
        resource_version: str,
        fields: str,
        decode: Callable[[msgspec.Raw], Workflow | Metadata],
    ) -> AsyncGenerator[Change, None]:
        doing = f"watch the workflows {place_of(query.namespace)}"
        if query.namespace is not None:
            names.check_namespace(query.namespace)
        stream = self._client.stream(
            "workflow-events",
            query.namespace or "",
            doing=doing,
            params={
                "listOptions.labelSelector": query.labels,
                "listOptions.fieldSelector": query.fields,
                "listOptions.resourceVersion": resource_version,
                "listOptions.timeoutSeconds": WATCH_SECONDS,
                "listOptions.allowWatchBookmarks": True,
                "fields": fields,
            },
            limit=MAX_EVENT,
            idle=WATCH_SECONDS + WATCH_IDLE,
        )
        try:
            async with aclosing(stream):
                async for results in stream:
                    if not results:
                        yield Change("BOOKMARK", resource_version)
                    for result in results:
                        yield _change(decode_event(bytes(result)), decode)
        except NotFoundError:
            if not NAMED.fullmatch(query.fields):
                raise
            # The server refuses to watch a name that does not exist: another watch follows this.
            yield Change("BOOKMARK", resource_version)
            await self._clock.sleep(WATCH_SECONDS)

    async def events(self, namespace: str, of: str) -> list[msgspec.Raw]:
        """Return the events of a namespace; `of` names in messages what they are read for.

        The server only streams events: the stream begins with those that exist, and ends after a
        second.
        """
        names.check_namespace(namespace)
        stream = self._client.stream(
            "stream",
            "events",
            namespace,
            doing=f"list the events of {of}",
            params={"listOptions.timeoutSeconds": 1},
            limit=MAX_EVENT,
            idle=LOG_IDLE,
        )
        raw: list[msgspec.Raw] = []
        async with aclosing(stream):
            async for results in stream:
                raw += results
        return raw

    async def log(self, request: LogRequest) -> AsyncGenerator[list[bytes], None]:
        """See `ClusterPort`. The log of a pod that does not exist is empty."""
        names.check_name("pod", request.pod)
        names.check_name("container", request.container)
        names.check_name("workflow", request.workflow)
        # Without a `logOptions` the server dies (upstream issue 13585).
        params: dict[str, object] = {
            "podName": request.pod,
            "logOptions.container": request.container,
        }
        for flag in ("follow", "previous", "timestamps"):
            if getattr(request, flag):
                params[f"logOptions.{flag}"] = True
        if request.tail_lines is not None:
            params["logOptions.tailLines"] = request.tail_lines
        if request.since is not None:
            # `sinceTime` is refused: "field type *v1.Time is not supported in query parameters".
            age = (self._clock.now() - request.since).total_seconds()
            params["logOptions.sinceSeconds"] = max(1, int(age + SINCE_MARGIN))
        stream = self._client.stream(
            *workflows_of(request.namespace),
            request.workflow,
            "log",
            doing=f"read the log of {request.namespace}/{request.pod} ({request.container})",
            params=params,
            limit=MAX_LOG_LINE,
            idle=None if request.follow else LOG_IDLE,
        )
        async with aclosing(stream):
            async for results in stream:
                if lines := [_line(result) for result in results]:
                    yield lines


def _change(event: WatchEvent, decode: Callable[[msgspec.Raw], Workflow | Metadata]) -> Change:
    if event.type == "BOOKMARK":
        return Change("BOOKMARK", decode_metadata(event.object).resource_version)
    changed = decode(event.object)
    meta = changed.metadata if isinstance(changed, Workflow) else changed
    return Change(event.type, meta.resource_version, changed)


def _line(result: msgspec.Raw) -> bytes:
    """Return a line of a log as the pod wrote it. Raises InvalidError."""
    try:
        return msgspec.json.decode(result, type=_LogEntry).content.encode()
    except (msgspec.MsgspecError, ValueError) as error:
        raise InvalidError("A line of the log is not as Argo sends it", str(error)) from None
