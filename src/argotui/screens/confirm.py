"""A question before something that cannot be taken back: the focus is on Cancel."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Static

from argotui.screens.dialogs.dialog import Dialog


class ConfirmScreen(Dialog[bool]):
    """Asks; gives True only where the button that says what is done was pressed.

    `title` is the question, `detail` what it is about in full, `verb` what the button says.
    """

    CSS_PATH = ["dialog.tcss", "confirm.tcss"]

    def __init__(self, title: str, detail: str, verb: str) -> None:
        super().__init__()
        self._title_text = title
        self._detail_text = detail
        self._verb = verb

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield Static(Content(self._title_text), classes="title")
            with VerticalScroll(can_focus=False):
                yield Static(Content(self._detail_text), classes="detail")
            with Horizontal(classes="buttons"):
                yield Button(Content("Cancel"), id="cancel", compact=True)
                yield Button(Content(self._verb), id="confirm", compact=True)

    def on_mount(self) -> None:
        self.query_one("#cancel").focus()

    def action_dialog_close(self) -> None:
        self.dismiss(False)

    def copied_text(self) -> str:
        return f"{self._title_text}\n\n{self._detail_text}"

    @on(Button.Pressed)
    def _pressed(self, message: Button.Pressed) -> None:
        message.stop()
        self.dismiss(message.button.id == "confirm")
