"""A TCP proxy that delivers a request and loses its answer."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from urllib.parse import urlsplit


class LossyProxy:
    """Forwards to one HTTP server, over TLS if `tls` is given.

    After `lose(b"PATCH ")` the next connection that sends such a request has it delivered, and is
    cut when the answer begins to arrive. `lost` counts them.
    """

    def __init__(self, upstream: str, tls: ssl.SSLContext | None = None) -> None:
        parts = urlsplit(upstream)
        self._host, self._port = parts.hostname or "", parts.port or (443 if tls else 80)
        self._tls = tls
        self._wanted: bytes = b""
        self._then_block = False
        self._blocked = False
        self._open: set[asyncio.StreamWriter] = set()
        self.lost = 0
        self.url = ""

    def lose(self, start: bytes, *, and_block: bool = False) -> None:
        """Lose the answer to the next such request; with `and_block` the link with it."""
        self._wanted = start
        self._then_block = and_block

    def block(self, *, blocked: bool = True) -> None:
        """Cut every connection and refuse new ones from now on, as a link that is gone does."""
        self._blocked = blocked
        self._wanted = b""
        for writer in self._open if blocked else ():
            writer.transport.abort()

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._blocked:
            writer.close()
            return
        self._open.add(writer)
        try:
            await self._forward(reader, writer)
        finally:
            self._open.discard(writer)

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        up_reader, up_writer = await asyncio.open_connection(self._host, self._port, ssl=self._tls)
        losing = asyncio.Event()

        async def send() -> None:
            while data := await reader.read(65536):
                if self._wanted and data.startswith(self._wanted):
                    self._wanted = b""
                    losing.set()
                up_writer.write(data)
                await up_writer.drain()

        async def answer() -> None:
            while data := await up_reader.read(65536):
                if losing.is_set():
                    self.lost += 1
                    if self._then_block:
                        self.block()
                    return
                writer.write(data)
                await writer.drain()

        tasks = [asyncio.create_task(send()), asyncio.create_task(answer())]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for one in (writer, up_writer):
            one.close()
            with contextlib.suppress(OSError):
                await one.wait_closed()


@contextlib.asynccontextmanager
async def lossy_proxy(
    upstream: str, tls: ssl.SSLContext | None = None
) -> AsyncIterator[LossyProxy]:
    """Run a proxy on a loopback port, plain HTTP on this side."""
    proxy = LossyProxy(upstream, tls)
    server = await asyncio.start_server(proxy.handle, "127.0.0.1", 0)
    proxy.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield proxy
    finally:
        server.close()
