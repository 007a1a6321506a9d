"""Connections through a SOCKS5 proxy (`proxy-url: socks5://…`), as Go makes them."""

from __future__ import annotations

import asyncio
import socket
import ssl as tls
from typing import Any

import python_socks
from aiohttp import TCPConnector
from aiohttp.client_proto import ResponseHandler
from aiohttp_socks import ProxyConnector
from python_socks.async_.asyncio import Proxy

from argotui.backend.kube.sockets import ProxyFault, watch_over
from argotui.model.sanitise import clean_line


class SocksConnector(ProxyConnector):
    """The proxy resolves names. `server_name` is the certificate's name if it differs from the
    host."""

    def __init__(self, url: str, server_name: str, **options: Any) -> None:
        # Whether with or without the h, Go leaves names to the proxy.
        kind, host, port, user, password = python_socks.parse_proxy_url(
            url.replace("socks5h://", "socks5://", 1)
        )
        super().__init__(host, port, kind, user, password, rdns=True, **options)
        self._url = url.replace("socks5h://", "socks5://", 1)
        self._server_name = server_name

    async def _connect_via_proxy(
        self,
        host: str,
        port: int,
        ssl: tls.SSLContext | None = None,
        timeout: float | None = None,
    ) -> tuple[asyncio.Transport, ResponseHandler]:
        proxy = Proxy.from_url(self._url, rdns=True)
        try:
            sock: socket.socket = await proxy.connect(host, port, timeout=timeout)
        except python_socks.ProxyError as error:
            raise ProxyFault(f"the proxy refused: {clean_line(str(error))}") from error
        except (python_socks.ProxyConnectionError, python_socks.ProxyTimeoutError) as error:
            raise ProxyFault("the proxy does not answer") from error
        watch_over(sock)
        loop = asyncio.get_running_loop()
        return await loop.create_connection(
            lambda: ResponseHandler(loop),
            sock=sock,
            ssl=ssl,
            server_hostname=(self._server_name or host) if ssl is not None else None,
        )


def socks_connector(url: str, server_name: str, **options: Any) -> TCPConnector:
    """Return a connector through a proxy; raises ValueError for a malformed URL."""
    made: TCPConnector = SocksConnector(url, server_name, **options)
    return made
