"""A SOCKS5 proxy that the kubeconfig or the environment names."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from argotui.backend.kube.cluster import KubeCluster
from argotui.backend.kube.kubeconfig import is_loopback
from argotui.backend.ports import Query
from argotui.errors import UnreachableError
from tests.unit.kube.conftest import Authority
from tests.unit.kube.servers import connected, reply, serving

NAME = "subjectAltName=DNS:api.example"
REFUSED = 5


async def handler(_: web.BaseRequest) -> web.Response:
    return reply({"metadata": {"resourceVersion": "7"}, "items": []})


async def lists(kube: KubeCluster) -> str:
    return (await kube.list_workflows(Query("argo"))).resource_version


class Socks:
    """A SOCKS5 proxy (RFC 1928) that leads every name to this machine; `seen` has the names asked
    for, `login` what it wants (RFC 1929)."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.login = b""
        self.refuse = False
        self.url = ""

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _, methods = await reader.readexactly(2)
        offered = await reader.readexactly(methods)
        writer.write(b"\x05\x02" if self.login else b"\x05\x00")
        if self.login:
            assert 2 in offered
            _, size = await reader.readexactly(2)
            user = await reader.readexactly(size)
            secret = await reader.readexactly((await reader.readexactly(1))[0])
            right = user + b":" + secret == self.login
            writer.write(b"\x01\x00" if right else b"\x01\x01")
            if not right:
                writer.close()
                return
        _, _, _, kind = await reader.readexactly(4)
        size = 4 if kind == 1 else (await reader.readexactly(1))[0]
        host = await reader.readexactly(size)
        port = int.from_bytes(await reader.readexactly(2))
        self.seen.append(".".join(map(str, host)) if kind == 1 else host.decode())
        answer = REFUSED if self.refuse else 0
        writer.write(bytes([5, answer, 0, 1, 127, 0, 0, 1, 0, 0]))
        if not answer:
            up_reader, up_writer = await asyncio.open_connection("127.0.0.1", port)
            await asyncio.gather(_pump(reader, up_writer), _pump(up_reader, writer))
        writer.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while chunk := await reader.read(65536):
            writer.write(chunk)
            await writer.drain()
    writer.close()


@pytest.fixture
async def socks() -> AsyncIterator[Socks]:
    proxy = Socks()
    server = await asyncio.start_server(proxy.talk, "127.0.0.1", 0)
    proxy.url = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield proxy
    server.close()


@pytest.mark.parametrize("scheme", ["socks5", "socks5h"])
async def test_the_proxy_looks_names_up(socks: Socks, scheme: str) -> None:
    async with serving(handler) as url:
        server = url.replace("127.0.0.1", "api.cluster.example")
        async with connected(server, None, {"proxy-url": f"{scheme}://{socks.url}"}) as kube:
            assert await lists(kube) == "7"
    assert socks.seen == ["api.cluster.example"]


async def test_tls_goes_through_it_under_the_name_that_is_set(
    socks: Socks, authority: Authority
) -> None:
    socks.login = b"me:pass word"
    tls = authority.server(authority.issue("server", NAME, 2))
    cluster = {
        "proxy-url": f"socks5://me:pass%20word@{socks.url}",
        "certificate-authority": str(authority.root.certificate),
        "tls-server-name": "api.example",
    }
    async with serving(handler, tls) as url, connected(url, None, cluster) as kube:
        assert await lists(kube) == "7"
    assert socks.seen == ["127.0.0.1"]


async def test_the_environment_may_name_one(socks: Socks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"socks5://{socks.url}")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    async with serving(handler) as url:
        server = url.replace("127.0.0.1", "api.cluster.example")
        assert not is_loopback(server)
        async with connected(server) as kube:
            assert await lists(kube) == "7"


async def test_what_is_wrong_with_it_is_said(socks: Socks) -> None:
    server = "http://api.cluster.example"
    socks.refuse = True
    async with connected(server, None, {"proxy-url": f"socks5://{socks.url}"}) as kube:
        with pytest.raises(UnreachableError, match="the proxy refused"):
            await lists(kube)
    socks.login = b"other:secret"
    login = {"proxy-url": f"socks5://me:s3cr3t@{socks.url}"}
    async with connected(server, None, login) as kube:
        with pytest.raises(UnreachableError, match="the proxy refused") as caught:
            await lists(kube)
        assert "s3cr3t" not in f"{caught.value.title}{caught.value.detail}"
    async with connected(server, None, {"proxy-url": "socks5://127.0.0.1:1"}) as kube:
        with pytest.raises(UnreachableError, match="the proxy does not answer"):
            await lists(kube)
