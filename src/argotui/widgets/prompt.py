"""The line one types on: `/` filters what is shown, `:` goes somewhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, Protocol, cast

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.content import Content
from textual.suggester import Suggester
from textual.widgets import Input, Static
from textual.widgets.input import Selection

from argotui.widgets.footer import Hint
from argotui.widgets.one_line import OneLine

Mode = Literal["/", ":"]

PROMPT_HINTS: dict[Mode, tuple[Hint, ...]] = {
    "/": (
        Hint("prompt.enter", "enter", "keep the filter"),
        Hint("prompt.cancel", "esc", "as it was"),
        Hint("prompt.complete", "tab", "complete"),
        Hint("", "↑", "used before"),
    ),
    ":": (
        Hint("prompt.enter", "enter", "go"),
        Hint("prompt.cancel", "esc", "stay"),
        Hint("prompt.complete", "tab", "complete, again: the next"),
        Hint("", "↑", "used before"),
    ),
}
"""What the footer says while a line is typed, by the prompt's mode."""


class _Complete(Suggester):
    """Suggests the first of what `find` finds for what was typed; nothing is cached, things move.

    A word that is whole already is left alone.
    """

    def __init__(self, find: Callable[[str], list[str]]) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._find = find

    async def get_suggestion(self, value: str) -> str | None:
        return next(iter(self._find(value)), None) if value.strip() else None


class _Line(OneLine, inherit_bindings=True):
    """An input that owns up and down for the history of what was typed.

    Its keys have priority, and act at once: what is typed after them goes where they lead.
    """

    BINDINGS = [
        Binding("enter", "enter", show=False, priority=True),
        Binding("escape,ctrl+c", "leave", show=False, priority=True),
        Binding("up", "older", show=False, priority=True),
        Binding("down", "newer", show=False, priority=True),
        Binding("tab", "complete(1)", show=False, priority=True),
        Binding("shift+tab", "complete(-1)", show=False, priority=True),
    ]

    def action_enter(self) -> None:
        self._prompt.enter()

    def action_leave(self) -> None:
        self._prompt.cancel()

    def action_complete(self, step: int) -> None:
        self._prompt.complete(step)

    def action_older(self) -> None:
        self._prompt.recall(1)

    def action_newer(self) -> None:
        self._prompt.recall(-1)

    @property
    def _prompt(self) -> Prompt:
        return cast("Prompt", self.parent)


class PromptOwner(Protocol):
    """Whoever opened a prompt; these methods are called at once."""

    def prompt_typed(self, mode: Mode, text: str) -> None:
        """The text changed."""
        ...

    def prompt_entered(self, mode: Mode, text: str) -> None:
        """Enter was pressed; the owner closes the prompt if it accepts the text."""
        ...

    def prompt_given_up(self, mode: Mode, before: str) -> None:
        """Escape was pressed; `before` is what the text was when the prompt opened."""
        ...

    def prompt_completions(self, mode: Mode, text: str) -> list[str]:
        """Return what the text could become, the likeliest first."""
        ...

    def prompt_choosing(self, choices: Sequence[str], chosen: int) -> None:
        """Tab goes through these, and is at `chosen`."""
        ...


class Prompt(Horizontal):
    """Hidden until opened; tells its owner what is typed, and keeps a history by mode."""

    DEFAULT_CSS = """
    Prompt {
        height: 1;
        padding: 0 1;
        & > Static { width: 1; color: $accent; text-style: bold; }
        & > .note { width: auto; max-width: 50%; color: $foreground; padding-left: 2; }
    }
    """

    def __init__(self, owner: PromptOwner) -> None:
        super().__init__()
        self._owner = owner
        self.mode: Mode = "/"
        self._before = ""
        self._history: dict[Mode, list[str]] = {"/": [], ":": []}
        self._recalled = -1
        self._draft = ""
        self._choices: list[str] = []
        self._chosen = 0
        self._mark = Static("/", markup=False)
        self._note = Static(markup=False, classes="note")
        self._line = _Line(
            compact=True,
            select_on_focus=False,
            suggester=_Complete(lambda text: owner.prompt_completions(self.mode, text)),
        )
        self._line.cursor_blink = False
        # Not on mount: what is typed while a screen is being set up may have opened it by then.
        self.display = False

    def compose(self) -> ComposeResult:
        yield self._mark
        yield self._line
        yield self._note

    @property
    def text(self) -> str:
        return self._line.value

    def open(self, mode: Mode, text: str = "", note: str = "") -> None:
        """Show the prompt with `text` in it and take the keys; `note` stays at its right."""
        self.mode = mode
        self._before = text
        self._recalled = -1
        self._choices = []
        self._mark.update(mode)
        self._note.update(Content(note))
        self._note.display = bool(note)
        with self._line.prevent(Input.Changed):
            self._put(text)
        if mode == "/":
            # What was there is replaced by what is typed, and edited after a move of the cursor.
            self._line.selection = Selection(0, len(text))
        self.display = True
        self.take_keys()

    def take_keys(self) -> None:
        """Have what is typed go to the line."""
        # Not `focus()`, which waits for the next turn of the loop and so loses keys typed fast.
        if self.is_attached:
            self.screen.set_focus(self._line, scroll_visible=False)

    def close(self) -> None:
        """Hide the prompt; the screen takes the keys back."""
        self.display = False

    def cancel(self) -> None:
        """Close without taking the text."""
        self.close()
        self._owner.prompt_given_up(self.mode, self._before)

    def enter(self) -> None:
        """Hand the text to the owner."""
        text = self._line.value.strip()
        history = self._history[self.mode]
        if text:
            if text in history:
                history.remove(text)
            history.append(text)
        self._owner.prompt_entered(self.mode, text)

    def complete(self, step: int = 1) -> None:
        """Take what the text could become; again, and where it is that already: the next one."""
        if self._choices and self.text == self._choices[self._chosen]:
            self._chosen = (self._chosen + step) % len(self._choices)
        else:
            found = self._owner.prompt_completions(self.mode, self.text) if self.text else []
            self._choices = found
            self._chosen = found.index(self.text) if self.text in found[1:] else 0
        if not self._choices:
            return
        text = self._choices[self._chosen]
        with self._line.prevent(Input.Changed):
            self._put(text)
        if self.mode == "/":
            self._owner.prompt_typed(self.mode, text)
        if len(self._choices) > 1:
            self._owner.prompt_choosing(self._choices, self._chosen)

    def _put(self, text: str) -> None:
        self._line.value = text
        self._line.cursor_position = len(text)

    def remember(self, mode: Mode, entries: Sequence[str]) -> None:
        """Replace the history of a mode, the newest last."""
        self._history[mode] = list(entries)

    def recall(self, step: int) -> None:
        """Put an older (1) or newer (-1) entry on the line; after the newest what was typed."""
        history = self._history[self.mode]
        to = max(-1, min(len(history) - 1, self._recalled + step))
        if to == self._recalled:
            return
        if self._recalled < 0:
            self._draft = self.text
        self._recalled = to
        self._put(history[-1 - to] if to >= 0 else self._draft)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        # What was typed before tab may be reported after it.
        if self._choices and self.text != self._choices[self._chosen]:
            self._choices = []
            self._owner.prompt_choosing((), 0)
        if self.display:
            self._owner.prompt_typed(self.mode, self.text)
