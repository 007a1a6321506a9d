"""The kubeconfig's `oidc` auth-provider: an ID token, renewed with a refresh token.

Like client-go's plugin: the ID token is used until it expires, and the token endpoint comes from
the issuer's discovery document. A new refresh token is written back to the kubeconfig file, so that
kubectl and the next start can log in. Nothing else is written.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import ssl
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote_plus

import aiohttp
import msgspec
import yaml

from argotui.backend.kube.errors_from_http import from_exception
from argotui.backend.tls import client_tls
from argotui.config.files import is_regular, read_text
from argotui.errors import ConfigError, PluginError, UnreachableError

_EARLY = timedelta(seconds=10)
_TIMEOUT = aiohttp.ClientTimeout(total=30)
_LOGIN = "Log in again with the tool that made this kubeconfig entry."
_MAX_ANSWER = 1 << 20
_T = TypeVar("_T")


class _Discovery(msgspec.Struct):
    token_endpoint: str = ""


class _Tokens(msgspec.Struct):
    id_token: str | None = None
    refresh_token: str | None = None


class _Claims(msgspec.Struct):
    exp: float | None = None


class _Refused(msgspec.Struct):
    error: str = ""
    error_description: str = ""


class OidcSession:
    """The tokens of one user, from the auth-provider's settings. `origin` is their kubeconfig file,
    `warning` says what could not be written to it."""

    def __init__(self, config: dict[str, str], origin: str) -> None:
        self._config = config
        self._origin = origin
        self._id_token = self._config.get("id-token", "")
        self._refresh_token = self._config.get("refresh-token", "")
        self.warning = ""

    @property
    def secrets(self) -> tuple[str, ...]:
        return (self._id_token, self._refresh_token, self._config.get("client-secret", ""))

    async def token(self, now: datetime) -> str:
        """Return an ID token that is still valid, refreshed if need be."""
        if not self._id_token or expiry_of(self._id_token) <= now + _EARLY:
            await self.refresh()
        return self._id_token

    async def refresh(self) -> None:
        """Get a new ID token. Raises PluginError if the issuer refuses or the kubeconfig lacks
        something."""
        issuer = self._config.get("idp-issuer-url", "").rstrip("/")
        client = self._config.get("client-id", "")
        if not issuer or not client:
            raise ConfigError("The oidc auth-provider lacks idp-issuer-url or client-id")
        if not self._refresh_token:
            raise PluginError(
                "The OIDC login has expired", "There is no refresh token to renew it with.", _LOGIN
            )
        try:
            tokens = await self._ask(issuer, client)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            fault = from_exception(error, "log in", issuer)
            raise UnreachableError(
                "The OIDC issuer cannot be reached", f"{fault.title}\n{fault.detail}", fault.hint
            ) from None
        if not tokens.id_token:
            raise PluginError(
                "The OIDC issuer gave no ID token",
                "Either the scope openid was not asked for at the login, or the issuer does not "
                "renew ID tokens.",
                _LOGIN,
            )
        self._id_token = tokens.id_token
        old = self._refresh_token
        if tokens.refresh_token and tokens.refresh_token != old:
            self._refresh_token = tokens.refresh_token
            self.warning = await asyncio.to_thread(
                keep_refresh_token, self._origin, old, tokens.refresh_token
            )

    async def _ask(self, issuer: str, client: str) -> _Tokens:
        connector = aiohttp.TCPConnector(ssl=self._tls())
        form = {"grant_type": "refresh_token", "refresh_token": self._refresh_token}
        secret = self._config.get("client-secret", "")
        async with aiohttp.ClientSession(
            connector=connector, timeout=_TIMEOUT, trust_env=True
        ) as session:
            url = f"{issuer}/.well-known/openid-configuration"
            status, body = await _fetch(session.get(url, allow_redirects=False))
            discovery = _decode(body, _Discovery) if status == 200 else None
            if discovery is None or not discovery.token_endpoint:
                raise PluginError(
                    "The OIDC issuer's configuration cannot be read", f"HTTP {status} from {url}"
                )
            login = base64.b64encode(f"{quote_plus(client)}:{quote_plus(secret)}".encode()).decode()
            # Issuers differ in where they want the client's secret: the header is the standard.
            status, body = await _fetch(
                session.post(
                    discovery.token_endpoint,
                    data=form,
                    headers={"Authorization": f"Basic {login}"},
                    allow_redirects=False,
                )
            )
            if status in (400, 401):
                in_body = {"client_id": client} | ({"client_secret": secret} if secret else {})
                status, body = await _fetch(
                    session.post(
                        discovery.token_endpoint, data=form | in_body, allow_redirects=False
                    )
                )
        if status != 200:
            refused = _decode(body, _Refused) or _Refused()
            words = " ".join(part for part in (refused.error, refused.error_description) if part)
            raise PluginError(
                "The OIDC issuer did not renew the login", words or f"HTTP {status}", _LOGIN
            )
        return _decode(body, _Tokens) or _Tokens()

    def _tls(self) -> ssl.SSLContext:
        data = self._config.get("idp-certificate-authority-data", "")
        path = self._config.get("idp-certificate-authority", "")
        try:
            if data:
                return client_tls(base64.b64decode(data).decode())
            return client_tls(read_text(path) if path else "")
        except (OSError, ValueError):
            raise ConfigError(
                "The idp-certificate-authority of the oidc auth-provider cannot be read", path
            ) from None


def expiry_of(token: str) -> datetime:
    """Return when a JWT expires; the year 1 for one that cannot be read, so that it is renewed."""
    never, always = datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC)
    parts = token.split(".")
    if len(parts) != 3:
        return always
    try:
        payload = base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
        claims = msgspec.json.decode(payload, type=_Claims)
        return never if claims.exp is None else datetime.fromtimestamp(claims.exp, UTC)
    except (ValueError, OverflowError, OSError, msgspec.MsgspecError):
        return always


def keep_refresh_token(path: str, old: str, new: str) -> str:
    """Replace the refresh token in a kubeconfig file, keeping the rest of the file as it is.

    Returns a warning if that was not possible, else an empty string. The file is locked as
    client-go locks it (FILE.lock) and replaced atomically.
    """
    warning = (
        "The issuer replaced the OIDC refresh token, which could not be saved: "
        "you will have to log in again next time"
    )
    if not is_regular(path):
        return warning
    real = os.path.realpath(path)
    lock = f"{real}.lock"
    try:
        os.close(os.open(lock, os.O_CREAT | os.O_EXCL, 0))
    except OSError:
        return warning
    temporary = ""
    try:
        text = Path(real).read_text(encoding="utf-8")
        if text.count(old) != 1:
            return warning
        changed = text.replace(old, new)
        if yaml.safe_load(changed) is None:
            return warning
        handle, temporary = tempfile.mkstemp(dir=os.path.dirname(real), prefix=".kubeconfig-")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            os.fchmod(file.fileno(), os.stat(real).st_mode & 0o777)
            file.write(changed)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, real)
        return ""
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        return warning
    finally:
        os.unlink(lock)


async def _fetch(
    request: contextlib.AbstractAsyncContextManager[aiohttp.ClientResponse],
) -> tuple[int, bytes]:
    async with request as response:
        body = bytearray()
        async for chunk in response.content.iter_any():
            body += chunk
            if len(body) > _MAX_ANSWER:
                break
        return response.status, bytes(body)


def _decode(body: bytes, kind: type[_T]) -> _T | None:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, ValueError):
        return None
