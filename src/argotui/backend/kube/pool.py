"""Connections to one server as one client certificate.

kubernetes-asyncio sets TLS and connections up. Its session is not used: that one reads ~/.netrc
and takes the environment's proxy even for this machine itself.
"""

from __future__ import annotations

import contextlib
import os
import ssl
import tempfile
from collections.abc import AsyncIterator

import aiohttp

from argotui.backend.errors import ConfigError
from argotui.backend.kube import lazy_client
from argotui.backend.kube.kubeconfig import Target

_READ_BUFFER = 2 << 20


class Pool:
    """A session and its connections, made for one client certificate. Needs a running loop."""

    def __init__(self, target: Target, certificate: tuple[str, str] | None) -> None:
        self.certificate = certificate
        self._rest = _rest_client(target, certificate)
        self.session = aiohttp.ClientSession(
            connector=self._rest.pool_manager.connector,
            connector_owner=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            read_bufsize=_READ_BUFFER,
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
        await self._rest.close()


def _rest_client(target: Target, certificate: tuple[str, str] | None) -> lazy_client.RestClient:
    """Return kubernetes-asyncio's client for a target; what is in files only for OpenSSL to read is
    gone again when this returns."""
    configuration = lazy_client.new_configuration()
    configuration.host = target.server
    configuration.verify_ssl = not target.insecure
    # Go's TLS, and so kubectl, accepts the certificates that Python 3.13 calls malformed.
    configuration.disable_strict_ssl_verification = True
    with tempfile.TemporaryDirectory(prefix="argotui-") as directory:

        def kept(name: str, text: str) -> str:
            path = os.path.join(directory, name)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            return path

        if target.ca:
            configuration.ssl_ca_cert = kept("ca.pem", target.ca)
        if certificate is not None:
            if "ENCRYPTED" in certificate[1]:
                # OpenSSL would ask for the passphrase on the terminal.
                raise ConfigError(
                    f"The client key of user {target.user_name} is encrypted",
                    hint="Put the decrypted key into the kubeconfig, or use an exec plugin.",
                )
            configuration.cert_file = kept("client.pem", certificate[0])
            configuration.key_file = kept("client.key", certificate[1])
        try:
            return lazy_client.rest_client(configuration)
        except (ssl.SSLError, ValueError) as error:
            reason = error.reason if isinstance(error, ssl.SSLError) else str(error)
            raise ConfigError(
                f"A certificate of context {target.context} cannot be used",
                (reason or "not a PEM certificate").replace("_", " ").lower(),
                "Check certificate-authority, client-certificate and client-key: PEM, and a key "
                "that belongs to its certificate.",
            ) from None
