"""Where the Argo server is, and with which credentials it is asked."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest

from argotui.backend.argo_server.target import ServerAddress, server_target
from argotui.demo.cluster import EmbeddedCluster
from argotui.errors import ConfigError


@pytest.mark.parametrize(
    ("address", "url"),
    [
        (ServerAddress("localhost:2746"), "https://localhost:2746"),
        (ServerAddress("localhost:2746", secure=False), "http://localhost:2746"),
        (ServerAddress("http://argo.example"), "http://argo.example"),
        (ServerAddress("argo.example", "/argo/"), "https://argo.example/argo"),
        (ServerAddress("https://argo.example/x/", "argo"), "https://argo.example/x/argo"),
    ],
)
def test_an_address_is_read_as_argo_reads_it(address: ServerAddress, url: str) -> None:
    assert address.server == url
    assert address.context == f"argo-server:{url.partition('://')[2]}"


@pytest.mark.parametrize("url", ["", "ftp://x", "https://", "localhost:0", "https://a:b@c", "x?y"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="HOST:PORT"):
        _ = ServerAddress(url).server


@pytest.mark.parametrize(
    ("authorization", "token", "username"),
    [
        ("Bearer abc", "abc", ""),
        ("bearer v2:abc", "v2:abc", ""),
        ("abc", "abc", ""),
        (f"Basic {base64.b64encode(b'ann:pw').decode()}", "", "ann"),
        ("", "", ""),
    ],
)
def test_the_token_is_an_authorization_or_a_token(
    authorization: str, token: str, username: str
) -> None:
    target = server_target(
        ServerAddress("localhost:1"), None, os.devnull, {"ARGO_TOKEN": authorization}
    )
    assert (target.user.token, target.user.username) == (token, username)
    assert "abc" not in repr(target)


@pytest.mark.parametrize("authorization", ["Digest abc", "Basic !!"])
def test_another_authorization_is_refused_without_a_word_of_it(authorization: str) -> None:
    with pytest.raises(ConfigError, match="ARGO_TOKEN") as refused:
        server_target(ServerAddress("localhost:1"), None, os.devnull, {"ARGO_TOKEN": authorization})
    assert authorization.split()[1] not in str(refused.value)


async def test_without_a_token_the_kubeconfigs_user_logs_in(
    embedded: EmbeddedCluster, tmp_path: Path
) -> None:
    kubeconfig = embedded.write_kubeconfig(tmp_path / "config", "viewer")
    target = server_target(ServerAddress("localhost:1"), None, str(kubeconfig), {})
    assert (target.user.token, target.namespace) == (embedded.token("viewer"), "argo")
    own = server_target(ServerAddress("localhost:1"), "mine", str(kubeconfig), {"ARGO_TOKEN": "x"})
    assert (own.user.token, own.namespace) == ("x", "mine")


def test_an_unsafe_connection_is_warned_about() -> None:
    clear = server_target(ServerAddress("http://argo.example"), None, os.devnull, {})
    assert "not encrypted" in clear.warnings[0]
    blind = server_target(
        ServerAddress("argo.example", insecure_skip_verify=True), None, os.devnull, {}
    )
    assert "not verified" in blind.warnings[0]
    assert server_target(ServerAddress("http://localhost:1"), None, os.devnull, {}).warnings == ()


def test_an_authority_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    address = ServerAddress("argo.example", ca_file=str(tmp_path / "none.pem"))
    with pytest.raises(ConfigError, match="authority") as refused:
        server_target(address, None, os.devnull, {})
    assert "none.pem" in refused.value.detail
