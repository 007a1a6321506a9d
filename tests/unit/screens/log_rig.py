"""The console on an embedded API whose pods wrote logs, and what is copied from it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TypeVar

from textual.pilot import Pilot

from argotui.app import ArgoTUI
from argotui.backend.kube.connect import connect
from argotui.backend.session import Session
from argotui.config.settings import Settings
from argotui.demo.api.log_store import StoredLog
from argotui.demo.cluster import EmbeddedCluster
from argotui.target import Target
from tests.driven import drained, text_of
from tests.support import ManualClock, until


class Console(ArgoTUI):
    """The console with what it copies written down."""

    copied: str = ""

    def copy(self, text: str) -> None:
        self.copied = text


class LogsConsole:
    """The console, the API it reads, and the logs there by their names."""

    def __init__(
        self,
        api: EmbeddedCluster,
        clock: ManualClock,
        app: Console,
        pilot: Pilot[None],
        logs: dict[str, StoredLog],
    ) -> None:
        self.api, self.clock, self.app, self.pilot, self.logs = api, clock, app, pilot, logs

    @property
    def text(self) -> str:
        """What stands on the screen."""
        return text_of(self.app)

    async def sees(self, *words: str) -> None:
        """Wait until all the words stand on the screen, letting time pass."""
        try:
            await until(
                lambda: all(word in self.text for word in words),
                meanwhile=partial(self.clock.advance, 0.1),
            )
        except AssertionError:
            raise AssertionError(f"waited in vain for {words} in\n{self.text}") from None

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)


Kind = TypeVar("Kind", bound=LogsConsole)


@asynccontextmanager
async def stage_of(
    kind: type[Kind],
    folder: Path,
    furnish: Callable[[EmbeddedCluster], dict[str, StoredLog]],
    size: tuple[int, int],
    settings: Settings | None = None,
) -> AsyncIterator[Kind]:
    """Start the console on a cluster that `furnish` gives workflows, pods and logs."""
    clock = ManualClock()
    api = EmbeddedCluster(clock, controller=False)
    await api.start()
    logs = furnish(api)
    kubeconfig = api.write_kubeconfig(folder / "kubeconfig")

    async def open_session(target: Target) -> Session:
        return Session(await connect(kubeconfig=str(kubeconfig)), "argo", clock=clock)

    app = Console(settings or Settings(), open_session)
    try:
        async with app.run_test(size=size) as pilot:
            await until(lambda: app.connection.state == "ready")
            yield kind(api, clock, app, pilot, logs)
            await drained(app)
    finally:
        await api.stop()
