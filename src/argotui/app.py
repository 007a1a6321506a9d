"""The console: it connects, keeps one session alive, and knows which screen is where."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import App
from textual.binding import BindingType
from textual.screen import Screen
from textual.timer import Timer

from argotui.backend.errors import BackendError
from argotui.backend.settings import Settings
from argotui.keymap import read_keymap
from argotui.model.workflow import Key
from argotui.screens.base import Connection, ConsoleScreen, Problem
from argotui.screens.chrome import header_parts
from argotui.screens.commands import CommandLine
from argotui.screens.workflows import WorkflowsScreen
from argotui.themes import DEFAULT_VARIABLES, THEMES, theme_id, theme_names
from argotui.widgets.status import Parts

if TYPE_CHECKING:
    from argotui.backend.session import Session

QUIT_SECONDS = 3.0
"""How long the first ctrl-c waits for the second."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where to connect to: None is what the kubeconfig or the settings say."""

    context: str | None = None
    namespace: str | None = None
    all_namespaces: bool = False


Connect = Callable[[Target], "Awaitable[Session]"]
"""Open a session; raises BackendError."""


class ArgoTUI(App[None], inherit_bindings=False):
    """argotui's application. `connect` opens a session, `contexts` lists the kubeconfig's."""

    TITLE = "argotui"
    CSS_PATH = [
        "widgets/header.tcss",
        "widgets/footer.tcss",
        "widgets/status.tcss",
        "widgets/prompt.tcss",
    ]
    BINDINGS: ClassVar[list[BindingType]] = []
    ENABLE_COMMAND_PALETTE = True

    def __init__(
        self,
        settings: Settings,
        connect: Connect,
        contexts: Callable[[], list[str]] = list,
    ) -> None:
        super().__init__()
        self.settings = settings
        self.keymap = read_keymap(settings.keys)
        self.connection = Connection("connecting", settings.context or "")
        self._connect_to = connect
        self._list_contexts = contexts
        self._target = Target(settings.context, settings.namespace, settings.all_namespaces)
        self._open_session: Session | None = None
        self._publish_timer: Timer | None = None
        self._published_at = 0.0
        self._quit_asked_at = -QUIT_SECONDS
        self._command_line = CommandLine(self)
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = theme_id(settings.theme)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return DEFAULT_VARIABLES

    def get_default_screen(self) -> Screen[object]:
        return WorkflowsScreen()

    def on_mount(self) -> None:
        self.set_keymap(self.keymap)
        self.set_interval(1.0, self._tick)
        self._connect()

    # The session.

    @property
    def session(self) -> Session:
        """The open session; screens other than the list exist only while there is one."""
        if self._open_session is None:
            raise RuntimeError("no session is open")
        return self._open_session

    @property
    def session_or_none(self) -> Session | None:
        return self._open_session

    @work(group="session", exclusive=True, exit_on_error=False)
    async def _connect(self) -> None:
        await self._close_session()
        target = self._target
        self._set_connection(Connection("connecting", target.context or ""))
        try:
            session = await self._connect_to(target)
        except BackendError as error:
            self._set_connection(Connection("failed", target.context or "", error=error))
            return
        self._open_session = session
        session.feed.on_change = self._feed_changed
        cluster = session.cluster
        self._set_connection(Connection("ready", cluster.context, cluster.server))
        try:
            await session.feed.run()
        finally:
            session.feed.on_change = None

    async def _close_session(self) -> None:
        session, self._open_session = self._open_session, None
        if session is not None:
            await session.cluster.close()

    def _set_connection(self, connection: Connection) -> None:
        self.connection = connection
        for screen in self._console_screens():
            screen.connection_changed()
            screen.refresh_chrome()

    def _feed_changed(self) -> None:
        """Pass changes on at once, but never more often than `refresh_hz`."""
        if self._publish_timer is None:
            due = self._published_at + 1 / self.settings.refresh_hz
            delay = max(0.001, due - asyncio.get_running_loop().time())
            self._publish_timer = self.set_timer(delay, self._publish_changes)

    def _publish_changes(self) -> None:
        self._publish_timer = None
        self._published_at = asyncio.get_running_loop().time()
        session = self._open_session
        if session is None:
            return
        changes = session.store.drain()
        for screen in self._console_screens():
            if changes.changed or changes.reset:
                screen.store_changed(changes)
            screen.connection_changed()
        if isinstance(self.screen, ConsoleScreen):
            self.screen.refresh_chrome()

    def _tick(self) -> None:
        if isinstance(self.screen, ConsoleScreen):
            self.screen.ticked()
            self.screen.refresh_chrome()

    def _console_screens(self) -> list[ConsoleScreen]:
        return [screen for screen in self.screen_stack if isinstance(screen, ConsoleScreen)]

    def retry_connection(self) -> None:
        """Connect again, or have the feed of an open session read everything again now."""
        if self._open_session is None:
            self._connect()
        else:
            self._open_session.feed.refresh()

    def switch_namespace(self, namespace: str | None) -> None:
        """Show the workflows of one namespace, or of all of them (None)."""
        self._target = Target(self._target.context, namespace, namespace is None)
        self._start_over()

    def switch_context(self, context: str) -> None:
        """Connect to another context of the kubeconfig, in its own namespace."""
        self._target = Target(context)
        self._start_over()

    def _start_over(self) -> None:
        while len(self.screen_stack) > 1:
            self.pop_screen()
        self._connect()

    def header_parts(self) -> tuple[Parts, Parts, Parts]:
        return header_parts(self.connection, self._open_session)

    # Where to go.

    def open_workflow(self, key: Key, view: str = "") -> None:
        """Open the screen of one workflow."""
        from argotui.screens.workflow import WorkflowScreen

        self.push_screen(WorkflowScreen(key))

    def open_logs(self, key: Key, node_id: str | None = None, container: str | None = None) -> None:
        """Open the logs of a workflow, a node and all it contains, or one container."""
        from argotui.screens.logs import LogsScreen

        self.push_screen(LogsScreen(key, node_id, container))

    def show_error(self, error: BackendError) -> None:
        """Show a refused action in a dialog that can be copied."""
        from argotui.screens.error import ErrorScreen

        self.push_screen(ErrorScreen(error))

    def show_help(self) -> None:
        from argotui.screens.help import HelpScreen

        if isinstance(self.screen, ConsoleScreen):
            self.push_screen(HelpScreen(self.screen.SCOPE, self.keymap))

    def run_command(self, text: str) -> Problem | None:
        """Do what was typed after `:`, or say what is wrong with it."""
        return self._command_line.run(text)

    def complete_command(self, text: str) -> str | None:
        return self._command_line.complete(text)

    def command_history(self) -> list[str]:
        return self._command_line.entries()

    def travel(self, step: int) -> str | None:
        return self._command_line.travel(step)

    def repeat_last(self) -> str | None:
        return self._command_line.repeat_last()

    def request_quit(self) -> bool:
        """Leave if asked twice within a moment; say whether that is so."""
        now = asyncio.get_running_loop().time()
        leaving = now - self._quit_asked_at < QUIT_SECONDS
        self._quit_asked_at = now
        if leaving:
            self.exit()
        return leaving

    def leave(self) -> None:
        self.exit()

    def show_workflows(self, namespace: str | None, filter_text: str | None) -> Problem | None:
        """Go to the list: in `namespace` ("" for all, None for as it is), filtered or as it is."""
        session = self._open_session
        if namespace is not None and (session is None or (session.namespace or "") != namespace):
            self.switch_namespace(namespace or None)
        while len(self.screen_stack) > 1:
            self.pop_screen()
        root = self.screen_stack[0]
        if filter_text is not None and isinstance(root, ConsoleScreen):
            return root.apply_filter(filter_text)
        return None

    def use_context(self, context: str) -> Problem | None:
        contexts = self._list_contexts()
        if contexts and context not in contexts:
            return Problem(f"the kubeconfig has no context {context}", 4)
        self.switch_context(context)
        return None

    def pick_namespace(self) -> None:
        """Choose one of the namespaces that can be read."""

    def pick_context(self) -> None:
        """Choose one of the contexts of the kubeconfig."""

    def show_logs(self, name: str) -> Problem | None:
        session = self._open_session
        keys = [s.key for s in session.store.summaries() if s.key.name == name] if session else []
        if not keys:
            return Problem(f"no workflow {name} is in the list", 5)
        self.open_logs(keys[0])
        return None

    def use_theme(self, name: str) -> Problem | None:
        if name not in theme_names():
            return Problem("the themes are " + ", ".join(theme_names()), 6)
        self.theme = theme_id(name)
        return None

    def known(self, kind: str) -> list[str]:
        """Return the names of a kind that could be meant: what is known without asking."""
        session = self._open_session
        if kind == "theme":
            return theme_names()
        if kind == "context":
            return self._list_contexts()
        if session is None:
            return []
        if kind == "workflow":
            return [summary.key.name for summary in session.store.summaries()]
        return sorted({summary.key.namespace for summary in session.store.summaries()})

    def copy(self, text: str) -> None:
        """Copy through the terminal (OSC 52)."""
        self.copy_to_clipboard(text)
