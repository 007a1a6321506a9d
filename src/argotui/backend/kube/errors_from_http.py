"""Every way a request can fail, as the `BackendError` a person is shown."""

from __future__ import annotations

import errno
import re
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import aiohttp
import msgspec

from argotui.backend.kube.sockets import ProxyFault
from argotui.backend.tls import cause_of
from argotui.errors import (
    BackendError,
    ConfigError,
    ConflictError,
    ForbiddenError,
    GoneError,
    InvalidError,
    NotFoundError,
    ProtocolError,
    ServerError,
    ThrottledError,
    UnauthorizedError,
    UnreachableError,
)
from argotui.model.sanitise import clean

_MAX_WORDS = 2000
_TAGS = re.compile(r"(?is)<(script|style|head)\b.*?</\1\s*>|<[^>]*>")
_TITLE = re.compile(r"(?is)<title[^>]*>(.*?)</title")


class _Details(msgspec.Struct, rename="camel"):
    retry_after_seconds: int = 0


class Status(msgspec.Struct, rename="camel"):
    """meta/v1 Status: the API server's answer to a refused request."""

    kind: str = ""
    message: str = ""
    reason: str = ""
    code: int = 0
    details: _Details | None = None


_TLS_HINTS = {
    9: "The server's certificate is not valid yet: check the clocks of both machines.",
    10: "The server's certificate has expired: it has to be renewed on the cluster.",
    18: "The server's certificate is self-signed and not the one the kubeconfig trusts: get a new "
    "kubeconfig, or set certificate-authority-data.",
    19: "The kubeconfig's certificate-authority did not sign this server's certificate: get a new "
    "kubeconfig; if the cluster did not change, somebody may be intercepting the connection.",
    20: "This machine does not know who signed the server's certificate: the kubeconfig needs the "
    "cluster's certificate-authority-data.",
    21: "This machine does not know who signed the server's certificate: the kubeconfig needs the "
    "cluster's certificate-authority-data.",
    62: "The server's certificate is for another name: check the server's address, or set "
    "tls-server-name in the kubeconfig.",
    64: "The server's certificate is for another address: check the server's address, or set "
    "tls-server-name in the kubeconfig.",
}
_ALERT = re.compile(r"(?i)alert[ _]([a-z ]+?)(?:\s*\(|$)")


def from_exception(error: BaseException, doing: str, server: str) -> BackendError:
    """Return the error of a failure below HTTP: DNS, connection, TLS, timeout, a broken answer."""
    title = f"Could not {doing}"
    certificate = cause_of(error, ssl.SSLCertVerificationError)
    if certificate is not None:
        return UnreachableError(
            f"{title}: the server's certificate is not trusted",
            f"{server}: {certificate.verify_message or 'verification failed'}",
            _TLS_HINTS.get(certificate.verify_code, "Check certificate-authority and server."),
        )
    tls = cause_of(error, ssl.SSLError)
    if tls is not None:
        return _tls_fault(tls, title, server)
    if isinstance(error, aiohttp.InvalidURL):
        return ConfigError("The server's address is not a URL", server)
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return UnreachableError(
            f"{title}: the proxy refused",
            f"{error.status} {error.message}",
            "Check proxy-url, HTTPS_PROXY and NO_PROXY.",
        )
    if isinstance(error, aiohttp.ClientProxyConnectionError):
        return UnreachableError(
            f"{title}: the proxy does not answer",
            _words(error),
            "Check proxy-url, HTTPS_PROXY and NO_PROXY.",
        )
    if isinstance(error, ProxyFault):
        return UnreachableError(
            f"{title}: {error}", server, "Check proxy-url, HTTPS_PROXY and NO_PROXY."
        )
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return UnreachableError(
            f"{title}: the server's name is not known",
            server,
            "Check the name, the VPN and the DNS of this machine.",
        )
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return UnreachableError(
            f"{title}: the server does not answer",
            f"{server}: no connection in time",
            "Check the network, the VPN and the firewall.",
        )
    if isinstance(error, TimeoutError):
        return UnreachableError(
            f"{title}: no answer in time", server, "The server may be overloaded or cut off."
        )
    if isinstance(error, aiohttp.ClientPayloadError | aiohttp.ServerDisconnectedError):
        # A TLS alert that follows the handshake gets lost on its way through asyncio.
        hint = "If it happens each time, the server may want a client certificate, or another one."
        return UnreachableError(
            f"{title}: the connection broke off", server, hint if server[:6] == "https:" else ""
        )
    if isinstance(error, OSError):
        return _socket_fault(error, title, server)
    return ProtocolError(f"{title}: the answer is not HTTP as it should be", _words(error))


def from_response(status: int, headers: Mapping[str, str], body: bytes, doing: str) -> BackendError:
    """Return what an answer other than success means; `body` may be anything, and cut."""
    said = parse_status(body)
    if said is None:
        return from_status(Status(message=_text_of(body), code=status), doing, headers, False)
    return from_status(msgspec.structs.replace(said, code=status), doing, headers)


