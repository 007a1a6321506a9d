"""HTTP to one API server: sessions, credentials, time limits, and failures as `BackendError`s.

A write gets a fresh connection. A used one may be dead, and then the outcome of the write is
unknown.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from urllib.parse import quote, urlencode

import aiohttp
import msgspec
from yarl import URL

from argotui import __version__
from argotui.backend.kube.credentials import Credentials
from argotui.backend.kube.errors_from_http import from_exception, from_response
from argotui.backend.kube.kubeconfig import KubeTarget
from argotui.backend.kube.lines import LineSplitter, LineTooLongError
from argotui.backend.kube.pool import Pool, Sending
from argotui.backend.kube.proxy import environment_proxy, is_socks
from argotui.backend.kube.silence import Patience, answer_to
from argotui.errors import (
    BackendError,
    ConfigError,
    ProtocolError,
    UnreachableError,
)

# The API server indents JSON for the user agents of browsers and curl.
USER_AGENT = f"argotui/{__version__}"
JSON = "application/json"
CONNECT_TIMEOUT = 5.0
READ_TIMEOUT = 60.0
"""Seconds without a byte; the first byte of a long list takes some."""
MAX_BODY = 512 << 20
_MAX_ERROR_BODY = 64 << 10
_FAILURES = (aiohttp.ClientError, TimeoutError, OSError)


class Response(msgspec.Struct, frozen=True):
    """A successful answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def audit_id(self) -> str:
        """The id under which the API server's audit log has the request."""
        return self.headers.get("Audit-Id", "")

    @property
    def date(self) -> datetime | None:
        """The server's clock at the answer."""
        try:
            return parsedate_to_datetime(self.headers.get("Date", ""))
        except (TypeError, ValueError):
            return None


class _Call(msgspec.Struct, frozen=True):
    """One request. `safe`: changes nothing, so it may be sent again after logging in again."""

    method: str
    path: str
    doing: str
    query: str
    accept: str
    safe: bool
    body: bytes | None = None
    content_type: str = JSON
    idle: float | None = READ_TIMEOUT
    stream: bool = False


