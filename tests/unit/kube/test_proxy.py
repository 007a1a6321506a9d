"""The environment's proxy, by Go's rules."""

from __future__ import annotations

import pytest

from argotui.backend.kube.proxy import environment_proxy


@pytest.mark.parametrize(
    ("server", "no_proxy", "proxied"),
    [
        ("https://api.example", "", True),
        ("https://api.example", "other.example", True),
        ("https://api.example", "api.example", False),
        ("https://api.example", "example", False),
        ("https://api.example", ".example", False),
        ("https://api.example", "*.example", False),
        ("https://example", ".example", True),
        ("https://notexample", "example", True),
        ("https://api.example", "*", False),
        ("https://10.1.2.3:6443", "10.0.0.0/8", False),
        ("https://10.1.2.3:6443", "10.1.2.3:6443", False),
        ("https://10.1.2.3:6443", "10.1.2.3:443", True),
        ("https://11.1.2.3", "10.0.0.0/8", True),
        ("https://[fd00::1]:6443", "fd00::/8", False),
        ("https://127.0.0.1:6443", "", False),
        ("https://localhost:6443", "", False),
        ("http://api.example", "", False),
    ],
)
def test_what_is_reached_through_the_proxy(
    server: str, no_proxy: str, proxied: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("https_proxy", "proxy:3128")
    monkeypatch.setenv("NO_PROXY", f" {no_proxy} ,unrelated")

    assert environment_proxy(server) == ("http://proxy:3128" if proxied else "")
