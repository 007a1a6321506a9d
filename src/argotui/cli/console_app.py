"""The wiring of the console: settings, connections and sessions, and what is left of a fault."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from argotui.app import ArgoTUI, Target
from argotui.backend.clock import Clock, SystemClock
from argotui.backend.kube.cluster import connect
from argotui.backend.kube.kubeconfig import list_contexts
from argotui.backend.kube.kubeconfig_file import KubeconfigSource
from argotui.backend.ports import ClusterPort
from argotui.backend.session import Session
from argotui.backend.settings import Loaded
from argotui.cli.console_place import locate, namespace_in
from argotui.cli.doctor import config_found, terminal_facts
from argotui.cli.log_file import log_to_file
from argotui.operations import examination
from argotui.themes import theme_id

HANG_UP_SECONDS = 3.0
"""How long the console may take to end once its terminal is gone."""

Surroundings = Callable[[], AbstractAsyncContextManager[object]]
"""What has to be there while the console runs."""
Source = Callable[[], KubeconfigSource]
"""The kubeconfig, as late as it can be told."""


class GuardedConsole(ArgoTUI):
    """The console, which ends quietly on a fault of its own and leaves telling it to the caller.

    Textual would print the values of all variables, which may be secrets of a cluster.
    """

    fault: Exception | None = None

    def _handle_exception(self, error: Exception) -> None:
        self.fault = self.fault or error
        super()._handle_exception(error)

    def _fatal_error(self) -> None:
        self._close_messages_no_wait()

    def panic(self, *renderables: object) -> None:
        self._close_messages_no_wait()


def session_in(
    cluster: ClusterPort, target: Target, first: Target, loaded: Loaded, clock: Clock
) -> Session:
    """Return the session of a connected cluster, with the settings as they are in its context."""
    own = loaded.for_context(cluster.context).settings
    namespace = namespace_in(cluster.context, cluster.default_namespace, target, first, loaded)
    return Session(
        cluster,
        namespace,
        read_only=own.read_only,
        clock=clock,
        settings=own,
    )


def make_console(
    loaded: Loaded, source: Source | None = None, clock: Clock | None = None
) -> GuardedConsole:
    """Return the console as the settings say, not running yet; `source` is asked at each connect.

    A context with a theme of its own is shown in it.
    """
    settings = loaded.settings
    first = Target(settings.context, settings.namespace, settings.all_namespaces)
    shown_theme = settings.theme

    def kubeconfig() -> KubeconfigSource:
        return source() if source is not None else settings.kubeconfig

    async def open_session(target: Target) -> Session:
        nonlocal shown_theme
        cluster = await connect(context=target.context, kubeconfig=kubeconfig(), clock=clock)
        session = session_in(cluster, target, first, loaded, clock or SystemClock())
        if session.settings.theme != shown_theme:
            shown_theme = session.settings.theme
            console.theme = theme_id(shown_theme)
        return session

    def contexts() -> list[str]:
        return [info.name for info in list_contexts(kubeconfig())]

    console = GuardedConsole(
        settings,
        open_session,
        contexts,
        lambda target: locate(target, first, loaded, kubeconfig),
        examination.Surroundings(config_found(loaded), terminal_facts()),
    )
    return console


@asynccontextmanager
async def nothing() -> AsyncIterator[None]:
    """Surround the console with nothing."""
    yield


def nothing_more() -> None:
    """Do nothing at the last: nothing is to be put away."""


def end_hung_up(
    console: GuardedConsole, at_the_last: Callable[[], None] = nothing_more
) -> asyncio.Task[None]:
    """Leave where the terminal is gone, once no decision is under way.

    Textual may wait for ever to write its last words to a terminal that takes none; then
    `at_the_last` is all that is done, on another thread, before the process ends.
    """

    def end_at_once() -> None:
        try:
            at_the_last()
        finally:
            os._exit(128 + signal.SIGHUP)

    async def end() -> None:
        await console.gates.settled()
        last = threading.Timer(HANG_UP_SECONDS, end_at_once)
        last.daemon = True
        last.start()
        console.exit()

    return asyncio.ensure_future(end())


def run_console(
    loaded: Loaded,
    around: Surroundings = nothing,
    source: Source | None = None,
    *,
    at_the_last: Callable[[], None] = nothing_more,
) -> int:
    """Run the console until it is left and return its exit code; raises what ended it.

    `at_the_last` is called where there is no time to leave the surroundings in good order.
    """
    log_to_file()
    console = make_console(loaded, source)

    hanging_up: list[asyncio.Task[None]] = []

    async def run() -> None:
        def told_to_end() -> None:
            console.call_later(console.leave)

        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, told_to_end)
        loop.add_signal_handler(
            signal.SIGHUP, lambda: hanging_up.append(end_hung_up(console, at_the_last))
        )
        async with around():
            await console.run_async(mouse=loaded.settings.mouse)

    asyncio.run(run())
    if console.fault is not None:
        raise console.fault
    return console.return_code or 0
