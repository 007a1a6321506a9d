"""Which HTTP proxy leads to a server, by the rules of Go's `http.ProxyFromEnvironment`."""

from __future__ import annotations

import ipaddress
import os
from urllib.parse import urlsplit

from argotui.backend.kube.kubeconfig import is_loopback


def environment_proxy(server: str) -> str:
    """Return the proxy that HTTPS_PROXY, HTTP_PROXY and NO_PROXY name for a URL, or nothing.

    This machine itself is never reached through a proxy.
    """
    parts = urlsplit(server)
    proxy = _variable(f"{parts.scheme}_proxy")
    if not proxy or is_loopback(server) or _excepted(parts.hostname or "", parts.port):
        return ""
    return proxy if "://" in proxy else f"http://{proxy}"


def is_socks(proxy: str) -> bool:
    """Say whether a proxy's URL is that of a SOCKS5 one."""
    return urlsplit(proxy).scheme in ("socks5", "socks5h")


def _variable(name: str) -> str:
    return os.environ.get(name.upper()) or os.environ.get(name) or ""


def _excepted(host: str, port: int | None) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        address = None
    for entry in _variable("no_proxy").lower().split(","):
        pattern, _, only_port = entry.strip().rpartition(":")
        if not (pattern and only_port.isdecimal() and "]" not in only_port) or ":" in pattern:
            pattern, only_port = entry.strip(), ""
        if only_port and only_port != str(port):
            continue
        if pattern == "*" or _matches(pattern, host, address):
            return True
    return False


def _matches(
    pattern: str, host: str, address: ipaddress.IPv4Address | ipaddress.IPv6Address | None
) -> bool:
    if not pattern:
        return False
    if address is not None:
        try:
            return address in ipaddress.ip_network(pattern.strip("[]"), strict=False)
        except ValueError:
            return False
    bare = pattern.removeprefix("*").removeprefix(".")
    return host.endswith(f".{bare}") or (host == bare and pattern == bare)
