"""The console: it connects, keeps one session alive, and holds the stack of screens."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import App
from textual.binding import BindingType
from textual.driver import Driver
from textual.events import Event, Key, Paste, Resize
from textual.screen import Screen
from textual.widgets import Input

from argotui.backend.throttle import Throttle
from argotui.config.settings import Settings
from argotui.errors import BackendError
from argotui.keymap import read_keymap
from argotui.model.argo import Key as WorkflowKey
from argotui.screens.base import ConsoleScreen
from argotui.screens.commands import CommandLine
from argotui.screens.console import Connection, InputProblem
from argotui.screens.dialogs.dialog import Dialog
from argotui.screens.gates.navigator import GateNavigator
from argotui.screens.header_texts import header_parts
from argotui.screens.namespaces import NamespaceNavigator
from argotui.screens.navigator import ConsoleNavigator
from argotui.screens.workflows.screen import WorkflowsScreen
from argotui.target import (
    Connect,
    Locate,
    Target,
    as_asked,
)
from argotui.themes import DEFAULT_VARIABLES, THEMES, theme_id
from argotui.widgets.background import background
from argotui.widgets.no_colour import NoColour
from argotui.widgets.one_line import paste_into
from argotui.widgets.status import Parts
from argotui.widgets.terminal_image import TerminalImage
from argotui.widgets.textual_internals import (
    act_on_key,
    drop_grey,
    end_quietly_on_fault,
    filter_drawing,
    type_into,
    use_filter,
)
from argotui.widgets.timers import SureTimers

if TYPE_CHECKING:
    from argotui.backend.session import Session
    from argotui.operations.doctor.report import DoctorEnvironment


SEE_LOG = "See the log."

QUIT_SECONDS = 3.0
"""How long the first ctrl-c waits for the second."""


class ArgoTUI(App[None], SureTimers, inherit_bindings=False):
    """argotui's application.

    `connect` opens a session, `contexts` lists those of the kubeconfig, `locate` returns context
    and namespace of a target that cannot be reached, `environment` what the doctor also checks.
    """

    TITLE = "argotui"
    # Whole paths: Textual takes relative ones from the file of a subclass.
    BINDINGS: ClassVar[list[BindingType]] = []
    # Textual would bind the palette's key with priority, above prompts and dialogs.
    ENABLE_COMMAND_PALETTE = False

    def __init__(
        self,
        settings: Settings,
        connect: Connect,
        contexts: Callable[[], list[str]] = list,
        locate: Locate = as_asked,
        environment: Callable[[], DoctorEnvironment] | None = None,
    ) -> None:
        super().__init__()
        self.settings = settings
        self.keymap = read_keymap(settings.keys)
        self.connection = Connection("connecting", settings.context or "")
        self._connect_to = connect
        self._locate = locate
        self._environment = environment
        self._located: dict[Target, tuple[str, str]] = {}
        self._target = Target(settings.context, settings.namespace, settings.all_namespaces)
        self._open_session: Session | None = None
        self._publish = Throttle(
            self.set_timer, self._publish_changes, lambda: self.settings.refresh_hz
        )
        self._awaits_rows = True
        self.gates = GateNavigator(self, self.open_view)
        self._namespaces = NamespaceNavigator(self)
        self._places = ConsoleNavigator(self, self._namespaces, contexts)
        self._quit_asked_at = -QUIT_SECONDS
        self._warned: set[str] = set()
        self.first = ""
        """The workflow to show once there is a connection, as NAME or NAMESPACE/NAME."""
        self._command_line = CommandLine(self._places)
        self._image = TerminalImage()
        filter_drawing(self, lambda drawn: self._image.reduce(self, drawn))
        self.fault: Exception | None = None
        """The error of argotui itself that ended the application."""
        end_quietly_on_fault(self, self._note_fault)
        for theme in THEMES:
            self.register_theme(theme)
        if self.no_color:  # for Textual also if it is empty, and then in shades of grey
            drop_grey(self)
            self.no_color = bool(os.environ.get("NO_COLOR"))
        if self.no_color:
            use_filter(self, NoColour())
        self.theme = theme_id(settings.theme)

    def validate_theme(self, name: str) -> str:
        """Use the terminal's own colours if NO_COLOR is set."""
        return theme_id("ansi") if self.no_color else name

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return DEFAULT_VARIABLES

    def get_default_screen(self) -> Screen[Any]:
        return WorkflowsScreen(self.settings.sort, self.settings.columns)

    def on_mount(self) -> None:
        self.set_keymap(self.keymap)
        self.set_interval(1.0, self._tick)
        self._connect()

    async def on_event(self, event: Event) -> None:
        # Textual hands a typed character to the prompt's own queue and goes on to the next key. A
        # key with priority, such as enter, would overtake the characters typed before it.
        line = self._own_line() if isinstance(event, Key | Paste) else None
        if line is None or not isinstance(event, Key | Paste) or event.is_forwarded:
            await super().on_event(event)
        elif isinstance(event, Paste):
            paste_into(line, event.text)
        elif not await act_on_key(self, event.key, priority=True):
            if event.is_printable:
                await type_into(line, event)
            else:
                await act_on_key(self, event.key)

    def _own_line(self) -> Input | None:
        """Return the focused input line, if the front screen is one of argotui's."""
        front = self._front
        if not isinstance(front, ConsoleScreen | Dialog):
            return None
        return front.focused if isinstance(front.focused, Input) else None

    @property
    def _front(self) -> Screen[Any] | None:
        """The screen on top; none while the application ends."""
        stack = self.screen_stack
        return stack[-1] if stack else None

    # The terminal.

    def _note_fault(self, error: Exception) -> None:
        self.fault = self.fault or error

    @on(Driver.SignalResume)
    def _redraw_after_stop(self) -> None:
        """Draw all lines after a stop (SIGTSTP) and `fg`: the terminal has kept none of them, and
        Textual would draw only those that changed meanwhile."""
        for screen in self.screen_stack:
            screen.refresh(layout=True)

    def on_resize(self, event: Resize) -> None:
        self.redraw()  # the terminal moved what it showed, or was away for a while

    def redraw(self) -> None:
        """Send the whole screen again, whatever the terminal shows."""
        self._image.forget()
        self.screen.refresh()

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

    @background("session", exclusive=True)
    async def _connect(self) -> None:
        await self._close_session()
        target = self._target
        self._set_connection(Connection("connecting", *self._located.get(target, as_asked(target))))
        try:
            session = await self._connect_to(target)
        except BackendError as error:
            self._connecting_failed(target, error)
            return
        except Exception as error:
            shown = BackendError("Internal error while connecting", type(error).__name__, SEE_LOG)
            self._connecting_failed(target, shown)
            raise
        self._open_session = session
        self._awaits_rows = True
        self.gates.services.opened(session)
        self._namespaces.opened(session)
        # The feed may be at work since before the application was: its tasks know of none.
        here = copy_context()
        session.feed.on_change = lambda: here.run(self._feed_changed)
        cluster = session.cluster
        self._set_connection(Connection("ready", cluster.context, server=cluster.server))
        if session.store.dirty:
            self._publish.call_now()
        else:
            self._feed_changed()  # what was read before anybody listened
        if self.first:
            first, self.first = self.first, ""
            self._places.show_first(first)
        await session.run()

    def _connecting_failed(self, target: Target, error: BackendError) -> None:
        place = self._located[target] = self._locate(target)
        self._set_connection(Connection("failed", *place, error=error))

    async def _close_session(self) -> None:
        session, self._open_session = self._open_session, None
        await self.gates.services.close()
        if session is not None:
            session.feed.on_change = None
            await session.close()

    def _set_connection(self, connection: Connection) -> None:
        self.connection = connection
        for screen in self._console_screens():
            screen.connection_changed()
            screen.refresh_chrome()

    def _feed_changed(self) -> None:
        """Pass changes on, never more often than `refresh_hz`; first rows at once."""
        session = self._open_session
        first_rows = self._awaits_rows and session is not None and len(session.store) > 0
        if first_rows:
            self._awaits_rows = False
        self._publish(at_once=first_rows)

    def _publish_changes(self) -> None:
        session = self._open_session
        if session is None:
            return
        session.store.age(session.clock.now())
        changes = session.store.drain()
        self._warn(session)
        self.gates.services.changed()
        self._namespaces.changed()
        for screen in self._console_screens():
            if changes.changed or changes.reset:
                screen.store_changed(changes)
            screen.connection_changed()
        self._refresh_shown()

    def _warn(self, session: Session) -> None:
        """Say what is wrong with a connection once; the header goes on to count it."""
        new = [each for each in session.cluster.warnings if each not in self._warned]
        shown = self._console_screens()[-1:]
        if new and shown:
            self._warned.update(new)
            shown[0].warn(new)

    def _tick(self) -> None:
        session = self._open_session
        if session is not None and session.store.age(session.clock.now()):
            self._feed_changed()
        for screen in self._console_screens()[-1:]:
            screen.ticked()
        self._refresh_shown()

    def _refresh_shown(self) -> None:
        """Bring the visible screen up to date, also below a dialog."""
        for screen in self._console_screens()[-1:]:
            screen.refresh_chrome()

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
        self._namespaces.leaving(namespace)
        self._target = Target(self._target.context, namespace, namespace is None)
        self._leave_place()
        if self._open_session is None:
            self._connect()
        else:
            self._open_session.switch_namespace(namespace)
            self._awaits_rows = True
            self.gates.services.follow()
            self._feed_changed()

    def toggle_all_namespaces(self) -> None:
        """Show all namespaces, or the one before again."""
        self.switch_namespace(self._namespaces.instead())

    def switch_context(self, context: str) -> None:
        """Connect to another context of the kubeconfig, in its own namespace."""
        self._target = Target(context)
        self._leave_place()
        self._connect()

    def _leave_place(self) -> None:
        self.pop_to_list()
        for screen in self._console_screens():
            screen.place_changed()

    def pop_to_list(self) -> None:
        """Leave all screens but the list."""
        while len(self.screen_stack) > 1:
            self.pop_screen()

    async def on_unmount(self) -> None:
        await self._close_session()

    def header_parts(self) -> tuple[Parts, Parts, Parts]:
        return header_parts(self.connection, self._open_session)

    # Where to go.

    def open_view(self, name: str, filter_text: str = "") -> InputProblem | None:
        """Go to a view of `VIEWS`, filtered; return why not."""
        return self._places.open_view(name, filter_text)

    def open_workflow(self, key: WorkflowKey, view: str = "", *, node: str = "") -> None:
        """Open the screen of one workflow, with a node of it selected."""
        from argotui.screens.workflow.screen import WorkflowScreen

        self.push_screen(WorkflowScreen(key, view, node))

    def open_logs(
        self, key: WorkflowKey, node_id: str | None = None, container: str | None = None
    ) -> None:
        """Open the logs of a workflow, a node and all it contains, or one container."""
        from argotui.screens.logs.screen import LogsScreen

        self.push_screen(LogsScreen([key], node_id, container))

    def open_logs_of(self, keys: Sequence[WorkflowKey]) -> None:
        """Open the logs of workflows; those of several are merged."""
        from argotui.screens.logs.screen import LogsScreen

        self.push_screen(LogsScreen(keys))

    def show_error(self, error: BackendError) -> None:
        """Show a refused action in a dialog that can be copied."""
        from argotui.screens.dialogs.error import ErrorScreen

        self.push_screen(ErrorScreen(error))

    def show_palette(self) -> None:
        """Open the palette over the current screen."""
        from argotui.screens.dialogs.palette import open_palette

        if isinstance(self.screen, ConsoleScreen):
            open_palette(self.screen)

    def show_doctor(self) -> None:
        """Open the doctor, or run its checks again if it is open."""
        from argotui.screens.doctor import DoctorScreen

        if isinstance(self.screen, DoctorScreen):
            self.screen.run_checks()
        else:
            environment = self._environment() if self._environment else None
            self.push_screen(DoctorScreen(lambda: self._connect_to(self._target), environment))

    def show_help(self) -> None:
        """Show all keys of the current screen."""
        from argotui.screens.dialogs.help import HelpScreen

        if isinstance(self.screen, ConsoleScreen):
            self.push_screen(HelpScreen(self.screen.SCOPE, self.keymap))

    def run_command(self, text: str) -> InputProblem | None:
        """Do what was typed after `:`, or say what is wrong with it."""
        return self._command_line.run(text)

    def take_back_command(self) -> str:
        return self._command_line.take_back()

    def known(self, kind: str) -> list[str]:
        return self._places.known(kind)

    def prepare_command(self) -> None:
        """Get ready to complete what is typed after `:`."""
        self._namespaces.prepare()

    def complete_command(self, text: str) -> list[str]:
        return self._command_line.completions(text)

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
            self.leave()
        return leaving

    def leave(self) -> None:
        """Quit as soon as no decision is being sent."""
        if self.gates.services.deciding:
            text = "A decision is being sent: argotui quits as soon as it is done."
            self.notify(text, markup=False)
            self._leave_settled()
        else:
            # Not at once: what the keys of this turn began, such as a suggestion, ends first.
            self.set_timer(0.01, self.exit)

    @background("leave", exclusive=True)
    async def _leave_settled(self) -> None:
        await self.gates.services.settled()
        self.exit()

    def copy(self, text: str) -> None:
        """Copy through the terminal (OSC 52)."""
        self.copy_to_clipboard(text)
