"""From a command line to a connected cluster, for the verbs without a screen."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, NamedTuple

import click

from argotui.backend.clock import Clock, SystemClock
from argotui.backend.opened import OpenedNamespaces, default_path
from argotui.cli.settings import load
from argotui.config.loading import Loaded
from argotui.errors import BackendError, NotFoundError
from argotui.model.argo import Key
from argotui.model.workflows.filters import Filter, FilterError, parse_filter

if TYPE_CHECKING:
    from argotui.backend.argo_server.target import ServerAddress
    from argotui.backend.ports import Backend, ClusterPort, ContextInfo
    from argotui.config.settings import Settings
    from argotui.operations.workflows.listing import ListedWorkflows


class ClusterConnection(NamedTuple):
    """A connection, the settings of its context, and where to look: `namespace` None means all of
    them."""

    backend: Backend
    loaded: Loaded
    namespace: str | None
    clock: Clock
    opened: OpenedNamespaces
    named: set[str]
    """The namespaces on the command line: argotui checks that they exist if it finds nothing."""

    @property
    def cluster(self) -> ClusterPort:
        return self.backend.cluster

    @property
    def home(self) -> str:
        """The namespace of a name without one."""
        return self.loaded.settings.namespace or self.cluster.default_namespace

    @property
    def read_only(self) -> bool:
        return self.loaded.settings.read_only

    @property
    def known(self) -> list[str]:
        """The namespaces of the settings, and those that were opened before."""
        before = self.opened.of(self.cluster.context, self.cluster.server)
        return [*self.loaded.settings.namespaces, *before]

    async def require_namespace(self, namespace: str) -> None:
        """Raise NotFoundError for a missing namespace; print a remark if that cannot be known."""
        from argotui.backend.namespaces import absence

        found = await absence(self.cluster, namespace, self.known)
        if found is None:
            return
        if found.certain:
            title = found.words[0].upper() + found.words[1:]
            raise NotFoundError(title, hint="Look elsewhere with -n or -A.")
        remark(found.words)

    def tell_scope(self, found: ListedWorkflows) -> None:
        """Print a remark about the namespaces, if not all requested ones were searched."""
        if (only := found.only_in) is None:
            return
        from argotui.backend.namespaces import some_of

        where = f"looked in {some_of(only.names)}"
        if only.complete:
            remark(f"{where}: the namespaces you can read")
        else:
            more = "name others with -n, or with the setting `namespaces`"
            remark(f"{where}; you cannot list namespaces: {more}")


def run(context: click.Context, verb: Callable[[ClusterConnection], Awaitable[int]]) -> int:
    """Connect as the command line says, run `verb`, and return its exit code."""
    loaded = load(context)

    async def connected() -> int:
        async with open_connection(loaded) as connection:
            if sys.stderr.isatty():
                for warning in connection.cluster.warnings:
                    remark(f"warning: {warning}")
            try:
                code = await verb(connection)
            except NotFoundError:
                await _require_named(connection)
                raise
            if connection.namespace is not None and code == 0:
                connection.opened.add(
                    connection.cluster.context, connection.cluster.server, connection.namespace
                )
            return code

    return asyncio.run(connected())


async def _require_named(connection: ClusterConnection) -> None:
    """Raise NotFoundError for a namespace of the command line that does not exist."""
    for namespace in connection.named:
        try:
            await connection.require_namespace(namespace)
        except NotFoundError:
            raise
        except BackendError:
            return  # the first failure is reported


def import_backend() -> None:
    """Import what `open_connection` needs to connect."""
    import argotui.backend.kube.connect  # noqa: F401


def contexts_of(settings: Settings) -> list[ContextInfo]:
    """Return the contexts of the kubeconfig, by name; raises ConfigError."""
    from argotui.backend.kube.kubeconfig import list_contexts

    return list_contexts(settings.kubeconfig)


def server_address(loaded: Loaded) -> ServerAddress | None:
    """Return the Argo server that the settings name; None for the cluster itself.

    A context or a kubeconfig on the command line overrides an Argo server from elsewhere.
    """
    settings, origins = loaded.settings, loaded.origins
    if not settings.argo_server:
        return None
    given = {key for key, origin in origins.items() if origin.startswith("flag ")}
    if given & {"context", "kubeconfig"} and "argo_server" not in given:
        return None
    from argotui.backend.argo_server.target import ServerAddress

    return ServerAddress(
        settings.argo_server,
        settings.argo_base_href or "",
        settings.argo_secure,
        settings.argo_insecure_skip_verify,
        settings.argo_ca_file or "",
    )


async def connect_as(loaded: Loaded) -> Backend:
    """Return the ports of the cluster or the Argo server of the settings; raises ConfigError."""
    settings = loaded.settings
    if address := server_address(loaded):
        from argotui.backend.argo_server.connect import connect_server

        namespace, kubeconfig = settings.namespace, settings.kubeconfig
        return await connect_server(address, namespace=namespace, kubeconfig=kubeconfig)
    from argotui.backend.kube.connect import connect

    return await connect(context=settings.context, kubeconfig=settings.kubeconfig)


@asynccontextmanager
async def open_connection(loaded: Loaded) -> AsyncIterator[ClusterConnection]:
    """Connect as the settings say; raises BackendError."""
    backend = await connect_as(loaded)
    cluster = backend.cluster
    try:
        own = loaded.for_context(cluster.context)
        wanted = own.settings.namespace or cluster.default_namespace
        namespace = None if own.settings.all_namespaces else wanted
        opened = OpenedNamespaces(default_path())
        yield ClusterConnection(backend, own, namespace, SystemClock(), opened, set())
    finally:
        await cluster.close()


def remark(text: str) -> None:
    """Print a remark to stderr."""
    print(f"argotui: {text}", file=sys.stderr)


def read_filter(text: str) -> Filter:
    """Return the filter of a command line; an error points at the mistake."""
    try:
        return parse_filter(text)
    except FilterError as error:
        pointer = " " * error.position + "^"
        raise click.UsageError(f"the filter: {error.message}\n  {text}\n  {pointer}") from None


def split_name(name: str, connection: ClusterConnection) -> Key:
    """Return which workflow NAME or NAMESPACE/NAME is."""
    namespace, slash, rest = name.partition("/")
    if not slash:
        namespace, rest = connection.home, name
    if not namespace or not rest or "/" in rest:
        raise click.UsageError(f"{name!r} is not a workflow: give NAME or NAMESPACE/NAME")
    connection.named.add(namespace)
    return Key(namespace, rest)


async def find_named(name: str, connection: ClusterConnection) -> Key:
    """Return the key of a named workflow; `@latest` is the one created last."""
    if name != "@latest":
        return split_name(name, connection)
    from argotui.operations.workflows.listing import ListOptions, find_allowed

    wanted = ListOptions(connection.namespace, sort="age", limit=1, shallow=True)
    found = await find_allowed(connection.cluster, wanted, connection.clock, connection.known)
    if not found.rows:
        if connection.namespace is not None:
            connection.named.add(connection.namespace)
        raise NotFoundError("There is no workflow here", hint="Look elsewhere with -n or -A.")
    return found.rows[0].key