class _Once:
    """Stops aiohttp from sending a request twice, as it does with a DELETE or PUT if the connection
    breaks."""

    def __init__(self) -> None:
        self._sent = False

    async def __call__(
        self, request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        if self._sent:
            raise aiohttp.ServerDisconnectedError
        self._sent = True
        return await handler(request)


Refusal = Callable[[int, Mapping[str, str], bytes, str], BackendError]
"""Returns what an answer other than success means: status, headers, body, what was being done."""


class Transport:
    """Requests to the server of one target as its user.

    `refusal` reads the server's errors; the server is `kind` in a hint about a wrong address.
    """

    def __init__(
        self,
        target: KubeTarget,
        credentials: Credentials,
        patience: Patience | None = None,
        *,
        refusal: Refusal = from_response,
        kind: str = "a Kubernetes API server",
    ) -> None:
        self._target = target
        self._refusal = refusal
        self._kind = kind
        self._credentials = credentials
        self._patience = patience or Patience()
        self._pool: Pool | None = None
        self._closed = False
        self._open_responses: set[aiohttp.ClientResponse] = set()
        proxy = target.proxy or environment_proxy(target.server)
        self._socks = proxy if is_socks(proxy) else ""
        self._proxy, self._proxy_headers = _split_proxy("" if self._socks else proxy)

    @property
    def warnings(self) -> tuple[str, ...]:
        return self._credentials.warnings

    async def close(self) -> None:
        """Close every connection; streams end with UnreachableError."""
        self._closed = True
        for response in tuple(self._open_responses):
            response.close()  # closing the connections alone would leave readers waiting
        if self._pool is not None:
            pool, self._pool = self._pool, None
            await pool.close()

    async def request(
        self,
        method: str,
        path: str,
        *,
        doing: str,
        params: Mapping[str, object] | None = None,
        body: bytes | None = None,
        content_type: str = JSON,
        accept: str = JSON,
        safe: bool | None = None,
    ) -> Response:
        """Send one request and return its answer, at most 512 MiB.

        `doing` names the request in messages ("list workflows"); `path` is already quoted. A `safe`
        request (by default, a GET) may be sent again: after a login that follows a 401, or over a
        fresh connection while a used one is silent. Any other request is sent once. A silent server
        is noticed within 20 s, however long an answer may take.
        Raises BackendError.
        """
        call = _Call(
            method,
            path,
            doing,
            _query(params),
            accept,
            method == "GET" if safe is None else safe,
            body,
            content_type,
        )

        async def send(sending: Sending, fresh: bool) -> Response:
            async with self._open(call, sending, fresh=fresh) as response:
                data = await _read_all(response, MAX_BODY + 1, sending)
                if len(data) > MAX_BODY:
                    raise ProtocolError(f"Could not {doing}: the answer is larger than 512 MiB")
                return Response(response.status, response.headers, data)

        async def probe() -> None:
            if not await self._answers():
                raise self._silent(doing)

        return await answer_to(send, probe, self._patience, repeatable=call.safe)

    async def stream(
        self,
        path: str,
        *,
        doing: str,
        params: Mapping[str, object] | None = None,
        accept: str = JSON,
        limit: int,
        mark: bytes | None = None,
        idle: float | None,
        unended: bool = True,
    ) -> AsyncGenerator[list[bytes], None]:
        """Yield the answer to a GET as batches of lines without newlines, as they arrive.

        The first batch is empty: it says that the server has accepted the request. `limit` is the
        longest line in bytes; a longer one is cut and marked, or raises ProtocolError without
        `mark`. With `mark` the last line needs no newline; it is left out unless `unended`. `idle`
        is the longest silence in seconds. Raises BackendError.
        """
        call = _Call("GET", path, doing, _query(params), accept, safe=True, idle=idle, stream=True)
        async with self._open(call) as response:
            yield []
            splitter = LineSplitter(limit, mark)
            try:
                while chunk := await response.content.readany():
                    if lines := splitter.feed(chunk):
                        yield lines
            except LineTooLongError:
                raise ProtocolError(
                    f"Could not {doing}: a line of the answer is longer than {limit >> 20} MiB"
                ) from None
            if splitter.pending and mark is None:
                raise UnreachableError(f"Could not {doing}: the connection broke off")
            if unended and (lines := splitter.close()):
                yield lines

    async def _answers(self) -> bool:
        """Say whether the server answers a small question on a fresh connection: whatever it says,
        also to a stranger, is an answer."""
        pool = Pool(self._target, None, self._socks)
        try:
            async with (
                asyncio.timeout(self._patience.probe),
                pool.session.get(
                    f"{self._target.server}/version",
                    headers={"User-Agent": USER_AGENT},
                    allow_redirects=False,
                    proxy=self._proxy,
                    proxy_headers=self._proxy_headers,
                    server_hostname=self._target.tls_server_name or None,
                ),
            ):
                return True
        except aiohttp.ClientSSLError:
            return True
        except _FAILURES:
            return False
        finally:
            await pool.close()

    def _silent(self, doing: str) -> BackendError:
        return UnreachableError(
            f"Could not {doing}: the connection went silent",
            f"{self._target.server}: neither this nor another request was answered",
            "Check the network, the VPN and the proxy.",
        )

    @contextlib.asynccontextmanager
    async def _open(
        self, call: _Call, sending: Sending | None = None, *, fresh: bool = False
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Send a request, again after a 401 and a new login, and yield a successful response.

        Uses a new connection if `fresh`, or if it is not safe to send the request twice.
        """
        again = True
        while True:
            generation = self._credentials.generation
            async with self._session(call, fresh=fresh or not call.safe) as session:
                try:
                    response = await self._send(session, call, sending)
                    async with response, self._known(response):
                        if response.status == 401 and again:
                            again = False
                            if await self._credentials.renew(generation) and call.safe:
                                continue
                        if not 200 <= response.status < 300:
                            raise await self._refused(response, call.doing)
                        if call.accept.startswith(JSON):
                            await self._check_json(response, call.doing)
                        yield response
                        return
                except _FAILURES as error:
                    if self._closed:
                        raise _closed(call.doing) from None
                    fault = from_exception(error, call.doing, self._target.server)
                    raise self._hidden(fault) from None
                except BackendError as error:
                    raise self._hidden(error) from None

    @contextlib.asynccontextmanager
    async def _known(self, response: aiohttp.ClientResponse) -> AsyncIterator[None]:
        self._open_responses.add(response)
        try:
            yield
        finally:
            self._open_responses.discard(response)

    @contextlib.asynccontextmanager
    async def _session(self, call: _Call, *, fresh: bool) -> AsyncIterator[aiohttp.ClientSession]:
        certificate = await self._credentials.certificate()
        if self._closed:
            raise _closed(call.doing)
        if fresh:
            pool = Pool(self._target, certificate, self._socks, self._pool)
            try:
                yield pool.session
            finally:
                await pool.close()
            return
        if self._pool is None or self._pool.certificate != certificate:
            old, self._pool = self._pool, Pool(self._target, certificate, self._socks)
            if old is not None:
                await old.retire()
        async with self._pool.lease() as session:
            yield session

    async def _send(
        self, session: aiohttp.ClientSession, call: _Call, sending: Sending | None
    ) -> aiohttp.ClientResponse:
        own = [
            ("Accept", call.accept),
            ("User-Agent", USER_AGENT),
            # Compressed, a stream's lines would wait for one another.
            (
                "Accept-Encoding",
                "gzip" if self._target.compress and not call.stream else "identity",
            ),
        ]
        if self._proxy_headers and not self._target.secure:
            own += self._proxy_headers.items()
        if call.body is not None:
            own.append(("Content-Type", call.content_type))
        url = f"{self._target.server}{call.path}{call.query}"
        login = await self._credentials.headers()
        if sending is not None:
            sending.heard = asyncio.get_running_loop().time()
        async with asyncio.timeout(READ_TIMEOUT if call.stream else None):
            response = await session.request(
                call.method,
                URL(url, encoded=True),
                data=call.body,
                headers=[*own, *login],
                allow_redirects=False,
                middlewares=() if call.safe else (_Once(),),
                proxy=self._proxy,
                proxy_headers=self._proxy_headers,
                server_hostname=self._target.tls_server_name or None,
                timeout=aiohttp.ClientTimeout(
                    total=None, sock_connect=CONNECT_TIMEOUT, sock_read=call.idle
                ),
                trace_request_ctx=sending,
            )
        if sending is not None:
            sending.answered = True
            sending.heard = asyncio.get_running_loop().time()
        return response

    async def _refused(self, response: aiohttp.ClientResponse, doing: str) -> BackendError:
        try:
            body = await _read_all(response, _MAX_ERROR_BODY)
        except _FAILURES:
            body = b""
        return self._refusal(response.status, response.headers, body, doing)

    async def _check_json(self, response: aiohttp.ClientResponse, doing: str) -> None:
        if "json" in response.content_type:
            return
        body = await _read_all(response, _MAX_ERROR_BODY)
        said = self._refusal(response.status, response.headers, body, doing).detail
        raise ProtocolError(
            f"Could not {doing}: the answer is not JSON",
            said,
            f"Is the address that of {self._kind}? A proxy or a login page may answer.",
        )

    def _hidden(self, error: BackendError) -> BackendError:
        error.title = self._credentials.hide(error.title)
        error.detail = self._credentials.hide(error.detail)
        error.args = (error.title,)
        return error


def path_of(*segments: str) -> str:
    """Return a URL path of segments that may hold anything."""
    return "".join(f"/{quote(segment, safe='')}" for segment in segments)


def _query(params: Mapping[str, object] | None) -> str:
    pairs: Iterable[tuple[str, object]] = (params or {}).items()
    kept = [(k, str(v).lower() if isinstance(v, bool) else str(v)) for k, v in pairs if v != ""]
    return f"?{urlencode(kept)}" if kept else ""


def _closed(doing: str) -> BackendError:
    return UnreachableError(f"Could not {doing}: the connection was closed")


async def _read_all(
    response: aiohttp.ClientResponse, cap: int, sending: Sending | None = None
) -> bytes:
    parts, size = [], 0
    while chunk := await response.content.readany():
        if sending is not None:
            sending.heard = asyncio.get_running_loop().time()
        parts.append(chunk)
        size += len(chunk)
        if size >= cap:
            break
    return b"".join(parts)[:cap]


def _split_proxy(proxy: str) -> tuple[URL | None, dict[str, str] | None]:
    if not proxy:
        return None, None
    try:
        url = URL(proxy)
    except ValueError:
        raise ConfigError("The proxy's address is not a URL") from None
    if not url.user:
        return url, None
    login = base64.b64encode(f"{url.user}:{url.password or ''}".encode()).decode()
    return url.with_user(None), {"Proxy-Authorization": f"Basic {login}"}
