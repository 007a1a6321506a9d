"""TLS as the kubeconfig asks for it, against real certificates; what is wrong with one is said."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from argotui.backend.kube.cluster import KubeCluster
from argotui.backend.ports import Query
from argotui.errors import ConfigError, UnreachableError
from tests.unit.kube.conftest import Authority, Pair
from tests.unit.kube.servers import connected, refusal, reply, serving

HERE = "subjectAltName=IP:127.0.0.1"
CLIENT = "extendedKeyUsage=clientAuth"


async def handler(request: web.BaseRequest) -> web.Response:
    peer = request.transport.get_extra_info("peercert") if request.transport else None
    subject = peer["subject"][0][0][1] if peer else "nobody"
    return reply({"metadata": {"resourceVersion": subject}, "items": []})


async def lists(kube: KubeCluster) -> str:
    return (await kube.list_workflows(Query("argo"))).resource_version


def data(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()


def trusting(authority: Authority) -> dict[str, object]:
    return {"certificate-authority-data": data(authority.root.certificate)}


async def refused(url: str, cluster: dict[str, object]) -> UnreachableError:
    async with connected(url, None, cluster) as kube:
        with pytest.raises(UnreachableError) as caught:
            await lists(kube)
    return caught.value


async def test_a_certificate_of_the_clusters_authority_is_trusted(authority: Authority) -> None:
    tls = authority.server(authority.issue("server", HERE, 2))
    async with serving(handler, tls) as url:
        async with connected(url, None, trusting(authority)) as kube:
            assert await lists(kube) == "nobody"
        path = {"certificate-authority": str(authority.root.certificate)}
        async with connected(url, None, path) as kube:
            assert await lists(kube) == "nobody"


async def test_what_is_wrong_with_a_certificate_is_explained(authority: Authority) -> None:
    trusted = trusting(authority)
    async with serving(handler, authority.server(authority.issue("s", HERE, 2))) as url:
        unknown = await refused(url, {})
        assert "not trusted" in unknown.title
        assert "certificate-authority" in unknown.hint
    async with serving(handler, authority.server(authority.issue("s", HERE, -1))) as url:
        assert "has expired" in (await refused(url, trusted)).hint
    elsewhere = authority.issue("s", "subjectAltName=DNS:api.example", 2)
    async with serving(handler, authority.server(elsewhere)) as url:
        assert "tls-server-name" in (await refused(url, trusted)).hint
        async with connected(url, None, trusted | {"tls-server-name": "api.example"}) as kube:
            assert await lists(kube) == "nobody"
        async with connected(url, None, {"insecure-skip-tls-verify": True}) as kube:
            assert await lists(kube) == "nobody"
            assert "TLS is not verified" in kube.warnings[0]


async def test_a_server_without_tls_is_told_apart() -> None:
    async with serving(handler) as url:
        wrong = await refused(url.replace("http:", "https:"), {})

    assert "does not speak TLS" in wrong.title


async def test_client_certificates_from_files_and_inline(authority: Authority) -> None:
    tls = authority.server(authority.issue("server", HERE, 2), wants_client=True)
    pair = authority.issue("alice", CLIENT, 2)
    files = {"client-certificate": str(pair.certificate), "client-key": str(pair.key)}
    inline = {
        "client-certificate-data": data(pair.certificate),
        "client-key-data": data(pair.key),
    }
    async with serving(handler, tls) as url:
        for user in (files, inline):
            async with connected(url, user, trusting(authority)) as kube:
                assert await lists(kube) == "alice"
        wrong = await refused(url, trusting(authority))
    assert "broke off" in wrong.title
    assert "client certificate" in wrong.hint


async def test_a_certificate_that_was_replaced_is_read_again_after_a_401(
    authority: Authority, tmp_path: Path
) -> None:
    def install(pair: Pair) -> None:
        for name, text in zip(("c.pem", "c.key"), pair.text(), strict=True):
            (tmp_path / name).write_text(text)

    old, new = authority.issue("old", CLIENT, 2), authority.issue("new", CLIENT, 2)
    install(old)

    async def only_new(request: web.BaseRequest) -> web.Response:
        answer = await handler(request)
        if b'"new"' in (answer.body if isinstance(answer.body, bytes) else b""):
            return answer
        install(new)
        return reply(refusal(401, "Unauthorized"), 401)

    tls = authority.server(authority.issue("server", HERE, 2), wants_client=True)
    user = {"client-certificate": str(tmp_path / "c.pem"), "client-key": str(tmp_path / "c.key")}
    async with serving(only_new, tls) as url, connected(url, user, trusting(authority)) as kube:
        assert await lists(kube) == "new"


async def test_a_plugin_can_give_the_certificate(authority: Authority, tmp_path: Path) -> None:
    certificate, key = authority.issue("from-plugin", CLIENT, 2).text()
    version = "client.authentication.k8s.io/v1"
    (tmp_path / "out").write_text(
        json.dumps(
            {
                "kind": "ExecCredential",
                "apiVersion": version,
                "status": {"clientCertificateData": certificate, "clientKeyData": key},
            }
        )
    )
    plugin = tmp_path / "plugin"
    plugin.write_text(f"#!/bin/sh\necho run >> {tmp_path}/runs\ncat {tmp_path}/out\n")
    plugin.chmod(plugin.stat().st_mode | stat.S_IXUSR)
    tls = authority.server(authority.issue("server", HERE, 2), wants_client=True)
    user = {"exec": {"apiVersion": version, "command": str(plugin), "interactiveMode": "Never"}}

    async with serving(handler, tls) as url, connected(url, user, trusting(authority)) as kube:
        both = await asyncio.gather(lists(kube), lists(kube))

    assert set(both) == {"from-plugin"}
    assert (tmp_path / "runs").read_text() == "run\n"


async def test_keys_that_cannot_be_used_are_refused_in_words(authority: Authority) -> None:
    one, other = authority.issue("a", CLIENT, 2), authority.issue("b", CLIENT, 2)
    mixed = {"client-certificate-data": data(one.certificate), "client-key-data": data(other.key)}
    locked = mixed | {
        "client-key-data": base64.b64encode(b"-----BEGIN ENCRYPTED PRIVATE KEY-----").decode()
    }
    for user, words in ((mixed, "cannot be used"), (locked, "is encrypted")):
        async with connected("https://127.0.0.1:1", user, trusting(authority)) as kube:
            with pytest.raises(ConfigError, match=words):
                await lists(kube)
    no_pem = {"certificate-authority-data": base64.b64encode(b"nothing").decode()}
    async with connected("https://127.0.0.1:1", None, no_pem) as kube:
        with pytest.raises(ConfigError, match="cannot be used"):
            await lists(kube)


@contextlib.asynccontextmanager
async def tunnelling(seen: list[str]) -> AsyncIterator[str]:
    """Serve CONNECT as a proxy does; `seen` gets the head of each request."""

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while chunk := await reader.read(65536):
                writer.write(chunk)
                await writer.drain()
        writer.close()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        seen.append(head)
        host, _, port = head.split()[1].rpartition(":")
        if "Proxy-Authorization" not in head:
            writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
            writer.close()
            return
        up_reader, up_writer = await asyncio.open_connection(host, int(port))
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        await asyncio.gather(pump(reader, up_writer), pump(up_reader, writer))

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


async def test_tls_goes_through_the_proxy_of_the_kubeconfig(authority: Authority) -> None:
    seen: list[str] = []
    tls = authority.server(authority.issue("server", HERE, 2))
    async with serving(handler, tls) as url, tunnelling(seen) as proxy:
        through = trusting(authority) | {"proxy-url": f"http://me:pw@{proxy}"}
        async with connected(url, {"token": "t0ken"}, through) as kube:
            assert await lists(kube) == "nobody"
        wrong = await refused(url, trusting(authority) | {"proxy-url": f"http://{proxy}"})

    assert seen[0].startswith("CONNECT 127.0.0.1:")
    assert "t0ken" not in seen[0]
    assert "the proxy refused" in wrong.title
    assert "407" in wrong.detail
