"""Connections to one server as one client certificate.

aiohttp reads no ~/.netrc, and uses no proxy for this machine.
"""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import AsyncIterator
from types import SimpleNamespace

import aiohttp

from argotui.backend.kube.kubeconfig import KubeTarget
from argotui.backend.kube.sockets import open_socket
from argotui.backend.tls import client_tls
from argotui.errors import ConfigError

_READ_BUFFER = 2 << 20
_LIMIT = 200
"""Connections at once: 40 streams of 20 namespaces, 64 logs, and requests beside them."""
_KEPT = 5.0
"""Seconds an idle connection is kept. A connection that was used later is likely to work."""


class Pool:
    """A session and its connections, made for one client certificate. Needs a running loop.

    A `Sending` as the `trace_request_ctx` of a request is marked if the connection was used before.
    `socks` is the URL of a SOCKS5 proxy. `like` is a pool whose TLS context is used again if it has
    the same certificate: to read the authorities of a machine takes longer than a request.
    """

    def __init__(
        self,
        target: KubeTarget,
        certificate: tuple[str, str] | None,
        socks: str = "",
        like: Pool | None = None,
    ) -> None:
        self.certificate = certificate
        same = like is not None and like.certificate == certificate
        self.tls: ssl.SSLContext = (
            like.tls if like is not None and same else _tls(target, certificate)
        )
        self.session = aiohttp.ClientSession(
            connector=_connector(target, self.tls, socks),
            cookie_jar=aiohttp.DummyCookieJar(),
            read_bufsize=_READ_BUFFER,
            trace_configs=[_tracing()],
        )
        self._users = 0
        self._retired = False

    @contextlib.asynccontextmanager
    async def lease(self) -> AsyncIterator[aiohttp.ClientSession]:
        """Hand the session out; a retired pool closes when its last user is done."""
        self._users += 1
        try:
            yield self.session
        finally:
            self._users -= 1
            if self._retired and not self._users:
                await self.close()

    async def retire(self) -> None:
        self._retired = True
        if not self._users:
            await self.close()

    async def close(self) -> None:
        await self.session.close()


def _connector(target: KubeTarget, tls: ssl.SSLContext, socks: str) -> aiohttp.TCPConnector:
    if not socks:
        return aiohttp.TCPConnector(
            ssl=tls, limit=_LIMIT, keepalive_timeout=_KEPT, socket_factory=open_socket
        )
    from argotui.backend.kube.socks import socks_connector

    try:
        return socks_connector(
            socks, target.tls_server_name, ssl=tls, limit=_LIMIT, keepalive_timeout=_KEPT
        )
    except ValueError:
        raise ConfigError("The proxy's address is not a URL") from None


class Sending:
    """One sending of a request: `kept` if over a connection that was used before, `heard` the
    loop's time of the last sign of life, None before it was sent."""

    def __init__(self) -> None:
        self.kept = False
        self.heard: float | None = None
        self.answered = False


def _tracing() -> aiohttp.TraceConfig:
    async def reused(
        _: aiohttp.ClientSession,
        context: SimpleNamespace,
        __: aiohttp.TraceConnectionReuseconnParams,
    ) -> None:
        sending = context.trace_request_ctx
        if isinstance(sending, Sending):
            sending.kept = True

    config = aiohttp.TraceConfig()
    config.on_connection_reuseconn.append(reused)
    return config


def _tls(target: KubeTarget, certificate: tuple[str, str] | None) -> ssl.SSLContext:
    if certificate is not None and "ENCRYPTED" in certificate[1]:
        # OpenSSL would ask for the passphrase on the terminal.
        raise ConfigError(
            f"The client key of user {target.user_name} is encrypted",
            hint="Put the decrypted key into the kubeconfig, or use an exec plugin.",
        )
    try:
        return client_tls(target.ca, certificate, verify=not target.insecure)
    except (ssl.SSLError, ValueError) as error:
        reason = error.reason if isinstance(error, ssl.SSLError) else str(error)
        raise ConfigError(
            f"A certificate of context {target.context} cannot be used",
            (reason or "not a PEM certificate").replace("_", " ").lower(),
            "Check certificate-authority, client-certificate and client-key: PEM, and a key "
            "that belongs to its certificate.",
        ) from None
