"""The whole console on an embedded cluster, driven by keys."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from textual.events import Key
from textual.keys import _character_to_key
from textual.pilot import Pilot
from textual.screen import Screen

from argotui.app import ArgoTUI
from argotui.backend.kube.connect import connect
from argotui.backend.session import Session
from argotui.config.settings import Settings
from argotui.demo.api.kinds import WORKFLOWS
from argotui.demo.cluster import EmbeddedCluster
from argotui.errors import BackendError
from argotui.model.workflows.summary import Depth
from argotui.operations.doctor.report import DoctorEnvironment
from argotui.screens.base import ConsoleScreen
from argotui.screens.workflows.screen import WorkflowsScreen
from argotui.target import Locate, Target, as_asked
from argotui.widgets.table.virtual_table import VirtualTable
from tests.driven import at_rest, drained, lines_of, text_of
from tests.support import ManualClock, until


class ConsoleDriver:
    """A running console: press keys, read what it says."""

    def __init__(self, app: ArgoTUI, pilot: Pilot[None]) -> None:
        self.app = app
        self.pilot = pilot

    @property
    def screen(self) -> Screen[Any]:
        return self.app.screen

    @property
    def workflows(self) -> WorkflowsScreen:
        screen = self.app.screen_stack[0]
        assert isinstance(screen, WorkflowsScreen)
        return screen

    @property
    def lines(self) -> list[str]:
        """What stands on the screen, line by line."""
        return lines_of(self.app)

    @property
    def text(self) -> str:
        return text_of(self.app)

    @property
    def names(self) -> list[str]:
        """The names in the list, in order."""
        return [key.name for key in self.workflows.table.rows]

    @property
    def under_cursor(self) -> str:
        key = self.workflows.table.cursor_key
        return key.name if key else ""

    def press(self, *keys: str) -> None:
        """Press keys as fast as a paste does; what is no name of a key is typed as text."""
        for key in keys:
            for single in [key] if key in _KEYS or "+" in key else key:
                name = _character_to_key(single) if len(single) == 1 else single
                self.app.post_message(Key(name, single if len(single) == 1 else None))

    async def at_rest(self) -> list[str]:
        """Return the lines once every widget did what it was sent, and all of it is drawn."""
        return await at_rest(self.pilot)

    async def listed(self, names: list[str]) -> None:
        """Wait for these rows in this order, each read in full, so that none changes its place by
        itself any more."""
        await until(
            lambda: self.names == names and is_listed(self.app), what=f"{names}, read in full"
        )
        await self.at_rest()

    async def see(self, wanted: str) -> None:
        """Wait for a text to be on the screen."""
        try:
            await until(lambda: wanted in self.text)
        except AssertionError:
            raise AssertionError(f"{wanted!r} is not to be seen:\n{self.text}") from None

    async def see_no(self, unwanted: str) -> None:
        await until(lambda: unwanted not in self.text, what=f"no {unwanted!r}")

    async def be_on(self, kind: type[Screen[Any]]) -> None:
        """Wait for a screen of a kind."""
        await until(lambda: isinstance(self.app.screen, kind), what=kind.__name__)


_KEYS = frozenset(
    {"enter", "escape", "space", "backspace", "question_mark", "up", "down", "left", "right", "tab"}
)


class Opener:
    """Opens sessions on an embedded cluster; `refuse` makes the next attempts fail."""

    def __init__(self, embedded: EmbeddedCluster, clock: ManualClock, folder: Path) -> None:
        self.embedded = embedded
        self.clock = clock
        self.folder = folder
        self.user = "admin"
        self.read_only = False
        self.refuse: BackendError | None = None
        self.targets: list[Target] = []

    async def __call__(self, target: Target) -> Session:
        self.targets.append(target)
        if self.refuse is not None:
            raise self.refuse
        path = self.embedded.write_kubeconfig(self.folder / "kubeconfig", self.user)
        backend = await connect(kubeconfig=str(path))
        namespace = (
            None if target.all_namespaces else target.namespace or backend.cluster.default_namespace
        )
        return Session(backend, namespace, read_only=self.read_only, clock=self.clock)

    def put(self, *documents: dict[str, Any]) -> None:
        """Create workflows, or replace those of their names."""
        for document in documents:
            meta = document["metadata"]
            if self.embedded.objects.get(WORKFLOWS, meta["namespace"], meta["name"]):
                self.embedded.objects.update(WORKFLOWS, document)
            else:
                self.embedded.objects.create(WORKFLOWS, document)

    @asynccontextmanager
    async def console(
        self,
        settings: Settings | None = None,
        size: tuple[int, int] = (140, 30),
        contexts: Callable[[], list[str]] = lambda: ["demo", "other"],
        *,
        locate: Locate = as_asked,
        environment: DoctorEnvironment | None = None,
        notifications: bool = False,
        first: str = "",
    ) -> AsyncIterator[ConsoleDriver]:
        around = (lambda: environment) if environment is not None else None
        app = ArgoTUI(settings or Settings(), self, contexts, locate, around)
        app.first = first
        async with app.run_test(size=size, notifications=notifications) as pilot:
            yield ConsoleDriver(app, pilot)
            await drained(app)  # the last key, too, finds the console as it is


def is_listed(app: ArgoTUI) -> bool:
    """Say whether nothing more is known of the workflows than the list shows."""
    session = app.session_or_none
    if session is None or session.store.dirty or app._publish.waits:
        return False
    rows = session.store.summaries()
    return session.feed.freshness.trusted and all(row.depth is Depth.FULL for row in rows)


def reason(console: ConsoleDriver, action: str) -> str | None:
    """Return why an action is grey on the screen shown."""
    from argotui.actions import ACTIONS

    assert isinstance(console.screen, ConsoleScreen)
    return console.screen.why_not(ACTIONS[action])


def row_of_cursor(table: VirtualTable[Any, Any]) -> int:
    """Return the index of the row under the cursor."""
    assert table.cursor_key is not None
    return table.rows.index(table.cursor_key)
