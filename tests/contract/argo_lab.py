"""An Argo server under test: the embedded cluster's own, or a real one."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from argotui.backend.argo_server.connect import connect_server
from argotui.backend.argo_server.target import ServerAddress
from argotui.backend.clock import SystemClock
from argotui.backend.ports import Backend
from argotui.demo.argo_server.http import ArgoServer
from tests.contract.lab import NAMESPACE, Document, Lab
from tests.support import until_answer

SERVER = os.environ.get("ARGOTUI_TEST_ARGO_SERVER", "")
"""The URL of the Argo server of $KUBECONFIG's cluster."""
ADMIN = os.environ.get("ARGO_TOKEN", "")
"""The token of an admin, if the kubeconfig has none."""
T = TypeVar("T")


class ArgoLab:
    """A cluster, its Argo server, and connections of its users through it."""

    def __init__(self, lab: Lab, url: str, embedded: ArgoServer | None) -> None:
        self.lab = lab
        self.url = url
        self.embedded = embedded
        self._opened: list[Backend] = []

    async def connect(self, user: str = "admin", *, token: str | None = None) -> Backend:
        """Return a connection of a user through the Argo server."""
        clock = self.lab.clock or SystemClock()
        # An admin without a token has a client certificate, which an Argo server does not take.
        given = token if token is not None else self.lab.token(user) or ADMIN
        backend = await connect_server(
            ServerAddress(self.url, insecure_skip_verify=True),
            namespace=NAMESPACE,
            kubeconfig=os.devnull,
            clock=clock,
            environ={"ARGO_TOKEN": given if given.startswith("Bearer ") else f"Bearer {given}"},
        )
        self._opened.append(backend)
        return backend

    async def close(self) -> None:
        for backend in self._opened:
            await backend.cluster.close()

    async def until(self, ask: Callable[[], Awaitable[T | None]], what: str) -> T:
        """Let time pass until `ask` has an answer; the server's list is a cache that lags."""
        async with self.lab.time():
            return await until_answer(ask, what, pause=0.02)

    async def gate(self, stem: str, spec: Document) -> tuple[Document, Document]:
        """Create a workflow and return it with its open gate."""
        await self.lab.create(stem, spec, inert=False)
        return await self.lab.until_gate(stem)


@asynccontextmanager
async def argo_of(lab: Lab) -> AsyncIterator[ArgoLab]:
    """Yield the Argo server of a cluster."""
    if lab.embedded is None or lab.clock is None:
        found = ArgoLab(lab, SERVER, None)
        yield found
        await found.close()
        return
    server = ArgoServer(lab.url, lab.clock)
    await server.start()
    found = ArgoLab(lab, server.url, server)
    yield found
    await found.close()
    await server.stop()
