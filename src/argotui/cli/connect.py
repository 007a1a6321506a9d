"""From a command line to a connected cluster, for the verbs without a screen."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, NamedTuple

import click

from argotui.backend.clock import Clock, SystemClock
from argotui.backend.errors import NotFoundError
from argotui.backend.settings import Loaded
from argotui.cli.options import load
from argotui.model.filters import Filter, FilterError, parse_filter
from argotui.model.workflow import Key

if TYPE_CHECKING:
    from argotui.backend.kube.cluster import KubeCluster


class Place(NamedTuple):
    """A connected cluster, the settings as they are in its context, and where to look: `namespace`
    None means all of them."""

    cluster: KubeCluster
    loaded: Loaded
    namespace: str | None
    clock: Clock

    @property
    def home(self) -> str:
        """The namespace of a name without one."""
        return self.loaded.settings.namespace or self.cluster.default_namespace


def run(context: click.Context, verb: Callable[[Place], Awaitable[int]]) -> int:
    """Connect as the command line says, run `verb`, and return its exit code."""
    loaded = load(context)

    async def connected() -> int:
        async with open_place(loaded) as place:
            if sys.stderr.isatty():
                for warning in place.cluster.warnings:
                    remark(f"warning: {warning}")
            return await verb(place)

    return asyncio.run(connected())


@asynccontextmanager
async def open_place(loaded: Loaded) -> AsyncIterator[Place]:
    """Connect as the settings say; raises BackendError."""
    from argotui.backend.kube.cluster import connect

    settings = loaded.settings
    cluster = await connect(context=settings.context, kubeconfig=settings.kubeconfig)
    try:
        own = loaded.for_context(cluster.context)
        wanted = own.settings.namespace or cluster.default_namespace
        namespace = None if own.settings.all_namespaces else wanted
        yield Place(cluster, own, namespace, SystemClock())
    finally:
        await cluster.close()


def remark(text: str) -> None:
    """Print a remark to stderr."""
    print(f"argotui: {text}", file=sys.stderr)


def read_filter(text: str) -> Filter:
    """Return the filter of a command line; a mistake in it is shown where it is."""
    try:
        return parse_filter(text)
    except FilterError as error:
        pointer = " " * error.position + "^"
        raise click.UsageError(f"the filter: {error.message}\n  {text}\n  {pointer}") from None


def split_name(name: str, place: Place) -> Key:
    """Return which workflow NAME or NAMESPACE/NAME is."""
    namespace, slash, rest = name.partition("/")
    if not slash:
        namespace, rest = place.home, name
    if not namespace or not rest or "/" in rest:
        raise click.UsageError(f"{name!r} is not a workflow: give NAME or NAMESPACE/NAME")
    return Key(namespace, rest)


async def find_named(name: str, place: Place) -> Key:
    """Return which workflow a name is; `@latest` is the one created last where one looks."""
    if name != "@latest":
        return split_name(name, place)
    from argotui.operations.listing import Wanted, find_allowed

    wanted = Wanted(place.namespace, sort="age", limit=1, shallow=True)
    found = await find_allowed(place.cluster, wanted, place.clock)
    if not found.rows:
        raise NotFoundError("There is no workflow here", hint="Look elsewhere with -n or -A.")
    return found.rows[0].key
