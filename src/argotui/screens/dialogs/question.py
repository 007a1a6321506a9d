"""A question about something that cannot be undone: it names what is lost, a second key does it."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from argotui.screens.bindings import bindings_for
from argotui.screens.dialogs.dialog import Dialog
from argotui.widgets.footer import FooterBar


class QuestionScreen(Dialog[bool]):
    """Returns whether a person said yes to `title`; `lines` say what it leads to."""

    SCOPE = "question"
    BINDINGS = bindings_for("question")

    def __init__(self, title: str, lines: Sequence[str]) -> None:
        super().__init__()
        self._title = title
        self._lines = lines
        self._footer = FooterBar()

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield Static(Content(self._title), classes="title")
            yield Static(Content("\n".join(self._lines)), classes="detail")
            yield self._footer

    def on_mount(self) -> None:
        self._footer.show(self.hints())

    def action_question_yes(self) -> None:
        self.dismiss(True)

    def action_question_no(self) -> None:
        self.dismiss(False)
