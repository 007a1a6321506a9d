"""Streams of the Argo server: server-sent events or lines of JSON (grpc/http/forwarders.go)."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from aiohttp import web

from argotui.backend.clock import Clock
from argotui.demo.argo_server.fields import FieldChoice
from argotui.demo.argo_server.refusals import Refused

KEEP_ALIVE = 15.0
EVENT_STREAM = "text/event-stream"


class ResultStream:
    """An answer that is sent message by message; its header is sent with the first of them."""

    def __init__(self, request: web.Request, clock: Clock) -> None:
        self._request = request
        self._clock = clock
        self._events = request.headers.get("Accept", "") == EVENT_STREAM
        self._fields = FieldChoice(request.query.get("fields", ""))
        self._response: web.StreamResponse | None = None
        self._lock = asyncio.Lock()

    async def send(self, result: Any) -> None:
        """Send a result."""
        await self._write({"result": result}, 200)

    async def refuse(self, refused: Refused) -> web.StreamResponse:
        """End the stream with an error; its status counts only if nothing was sent before."""
        await self._write(refused.frame, refused.status)
        return await self.end()

    async def end(self) -> web.StreamResponse:
        """End the stream."""
        response = await self._prepared(200)
        await response.write_eof()
        return response

    async def keep_alive(self) -> None:
        """Send a comment now and then, until cancelled."""
        while self._events:
            await self._clock.sleep(KEEP_ALIVE)
            async with self._lock:
                response = await self._prepared(200)
                await response.write(b":\n")

    async def _write(self, message: dict[str, Any], status: int) -> None:
        text = json.dumps(self._fields.clean(message), separators=(",", ":"))
        async with self._lock:
            response = await self._prepared(status)
            line = f"data: {text} \n\n\n" if self._events else f"{text}\n"
            await response.write(line.encode())

    async def _prepared(self, status: int) -> web.StreamResponse:
        if self._response is None:
            kind = EVENT_STREAM if self._events else "application/json"
            self._response = web.StreamResponse(status=status, headers={"Content-Type": kind})
            await self._response.prepare(self._request)
        return self._response
