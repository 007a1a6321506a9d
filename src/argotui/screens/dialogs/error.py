"""What was refused or went wrong, in full, and to be copied."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from argotui.errors import BackendError
from argotui.screens.dialogs.dialog import Dialog
from argotui.widgets.footer import FooterBar


class ErrorScreen(Dialog[None]):
    """A failure: what happened, the other side's words, what to do."""

    CSS_PATH = ["dialog.tcss", "error.tcss"]

    def __init__(self, error: BackendError) -> None:
        super().__init__()
        self._error = error
        self._footer = FooterBar()

    def compose(self) -> ComposeResult:
        error = self._error
        with Vertical(classes="box"):
            yield Static(Content(f"✖ {error.title}"), classes="title")
            with VerticalScroll():
                if error.detail:
                    yield Static(Content(error.detail), classes="detail")
                if error.hint:
                    yield Static(Content(error.hint), classes="hint")
            yield self._footer

    def on_mount(self) -> None:
        self._footer.show(self.hints())

    def copied_text(self) -> str:
        return str(self._error)
