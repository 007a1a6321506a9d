"""Every way an API server can fail, as what a person is told; and what is never sent twice."""

from __future__ import annotations

import asyncio
import gzip
import socket
import ssl
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from argotui import __version__
from argotui.backend.kube.cluster import KubeCluster
from argotui.backend.ports import Query
from argotui.backend.tls import client_tls
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
from tests.support import PATIENCE, ManualClock, until
from tests.unit.kube.servers import answering, connected, refusal, reply, serving

EMPTY: dict[str, object] = {"metadata": {"resourceVersion": "7"}, "items": []}
ARGO = Query("argo")


async def lists(kube: KubeCluster) -> str:
    return (await kube.list_workflows(ARGO)).resource_version


async def failure(answer: web.Response, user: dict[str, object] | None = None) -> BackendError:
    async def handler(_: web.BaseRequest) -> web.Response:
        return answer

    async with serving(handler) as url, connected(url, user) as kube:
        with pytest.raises(BackendError) as caught:
            await lists(kube)
    return caught.value


async def test_requests_say_who_asks_and_what_they_take() -> None:
    seen: list[web.BaseRequest] = []

    async def handler(request: web.BaseRequest) -> web.Response:
        seen.append(request)
        return reply(EMPTY)

    async with serving(handler) as url, connected(url, {"token": "t0ken"}) as kube:
        page = await kube.list_workflows(
            Query("argo", labels="a!=b"), limit=5, continue_token="x=&"
        )

    assert page.resource_version == "7"
    assert seen[0].headers["User-Agent"] == f"argotui/{__version__}"
    assert seen[0].headers["Authorization"] == "Bearer t0ken"
    assert seen[0].headers["Accept-Encoding"] == "gzip"
    assert seen[0].path == "/apis/argoproj.io/v1alpha1/namespaces/argo/workflows"
    assert dict(seen[0].query) == {"labelSelector": "a!=b", "limit": "5", "continue": "x=&"}


async def test_a_path_before_the_api_is_kept_and_gzip_is_read() -> None:
    async def handler(request: web.BaseRequest) -> web.Response:
        assert request.path.startswith("/k8s/clusters/c-1/apis/")
        body = gzip.compress(b'{"metadata":{"resourceVersion":"9"},"items":[]}')
        headers = {"Content-Encoding": "gzip"}
        return web.Response(body=body, content_type="application/json", headers=headers)

    async with serving(handler) as url, connected(f"{url}/k8s/clusters/c-1/") as kube:
        assert await lists(kube) == "9"


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (400, InvalidError),
        (403, ForbiddenError),
        (404, NotFoundError),
        (409, ConflictError),
        (410, GoneError),
        (422, InvalidError),
        (429, ThrottledError),
        (500, ServerError),
        (504, ServerError),
        (418, ProtocolError),
    ],
)
async def test_the_servers_words_are_told(code: int, kind: type[BackendError]) -> None:
    said = refusal(code, 'workflows is forbidden: User "v" \x1b[31mcannot')

    wrong = await failure(reply(said, code))

    assert type(wrong) is kind
    assert "list the workflows of namespace argo" in wrong.title
    assert wrong.detail == 'workflows is forbidden: User "v" cannot'


async def test_who_sends_no_credentials_is_told_so() -> None:
    wrong = await failure(reply(refusal(403, 'User "system:anonymous" cannot list'), 403))

    assert "No credentials were sent" in wrong.hint


@pytest.mark.parametrize(
    ("headers", "details", "seconds"),
    [
        ({"Retry-After": "7"}, {}, 7.0),
        ({}, {"retryAfterSeconds": 3}, 3.0),
        (
            {
                "Retry-After": "Wed, 21 Oct 2026 07:28:10 GMT",
                "Date": "Wed, 21 Oct 2026 07:28:00 GMT",
            },
            {},
            10.0,
        ),
        ({"Retry-After": "soon"}, {}, 0.0),
        ({"Retry-After": "99999999"}, {}, 3600.0),
    ],
)
async def test_how_long_to_wait_is_read(
    headers: dict[str, str], details: dict[str, int], seconds: float
) -> None:
    answer = reply(refusal(429, "too many requests", "", **details), 429)
    answer.headers.update(headers)

    wrong = await failure(answer)

    assert isinstance(wrong, ThrottledError)
    assert wrong.retry_after == seconds


