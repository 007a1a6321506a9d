"""A watch of the Kubernetes API."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from argotui.backend.kube.decode import WatchEvent, decode_event
from argotui.backend.kube.errors_from_http import Status, from_status, parse_status
from argotui.backend.kube.transport import JSON, Transport

WATCH_SECONDS = 12
"""The `timeoutSeconds` of a watch. The server sends a bookmark two seconds before the end and ends
its answer, and the next watch uses the same connection. HTTP/1.1 has no ping, so a long idle watch
would look the same as a dead connection."""
WATCH_IDLE = 15.0
"""Seconds of silence allowed after the end of a watch; the reflector checks sooner."""
MAX_EVENT = 32 << 20


async def watch_events(
    transport: Transport,
    path: str,
    resource_version: str,
    *,
    doing: str,
    labels: str = "",
    fields: str = "",
    accept: str = JSON,
) -> AsyncGenerator[WatchEvent | None, None]:
    """Yield the events of a watch until the server ends it.

    The first is None: it says that the server has accepted the watch. Raises the BackendError of an
    ERROR event.
    """
    batches = transport.stream(
        path,
        doing=doing,
        params={
            "labelSelector": labels,
            "fieldSelector": fields,
            "watch": True,
            "allowWatchBookmarks": True,
            "resourceVersion": resource_version,
            "timeoutSeconds": WATCH_SECONDS,
        },
        accept=accept,
        limit=MAX_EVENT,
        idle=WATCH_SECONDS + WATCH_IDLE,
    )
    async with aclosing(batches):
        async for lines in batches:
            if not lines:
                yield None
            for line in lines:
                if line.strip():
                    event = decode_event(line)
                    if event.type == "ERROR":
                        said = parse_status(event.object)
                        unknown = Status(message="an ERROR event without a Status")
                        raise from_status(said or unknown, doing)
                    yield event
