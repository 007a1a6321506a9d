"""A question over the footer, and one line below it to answer on."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from argotui.drawing.cells import cut_counted
from argotui.widgets.one_line import OneLine


class _Answer(OneLine, inherit_bindings=True):
    """An input whose enter and escape act at once: what is typed after them goes elsewhere."""

    BINDINGS = [
        Binding("enter", "answer", show=False, priority=True),
        Binding("escape,ctrl+c", "give_up", show=False, priority=True),
    ]

    def __init__(self, owner: AskLine) -> None:
        super().__init__(compact=True, select_on_focus=False)
        self.cursor_blink = False
        self._owner = owner

    def action_answer(self) -> None:
        self._owner.answer()

    def action_give_up(self) -> None:
        self._owner.give_up()


class AskLine(Vertical):
    """Hidden until `ask`; hands what was typed to whoever asked, or tells that it was given up."""

    DEFAULT_CSS = """
    AskLine {
        height: auto;
        padding: 0 1;
        & > Static { width: 1fr; height: auto; color: $accent; text-style: bold; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._question = Static(markup=False)
        self._line = _Answer(self)
        self._answered: Callable[[str], bool] = lambda text: True
        self._given_up: Callable[[], None] = lambda: None
        self._typed: Callable[[str], None] = lambda text: None
        self.display = False

    def compose(self) -> ComposeResult:
        yield self._question
        yield self._line

    @property
    def asking(self) -> bool:
        """Whether it has a question."""
        return bool(self.display)

    @property
    def question(self) -> str:
        return str(self._question.content) if self.display else ""

    def ask(
        self,
        question: str,
        answered: Callable[[str], bool],
        given_up: Callable[[], None],
        *,
        text: str = "",
        secret: bool = False,
        typed: Callable[[str], None] = lambda text: None,
    ) -> None:
        """Ask; `answered` takes the text and says whether the line may close.

        `typed` gets the text of the line when it closes, whatever closes it.
        """
        self._answered, self._given_up, self._typed = answered, given_up, typed
        size = self.app.size
        self._question.update(Content(cut_counted(question, size.width * max(2, size.height // 4))))
        self._line.password = secret
        self._line.value = text
        self._line.cursor_position = len(text)
        self.display = True
        self.screen.set_focus(self._line, scroll_visible=False)

    def answer(self) -> None:
        """Take what was typed."""
        answered = self._answered
        text = self._line.value.strip()
        if answered(text):
            self.close()

    def give_up(self) -> None:
        """Close without an answer."""
        given_up = self._given_up
        self.close()
        given_up()

    def close(self) -> None:
        """Hide, and forget what was typed."""
        self.display = False
        typed, self._typed = self._typed, lambda text: None
        typed(self._line.value.strip())
        self._line.value = ""
        if self.screen.focused is self._line:
            self.screen.set_focus(None)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
