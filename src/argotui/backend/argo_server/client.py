"""HTTP to an Argo server: requests, and streams of messages."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing

import msgspec

from argotui.backend.argo_server.errors import (
    END_OF_STREAM,
    Said,
    refusal,
    stream_error,
    with_own_hint,
)
from argotui.backend.clock import Clock
from argotui.backend.kube.credentials import Credentials
from argotui.backend.kube.decode import BAD_JSON, as_object
from argotui.backend.kube.kubeconfig import KubeTarget
from argotui.backend.kube.transport import Response, Transport, path_of
from argotui.backend.ports import Document
from argotui.errors import BackendError, ProtocolError, ThrottledError

API = "/api/v1"
EVENT_STREAM = "text/event-stream"
ACCEPTED_AFTER = 1.0
"""Seconds without a refusal after which a stream counts as accepted. The server sends no header
before the first message, but a refusal at once (runtime/handler.go, ForwardResponseStream)."""


_frame = msgspec.json.Decoder(dict[str, msgspec.Raw])
"""A message of a stream; without a `result` it is an error."""


class ArgoClient:
    """Requests to one Argo server as its user. Every write is sent once."""

    def __init__(self, target: KubeTarget, clock: Clock) -> None:
        self.target = target
        self._transport = Transport(
            target,
            Credentials(target, clock),
            refusal=refusal,
            kind="an Argo server, with its base path (ARGO_BASE_HREF)",
        )

    @property
    def warnings(self) -> tuple[str, ...]:
        return (*self.target.warnings, *self._transport.warnings)

    async def close(self) -> None:
        """Close every connection."""
        await self._transport.close()

    async def get(
        self, *segments: str, doing: str, params: Mapping[str, object] | None = None
    ) -> Response:
        """Read a path below `/api/v1`."""
        return await self._request("GET", segments, doing, params)

    async def send(
        self,
        method: str,
        *segments: str,
        doing: str,
        body: Document | None = None,
        params: Mapping[str, object] | None = None,
        safe: bool = False,
    ) -> Document:
        """Send a write once and return its answer; `safe` is a request that changes nothing."""
        answer = await self._request(method, segments, doing, params, body, safe=safe)
        return as_object(answer.body, doing)

    async def stream(
        self,
        *segments: str,
        doing: str,
        params: Mapping[str, object],
        limit: int,
        idle: float | None,
    ) -> AsyncGenerator[list[msgspec.Raw], None]:
        """Yield the results of a stream in batches, to its end.

        The first batch is empty and says that the server accepted the request. `limit` is the
        longest message in bytes, `idle` the longest silence in seconds.
        """
        batches = self._transport.stream(
            path(*segments),
            doing=doing,
            params=params,
            accept=EVENT_STREAM,
            limit=limit,
            idle=idle,
        )
        opening = asyncio.ensure_future(anext(batches))
        try:
            await asyncio.wait({opening}, timeout=ACCEPTED_AFTER)
            if opening.done():
                opening.result()
            yield []
            await opening
            async with aclosing(batches):
                async for lines in batches:
                    results, ended = _results(lines, doing)
                    if results:
                        yield results
                    if ended:
                        return
        except ThrottledError as error:
            if error.detail != END_OF_STREAM:
                raise
        except BackendError as error:
            raise with_own_hint(error) from None
        finally:
            if not opening.done():
                opening.cancel()
                await asyncio.gather(opening, return_exceptions=True)
            await batches.aclose()

    async def _request(
        self,
        method: str,
        segments: tuple[str, ...],
        doing: str,
        params: Mapping[str, object] | None,
        body: Document | None = None,
        *,
        safe: bool | None = None,
    ) -> Response:
        try:
            return await self._transport.request(
                method,
                path(*segments),
                doing=doing,
                params=params,
                body=None if body is None else json.dumps(body).encode(),
                safe=safe,
            )
        except BackendError as error:
            raise with_own_hint(error) from None


def path(*segments: str) -> str:
    """Return the path of an endpoint; segments may hold anything."""
    return API + path_of(*segments)


def _results(lines: list[bytes], doing: str) -> tuple[list[msgspec.Raw], bool]:
    """Return the results in lines of a stream, and whether the server ends it.

    Lines are those of server-sent events, or plain JSON where a proxy removed the Accept header.
    """
    results: list[msgspec.Raw] = []
    for line in lines:
        text = line.removeprefix(b"data:").strip()
        if not text or text.startswith(b":"):
            continue
        try:
            frame = _frame.decode(text)
            if (result := frame.get("result")) is not None:
                results.append(result)
                continue
            said = msgspec.json.decode(text, type=Said)
        except BAD_JSON as error:
            raise ProtocolError(
                f"Could not {doing}: a message of the Argo server is not JSON", str(error)
            ) from None
        fault = stream_error(said, doing)
        if isinstance(fault, ThrottledError) and fault.detail == END_OF_STREAM:
            return results, True
        raise fault
    return results, False
