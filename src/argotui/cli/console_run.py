"""A run of the console, from its start to its end.

The cluster is asked first: Textual and the screens are imported while the answer is on its way.
"""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

from argotui.cli.log_file import log_to_file

if TYPE_CHECKING:
    from argotui.app import ArgoTUI
    from argotui.cli.console_session import Opener, Source
    from argotui.config.loading import Loaded

HANG_UP_SECONDS = 3.0
"""How long the console may take to end once its terminal is gone."""

Around = Callable[[], AbstractAsyncContextManager[object]]
"""A context manager that the console runs in."""


@asynccontextmanager
async def nothing() -> AsyncIterator[None]:
    """Run the console without a context."""
    yield


def no_cleanup() -> None:
    """No cleanup."""


@contextmanager
def gc_paused() -> Iterator[None]:
    """Stop the garbage collector during imports, and freeze the imported objects.

    They are never garbage, and the collector would visit all of them again and again.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def end_hung_up(console: ArgoTUI, on_abort: Callable[[], None] = no_cleanup) -> asyncio.Task[None]:
    """End the console without a terminal, after the decisions under way.

    Textual may wait for ever to write to the terminal. Then another thread calls `on_abort` and
    ends the process.
    """

    def end_at_once() -> None:
        try:
            on_abort()
        finally:
            os._exit(128 + signal.SIGHUP)

    async def end() -> None:
        await console.gates.services.settled()
        last = threading.Timer(HANG_UP_SECONDS, end_at_once)
        last.daemon = True
        last.start()
        console.exit()

    return asyncio.ensure_future(end())


class _Run:
    """One run of the console; a signal may end it before the console exists."""

    def __init__(self, on_abort: Callable[[], None]) -> None:
        self.console: ArgoTUI | None = None
        self._on_abort = on_abort
        self._told_early = False
        self._hanging_up: asyncio.Task[None] | None = None

    async def show(self, opener: Opener, *, mouse: bool, first: str) -> None:
        """Run the console over the sessions of `opener` until it is left."""
        opener.begin()
        try:
            make_console = await asyncio.to_thread(_maker)
            if not self._told_early:
                self.console = console = make_console(opener, first)
                await console.run_async(mouse=mouse)
        finally:
            await opener.close()

    def on_sigterm(self) -> None:
        if self.console is None:
            self._told_early = True
        else:
            self.console.call_later(self.console.leave)

    def hung_up(self) -> None:
        if self.console is None:
            self._told_early = True
        else:
            self._hanging_up = end_hung_up(self.console, self._on_abort)


def run_console(
    loaded: Loaded,
    around: Around = nothing,
    source: Source | None = None,
    *,
    first: str = "",
    on_abort: Callable[[], None] = no_cleanup,
) -> int:
    """Run the console until it is left and return its exit code; raises what ended it.

    `first` is the workflow to show at the start, as NAME or NAMESPACE/NAME.
    `on_abort` is called if the process ends at once, without leaving `around`.
    """
    log_to_file()
    run = _Run(on_abort)

    async def main() -> None:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, run.on_sigterm)
        loop.add_signal_handler(signal.SIGHUP, run.hung_up)
        async with around():
            await run.show(_opener(loaded, source), mouse=loaded.settings.mouse, first=first)

    asyncio.run(main())
    if run.console is None:
        return 0
    if run.console.fault is not None:
        raise run.console.fault
    return run.console.return_code or 0


def _opener(loaded: Loaded, source: Source | None) -> Opener:
    with gc_paused():
        from argotui.cli.console_session import Opener
    return Opener(loaded, source)


def _maker() -> Callable[[Opener, str], ArgoTUI]:
    with gc_paused():
        from argotui.cli.console_app import make_console

    return make_console