def from_status(
    said: Status, doing: str, headers: Mapping[str, str] | None = None, from_api: bool = True
) -> BackendError:
    """Return what a Status object means; `from_api` False if none was sent, only text."""
    headers = headers or {}
    words, title = clean(said.message), f"Could not {doing}"
    match said.code:
        case 401:
            return UnauthorizedError(
                f"{title}: the credentials are not accepted",
                words,
                "Log in again; the token or certificate may have expired.",
            )
        case 403:
            return ForbiddenError(f"Not allowed to {doing}", words, _forbidden_hint(words))
        case 404:
            hint = "" if from_api else "The server does not have this kind of object."
            return NotFoundError(f"{title}: not found", words, hint)
        case 409:
            return ConflictError(f"{title}: it was changed meanwhile, or exists already", words)
        case 410:
            return GoneError(f"{title}: that is too long ago", words)
        case 400 | 413 | 415 | 422:
            return InvalidError(f"{title}: the server refused the request", words)
        case 429:
            return ThrottledError(
                f"{title}: the server asks to wait",
                words,
                retry_after=_retry_after(said, headers),
            )
        case code if 300 <= code < 400:
            return ProtocolError(
                f"{title}: the server redirects to another address",
                f"HTTP {code} to {clean(headers.get('Location', '?')).partition('?')[0]}",
                "Is the address that of a Kubernetes API server, and not of a login page?",
            )
        case code if code >= 500:
            return ServerError(f"{title}: the server failed (HTTP {code})", words)
        case code:
            return ProtocolError(f"{title}: unexpected answer (HTTP {code})", words)


def parse_status(body: bytes | msgspec.Raw) -> Status | None:
    """Return the Status object in a body, or None if it holds something else."""
    try:
        said = msgspec.json.decode(body, type=Status)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    return said if said.kind == "Status" else None


def _text_of(body: bytes) -> str:
    text = body.decode("utf-8", "replace")
    if text.lstrip()[:1] == "<":
        title = _TITLE.search(text)
        text = (title.group(1) + "\n" if title else "") + _TAGS.sub(" ", text)
    lines = (" ".join(line.split()) for line in clean(text).splitlines())
    short = "\n".join(dict.fromkeys(line for line in lines if line))
    return short if len(short) <= _MAX_WORDS else short[:_MAX_WORDS] + "…"


def _forbidden_hint(words: str) -> str:
    if "system:anonymous" in words:
        return "No credentials were sent: the kubeconfig's user has none, or they are not valid."
    return "Ask for the right, or use another context."


def _retry_after(said: Status, headers: Mapping[str, str]) -> float:
    value = headers.get("Retry-After", "").strip()
    if value.isdecimal() and value.isascii():
        return min(float(value), 3600.0)
    if value:
        try:
            when = parsedate_to_datetime(value)
            # The server's own clock, if it sends it: ours may differ.
            now = parsedate_to_datetime(headers.get("Date", "")) if "Date" in headers else None
            seconds = (when - (now or datetime.now(UTC))).total_seconds()
            return min(max(seconds, 0.0), 3600.0)
        except (TypeError, ValueError):
            pass
    return float(min(max(said.details.retry_after_seconds, 0), 3600)) if said.details else 0.0


def _tls_fault(tls: ssl.SSLError, title: str, server: str) -> BackendError:
    reason = (tls.reason or "").replace("_", " ").lower()
    text = reason or _words(tls)
    if "wrong version number" in text or "record layer failure" in text or "http request" in text:
        return UnreachableError(
            f"{title}: the server does not speak TLS",
            server,
            "Something that is not an https server answers there: check address and port.",
        )
    alert = _ALERT.search(text) or _ALERT.search(str(tls))
    if alert:
        return UnreachableError(
            f"{title}: the server refused the TLS connection",
            f"{server}: {alert.group(1).strip()}",
            "It may not accept the client certificate, or ask for one: log in again.",
        )
    return UnreachableError(f"{title}: TLS could not be set up", f"{server}: {text}")


def _socket_fault(error: OSError, title: str, server: str) -> BackendError:
    inner = getattr(error, "os_error", error)
    match inner.errno:
        case errno.ECONNREFUSED:
            return UnreachableError(
                f"{title}: the connection was refused",
                server,
                "Nothing listens there: is the cluster running, is the address right?",
            )
        case errno.ENETUNREACH | errno.EHOSTUNREACH:
            return UnreachableError(
                f"{title}: there is no way to the server",
                server,
                "Check the network and the VPN.",
            )
        case errno.ECONNRESET | errno.EPIPE:
            return UnreachableError(f"{title}: the connection broke off", server)
    reason = inner.strerror if isinstance(inner, OSError) and inner.strerror else _words(inner)
    return UnreachableError(f"{title}: no connection", f"{server}: {reason}")


def _words(error: BaseException) -> str:
    return str(error) or type(error).__name__
