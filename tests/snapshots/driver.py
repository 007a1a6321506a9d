"""The console on an embedded cluster that stands still, and the pictures it gives."""

from __future__ import annotations

import random
import re
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from textual import events
from textual._context import visible_screen_stack
from textual.keys import _character_to_key
from textual.pilot import Pilot

from argotui.app import ArgoTUI
from argotui.backend.freshness import Link
from argotui.backend.kube.connect import connect
from argotui.backend.session import Session
from argotui.config.settings import Settings
from argotui.demo.api.kinds import WORKFLOWS
from argotui.demo.cluster import EmbeddedCluster
from argotui.errors import BackendError
from argotui.model.argo import Key
from argotui.screens.workflow.screen import WorkflowScreen
from argotui.target import Target
from tests.driven import drained_all, text_of
from tests.snapshots import cluster as day
from tests.support import ManualClock, until

Play = Callable[["SnapshotDriver"], Awaitable[None]]
"""What is done before the picture is taken; it ends once what it is about is to be seen."""
Furnish = Callable[[EmbeddedCluster], None]


def _nothing(cluster: EmbeddedCluster) -> None:
    """Leave the cluster as it is."""


@dataclass(frozen=True)
class ClusterSetup:
    """What the cluster holds and what goes wrong with it.

    `refused` is why no connection comes about. `elapsed` are seconds since the tests' epoch. With
    `scenarios` the cluster is that of `argotui demo`, and lives.
    """

    furnish: Furnish = _nothing
    scenarios: bool = False
    seed: int = 1
    elapsed: float = 240
    user: str = "admin"
    namespace: str = "argo"
    read_only: bool = False
    refused: BackendError | None = None
    contexts: tuple[str, ...] = ("demo", "prod-eu", "prod-us", "staging")


DAYTIME = ClusterSetup(day.furnish)
EMPTY = ClusterSetup()

_LEFT_OUT = re.compile(
    r"\s*@font-face \{.*?\n    \}"
    r"|\s*<!-- Generated [^>]*-->"
    r'|\s*<clipPath id="[\w-]+-line-\d+">.*?</clipPath>'
    r'| clip-path="url\(#[\w-]+-line-\d+\)"',
    re.DOTALL,
)


_PORT = re.compile(r"(?<=127\.0\.0\.1:)\d{5}")


def plain_picture(svg: str) -> str:
    """Return a picture without fonts from other hosts, and a third as long, to the same effect; the
    port of the cluster, which differs each time, is always the same."""
    return _PORT.sub("40000", _LEFT_OUT.sub("", svg)).replace("&#160;", "\N{NO-BREAK SPACE}")


class Console(ArgoTUI):
    """The console with a cluster of its own, in its own event loop and time."""

    def __init__(self, setup: ClusterSetup, settings: Settings) -> None:
        super().__init__(
            settings,
            self._open,
            lambda: list(setup.contexts),
            lambda target: (target.context or "prod-eu", target.namespace or setup.namespace),
        )
        self.animation_level = "none"
        self.setup = setup
        self.clock = ManualClock()
        self.cluster: EmbeddedCluster | None = None

    async def _open(self, target: Target) -> Session:
        setup = self.setup
        if setup.refused is not None:
            raise setup.refused
        if self.cluster is None:
            self.cluster = EmbeddedCluster(
                self.clock,
                controller=setup.scenarios,
                scenarios=setup.scenarios,
                seed=setup.seed,
                workflows=30,
            )
            setup.furnish(self.cluster)
            await self.clock.advance(0 if setup.scenarios else setup.elapsed)
            await self.cluster.start()
            await self.clock.advance(setup.elapsed if setup.scenarios else 0)
        with tempfile.TemporaryDirectory() as folder:
            kubeconfig = self.cluster.write_kubeconfig(Path(folder) / "kubeconfig", setup.user)
            connected = await connect(kubeconfig=str(kubeconfig), clock=self.clock)
        namespace = None if target.all_namespaces else target.namespace or setup.namespace
        return Session(
            connected,
            namespace,
            read_only=setup.read_only,
            clock=self.clock,
            rng=random.Random(1),
        )

    def export_screenshot(self, *, title: str | None = None, simplify: bool = False) -> str:
        return plain_picture(super().export_screenshot(title=title, simplify=simplify))

    async def on_unmount(self) -> None:
        await self._close_session()
        if self.cluster is not None:
            await self.cluster.stop()


class SnapshotDriver:
    """A running console: press keys, wait for what they lead to."""

    def __init__(self, app: Console, pilot: Pilot[None]) -> None:
        self.app = app
        self.pilot = pilot

    @property
    def cluster(self) -> EmbeddedCluster:
        assert self.app.cluster is not None
        return self.app.cluster

    @property
    def text(self) -> str:
        """What stands on the screen."""
        # What lies below a dialog is painted too, and cached: as the application does it.
        visible_screen_stack.set(self.app._background_screens)
        return text_of(self.app)

    async def run(self, play: Play) -> None:
        """Play, then wait until the picture no longer changes."""
        if self.app.setup.refused is None:
            await until(lambda: self.app.connection.state == "ready", what="a connection")
        await play(self)
        await self.still()

    async def sees(self, *words: str) -> None:
        await self._until(lambda: [word for word in words if word not in self.text])

    async def sees_no(self, *words: str) -> None:
        await self._until(lambda: [word for word in words if word in self.text])

    async def _until(
        self,
        against: Callable[[], list[str]],
        meanwhile: Callable[[], Awaitable[object]] | None = None,
    ) -> None:
        try:
            await until(lambda: not against(), meanwhile=meanwhile)
        except AssertionError:
            raise AssertionError(f"waited in vain for {against()} in\n{self.text}") from None

    async def sees_as_time_passes(self, *words: str) -> None:
        """Wait for words that come with time: reading logs has pauses by the clock."""
        await self._until(
            lambda: [word for word in words if word not in self.text],
            partial(self.app.clock.advance, 0.1),
        )

    async def press(self, *keys: str) -> None:
        """Press keys, each done with before the next."""
        for key in keys:
            name = _character_to_key(key) if len(key) == 1 else key
            self.app.post_message(events.Key(name, key if len(key) == 1 else None))
            await drained_all(self.app)

    async def type(self, text: str) -> None:
        """Type text into the line that has the keys."""
        await self.press(*text)

    async def open(self, name: str, *, view: str = "", namespace: str = "argo") -> None:
        """Open a workflow's screen and wait for its nodes."""
        self.app.open_workflow(Key(namespace, name), view)
        await until(lambda: isinstance(self.app.screen, WorkflowScreen))
        screen = self.app.screen
        assert isinstance(screen, WorkflowScreen)
        await until(
            lambda: (feed := screen.reader.feed) is not None and feed.freshness.link is Link.LIVE
        )
        await until(
            lambda: screen.body._drawn.get(screen.body.view) == screen.reader.version,
            what="the view",
        )

    def change(self, name: str, edit: Callable[[dict[str, Any]], object]) -> None:
        """Change a workflow in the cluster."""
        document = self.cluster.objects.need(WORKFLOWS, "argo", name).decode()
        edit(document)
        self.cluster.objects.update(WORKFLOWS, document)

    async def still(self) -> None:
        """Wait until three pictures with a turn of every widget between them are the same."""
        before, same = "", 0
        for _ in range(200):
            await self.pilot.pause()
            now = self.app.export_screenshot()
            same = same + 1 if now == before else 0
            if same == 2:
                return
            before = now
        raise AssertionError("the picture keeps changing")
