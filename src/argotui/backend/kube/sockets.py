"""Sockets with keep-alive, so that the kernel detects a vanished peer."""

from __future__ import annotations

import contextlib
import socket
from typing import Any

IDLE = 10
"""Seconds of silence after which the kernel asks whether the other side is there."""
EVERY = 3
"""Seconds between one unanswered question and the next."""
TIMES = 3
"""Unanswered questions after which the connection is given up: 19 s in all."""


class ProxyFault(OSError):
    """A SOCKS5 proxy does not answer, or will not connect."""


def open_socket(address: tuple[Any, ...]) -> socket.socket:
    """Return a socket for an entry of `getaddrinfo` that the kernel watches over."""
    family, kind, protocol = address[:3]
    sock = socket.socket(family, kind, protocol)
    watch_over(sock)
    return sock


def watch_over(sock: socket.socket) -> None:
    """Set TCP keep-alive. Unacknowledged data counts as silence too (TCP_USER_TIMEOUT, if the
    system has it)."""
    idle = getattr(socket, "TCP_KEEPIDLE", None) or getattr(socket, "TCP_KEEPALIVE", None)
    longest = getattr(socket, "TCP_USER_TIMEOUT", None)
    # An option that a system lacks is no reason not to connect.
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        if idle is not None:
            sock.setsockopt(socket.IPPROTO_TCP, idle, IDLE)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, EVERY)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, TIMES)
        if longest is not None:
            sock.setsockopt(socket.IPPROTO_TCP, longest, (IDLE + EVERY * TIMES) * 1000)
