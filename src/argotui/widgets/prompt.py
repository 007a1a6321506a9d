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

from argotui.widgets.one_line import OneLine

Mode = Literal["/", ":"]


class _Complete(Suggester):
    """Suggests what `complete` finds for the words typed so far; nothing is cached, things move."""

    def __init__(self, complete: Callable[[str], str | None]) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._complete = complete

    async def get_suggestion(self, value: str) -> str | None:
        return self._complete(value) if value else None


class _Line(OneLine, inherit_bindings=True):
    """An input that owns up and down for the history of what was typed.

    Its keys have priority, and act at once: what is typed after them goes where they lead.
    """

    BINDINGS = [
        Binding("enter", "enter", show=False, priority=True),
        Binding("escape,ctrl+c", "leave", show=False, priority=True),
        Binding("up", "older", show=False, priority=True),
        Binding("down", "newer", show=False, priority=True),
        Binding("tab", "complete", show=False, priority=True),
    ]

    def action_enter(self) -> None:
        self._prompt.enter()

    def action_leave(self) -> None:
        self._prompt.cancel()

    def action_complete(self) -> None:
        self._prompt.complete()

    def action_older(self) -> None:
        self._prompt.recall(1)

    def action_newer(self) -> None:
        self._prompt.recall(-1)

    @property
    def _prompt(self) -> Prompt:
        return cast("Prompt", self.parent)


class PromptOwner(Protocol):
    """Who opened a prompt: told at once what becomes of it."""

    def prompt_typed(self, mode: Mode, text: str) -> None:
        """The text changed."""
        ...

    def prompt_entered(self, mode: Mode, text: str) -> None:
        """Enter was pressed; the owner closes the prompt where it accepts the text."""
        ...

    def prompt_given_up(self, mode: Mode, before: str) -> None:
        """Escape was pressed; `before` is what the text was when the prompt opened."""
        ...

    def prompt_suggestion(self, mode: Mode, text: str) -> str | None:
        """Return what the text could become."""
        ...


class Prompt(Horizontal):
    """Hidden until opened; tells its owner what is typed, and keeps a history by mode."""

    def __init__(self, owner: PromptOwner) -> None:
        super().__init__()
        self._owner = owner
        self.mode: Mode = "/"
        self._before = ""
        self._history: dict[Mode, list[str]] = {"/": [], ":": []}
        self._recalled = -1
        self._typed = ""
        self._mark = Static("/", markup=False)
        self._note = Static(markup=False, classes="note")
        self._line = _Line(
            compact=True,
            select_on_focus=False,
            suggester=_Complete(lambda text: owner.prompt_suggestion(self.mode, text)),
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
        self._mark.update(mode)
        self._note.update(Content(note))
        self._note.display = bool(note)
        with self._line.prevent(Input.Changed):
            self._line.value = text
        self._line.cursor_position = len(text)
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

    def complete(self) -> None:
        """Take what the text could become, also where it is not shown yet."""
        found = self._owner.prompt_suggestion(self.mode, self.text) if self.text else None
        if found is not None:
            self._line.value = found
            self._line.cursor_position = len(found)

    def remember(self, mode: Mode, entries: Sequence[str]) -> None:
        """Replace the history of a mode, the newest last."""
        self._history[mode] = list(entries)

    def recall(self, step: int) -> None:
        """Put an older (1) or newer (-1) entry on the line; after the newest what was typed."""
        history = self._history[self.mode]
        place = max(-1, min(len(history) - 1, self._recalled + step))
        if place == self._recalled:
            return
        if self._recalled < 0:
            self._typed = self._line.value
        self._recalled = place
        text = history[-1 - place] if place >= 0 else self._typed
        self._line.value = text
        self._line.cursor_position = len(text)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if self.display:
            self._owner.prompt_typed(self.mode, self.text)
