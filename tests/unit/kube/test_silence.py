"""A connection that falls silent without closing: noticed, and got round where that is safe."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from argotui.backend.kube import pool, sockets
from argotui.backend.kube.credentials import Credentials
from argotui.backend.kube.kubeconfig import load_target
from argotui.backend.kube.silence import Patience
from argotui.backend.kube.transport import Transport
from argotui.backend.kube.watching import WATCH_SECONDS
from argotui.backend.reflector import OPENING, PROBE, SILENCE
from argotui.errors import UnreachableError
from tests.fault_proxy import FaultProxy
from tests.support import PATIENCE, ManualClock, until
from tests.unit.kube.servers import config, reply, serving

QUICK = Patience(kept=0.05, doubt=0.1, probe=0.1)
"""For a server that does not answer."""
TRUSTING = Patience(kept=0.05, doubt=0.1, probe=PATIENCE)
"""For one that does, however slow this machine is."""
UNDOUBTING = Patience(kept=0.05, doubt=PATIENCE, probe=PATIENCE)
"""For what is about a kept connection alone."""


class Server:
    """Answers at once, but for /slow and /hang, which wait for `go`; `seen` has every path."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.go = asyncio.Event()

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        self.seen.append(request.path)
        if request.path in ("/slow", "/hang"):
            await self.go.wait()
        return reply({"path": request.path})


@asynccontextmanager
async def through_a_proxy(
    server: Server, patience: Patience = QUICK
) -> AsyncIterator[tuple[Transport, FaultProxy]]:
    async with serving(server) as url:
        proxy = FaultProxy(int(url.rpartition(":")[2]))
        await proxy.start()
        target = load_target(None, config(proxy.url, {"token": "t0ken"}))
        transport = Transport(target, Credentials(target, ManualClock()), patience)
        try:
            yield transport, proxy
        finally:
            server.go.set()
            await transport.close()
            await proxy.stop()


def test_what_is_noticed_is_noticed_within_twenty_seconds() -> None:
    patience = Patience()
    assert patience.doubt + patience.probe < 20
    assert WATCH_SECONDS < SILENCE
    assert SILENCE + PROBE < 20
    assert OPENING + PROBE < 20
    assert sockets.IDLE + sockets.EVERY * sockets.TIMES < 20


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="Linux names its options so")
async def test_the_kernel_watches_over_every_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[socket.socket] = []

    def kept(address: tuple[Any, ...]) -> socket.socket:
        made.append(sockets.open_socket(address))
        return made[-1]

    monkeypatch.setattr(pool, "open_socket", kept)
    async with through_a_proxy(Server()) as (transport, _):
        await transport.request("GET", "/x", doing="ask")
        (sock,) = made
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        for name, seconds in (("KEEPIDLE", 10), ("KEEPINTVL", 3), ("KEEPCNT", 3)):
            assert sock.getsockopt(socket.IPPROTO_TCP, getattr(socket, f"TCP_{name}")) == seconds
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 19_000


async def test_a_kept_connection_that_fell_silent_is_got_round() -> None:
    server = Server()
    async with through_a_proxy(server, UNDOUBTING) as (transport, proxy):
        await transport.request("GET", "/first", doing="read")
        proxy.freeze()
        answer = await transport.request("GET", "/second", doing="read")
        assert b"/second" in answer.body
        assert proxy.accepted == 2


async def test_a_write_never_goes_over_a_kept_connection() -> None:
    server = Server()
    async with through_a_proxy(server, UNDOUBTING) as (transport, proxy):
        await transport.request("GET", "/first", doing="read")
        proxy.freeze()
        await transport.request("PATCH", "/gate", doing="decide", body=b"{}")
        assert server.seen == ["/first", "/gate"]


@pytest.mark.parametrize("method", ["GET", "PATCH"])
async def test_a_server_that_vanished_is_told_from_a_slow_one(method: str) -> None:
    server = Server()
    async with through_a_proxy(server) as (transport, proxy):
        asked = asyncio.ensure_future(transport.request(method, "/hang", doing="ask"))
        await until(lambda: "/hang" in server.seen)
        proxy.black_hole()
        with pytest.raises(UnreachableError, match="went silent"):
            await asked
        assert server.seen.count("/hang") == 1


async def test_a_slow_answer_is_waited_for_and_asked_for_once() -> None:
    server = Server()
    async with through_a_proxy(server, TRUSTING) as (transport, _):
        asked = asyncio.ensure_future(transport.request("PATCH", "/slow", doing="ask"))
        await until(lambda: server.seen.count("/version") >= 2, what="two questions")
        server.go.set()
        assert b"/slow" in (await asked).body
    assert server.seen.count("/slow") == 1


async def test_a_slow_answer_over_a_kept_connection_is_asked_for_a_second_time_at_most() -> None:
    server = Server()
    async with through_a_proxy(server, TRUSTING) as (transport, _):
        await transport.request("GET", "/first", doing="read")
        asked = asyncio.ensure_future(transport.request("GET", "/slow", doing="ask"))
        await until(lambda: server.seen.count("/version") >= 2, what="two questions")
        server.go.set()
        assert b"/slow" in (await asked).body
    assert server.seen.count("/slow") == 2


async def test_who_logs_in_is_not_hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server()
    logged_in = asyncio.Event()

    async def slowly(_: Credentials) -> list[tuple[str, str]]:
        await logged_in.wait()
        return []

    monkeypatch.setattr(Credentials, "headers", slowly)
    async with through_a_proxy(server, Patience(kept=0, doubt=0.001, probe=PATIENCE)) as (
        transport,
        _,
    ):
        asked = asyncio.ensure_future(transport.request("GET", "/x", doing="ask"))
        for _ in range(50):
            await asyncio.sleep(0)
        assert server.seen == []
        logged_in.set()
        await asked
