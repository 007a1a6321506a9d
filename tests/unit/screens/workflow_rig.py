"""The screen of one workflow on an embedded cluster, driven by keys."""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from textual.pilot import Pilot
from textual.widget import Widget

from argotui.app import ArgoTUI
from argotui.backend.kube.connect import connect
from argotui.backend.session import Session
from argotui.config.settings import Settings
from argotui.demo.api.kinds import WORKFLOWS
from argotui.demo.cluster import EmbeddedCluster
from argotui.model.argo import Key
from argotui.model.workflow.pod_name import node_id
from argotui.screens.workflow.screen import WorkflowScreen
from argotui.target import Target
from tests.driven import drained_all, text_of
from tests.support import ManualClock, until
from tests.unit.screens.documents import Document, at

WIDE, NARROW = (140, 40), (80, 24)


def analysis_id(name: str) -> str:
    return node_id("analysis", f"analysis.{name}")


def happened(name: str, reason: str, message: str, kind: str = "Normal") -> Document:
    about = {"kind": "Workflow", "namespace": "argo", "name": "analysis"}
    return {
        "metadata": {"name": name, "namespace": "argo"},
        "involvedObject": about,
        "type": kind,
        "reason": reason,
        "message": message,
        "count": 1,
        "lastTimestamp": at(200),
    }


class Console(ArgoTUI):
    """The console with what it copies, and the logs it opens, written down."""

    copied: str = ""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.logs: list[tuple[Key, str | None]] = []

    def copy(self, text: str) -> None:
        self.copied = text

    def open_logs(self, key: Key, node_id: str | None = None, container: str | None = None) -> None:
        self.logs.append((key, node_id))


class WorkflowConsole:
    """A cluster, the console on it, and the screen of one workflow."""

    def __init__(
        self, cluster: EmbeddedCluster, clock: ManualClock, app: Console, pilot: Pilot[None]
    ) -> None:
        self.cluster = cluster
        self.clock = clock
        self.app = app
        self.pilot = pilot

    @property
    def screen(self) -> WorkflowScreen:
        assert isinstance(self.app.screen, WorkflowScreen)
        return self.app.screen

    @property
    def text(self) -> str:
        """What stands on the screen."""
        return text_of(self.app)

    async def press(self, *keys: str) -> None:
        """Press keys one after the other, each done with before the next."""
        for key in keys:
            self.app.simulate_key(key)
            await drained_all(self.app)

    async def click(self, widget: Widget, line: int) -> None:
        await self.pilot.click(widget, offset=(5, line))

    async def sees(self, *words: str) -> None:
        await self._until(lambda: not self._missing(words), lambda: f"{self._missing(words)}")

    async def sees_no(self, word: str) -> None:
        await self._until(lambda: word not in self.text, lambda: f"no “{word}”")

    def _missing(self, words: tuple[str, ...]) -> list[str]:
        text = self.text
        return [word for word in words if word not in text]

    async def _until(self, condition: Callable[[], bool], what: Callable[[], str]) -> None:
        try:
            await until(condition)
        except AssertionError:
            raise AssertionError(f"waited in vain for {what()} in\n{self.text}") from None

    def change(self, name: str, edit: Callable[[Document], Any]) -> None:
        """Change a workflow in the cluster."""
        entry = self.cluster.objects.need(WORKFLOWS, "argo", name)
        document = copy.deepcopy(entry.decode())
        edit(document)
        self.cluster.objects.update(WORKFLOWS, document)


@asynccontextmanager
async def console(
    tmp_path: Path,
    *documents: Document,
    opened: str = "analysis",
    view: str = "",
    size: tuple[int, int] = WIDE,
    user: str = "admin",
) -> AsyncIterator[WorkflowConsole]:
    clock = ManualClock()
    cluster = EmbeddedCluster(clock, controller=False)
    await cluster.start()
    await clock.advance(240)
    for document in documents:
        cluster.objects.create(WORKFLOWS, document)
    kubeconfig = cluster.write_kubeconfig(tmp_path / "kubeconfig", user)

    async def open_session(target: Target) -> Session:
        return Session(await connect(kubeconfig=str(kubeconfig)), "argo", clock=clock)

    app = Console(Settings(), open_session)
    try:
        async with app.run_test(size=size) as pilot:
            await until(lambda: app.connection.state == "ready")
            app.open_workflow(Key("argo", opened), view)
            await until(lambda: isinstance(app.screen, WorkflowScreen))
            yield WorkflowConsole(cluster, clock, app, pilot)
    finally:
        await cluster.stop()