async def test_a_web_page_in_place_of_an_answer_is_told_in_its_words() -> None:
    page = "<html><head><title>Bad Gateway</title><style>p{}</style></head><p>nginx <b>x</b></p>"

    wrong = await failure(web.Response(text=page, status=502, content_type="text/html"))
    portal = await failure(web.Response(text=page, content_type="text/html"))

    assert isinstance(wrong, ServerError)
    assert wrong.detail == "Bad Gateway\nnginx x"
    assert isinstance(portal, ProtocolError)
    assert "not JSON" in portal.title


async def test_a_flood_in_an_error_is_cut() -> None:
    wrong = await failure(web.Response(body=b"x" * (1 << 20), status=500))

    assert len(wrong.detail) < 3000


async def test_a_redirect_is_not_followed() -> None:
    wrong = await failure(
        web.Response(status=302, headers={"Location": "https://login.example/?token=s3cr3t"})
    )

    assert isinstance(wrong, ProtocolError)
    assert "https://login.example/" in wrong.detail
    assert "s3cr3t" not in str(wrong)


@pytest.mark.parametrize("body", [b"{", b'{"items": 5}', b"[]", b'{"items":[{]}', b"\xff"])
async def test_json_of_another_shape_is_a_fault_of_the_answer(body: bytes) -> None:
    wrong = await failure(web.Response(body=body, content_type="application/json"))

    assert isinstance(wrong, ProtocolError)


async def test_a_token_never_comes_back_in_a_message() -> None:
    said = refusal(500, "bad header: Bearer t0ken-of-mine eyJhbGciOi.eyJzdWIiOi.c2ln")

    wrong = await failure(reply(said, 500), {"token": "t0ken-of-mine"})

    assert wrong.detail == "bad header: Bearer [hidden] [hidden]"
    assert "t0ken" not in repr(wrong.args)


async def test_a_refused_connection_and_an_unknown_name() -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    async with connected(f"http://127.0.0.1:{port}") as kube:
        with pytest.raises(UnreachableError, match="was refused"):
            await lists(kube)
    async with connected("http://no-such-name.invalid") as kube:
        with pytest.raises(UnreachableError, match="name is not known"):
            await lists(kube)


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        HEAD + b'Content-Length: 100\r\n\r\n{"items":',
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{",
    ],
)
async def test_an_answer_that_breaks_off_is_told_so(answer: bytes) -> None:
    async with answering(answer) as url, connected(url) as kube:
        with pytest.raises(UnreachableError, match="broke off"):
            await lists(kube)


async def test_what_is_no_http_is_told_so() -> None:
    async with answering(b"SSH-2.0-OpenSSH_9\r\n") as url, connected(url) as kube:
        with pytest.raises(ProtocolError, match="not HTTP"):
            await lists(kube)


