"""What every screen of the console has: header, prompt, status line, footer, and the way to act."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar, cast

from textual import on
from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.events import Key
from textual.screen import Screen
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Input

from argotui.actions import ACTIONS, CONSOLE, actions_for
from argotui.actions.action import Action
from argotui.keymap import keys_of, show_key
from argotui.model.counted import counted
from argotui.model.patterns import FilterError
from argotui.screens.console import InputProblem
from argotui.widgets.footer import (
    ALWAYS,
    MINOR,
    USUAL,
    FooterBar,
    Hint,
)
from argotui.widgets.header import HeaderBar
from argotui.widgets.lines import MOVES, Lines
from argotui.widgets.prompt import PROMPT_HINTS, Mode, Prompt
from argotui.widgets.status import Parts, StatusLine
from argotui.widgets.timers import SureTimers

if TYPE_CHECKING:
    from argotui.backend.session import Session
    from argotui.backend.store import StoreChanges
    from argotui.screens.console import Console

ANSWER_SECONDS = 6.0
"""How long an answer to a key stays in the status line."""
WARNING_SECONDS = 12.0
"""How long a warning stays there, if no key is pressed before."""

_NO_FILTER = "there is nothing to filter here"

TYPING_PAUSE = 0.12
"""Seconds without a key after which what is typed after `/` is applied."""


class ConsoleScreen(Screen[None], SureTimers, inherit_bindings=False):
    """Base of all full screens.

    A screen names its SCOPE, takes `BINDINGS = bindings_for(SCOPE)`, composes its middle in
    `compose_body` and has one method per action (`Action.method`). Every key, click on the footer
    and palette entry goes through `perform`, which says why an action cannot work now.
    """

    SCOPE: ClassVar[str] = ""
    AUTO_FOCUS = ""
    ESCAPE_TO_MINIMIZE = False

    def __init__(self) -> None:
        super().__init__()
        self._header = HeaderBar()
        self._status = StatusLine()
        self._prompt = Prompt(self)
        self._footer = FooterBar()
        self._answer_timer: Timer | None = None
        self._leaves_at_key = False
        self._typing_timer: Timer | None = None
        self._refused: str | None = None

    def compose(self) -> ComposeResult:
        yield self._header
        yield from self.compose_body()
        yield self._status
        yield self._prompt
        yield self._footer

    # What a screen provides.

    def compose_body(self) -> ComposeResult:
        """Yield the widgets between header and status line."""
        yield from ()

    def main_widget(self) -> Widget | None:
        """Return the widget that has the keys when no prompt is open."""
        return None

    def reason_against(self, action_id: str) -> str | None:
        """Return why an action cannot be done now, or None if it can."""
        return None

    def status_parts(self) -> tuple[Parts, Parts]:
        """Return what the status line says on its left and on its right, as (text, role) parts.

        Roles: text, strong, chrome, problem.
        """
        return (), ()

    def footer_label(self, action: Action) -> str:
        """Return what the footer calls an action at this moment; empty leaves it out."""
        if action.id == "go.filter" and not self._can_filter:
            return ""
        return action.label if action.footer else ""

    def moment_hints(self) -> tuple[Hint, ...]:
        """Return the hints while a question is open or a countdown runs; empty at other times.

        The keys of the screen then type or do nothing. A hint's action is one of the table, or
        empty if a click does nothing.
        """
        return ()

    filter_text: str = ""
    """What the screen is filtered by; `/` opens with it."""

    def apply_filter(self, text: str) -> InputProblem | None:
        """Filter what is shown, or return what is wrong with the text."""
        try:
            self.filter_by(text)
        except FilterError as error:
            return InputProblem(error.message, error.position)
        return None

    def filter_by(self, text: str) -> None:
        """Filter what is shown, and store `filter_text`; raises FilterError.

        A screen without a method of its own has nothing to filter, and `/` says so.
        """
        raise FilterError(_NO_FILTER)

    def start_clean(self, filter_text: str = "") -> InputProblem | None:
        """Show everything, but for a filter, as a command that leads here does."""
        return self.apply_filter(filter_text)

    def complete_filter(self, text: str) -> str | None:
        """Return what the filter being typed could become."""
        return None

    def store_changed(self, changes: StoreChanges) -> None:
        """Show rows of the store that changed; called at most `refresh_hz` times a second."""

    def place_changed(self) -> None:
        """Prepare to show another namespace or context."""

    def connection_changed(self) -> None:
        """Show that `console.connection`, the session or its freshness changed."""

    def ticked(self) -> None:
        """Repaint what depends on the time (once a second, only while the screen is shown)."""

    @property
    def _can_filter(self) -> bool:
        return type(self).filter_by is not ConsoleScreen.filter_by

    # What a screen may use.

    @property
    def console(self) -> Console:
        return cast("Console", self.app)

    @property
    def session(self) -> Session:
        return self.console.session

    def say(self, text: str, *, problem: bool = False, seconds: float = ANSWER_SECONDS) -> None:
        """Answer a key in the status line, for some seconds."""
        self._leaves_at_key = False
        self._status.answer(text, problem=problem)
        if self._answer_timer is not None:
            self._answer_timer.stop()
        self._answer_timer = self.set_timer(seconds, lambda: self._status.answer(""))

    def warn(self, warnings: Sequence[str]) -> None:
        """Show warnings in the status line until the next action, or for some seconds.

        The doctor shows them in full.
        """
        which = f"{counted(len(warnings), 'warning')}, " if len(warnings) > 1 else ""
        command = keys_of(ACTIONS["go.command"], self.console.keymap)[0]
        text = f"! {which}see {command}doctor: {warnings[0]}"
        self.say(text, problem=True, seconds=WARNING_SECONDS)
        self._leaves_at_key = True

    def show_status(self, shown: bool) -> None:
        """Show the status line, or hide it while something else takes its place."""
        self._status.display = shown

    def refresh_chrome(self) -> None:
        """Bring header, status line and footer up to date; unchanged ones are not repainted."""
        self._header.show(*self.console.header_parts())
        self._status.show(*self.status_parts())
        self._footer.show(self._hints())

    def why_not(self, action: Action) -> str | None:
        """Return why an action is grey: read-only mode, else the screen's own reason."""
        session = self.console.session_or_none
        if action.danger and session is not None and session.read_only:
            return "read-only mode: argotui changes nothing"
        if action.id == "go.filter" and not self._can_filter:
            return _NO_FILTER
        return self.reason_against(action.id)

    async def perform(self, action_id: str) -> None:
        """Do an action of the table, or say why it cannot be done now."""
        action = ACTIONS[action_id]
        if reason := self.why_not(action):
            self.say(f"{action.label}: {reason}")
            self._leaves_at_key = True
            return
        if self._leaves_at_key:  # it was about another key, or about what this one does away with
            self.say("")
        method: Callable[..., object] = getattr(self, action.method)
        result = method(*action.args)
        if hasattr(result, "__await__"):
            await result
        self.refresh_chrome()

    # Plumbing.

    async def action_perform(self, action_id: str) -> None:
        if isinstance(self.focused, Input):
            raise SkipAction
        await self.perform(action_id)

    def on_mount(self) -> None:
        self._focus_main()
        self.refresh_chrome()

    def on_screen_resume(self) -> None:
        self._focus_main()
        self.refresh_chrome()
        self.ticked()

    def _focus_main(self) -> None:
        if self._prompt.display:
            self._prompt.take_keys()
            return
        widget = self.main_widget()
        self.set_focus(widget, scroll_visible=False)

    def _hints(self) -> tuple[Hint, ...]:
        if self._prompt.display:
            return PROMPT_HINTS[self._prompt.mode]
        if moment := self.moment_hints():
            return moment
        return tuple(
            self._hint(action, label)
            for action in actions_for(self.SCOPE)
            if (label := self.footer_label(action))
        )

    def _hint(self, action: Action, label: str) -> Hint:
        everywhere = CONSOLE in action.scopes
        worth = ALWAYS if everywhere else MINOR if action.minor else USUAL
        key = keys_of(action, self.console.keymap)[0]
        return Hint(action.id, key, label, self.why_not(action) is None, worth)

    def open_prompt(self, mode: Mode, text: str = "") -> None:
        """Open the `/` or `:` prompt over the status line."""
        if mode == ":":
            self.console.prepare_command()
            self._prompt.remember(":", self.console.command_history())
        self._status.display = False
        self._prompt.open(mode, text, self._status.filter if mode == ":" else "")
        self._footer.show(self._hints())

    def ask_again(self, text: str, problem: InputProblem) -> None:
        """Open the `:` prompt with a command that proved wrong after it was entered."""
        if self._prompt.display:
            self.say(problem.text, problem=True)
            return
        self.open_prompt(":", text)
        self._report(text, InputProblem(problem.text, text.find(" ") + 1))

    def _close_prompt(self) -> None:
        self._prompt.close()
        self._status.display = True
        self._footer.show_problem("")
        self._footer.show_choices((), 0)
        self._focus_main()
        self.refresh_chrome()

    @on(FooterBar.Chosen)
    async def _hint_chosen(self, message: FooterBar.Chosen) -> None:
        message.stop()
        match message.action:
            case "":
                pass
            case "prompt.enter":
                self._prompt.enter()
            case "prompt.cancel":
                self._prompt.cancel()
            case "prompt.complete":
                self._prompt.complete()
            case action:
                await self.perform(action)

    def prompt_completions(self, mode: Mode, text: str) -> list[str]:
        if mode == ":":
            return self.console.complete_command(text)
        found = self.complete_filter(text)
        return [found] if found else []

    def prompt_choosing(self, choices: Sequence[str], chosen: int) -> None:
        self._footer.show_choices(choices, chosen)

    def prompt_typed(self, mode: Mode, text: str) -> None:
        if text.strip() != self._refused:
            self._footer.show_problem("")
        if mode == "/":
            if self._typing_timer is not None:
                self._typing_timer.stop()
            self._typing_timer = self.set_timer(TYPING_PAUSE, self._apply_typed)

    def _apply_typed(self) -> None:
        if self._prompt.display and self._prompt.mode == "/":
            text = self._prompt.text.strip()
            self._report(text, self.apply_filter(text))

    def prompt_entered(self, mode: Mode, text: str) -> None:
        problem = None
        if mode == "/":
            problem = self.apply_filter(text)
        elif text:
            problem = self.console.run_command(text)
        self._report(text, problem)
        if problem is None:
            self._close_prompt()

    def prompt_given_up(self, mode: Mode, before: str) -> None:
        if mode == "/":
            self.apply_filter(before)
        self._close_prompt()

    def _report(self, text: str, problem: InputProblem | None) -> None:
        self._refused = text if problem is not None else None
        if problem is None:
            self._footer.show_problem("")
        else:
            self._footer.show_problem(problem.text, problem.position + 1)

    # The actions of every screen.

    def action_move(self, way: str) -> None:
        """Move through the lines of the main widget (`MOVES`)."""
        if isinstance(lines := self.main_widget(), Lines):
            MOVES[way](lines)

    def action_go_filter(self) -> None:
        self.open_prompt("/", self.filter_text)

    def action_go_command(self) -> None:
        self.open_prompt(":")

    def action_go_view(self, name: str) -> None:
        """Open a view of `VIEWS`."""
        if problem := self.console.open_view(name):
            self.say(problem.text, problem=True)

    @on(HeaderBar.WaitingChosen)
    def _waiting_chosen(self, message: HeaderBar.WaitingChosen) -> None:
        message.stop()
        self.action_go_view("gates")

    @on(HeaderBar.StateChosen)
    def _state_chosen(self, message: HeaderBar.StateChosen) -> None:
        message.stop()
        self.console.run_command(f"workflows /phase:{message.word}")

    def action_go_help(self) -> None:
        self.console.show_help()

    def action_go_doctor(self) -> None:
        self.console.show_doctor()

    def action_go_back(self) -> None:
        if self.filter_text:
            self.apply_filter("")
        elif len(self.app.screen_stack) > 1:
            self.dismiss()

    def action_go_leave(self) -> None:
        if len(self.app.screen_stack) > 1:
            self.dismiss()
            return
        keymap = self.console.keymap
        quit_key, command = (
            keys_of(ACTIONS[name], keymap)[0] for name in ("go.quit", "go.command")
        )
        self.say(f"{quit_key} twice, or {command}q, leaves argotui")

    def on_key(self, event: Key) -> None:
        """Answer a key without a meaning here by how to list the keys."""
        if isinstance(self.focused, Input):
            return
        help_key = keys_of(ACTIONS["go.help"], self.console.keymap)[0]
        self.say(f"{show_key(event.key)} does nothing here; {help_key} lists the keys")
        self._leaves_at_key = True

    def action_go_palette(self) -> None:
        self.console.show_palette()

    def action_go_redraw(self) -> None:
        self.console.redraw()

    def action_go_previous(self) -> None:
        self._travelled(self.console.travel(-1), "there is nothing before this")

    def action_go_next(self) -> None:
        self._travelled(self.console.travel(1), "there is nothing after this")

    def action_go_last(self) -> None:
        self._travelled(self.console.repeat_last(), "there was no other view yet")

    def _travelled(self, command: str | None, otherwise: str) -> None:
        self.say(f":{command}" if command else otherwise)

    def action_go_quit(self) -> None:
        if selected := self.get_selected_text():
            self.console.copy(selected)
            self.clear_selection()
            self.say("copied")
        elif not self.console.request_quit():
            self.say("Press again to leave")
