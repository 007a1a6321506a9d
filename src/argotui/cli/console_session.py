"""The console's sessions. The first one opens, and reads, before the console is drawn."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence

import msgspec

from argotui.backend.backoff import cancel
from argotui.backend.clock import Clock, SystemClock
from argotui.backend.kube.connect import connect
from argotui.backend.kube.kubeconfig import IN_CLUSTER, list_contexts
from argotui.backend.kube.kubeconfig_file import KubeconfigSource
from argotui.backend.opened import OpenedNamespaces, default_path
from argotui.backend.ports import Backend, ContextInfo
from argotui.backend.session import Session
from argotui.cli.connect import server_address
from argotui.cli.console_target import locate, namespace_in
from argotui.config.loading import Loaded
from argotui.errors import BackendError, ConfigError
from argotui.target import Target

Source = Callable[[], KubeconfigSource]
"""Returns the kubeconfig; called at each connect."""


def session_in(
    backend: Backend,
    target: Target,
    first: Target,
    loaded: Loaded,
    clock: Clock,
    opened: OpenedNamespaces | None = None,
    kubectl: Sequence[str] | None = None,
) -> Session:
    """Return the session of a connection, with the settings of its context."""
    cluster = backend.cluster
    own = loaded.for_context(cluster.context).settings
    namespace = namespace_in(cluster.context, cluster.default_namespace, target, first, loaded)
    return Session(
        backend,
        namespace,
        read_only=own.read_only,
        clock=clock,
        settings=own,
        opened=opened,
        kubectl=kubectl,
    )


class Opener:
    """Opens sessions as the settings say; calls `source` at each connect.

    Without `source` it uses the user's kubeconfig, and remembers which namespaces were opened.
    """

    def __init__(
        self, loaded: Loaded, source: Source | None = None, clock: Clock | None = None
    ) -> None:
        self.loaded = loaded
        settings = loaded.settings
        self._server = server_address(loaded) if source is None else None
        context = self._server.context if self._server else settings.context
        self.first = Target(context, settings.namespace, settings.all_namespaces)
        self._source = source
        self._clock = clock
        self._opened = OpenedNamespaces(default_path() if source is None else None)
        self._early: asyncio.Task[Session] | None = None

    def begin(self) -> None:
        """Open the first session and read its data, until `open` or `close`."""
        self._early = asyncio.create_task(self._open_and_read())

    async def open(self, target: Target) -> Session:
        """Return an open session; raises BackendError."""
        early, self._early = self._early, None
        if early is not None:
            return await early
        return await self._open(target)

    async def close(self) -> None:
        """Close the session of `begin`, unless `open` returned it."""
        early, self._early = self._early, None
        if early is None:
            return
        await cancel(early)
        if not early.cancelled():
            with contextlib.suppress(BackendError):
                await early.result().close()

    def contexts(self) -> list[str]:
        """Return the contexts of the kubeconfig, behind the Argo server if the settings name one;
        raises ConfigError."""
        return [info.name for info in self._contexts()]

    def locate(self, target: Target) -> tuple[str, str]:
        """Return the context and namespace of a target, without a connection."""
        return locate(target, self.first, self.loaded, self._contexts)

    def _kubeconfig(self) -> KubeconfigSource:
        return self._source() if self._source is not None else self.loaded.settings.kubeconfig

    def _contexts(self) -> list[ContextInfo]:
        if (address := self._server) is None:
            return list_contexts(self._kubeconfig())
        namespace = self.loaded.settings.namespace or ""
        server = ContextInfo(
            address.context, address.context, "", namespace, address.server, current=True
        )
        others: list[ContextInfo] = []
        with contextlib.suppress(ConfigError):  # an Argo server needs no kubeconfig
            others = list_contexts(self._kubeconfig())
        return [server, *(msgspec.structs.replace(each, current=False) for each in others)]

    async def _open_and_read(self) -> Session:
        session = await self._open(self.first)
        session.start()
        return session

    async def _open(self, target: Target) -> Session:
        backend = await self._connect(target)
        clock = self._clock or SystemClock()
        kubectl = None if self._is_of_server(target) else self._kubectl(backend.cluster.context)
        return session_in(backend, target, self.first, self.loaded, clock, self._opened, kubectl)

    def _is_of_server(self, target: Target) -> bool:
        return self._server is not None and target.context in (None, self._server.context)

    def _kubectl(self, context: str) -> list[str] | None:
        """Return the options with which kubectl uses the same kubeconfig and context."""
        if self._source is not None:
            return None  # the embedded cluster: what runs there is simulated
        path = self.loaded.settings.kubeconfig
        options = ["--kubeconfig", path] if path else []
        return options if context == IN_CLUSTER else [*options, "--context", context]

    async def _connect(self, target: Target) -> Backend:
        """Return the ports of a context, or of the Argo server if the target names none."""
        kubeconfig, clock = self._kubeconfig(), self._clock
        server = self._server
        if server is None or not self._is_of_server(target):
            return await connect(context=target.context, kubeconfig=kubeconfig, clock=clock)
        from argotui.backend.argo_server.connect import connect_server

        namespace = self.loaded.settings.namespace
        return await connect_server(server, namespace=namespace, kubeconfig=kubeconfig, clock=clock)
