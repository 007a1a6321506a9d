"""A TCP proxy in the test's own loop that breaks connections in the ways networks do."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct


class _Link:
    """One connection through the proxy."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.client_reader = reader
        self.client = writer
        self.server: asyncio.StreamWriter | None = None
        self.frozen = asyncio.Event()
        self.frozen.set()

    def close(self) -> None:
        for writer in (self.client, self.server):
            if writer is not None:
                writer.close()

    def reset(self) -> None:
        for writer in (self.client, self.server):
            if writer is not None:
                sock = writer.get_extra_info("socket")
                with contextlib.suppress(OSError):
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                writer.transport.abort()


class FaultProxy:
    """Forwards connections on `url` to a port of this machine, and interferes when told.

    `latency` (seconds per piece) and `drip` (bytes per piece) apply to what the server says.
    """

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        self.latency = 0.0
        self.drip = 0
        self.accepted = 0
        """How many connections were made to it."""
        self._target = (host, port)
        self._port = 0
        self._server: asyncio.Server | None = None
        self._links: set[_Link] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._black_hole = False
        self._cut_at: int | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def open(self) -> int:
        """How many connections are open."""
        return len(self._links)

    async def start(self) -> None:
        """Listen: on a free port, or after `refuse` on the same one again."""
        self._server = await asyncio.start_server(
            self._accept, "127.0.0.1", self._port, reuse_address=True
        )
        self._port = self._server.sockets[0].getsockname()[1]

    async def refuse(self) -> None:
        """Close the port: new connections are refused, open ones stay."""
        if self._server is not None:
            self._server.close()
            self._server = None
            await asyncio.sleep(0)

    async def stop(self) -> None:
        """Close everything."""
        await self.refuse()
        self.reset()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self) -> None:
        """Close every connection in the orderly way (FIN)."""
        for link in list(self._links):
            link.close()

    def reset(self) -> None:
        """Break every connection off (RST)."""
        for link in list(self._links):
            link.reset()

    def freeze(self) -> None:
        """Let no byte pass on the present connections any more: half-open, as after a sleep."""
        for link in self._links:
            link.frozen.clear()

    def black_hole(self) -> None:
        """Let no byte pass on any connection, new ones included."""
        self._black_hole = True
        self.freeze()

    def thaw(self) -> None:
        """Forward again what comes, on new connections; the frozen ones are lost."""
        self._black_hole = False
        for link in list(self._links):
            if not link.frozen.is_set():
                link.reset()

    def cut_after(self, size: int) -> None:
        """Cut the connection that carries it after `size` more bytes from the server."""
        self._cut_at = size

    @property
    def cut_is_due(self) -> bool:
        """Whether the bytes after which a connection is cut have not passed yet."""
        return self._cut_at is not None

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        link = _Link(reader, writer)
        if self._black_hole:
            link.frozen.clear()
        self._links.add(link)
        try:
            await link.frozen.wait()
            server_reader, link.server = await asyncio.open_connection(*self._target)
            up = asyncio.create_task(self._up(link, link.server))
            try:
                await self._down(link, server_reader)
            finally:
                up.cancel()
        except OSError:
            pass
        except asyncio.CancelledError:
            # The stream's own callback would report a cancelled handler as a mistake.
            link.reset()
        finally:
            self._links.discard(link)
            self._tasks.discard(task)
            link.close()

    async def _up(self, link: _Link, server: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await link.client_reader.read(65536):
                await link.frozen.wait()
                server.write(data)
                await server.drain()
            server.close()

    async def _down(self, link: _Link, reader: asyncio.StreamReader) -> None:
        while data := await reader.read(65536):
            for piece in self._pieces(data):
                await link.frozen.wait()
                if self.latency:
                    await asyncio.sleep(self.latency)
                if self._cut_at is not None:
                    rest, self._cut_at = self._cut_at, self._cut_at - len(piece)
                    if self._cut_at <= 0:
                        self._cut_at = None
                        link.client.write(piece[:rest])
                        await link.client.drain()
                        return
                link.client.write(piece)
                await link.client.drain()

    def _pieces(self, data: bytes) -> list[bytes]:
        if not self.drip:
            return [data]
        return [data[start : start + self.drip] for start in range(0, len(data), self.drip)]
