"""Real servers on loopback that answer what a test tells them, and kubeconfigs that lead there."""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from aiohttp import web

from argotui.backend.kube.cluster import KubeCluster, open_cluster
from tests.support import ManualClock

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


@contextlib.asynccontextmanager
async def serving(handler: Handler, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """Serve `handler`; yields the URL."""
    runner = web.ServerRunner(web.Server(handler), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@contextlib.asynccontextmanager
async def answering(*answers: bytes) -> AsyncIterator[str]:
    """Serve each connection the next of `answers` (raw HTTP, the last one for ever) and hang up."""
    left = list(answers)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(left.pop(0) if len(left) > 1 else left[0])
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        await server.wait_closed()


def config(
    server: str, user: dict[str, Any] | None = None, cluster: dict[str, Any] | None = None
) -> dict[str, object]:
    """Return a kubeconfig of one context `lab` in namespace `argo`."""
    return {
        "clusters": [{"name": "lab", "cluster": {"server": server, **(cluster or {})}}],
        "users": [{"name": "me", "user": user or {}}],
        "contexts": [
            {"name": "lab", "context": {"cluster": "lab", "user": "me", "namespace": "argo"}}
        ],
        "current-context": "lab",
    }


@contextlib.asynccontextmanager
async def connected(
    server: str,
    user: dict[str, Any] | None = None,
    cluster: dict[str, Any] | None = None,
    clock: ManualClock | None = None,
) -> AsyncIterator[KubeCluster]:
    """Connect to `server`; closed afterwards."""
    kube = await open_cluster(
        kubeconfig=config(server, user, cluster), clock=clock or ManualClock()
    )
    try:
        yield kube
    finally:
        await kube.close()


def reply(value: object, status: int = 200, **headers: str) -> web.Response:
    """Return a JSON answer."""
    return web.Response(
        body=json.dumps(value).encode(),
        status=status,
        content_type="application/json",
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )


def refusal(code: int, message: str, reason: str = "", **details: object) -> dict[str, object]:
    """Return a meta/v1 Status."""
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "status": "Failure",
        "message": message,
        "reason": reason,
        "code": code,
        "details": details,
    }