async def test_a_401_is_answered_by_logging_in_again_once(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("old\n")
    seen: list[str] = []

    async def handler(request: web.BaseRequest) -> web.Response:
        seen.append(request.headers["Authorization"])
        if seen[-1] == "Bearer new":
            return reply(EMPTY)
        token.write_text("new\n")
        return reply(refusal(401, "Unauthorized"), 401)

    async with serving(handler) as url, connected(url, {"tokenFile": str(token)}) as kube:
        assert await lists(kube) == "7"

    assert seen == ["Bearer old", "Bearer new"]


async def test_a_401_that_stays_is_told(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("old")
    asked = 0

    async def handler(_: web.BaseRequest) -> web.Response:
        nonlocal asked
        asked += 1
        token.write_text(f"new {asked}")
        return reply(refusal(401, "Unauthorized"), 401)

    async with serving(handler) as url, connected(url, {"tokenFile": str(token)}) as kube:
        with pytest.raises(UnauthorizedError):
            await lists(kube)
        assert asked == 2
    async with serving(handler) as url, connected(url, {"token": "fixed"}) as kube:
        with pytest.raises(UnauthorizedError):
            await lists(kube)
    assert asked == 3


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
async def test_a_write_is_sent_once_whatever_comes_back(method: str, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("old")
    seen: list[str] = []

    async def handler(request: web.BaseRequest) -> web.StreamResponse:
        seen.append(request.method)
        token.write_text("new")
        if len(seen) == 1:
            return reply(refusal(401, "Unauthorized"), 401)
        if request.transport is not None:
            request.transport.abort()
        return web.Response()

    async with serving(handler) as url, connected(url, {"tokenFile": str(token)}) as kube:
        for kind in (UnauthorizedError, UnreachableError):
            with pytest.raises(kind):
                await kube.transport.request(method, "/x", doing="write", body=b"{}")
    assert seen == [method, method]


async def test_a_write_never_takes_a_connection_that_was_used_before() -> None:
    """On a kept connection that the server has just closed, aiohttp would send a DELETE again."""
    peers: list[object] = []

    async def handler(request: web.BaseRequest) -> web.Response:
        peers.append(request.transport.get_extra_info("peername") if request.transport else None)
        return reply(EMPTY, Audit_Id="a-1", Date="Wed, 21 Oct 2026 07:28:00 GMT")

    async with serving(handler) as url, connected(url) as kube:
        await lists(kube)
        await lists(kube)
        answer = await kube.transport.request(
            "PATCH",
            "/x",
            doing="write",
            body=b"[]",
            content_type="application/json-patch+json",
            params={"dryRun": "All"},
        )

    assert peers[0] == peers[1] != peers[2]
    assert answer.audit_id == "a-1"
    assert answer.date == datetime(2026, 10, 21, 7, 28, tzinfo=UTC)


async def test_impersonation_is_passed_on() -> None:
    seen: list[web.BaseRequest] = []

    async def handler(request: web.BaseRequest) -> web.Response:
        seen.append(request)
        return reply(EMPTY)

    user = {"token": "t", "as": "boss", "as-groups": ["a", "b"], "as-user-extra": {"x": ["1"]}}
    async with serving(handler) as url, connected(url, user) as kube:
        await lists(kube)

    headers = seen[0].headers
    assert headers["Impersonate-User"] == "boss"
    assert headers.getall("Impersonate-Group") == ["a", "b"]
    assert headers["Impersonate-Extra-x"] == "1"


async def test_the_environments_proxy_and_netrc_are_not_for_this_machine(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "netrc").write_text("default login wrong password wrong\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")

    async def handler(request: web.BaseRequest) -> web.Response:
        assert request.headers["Authorization"] == "Bearer t"
        return reply(EMPTY)

    async with serving(handler) as url, connected(url, {"token": "t"}) as kube:
        assert await lists(kube) == "7"


async def test_the_proxy_of_the_kubeconfig_is_used() -> None:
    seen: list[tuple[str, str]] = []

    async def proxy(request: web.BaseRequest) -> web.Response:
        seen.append((request.raw_path, request.headers.get("Proxy-Authorization", "")))
        return reply(EMPTY)

    async with serving(proxy) as url:
        cluster = {"proxy-url": url.replace("//", "//me:pw@")}
        async with connected("http://localhost:1", None, cluster) as kube:
            assert await lists(kube) == "7"

    assert seen[0][0].startswith("http://localhost:1/apis/")
    assert seen[0][1].startswith("Basic ")


async def test_after_closing_nothing_is_sent() -> None:
    async def handler(_: web.BaseRequest) -> web.Response:
        raise AssertionError("a request came in")

    async with serving(handler) as url, connected(url) as kube:
        await kube.close()
        with pytest.raises(UnreachableError, match="was closed"):
            await lists(kube)


async def test_a_stream_ends_when_the_connection_is_closed_on_this_side() -> None:
    async def handler(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        await asyncio.Event().wait()
        return response

    async with serving(handler) as url, connected(url) as kube:
        opened = asyncio.Event()

        async def read() -> None:
            async for _ in kube.watch_workflows(ARGO, "1"):
                opened.set()

        task = asyncio.create_task(read())
        await until(opened.is_set)
        await kube.close()
        with pytest.raises(UnreachableError, match="was closed"):
            await task


async def test_a_stream_that_goes_silent_is_given_up() -> None:
    async def handler(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        await asyncio.Event().wait()
        return response

    async with serving(handler) as url, connected(url) as kube:
        batches = kube.transport.stream("/x", doing="watch", limit=100, idle=0.1)
        async with aclosing(batches):
            assert await anext(batches) == []
            with pytest.raises(UnreachableError, match="no answer in time"):
                await anext(batches)


async def test_a_line_without_end_is_refused() -> None:
    async def handler(_: web.BaseRequest) -> web.Response:
        return web.Response(body=b"x" * 5000, content_type="application/json")

    async with serving(handler) as url, connected(url) as kube:
        with pytest.raises(ProtocolError, match="longer than"):
            async for _ in kube.transport.stream("/x", doing="watch", limit=1000, idle=PATIENCE):
                pass


async def test_credentials_are_not_sent_in_clear_to_another_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[web.BaseRequest] = []

    async def proxy(request: web.BaseRequest) -> web.Response:
        seen.append(request)
        return reply(EMPTY)

    async with serving(proxy) as url:
        monkeypatch.setenv("HTTP_PROXY", url)
        async with connected("http://far.example", {"token": "t"}) as kube:
            await lists(kube)

    assert "Authorization" not in seen[0].headers


async def test_a_token_file_is_read_again_after_a_minute(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("one")
    seen: list[str] = []
    clock = ManualClock()

    async def handler(request: web.BaseRequest) -> web.Response:
        seen.append(request.headers["Authorization"])
        return reply(EMPTY)

    async with serving(handler) as url, connected(url, {"tokenFile": str(token)}, None, clock) as k:
        await lists(k)
        token.write_text("two")
        await lists(k)
        await clock.advance(timedelta(minutes=1).total_seconds())
        await lists(k)
        token.unlink()
        await clock.advance(60)
        await lists(k)

    assert seen == ["Bearer one", "Bearer one", "Bearer two", "Bearer two"]


async def test_a_token_that_is_no_header_is_refused(tmp_path: Path) -> None:
    async with connected("http://127.0.0.1:1", {"token": "a\nHost: evil"}) as kube:
        with pytest.raises(ConfigError, match="characters no token may have"):
            await lists(kube)
    async with connected("http://127.0.0.1:1", {"tokenFile": str(tmp_path / "no")}) as kube:
        with pytest.raises(ConfigError, match="token file cannot be read"):
            await lists(kube)


async def test_passwords_are_sent_as_such() -> None:
    seen: list[str] = []

    async def handler(request: web.BaseRequest) -> web.Response:
        seen.append(request.headers["Authorization"])
        return reply(EMPTY)

    async with serving(handler) as url, connected(url, {"username": "u", "password": "p"}) as kube:
        await lists(kube)

    assert seen == ["Basic dTpw"]


async def test_writes_use_the_certificates_that_were_read_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[ssl.SSLContext] = []

    def counted(*arguments: Any, **options: Any) -> ssl.SSLContext:
        made.append(client_tls(*arguments, **options))
        return made[-1]

    monkeypatch.setattr("argotui.backend.kube.pool.client_tls", counted)
    connections: set[object] = set()

    async def handler(request: web.BaseRequest) -> web.Response:
        connections.add(request.transport)
        return reply(EMPTY)

    async with serving(handler) as url, connected(url) as kube:
        await lists(kube)
        for _ in range(3):
            await kube.transport.request("PATCH", "/x", doing="change x", body=b"{}")
    assert len(made) == 1
    assert len(connections) == 4  # each write has a connection of its own
